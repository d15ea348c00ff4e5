import { type Runner, runAction } from '../../src/action.ts'
import { readContext } from '../../src/context.ts'
import { createGitHub } from '../../src/github.ts'
import { gateFindings } from './gate-findings.ts'
import { parseInputs } from './inputs.ts'

const main = async (runner: Runner) => {
  const inputs = parseInputs(runner.input)
  const context = readContext(runner.env)
  const github = createGitHub(inputs.githubToken, { ...runner, apiUrl: context.apiUrl })
  const workspace = runner.env['GITHUB_WORKSPACE'] ?? process.cwd()
  return gateFindings(inputs, { runner, context, github, workspace })
}

await runAction(main)
