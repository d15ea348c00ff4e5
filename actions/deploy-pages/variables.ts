/** Variables and secrets that a deployment will miss: it sees only those that the project has when it is made. */
import { ActionError } from '../../src/errors.ts'
import type { Environment, Project } from './pages.ts'
import type { Problem } from './problem.ts'

/** Of the input, one a line: what else it may hold would be taken for one long name that nobody has set. */
export function parseVariableNames(lines: readonly string[]): readonly string[] {
  const wrong = lines.find((line) => !/^[A-Za-z_]\w*$/.test(line))
  if (wrong === undefined) return [...new Set(lines)]
  throw new ActionError(`Input require-variables names "${wrong}", which is no name of a variable.`, {
    hint: 'Write one name a line, of letters, digits and underscores.',
  })
}

export function checkVariables(
  { name, deployment_configs: configs }: Pick<Project, 'name' | 'deployment_configs'>,
  environment: Environment,
  required: readonly string[],
): readonly Problem[] {
  const set = configs?.[environment]?.env_vars ?? {}
  const missing = required.filter((variable) => set[variable] == null)
  if (missing.length === 0) return []
  const what = missing.length === 1 ? `the variable ${missing[0]}` : `the variables ${missing.join(', ')}`
  return [
    {
      message: `Project ${name} lacks ${what} in ${environment}.`,
      hint: `Add ${missing.length === 1 ? 'it' : 'them'} in the Cloudflare dashboard under Settings > Variables and Secrets of the project, for ${environment}; a deployment sees only what was set before it.`,
    },
  ]
}
