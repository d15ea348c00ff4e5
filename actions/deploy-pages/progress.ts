import type { Log } from '../../src/action.ts'
import type { Origin } from './pages.ts'
import type { Plan } from './preflight.ts'

export type Step = 'Preflight' | 'Install wrangler' | 'Earlier attempt' | 'Upload' | 'Proof'

/** What is known of the deployment on Cloudflare's side. */
export type Standing =
  | { readonly kind: 'nothing uploaded' }
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

/** How far the action has come, for the summary: in success and in failure alike. */
export class Progress {
  /** The step that is under way, or that failed. */
  step: Step = 'Preflight'
  standing: Standing = { kind: 'nothing uploaded' }
  plan: Plan | undefined
  /** By which an upload can be told from others; undefined before the first. */
  origin: Origin | undefined
  readonly attempts: AttemptRecord[] = []
  readonly #log: Log
  readonly #milliseconds = new Map<Step, number>()

  constructor(log: Log) {
    this.#log = log
  }

  /** What each step has taken so far, in milliseconds and in their order. */
  get durations(): ReadonlyMap<Step, number> {
    return this.#milliseconds
  }

  /** Runs a step inside a group of the log, and adds up how long it took even if it fails. */
  async during<T>(step: Step, work: () => Promise<T>, attempt = 1): Promise<T> {
    this.step = step
    const started = performance.now()
    try {
      return await this.#log.group(attempt > 1 ? `${step} (attempt ${attempt})` : step, work)
    } finally {
      this.#milliseconds.set(step, (this.#milliseconds.get(step) ?? 0) + performance.now() - started)
    }
  }
}
