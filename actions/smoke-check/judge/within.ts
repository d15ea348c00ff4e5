/** A deadline for work that a pattern in a checks file can make endless. */
import { type Context, createContext } from 'node:vm'
import functionTimeout, { isTimeoutError } from 'function-timeout'

/** Milliseconds. V8's regular expressions backtrack: `(a+)+$` takes twice as long with each character more. */
export const PATTERN_DEADLINE = 250
/** Milliseconds for all such work on one check in one round: meanwhile nothing else happens, the deadline included. */
export const JUDGING_BUDGET = 500

/** What is left of the time for judging one check. */
export class Budget {
  readonly #timeLeft: () => number
  #left: number

  /** @param timeLeft milliseconds to the deadline of the run */
  constructor(timeLeft: () => number = () => Number.POSITIVE_INFINITY, budget = JUDGING_BUDGET) {
    this.#timeLeft = timeLeft
    this.#left = budget
  }

  /** Milliseconds that the next piece of work may take. */
  get next(): number {
    return Math.min(PATTERN_DEADLINE, this.#left, this.#timeLeft())
  }

  spend(milliseconds: number): void {
    this.#left -= milliseconds
  }
}

/** `slow`: it took longer than it may. `used up`: there was no time left to begin it. */
export type Judged<T> = { readonly value: T } | 'slow' | 'used up'

let context: Context | undefined

/** What `work` gives, where it ends within the time that is left for it; what it throws is thrown. */
export function within<T>(work: () => T, budget = new Budget()): Judged<T> {
  const most = Math.floor(budget.next)
  if (most < 1) return 'used up'
  const done: { value: T }[] = []
  const started = performance.now()
  try {
    bounded(() => void done.push({ value: work() }), most)
  } catch (error) {
    if (!isTimeoutError(error)) throw error
  } finally {
    budget.spend(performance.now() - started)
  }
  return done[0] ?? (most < PATTERN_DEADLINE ? 'used up' : 'slow')
}

/** A context of its own for each piece of work would take longer than most of it. */
function bounded(work: () => void, timeout: number): void {
  context ??= createContext()
  const options = { timeout, context }
  functionTimeout(work, options)()
}

/** As a whole sentence, that something was not judged in time. */
export function explainNotJudged(what: string, judged: 'slow' | 'used up'): string {
  if (judged === 'slow') return `Judging ${what} was given up after ${PATTERN_DEADLINE} ms.`
  return `${what.charAt(0).toUpperCase()}${what.slice(1)} was not judged: the time for judging is used up.`
}
