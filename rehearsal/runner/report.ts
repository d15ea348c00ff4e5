/** What is known of a run once it is over: the shapes that `--json` writes. */
import type { Review } from './approvals.ts'
import type { Annotation } from './commands.ts'
import type { Permissions } from './permissions.ts'

export type Result = 'success' | 'failure' | 'cancelled' | 'skipped'
/** Named as in actions/runner. */
export type ActionRunStage = 'pre' | 'main' | 'post'

export interface StepReport {
  readonly name: string
  /** The step's own id; null when it has none. */
  readonly id: string | null
  readonly stage: ActionRunStage
  /** What it uses; null for a `run` step. */
  readonly uses: string | null
  /** The result before `continue-on-error`. */
  readonly outcome: Result
  /** The result after it. */
  readonly conclusion: Result
  readonly durationMs: number
  readonly outputs: Readonly<Record<string, string>>
  readonly annotations: readonly Annotation[]
  /** Markdown, as the step wrote it. */
  readonly summary: string
  /** Lines as in GitHub's log: `##[group]…`, `##[error]…`, secrets hidden. */
  readonly log: readonly string[]
}

export interface JobReport {
  readonly id: string
  readonly name: string
  /** What `needs` shows: `success` for a job that failed under `continue-on-error`. */
  readonly result: Result
  /** The result before the job's `continue-on-error`. */
  readonly outcome: Result
  readonly durationMs: number
  readonly runsOn: string
  readonly environment: {
    readonly name: string
    readonly deployment: boolean
    /** What its reviewers said, where it has any. */
    readonly review?: Review
  } | null
  readonly concurrency: string | null
  readonly permissions: Permissions
  readonly steps: readonly StepReport[]
  readonly outputs: Readonly<Record<string, string>>
  /** What belongs to no step: an expression of the job that failed, a process it left running. */
  readonly annotations: readonly Annotation[]
}

/** What happens while a workflow runs, in order. */
export type Progress =
  | { readonly kind: 'job-start'; readonly job: string; readonly name: string; readonly detail: string }
  | { readonly kind: 'step-start'; readonly job: string; readonly name: string }
  | { readonly kind: 'log'; readonly job: string; readonly step: string; readonly line: string }
  | { readonly kind: 'step-end'; readonly job: string; readonly step: StepReport }
  | { readonly kind: 'job-end'; readonly job: JobReport }
