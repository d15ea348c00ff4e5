import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Runner, runAction } from '../../src/action.ts'
import { readContext } from '../../src/context.ts'
import { createGitHub } from '../../src/github.ts'
import { run } from '../../src/process.ts'
import { boundGarbage } from './garbage.ts'
import { parseInputs } from './inputs.ts'
import { openStore } from './open-store.ts'
import { snapshot } from './snapshot.ts'

const main = async (runner: Runner) => {
  const inputs = parseInputs(runner.input)
  const context = readContext(runner.env)
  const github = createGitHub(inputs.githubToken, { ...runner, apiUrl: context.apiUrl })
  const workspace = await realpath(runner.env['GITHUB_WORKSPACE'] ?? process.cwd())
  const temp = await mkdtemp(join(await realpath(runner.env['RUNNER_TEMP'] ?? tmpdir()), 'slipway-snapshot-'))
  const around = { runner, context, github, workspace }
  try {
    return await snapshot(inputs, {
      ...around,
      run,
      now: Date.now,
      seen: {},
      temp,
      openStore: (shared) => openStore(shared, around),
    })
  } finally {
    await rm(temp, { recursive: true, force: true })
  }
}

boundGarbage()
await runAction(main)
