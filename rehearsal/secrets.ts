/** The secrets of a rehearsal: the embedded GitHub keeps them, and a run gets those that are there when it is created. */
import type { Settings } from './fill.ts'
import { BEYOND_JOBS } from './github/permissions.ts'
import type { GitHub } from './github/server.ts'
import { secretsGivenAs } from './runner/references.ts'
import type { Workflow } from './runner/workflow.ts'

/** How old they are at first, in milliseconds: older than any secret that is renewed in time. */
const AGE = 90 * 24 * 3_600_000

interface Keeping {
  readonly workflow: Workflow
  readonly settings: Settings
  /** Of the run before, which are kept already, whatever has become of them since. */
  readonly before?: Settings
  /** Of those that are new; without, now. */
  readonly updatedAt?: Date
}

/** When the first run of a rehearsal finds its secrets written. */
export function longBefore(at: Date): Date {
  return new Date(at.getTime() - AGE)
}

/**
 * Keeps what is new as the repository's secrets. An empty one is none, as on GitHub.
 * @returns the settings with the tokens that were issued
 */
export function keepSecrets(github: GitHub, { workflow, settings, before, updatedAt }: Keeping): Settings {
  const secrets = { ...settings.secrets, ...issueTokens(github, workflow, settings) }
  const { owner, name } = github.repository
  const scope = { kind: 'repository', repository: `${owner}/${name}` } as const
  for (const [secret, value] of Object.entries(secrets)) {
    if (value === '' || before?.secrets[secret] === value) continue
    github.setSecret(scope, secret, value, updatedAt && { updatedAt })
  }
  return { ...settings, secrets }
}

/** Tokens for those that nobody gave, as they could be made on GitHub. */
function issueTokens(github: GitHub, workflow: Workflow, { filled }: Settings): Readonly<Record<string, string>> {
  const made = filled.filter(({ kind }) => kind === 'secret').map(({ name }) => name)
  const names = secretsGivenAs('github-token', workflow).filter((name) => made.includes(name))
  const issue = () => github.issuePersonalToken({ login: 'octocat', permissions: BEYOND_JOBS })
  return Object.fromEntries([...new Set(names)].map((name) => [name, issue()]))
}
