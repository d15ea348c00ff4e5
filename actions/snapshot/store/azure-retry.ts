/** Asking Azure again after what passes by itself. */

import { retry } from '../../../src/retry.ts'
import { isTransient } from './azure-explain.ts'
import { uploadTimeout } from './deadlines.ts'

const ATTEMPTS = 5
const FIRST_PAUSE = 500

/**
 * @param ask its signal is aborted once the time for `bytes` is over, until it has settled
 * @throws the last failure, or the reason of `signal`
 */
export function retrying<T>(
  signal: AbortSignal,
  bytes: number,
  ask: (signal: AbortSignal) => Promise<T>,
  attempts = ATTEMPTS,
): Promise<T> {
  return retry(() => within(signal, uploadTimeout(bytes), ask), {
    signal,
    attempts,
    transientOf: (error) => (isTransient(error) ? error : undefined),
    waitFor: (_, attempt) => FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + Math.random() / 2),
  })
}

/** Not AbortSignal.timeout: an answer whose body is still read must not end with the time for its beginning. */
async function within<T>(signal: AbortSignal, time: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController()
  const late = Object.assign(new Error(`no answer within ${Math.round(time / 1000)} s`), { code: 'ETIMEDOUT' })
  const timer = setTimeout(() => deadline.abort(late), time)
  try {
    return await ask(AbortSignal.any([signal, deadline.signal]))
  } catch (error) {
    throw deadline.signal.aborted ? late : error
  } finally {
    clearTimeout(timer)
  }
}
