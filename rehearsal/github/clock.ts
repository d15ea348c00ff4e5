/** The time at the embedded GitHub: this machine's, and what a test has let pass besides. */
export class Clock {
  #passed = 0

  /** ms since 1970. */
  now(): number {
    return Date.now() + this.#passed
  }

  /** @param ms 0 or more */
  pass(ms: number): void {
    if (!(ms >= 0)) throw new Error(`Time only passes: ${ms} ms.`)
    this.#passed += ms
  }

  get isAhead(): boolean {
    return this.#passed > 0
  }
}
