import type { Runner } from '../../src/action.ts'
import type { GitHubContext } from '../../src/context.ts'
import type { GitHub } from '../../src/github.ts'
import type { Run } from '../../src/process.ts'
import type { Shared } from './inputs.ts'
import type { Listing, Store } from './store/store.ts'

export interface Ports {
  readonly runner: Runner
  readonly context: GitHubContext
  readonly github: GitHub
  readonly run: Run
  /** ms since 1970. */
  readonly now: () => number
  /** The root of the checkout, absolute. */
  readonly workspace: string
  /** An empty folder of this step alone, absolute; it is removed when the step ends. */
  readonly temp: string
  /** What has been seen so far, for the summary of a step that fails. */
  readonly seen: { listing?: Listing; isKept?: boolean }
  readonly openStore: (inputs: Shared) => Promise<Store>
}
