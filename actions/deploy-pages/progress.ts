import type { Log } from '../../src/action.ts'
import type { Plan } from './preflight.ts'
import type { Mark } from './trailer.ts'

export type Step = 'Preflight' | 'Create project' | 'Install wrangler' | 'Earlier attempt' | 'Upload' | 'Proof'

/** What is known of the deployment on Cloudflare's side. */
export type Standing =
  /** `project`: one was asked for, with or without an answer yet; undefined where it was there already. */
  | { readonly kind: 'nothing uploaded'; readonly project?: 'asked' | 'created' | undefined }
  /** An upload is under way, or was broken off. */
  | { readonly kind: 'unknown' }
  /** An upload was broken off, and no deployment of it was to be seen afterwards. */
  | { readonly kind: 'not seen' }
  /** Files may have been uploaded, but no deployment was made of them. */
  | { readonly kind: 'not made' }
  /** Cloudflare took it, under an id that could not be found out. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'made'; readonly id: string; readonly url: string; readonly isLive?: boolean | undefined }

/** A run of wrangler, up to the proof of what it made. */
export interface AttemptRecord {
  /** What came of it, as the beginning of a sentence. */
  readonly result: string
  /** Milliseconds. */
  readonly duration: number
}

/**
 * How far the action has come, for the summary and for what a cancelled step says. The two orchestrators write it:
 * deploy-pages.ts the plan and what comes before an upload, delivery.ts the uploads.
 */
export class Progress {
  plan: Plan | undefined
  standing: Standing = { kind: 'nothing uploaded' }
  /** Of the upload; undefined as long as none was begun. */
  mark: Mark | undefined
  #step: Step = 'Preflight'
  readonly #attempts: AttemptRecord[] = []
  readonly #log: Log
  readonly #milliseconds = new Map<Step, number>()

  constructor(log: Log) {
    this.#log = log
  }

  /** The step that is under way, or that failed. */
  get step(): Step {
    return this.#step
  }

  /** One for each run of wrangler that has ended. */
  get attempts(): readonly AttemptRecord[] {
    return this.#attempts
  }

  /** What each step has taken so far, in milliseconds and in their order. */
  get durations(): ReadonlyMap<Step, number> {
    return this.#milliseconds
  }

  /** Runs a step inside a group of the log, and adds up how long it took even if it fails. */
  async during<T>(step: Step, work: () => Promise<T>, attempt = 1): Promise<T> {
    this.#step = step
    const started = performance.now()
    try {
      return await this.#log.group(attempt > 1 ? `${step} (attempt ${attempt})` : step, work)
    } finally {
      this.#milliseconds.set(step, (this.#milliseconds.get(step) ?? 0) + performance.now() - started)
    }
  }

  record(attempt: AttemptRecord): void {
    this.#attempts.push(attempt)
  }

  /** More came of the last attempt than was known when it ended. */
  amend({ result, duration }: AttemptRecord): void {
    const last = this.#attempts.pop()
    if (last === undefined) throw new Error('There is no attempt that anything could have come of.')
    this.#attempts.push({ result: `${last.result}; ${result}`, duration: last.duration + duration })
  }
}
