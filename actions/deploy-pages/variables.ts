/** Variables and secrets that a deployment will miss: it sees only those that the project has when it is made. */
import type { Environment, Project } from './pages.ts'
import type { Problem } from './problem.ts'

export function checkVariables(
  { name, deployment_configs: configs }: Pick<Project, 'name' | 'deployment_configs'>,
  environment: Environment,
  required: readonly string[],
): readonly Problem[] {
  const set = configs?.[environment]?.env_vars ?? {}
  const missing = [...new Set(required)].filter((variable) => set[variable] == null)
  if (missing.length === 0) return []
  const what = missing.length === 1 ? `the variable ${missing[0]}` : `the variables ${missing.join(', ')}`
  return [
    {
      message: `Project ${name} lacks ${what} in ${environment}.`,
      hint: `Add ${missing.length === 1 ? 'it' : 'them'} in the Cloudflare dashboard under Settings > Variables and Secrets of the project, for ${environment}; a deployment sees only what was set before it.`,
    },
  ]
}
