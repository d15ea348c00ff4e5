/** A deadline for work that a pattern in a checks file can make endless. */
import functionTimeout, { isTimeoutError } from 'function-timeout'

/** Milliseconds. V8's regular expressions backtrack: `(a+)+$` takes twice as long with each character more. */
export const PATTERN_DEADLINE = 250

const bounded = functionTimeout((work: () => void) => work(), { timeout: PATTERN_DEADLINE })

/** What `work` gives, or undefined where it took longer than the deadline; what it throws is thrown. */
export function within<T>(work: () => T): { readonly value: T } | undefined {
  const done: { value: T }[] = []
  try {
    bounded(() => void done.push({ value: work() }))
  } catch (error) {
    if (isTimeoutError(error)) return undefined
    throw error
  }
  return done[0]
}
