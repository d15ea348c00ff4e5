import { setTimeout as sleep } from 'node:timers/promises'

/** What there is as long as it is not settled. */
export interface Pending {
  /** The end of a sentence. */
  readonly pending: string
  /** Milliseconds that the far side asks to wait for. */
  readonly retryAfter?: number | undefined
}

/** What a look at something showed: it is settled, or it may change. */
export type Observation<T, P extends Pending = Pending> = { readonly settled: T } | P

export interface PollOptions {
  /** On the clock of performance.now(). */
  readonly deadline: number
  readonly signal: AbortSignal
}

/** Milliseconds between looks; the last one repeats. The first look is taken at once. */
const DELAYS = [500, 1000, 1000, 2000]

/** Looks until it is settled, or returns the last pending observation when the deadline has passed. */
export async function poll<T, P extends Pending>(
  look: () => Promise<Observation<T, P>>,
  { deadline, signal }: PollOptions,
): Promise<Observation<T, P>> {
  for (let count = 0; ; count += 1) {
    signal.throwIfAborted()
    const observation = await look()
    const left = deadline - performance.now()
    if ('settled' in observation || left <= 0) return observation
    const delay = Math.max(DELAYS[Math.min(count, DELAYS.length - 1)] ?? 0, observation.retryAfter ?? 0)
    await sleep(Math.min(delay, left), undefined, { signal })
  }
}
