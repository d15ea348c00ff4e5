import type { Runner } from '../../src/action.ts'
import type { GitHubContext } from '../../src/context.ts'
import type { GitHub } from '../../src/github.ts'

export interface Ports {
  readonly runner: Runner
  readonly context: GitHubContext
  readonly github: GitHub
  /** What a relative path of a report is relative to. */
  readonly workspace: string
}
