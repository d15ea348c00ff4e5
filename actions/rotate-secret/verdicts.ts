/** What became of each target, as the output `targets` and the trail have it. */
import type { Ledger } from './apply.ts'

export interface Verdict {
  readonly target: string
  /**
   * `done`: all that was to be written there was; `unchanged`: nothing was to be; `not-reached`: the run has ended before,
   * though a part may have been written.
   */
  readonly verdict: 'done' | 'unchanged' | 'failed' | 'not-reached'
  /** What was written, in words. */
  readonly done: readonly string[]
  readonly error: string | null
}

/** @param wanted how many changes the plan has for each store, by its label */
export function verdictsOf(ledger: Ledger, wanted: ReadonlyMap<string, number>): readonly Verdict[] {
  return ledger.entries().map(([target, { done, error }]) => {
    const complete = done.length > 0 ? 'done' : 'unchanged'
    const reached = done.length < (wanted.get(target) ?? 0) ? 'not-reached' : complete
    const verdict = error === undefined ? reached : 'failed'
    return { target, verdict, done, error: error?.message ?? null }
  })
}
