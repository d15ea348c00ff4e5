import { setTimeout as sleep } from 'node:timers/promises'
import { type Runner, runAction } from '../../src/action.ts'
import { CancelledError } from '../../src/errors.ts'
import { isCommand, runCommand } from './cli/command.ts'
import { createClient } from './http/client.ts'
import { leave } from './http/leave.ts'
import { parseInputs } from './inputs.ts'
import type { Clock } from './rounds.ts'
import { type Ports, smokeCheck } from './smoke-check.ts'

const clock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => {}),
}

function connect(runner: Runner, inTerminal: boolean): Ports {
  const workspace = runner.env['GITHUB_WORKSPACE'] ?? process.cwd()
  return {
    runner,
    client: createClient({ env: runner.env }),
    clock,
    now: Date.now,
    workspace: inTerminal ? process.cwd() : workspace,
    inTerminal,
  }
}

const args = process.argv.slice(2)
if (isCommand(args, process.env)) {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => controller.abort(new CancelledError(signal)))
  }
  const { log: out, error: err } = console
  const code = await runCommand({ args, env: process.env, out, err, signal: controller.signal }, async (runner) => {
    const inputs = parseInputs(runner.input)
    const { healthy } = await smokeCheck(inputs, connect(runner, true))
    return healthy !== 'false' || inputs.failOn === 'never'
  })
  process.stdout.write('', () => leave(code)) // a connection that is still open must not hold the shell
} else {
  await runAction(
    (runner) => smokeCheck(parseInputs(runner.input), connect(runner, false)),
    undefined,
    () => leave(Number(process.exitCode ?? 0)),
  )
}
