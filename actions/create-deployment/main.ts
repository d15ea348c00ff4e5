import { type Runner, runAction } from '../../src/action.ts'
import { readContext } from '../../src/context.ts'
import { createGitHub } from '../../src/github.ts'
import { createDeployment } from './create-deployment.ts'
import { finishDeployment } from './finish.ts'
import { parseInputs, parseLateInputs } from './inputs.ts'
import { loadDeployment } from './saved.ts'

const main = async (runner: Runner) => {
  const inputs = parseInputs(runner.input)
  return createDeployment(inputs, connect(runner, inputs.githubToken))
}

const post = async (runner: Runner) => {
  const saved = loadDeployment(runner)
  if (saved === undefined) return // nothing was created, or `finish` is false
  const inputs = parseLateInputs(runner.input)
  await finishDeployment(saved, inputs, connect(runner, inputs.githubToken))
}

function connect(runner: Runner, token: string) {
  const context = readContext(runner.env)
  return { runner, context, github: createGitHub(token, { ...runner, apiUrl: context.apiUrl }) }
}

await runAction(main, post)
