import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Runner, runAction } from '../../src/action.ts'
import { CancelledError } from '../../src/errors.ts'
import { EXIT, isCommand, runCommand } from './cli/command.ts'
import { tooOld } from './cli/node-version.ts'
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

/** As a person would start it again. */
function programOf(env: NodeJS.ProcessEnv): string {
  return env['npm_lifecycle_event'] === 'smoke' ? 'npm run smoke --' : `node ${basename(process.argv[1] ?? 'index.js')}`
}

const args = process.argv.slice(2)
const problem = tooOld(process.versions.node)
if (problem !== undefined) {
  console.error(`Error: ${problem}`)
  process.exitCode = EXIT.mistake
} else if (isCommand(args, process.env)) {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => controller.abort(new CancelledError(signal)))
  }
  const { log: out, error: err } = console
  const terminal = { args, program: programOf(process.env), env: process.env, out, err, signal: controller.signal }
  const code = await runCommand(terminal, async (runner) => {
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
