/** When a job ends before its steps do: the run is cancelled, or the job has taken longer than its `timeout-minutes`. */
import type { Annotation } from './commands.ts'
import { number, type Scope } from './expressions.ts'
import type { Run } from './run.ts'
import type { Job } from './workflow.ts'

export interface Cancellation {
  readonly cancel: AbortSignal
  /** Aborted when the time for what runs after a cancellation is over. */
  readonly force: AbortSignal
  readonly annotations: readonly Annotation[]
  end(): void
}

/** GitHub's limit for a job without `timeout-minutes`. */
const defaultMinutes = 360

/**
 * @param spared whether the job's own `if` holds although the run is cancelled: then only what is left of the time for
 * such jobs can end it (docs.github.com, "Workflow cancellation reference")
 */
export function watchCancellation(run: Run, job: Job, scope: Scope, spared: () => boolean): Cancellation {
  const annotations: Annotation[] = []
  const [cancel, force] = [new AbortController(), new AbortController()]
  const timers: NodeJS.Timeout[] = []
  const later = (ms: number, action: () => void) => timers.push(setTimeout(action, ms))
  const minutes = number(job.timeoutMinutes, scope) ?? defaultMinutes
  later(minutes * run.clock.minute, () => {
    annotations.push({ level: 'error', message: `The job has exceeded the maximum execution time of ${minutes}m0s` })
    cancel.abort()
  })
  cancel.signal.addEventListener('abort', () => later(run.clock.grace, () => force.abort()))
  const onCancel = () => {
    if (!spared()) cancel.abort()
    else later(run.clock.grace, () => force.abort())
  }
  if (run.cancel.signal.aborted) onCancel()
  else run.cancel.signal.addEventListener('abort', onCancel, { once: true })
  return {
    cancel: cancel.signal,
    force: AbortSignal.any([force.signal, run.kill]),
    annotations,
    end() {
      run.cancel.signal.removeEventListener('abort', onCancel)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
