/** What the embedded Cloudflare has and accepts: exactly what the rehearsed workflow is given. */
import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { RehearseOptions } from './options.ts'
import { configuredProject, literalProjects } from './project.ts'
import type { Workflow } from './runner/workflow.ts'

export interface CloudflareFacts {
  readonly apiToken: string
  readonly accountId: string
  /** At least one; the first is the one that the workflow deploys to. */
  readonly projects: readonly string[]
  /** The wrangler file that names the project, so that nothing else has to. */
  readonly configuredIn: string | undefined
}

/** @throws RehearsalError when the repository's wrangler file cannot be read */
export function cloudflareFacts(workflow: Workflow, source: string, options: RehearseOptions): CloudflareFacts {
  const given = Object.entries({ ...options.vars, ...options.secrets }).filter(([, value]) => value !== '')
  const firstOf = (is: (name: string) => boolean) => given.find(([name]) => is(name))?.[1]
  const configured = configuredProject(source)
  const named = [
    ...given.filter(([name]) => isProjectName(name)).map(([, value]) => value),
    ...literalProjects(workflow),
    ...(configured === undefined ? [] : [configured.name]),
    ...(options.projects ?? []),
  ]
  return {
    apiToken: firstOf(isApiToken) ?? randomBytes(30).toString('base64url').slice(0, 40),
    accountId: firstOf(isAccountId) ?? randomBytes(16).toString('hex'),
    projects: named.length > 0 ? [...new Set(named)] : [basename(source)],
    configuredIn: configured?.file,
  }
}

/** Whether a secret of this name is the token for Pages; Cloudflare has others, for Turnstile say. */
export function isApiToken(name: string): boolean {
  return /(^|_)(CLOUDFLARE|CF)_?(PAGES)?_?(API)?_?TOKEN/i.test(name)
}

/** Whether a secret or variable of this name is the Cloudflare account's id; AWS has account ids too. */
export function isAccountId(name: string): boolean {
  return /(^|_)(CLOUDFLARE|CF)_?(PAGES)?_?ACCOUNT_?ID|^ACCOUNT_?ID$/i.test(name)
}

export function isProjectName(name: string): boolean {
  return /PAGES_?PROJECT|PROJECT_?NAME/i.test(name)
}
