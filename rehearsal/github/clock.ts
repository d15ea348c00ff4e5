/** The time at the embedded GitHub: this machine's, moved by what a test has let pass or has set. */
export class Clock {
  /** ms */
  #moved = 0

  /** ms since 1970. */
  now(): number {
    return Date.now() + this.#moved
  }

  /** @param ms 0 or more */
  pass(ms: number): void {
    if (!(ms >= 0)) throw new Error(`Time only passes: ${ms} ms.`)
    this.#moved += ms
  }

  /** From that moment on it goes as this machine's. It may be in the past. */
  set(at: Date): void {
    if (Number.isNaN(at.getTime())) throw new Error('A clock is set to a time, and this is none.')
    this.#moved = at.getTime() - Date.now()
  }

  /** Whether it is another time here than on this machine. */
  get isMoved(): boolean {
    return this.#moved !== 0
  }
}
