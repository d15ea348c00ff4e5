/** Lets the event loop turn between judgements: answers, timers and the deadline are not seen meanwhile. */
import { setImmediate } from 'node:timers/promises'

/** Milliseconds of judging between two turns. A turn for each judgement would cost more than most of them. */
const MOST = 20

export class Turns {
  #spent = 0
  #turn: Promise<void> | undefined

  /** Makes a judgement, as soon as there is time for it. */
  async use<T>(work: () => T): Promise<T> {
    while (this.#spent >= MOST) {
      this.#turn ??= this.#next()
      await this.#turn
    }
    const started = performance.now()
    try {
      return work()
    } finally {
      this.#spent += performance.now() - started
    }
  }

  async #next(): Promise<void> {
    await setImmediate()
    this.#spent = 0
    this.#turn = undefined
  }
}
