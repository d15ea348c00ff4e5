/** What is remembered of every check over the rounds. */
import type { Check } from './check.ts'
import { displayTemplate } from './plan.ts'
import type { Attempt, CheckResult } from './result.ts'

const KEPT = 3

export class History {
  readonly #ended = new Map<string, { last: readonly Attempt[]; attempts: number }>()
  readonly #aborted = new Map<string, Attempt>()
  readonly #urls = new Map<string, string>()

  record(attempts: ReadonlyMap<string, Attempt>): void {
    for (const [name, attempt] of attempts) {
      if (attempt.verdict === 'aborted') {
        this.#aborted.set(name, attempt)
        continue
      }
      const { last, attempts: count } = this.#ended.get(name) ?? { last: [], attempts: 0 }
      this.#ended.set(name, { last: [...last, attempt].slice(-KEPT), attempts: count + 1 })
    }
  }

  /** @param url as it was last asked, without query values */
  asked(name: string, url: string): void {
    this.#urls.set(name, url)
  }

  result(check: Check): CheckResult {
    const { name, origin, severity, method } = check
    const aborted = this.#aborted.get(name)
    const { last, attempts } = this.#ended.get(name) ?? { last: aborted === undefined ? [] : [aborted], attempts: 0 }
    const verdict = last.at(-1)?.verdict ?? 'aborted'
    const url = this.#urls.get(name) ?? displayTemplate(check.url)
    return { name, origin, severity, method, url, verdict, last, attempts }
  }
}
