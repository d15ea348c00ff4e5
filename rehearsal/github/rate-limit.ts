/** The primary rate limit of a job's token: 1,000 requests an hour for each repository. Counted, not enforced. */

const LIMIT = 1000
const WINDOW = 3600

export class RateLimit {
  #used = 0
  #reset = 0

  count(): void {
    this.#renew()
    this.#used++
  }

  headers(): Readonly<Record<string, string>> {
    const { limit, remaining, used, reset } = this.resource()
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    }
  }

  /** `reset` is in seconds since the epoch. */
  resource() {
    this.#renew()
    return { limit: LIMIT, used: this.#used, remaining: Math.max(0, LIMIT - this.#used), reset: this.#reset }
  }

  #renew(): void {
    const now = Math.floor(Date.now() / 1000)
    if (now < this.#reset) return
    this.#used = 0
    this.#reset = now + WINDOW
  }
}
