/** How long an answer is waited for. */

/** Until it begins, for what is no upload, in milliseconds. */
export const ANSWER_TIMEOUT = 30_000
/** The slowest line that is waited for: bytes a millisecond, which is 64 kB/s. */
const SLOWEST = 64

/** Milliseconds until the answer to so many bytes. */
export function uploadTimeout(bytes: number): number {
  return ANSWER_TIMEOUT + Math.ceil(bytes / SLOWEST)
}
