import type { Runner } from '../../src/action.ts'
import type { GitHubContext } from '../../src/context.ts'
import type { Run } from '../../src/process.ts'
import type { Sleep } from '../../src/retry.ts'
import type { Api } from './api.ts'
import type { Redactor } from './redact.ts'
import type { Account } from './stores/cloudflare.ts'

export interface Ports {
  readonly runner: Runner
  readonly context: GitHubContext
  /** With the token that may write secrets. */
  readonly api: Api
  /** With the job's own token, for what is the run's. */
  readonly jobApi: Api
  /** undefined: nothing of Cloudflare's is wanted. */
  readonly account: Account | undefined
  /** GITHUB_REPOSITORY_ID. */
  readonly repositoryId: number
  /** The same, for the trail: it goes on for a while when the step is cancelled. */
  readonly trailApi: Api
  /** Who has started this attempt of the run. */
  readonly actor: string
  readonly workspace: string
  readonly run: Run
  readonly sleep: Sleep
  readonly redactor: Redactor
}
