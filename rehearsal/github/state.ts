/** Everything the embedded GitHub remembers, and one call to it as the routes see it. */
import type { DeploymentRecord } from './deployments.ts'
import type { CommitGraph } from './graph.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Repository } from './repository.ts'
import type { JobRecord, RunRecord } from './runs.ts'

export interface State {
  readonly repository: Repository
  readonly graph: CommitGraph
  readonly rateLimit: RateLimit
  /** Oldest first. */
  readonly deployments: DeploymentRecord[]
  /** One entry for each attempt. */
  readonly runs: RunRecord[]
  readonly jobs: JobRecord[]
  /** Ids grow; GitHub orders equal timestamps by them. */
  nextId(): number
}

export interface Call {
  readonly state: State
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly url: string
  /** Login of the account that asks; undefined: github-actions[bot]. */
  readonly login: string | undefined
  /** The request's body as it came. */
  readonly text: string
  /** The operation's page in GitHub's documentation, which its error bodies name. */
  readonly docs: string
}

/** Now, as GitHub writes it: UTC, whole seconds. */
export function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}
