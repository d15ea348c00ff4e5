import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../../src/cloudflare.ts'

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

/**
 * Looks until it is settled, or returns the last pending observation when the deadline has passed.
 *
 * @throws the signal's reason when aborted
 */
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
    await pause(Math.min(delay, left), signal)
  }
}

/** Milliseconds before the second and the third try to read something. */
const READ_DELAYS = [1000, 3000]
/** A longer wait than this is not worth a job's minutes. */
const LONGEST_PAUSE = 30_000

type Unavailable = Extract<Answer<unknown>, { kind: 'unavailable' }>

/** Whoever says when to come again does not answer before. */
function isFinal({ retryAfter = 0 }: Unavailable, longest: number): boolean {
  return retryAfter > longest
}

/** Reads up to three times what is not available. */
export async function readWithRetries<T>(read: () => Promise<Answer<T>>, signal: AbortSignal): Promise<Answer<T>> {
  for (const delay of READ_DELAYS) {
    const answer = await read()
    if (answer.kind !== 'unavailable' || isFinal(answer, LONGEST_PAUSE)) return answer
    await pause(Math.max(delay, answer.retryAfter ?? 0), signal)
  }
  return read()
}

/** Milliseconds in which a question that must be answered is asked again and again. */
const LOOK_UP_TIMEOUT = 30_000

/** Reads for half a minute what is not available, where nothing may be done without an answer. */
export async function lookUp<T>(
  read: () => Promise<Answer<T>>,
  signal: AbortSignal,
  timeout = LOOK_UP_TIMEOUT,
): Promise<Answer<T>> {
  const look = async (): Promise<Observation<Answer<T>, Pending & { readonly answer: Answer<T> }>> => {
    const answer = await read()
    if (answer.kind !== 'unavailable' || isFinal(answer, timeout)) return { settled: answer }
    return { pending: answer.message, retryAfter: answer.retryAfter, answer }
  }
  const observation = await poll(look, { deadline: performance.now() + timeout, signal })
  return 'settled' in observation ? observation.settled : observation.answer
}

/** Throws the signal's own reason, where Node's timer would throw an AbortError that says nothing. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted())
}
