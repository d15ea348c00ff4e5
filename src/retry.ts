/** Asking again after what passes by itself. */
import { setTimeout } from 'node:timers/promises'

interface Retrying<F> {
  readonly signal: AbortSignal
  readonly attempts: number
  /** What failed, where asking again can help. */
  readonly transientOf: (error: unknown) => F | undefined
  /** ms before the next one, after so many attempts. */
  readonly waitFor: (failure: F, attempt: number) => number
  /** Told of each failure that is followed by another attempt. */
  readonly onRetry?: (failure: F, attempt: number) => void
  readonly sleep?: Sleep
}

export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<unknown>

/** @throws the last failure; what no second attempt helps at once; the signal's reason */
export async function retry<T, F>(work: (attempt: number) => Promise<T>, options: Retrying<F>): Promise<T> {
  const { signal, attempts, sleep = pause } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      signal.throwIfAborted()
      const failure = options.transientOf(error)
      if (failure === undefined || attempt >= attempts) throw error
      options.onRetry?.(failure, attempt)
      await sleep(options.waitFor(failure, attempt), signal)
    }
  }
}

/** @throws the signal's reason, and not an error about it */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted())
}
