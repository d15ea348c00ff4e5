/** What the steps of one job share and change. */
import type { Annotation } from './commands.ts'
import { stepFunctions } from './contexts.ts'
import type { Scope, Value } from './expressions.ts'
import type { JobReport } from './report.ts'
import type { Run, RuntimeVariables } from './run.ts'
import type { Task } from './tasks.ts'
import type { Job, Step } from './workflow.ts'

export interface JobState {
  readonly run: Run
  readonly job: Job
  readonly permissions: JobReport['permissions']
  readonly token: string
  readonly checkRunId: number
  readonly runtime: RuntimeVariables
  /** Where steps may ask for an OpenID Connect token; empty without `id-token: write`. */
  readonly idToken: Readonly<Record<string, string>>
  readonly workspace: string
  readonly temp: string
  /** In the environment of every process the job starts. */
  readonly trackingId: string
  readonly contexts: Readonly<Record<string, Value>>
  readonly github: Readonly<Record<string, Value>>
  readonly runner: Readonly<Record<string, string>>
  /** Workflow's and job's `env`, and what GITHUB_ENV added. */
  readonly env: Record<string, string>
  /** From GITHUB_PATH; a later entry comes first in PATH. */
  readonly path: string[]
  /** The `steps` context. */
  readonly steps: Record<string, Value>
  /** `job.services` */
  readonly services: Record<string, Value>
  /** A stack. */
  readonly posts: Task[]
  /** Steps whose post part has been put there. */
  readonly posted: Set<Step>
  readonly annotations: Annotation[]
  /** Aborted when the run or this job is cancelled. */
  readonly cancel: AbortSignal
  /** Aborted when what still runs after a cancellation has had its time. */
  readonly force: AbortSignal
  /** Aborted when whatever still runs is ended without waiting. */
  readonly kill: AbortSignal
  status: 'success' | 'failure' | 'cancelled'
}

/** What an expression of a step sees at this moment. */
export function scopeOf(state: JobState, env: Readonly<Record<string, string>> = state.env): Scope {
  return {
    contexts: {
      ...state.contexts,
      github: state.github,
      runner: state.runner,
      env,
      steps: state.steps,
      job: { status: state.status, check_run_id: state.checkRunId, container: {}, services: state.services },
    },
    functions: stepFunctions(() => state.status, state.workspace),
  }
}
