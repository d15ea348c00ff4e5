import type { Log } from '../../src/action.ts'
import type { Plan } from './preflight.ts'

export type Step = 'Preflight' | 'Install wrangler' | 'Upload' | 'Proof'

/** How far the action has come, for the summary: in success and in failure alike. */
export class Progress {
  /** The step that is under way, or that failed. */
  step: Step = 'Preflight'
  plan: Plan | undefined
  readonly #log: Log
  readonly #milliseconds = new Map<Step, number>()

  constructor(log: Log) {
    this.#log = log
  }

  /** What each step has taken so far, in milliseconds and in their order. */
  get durations(): ReadonlyMap<Step, number> {
    return this.#milliseconds
  }

  /** Runs a step inside a group of the log, and keeps how long it took even if it fails. */
  async during<T>(step: Step, work: () => Promise<T>): Promise<T> {
    this.step = step
    const started = performance.now()
    try {
      return await this.#log.group(step, work)
    } finally {
      this.#milliseconds.set(step, performance.now() - started)
    }
  }
}
