import { type Runner, runAction } from '../../src/action.ts'
import { readContext } from '../../src/context.ts'
import { createGitHub } from '../../src/github.ts'
import { createDeployment } from './create-deployment.ts'
import { finishDeployment } from './finish.ts'
import { parseInputs, parseLateInputs } from './inputs.ts'
import { loadDeployment } from './saved.ts'
import { setStatus } from './set-status.ts'

const main = async (runner: Runner) => {
  const inputs = parseInputs(runner.input)
  const ports = connect(runner, inputs.githubToken)
  return inputs.kind === 'status' ? setStatus(inputs, ports) : createDeployment(inputs, ports)
}

const post = async (runner: Runner) => {
  const saved = loadDeployment(runner)
  if (saved === undefined) return // nothing was created, or nothing is to be finished
  const inputs = parseLateInputs(runner.input)
  await finishDeployment(saved, inputs, connect(runner, saved.token ?? inputs.jobToken ?? ''))
}

function connect(runner: Runner, token: string) {
  const context = readContext(runner.env)
  return { runner, context, github: createGitHub(token, { ...runner, apiUrl: context.apiUrl }) }
}

await runAction(main, post)
