/** A clock that moves only when a test moves it; whoever sleeps wakes in the order of time. */
import type { Clock } from '../../../actions/smoke-check/rounds.ts'

export class FakeClock implements Clock {
  #now = 0
  readonly #sleepers: { readonly at: number; readonly wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const sleeper = { at: this.#now + milliseconds, wake: resolve }
      this.#sleepers.push(sleeper)
      const leave = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1)
        resolve()
      }
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** Moves to whoever wakes next, again and again, until the work has ended. */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    let ended = false
    const done = work.finally(() => {
      ended = true
    })
    for (let step = 0; step < 100_000; step++) {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      if (ended) return done
      const next = [...this.#sleepers].sort((one, other) => one.at - other.at)[0]
      if (next === undefined) throw new Error('Nobody sleeps, and the work has not ended.')
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1)
      this.#now = Math.max(this.#now, next.at)
      next.wake()
    }
    throw new Error('The work does not end.')
  }
}
