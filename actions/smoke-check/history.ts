/** What is remembered of every check over the rounds. */
import type { Check } from './check.ts'
import { displayTemplate } from './display.ts'
import { describeSource } from './judge/source.ts'
import type { Attempt, CheckResult } from './result.ts'
import { severityOf } from './verdict.ts'

const KEPT = 3
/** Milliseconds, and times as long as before: what had run longer when it was cut off hangs, all else was only late. */
const HANGS = { after: 1000, times: 3 }

export class History {
  readonly #expectVersion: string | undefined
  readonly #ended = new Map<string, { last: readonly Attempt[]; attempts: number }>()
  /** Those that were cut off in the last round, and how long they had run by then. */
  #aborted: ReadonlyMap<string, { readonly attempt: Attempt; readonly ran: number }> = new Map()
  readonly #begun = new Map<string, number>()
  readonly #urls = new Map<string, string>()

  constructor(expectVersion?: string) {
    this.#expectVersion = expectVersion
  }

  /** @param now milliseconds, on the clock of `asked` */
  record(attempts: ReadonlyMap<string, Attempt>, now: number): void {
    const aborted = [...attempts].filter(([, { verdict }]) => verdict === 'aborted')
    this.#aborted = new Map(
      aborted.map(([name, attempt]) => [name, { attempt, ran: now - (this.#begun.get(name) ?? now) }]),
    )
    this.#begun.clear()
    for (const [name, attempt] of attempts) {
      if (attempt.verdict === 'aborted') continue
      const { last, attempts: count } = this.#ended.get(name) ?? { last: [], attempts: 0 }
      this.#ended.set(name, { last: [...last, attempt].slice(-KEPT), attempts: count + 1 })
    }
  }

  /** @param url as it was last asked, without query values */
  asked(name: string, url: string, now: number): void {
    this.#urls.set(name, url)
    this.#begun.set(name, now)
  }

  result(check: Check): CheckResult {
    const { name, origin, method, version } = check
    const { last, attempts } = this.#last(name)
    const verdict = last.at(-1)?.verdict ?? 'aborted'
    const url = this.#urls.get(name) ?? displayTemplate(check.url)
    const severity = severityOf(check, this.#expectVersion)
    const versionAt = version && describeSource(version)
    return { name, origin, severity, method, url, versionAt, verdict, last, attempts }
  }

  /** Why a check failed says more than that it was cut off later; of one that was healthy it is all there is to say. */
  #last(name: string): { readonly last: readonly Attempt[]; readonly attempts: number } {
    const { last, attempts } = this.#ended.get(name) ?? { last: [], attempts: 0 }
    const aborted = this.#aborted.get(name)
    const before = last.at(-1)
    if (aborted === undefined) return { last, attempts }
    if (before === undefined) return { last: [aborted.attempt], attempts }
    const wasHealthy = before.verdict === 'passed' || before.verdict === 'warned'
    const hangs = wasHealthy && aborted.ran >= Math.max(HANGS.after, HANGS.times * (before.total ?? 0))
    return { last: hangs ? [...last, aborted.attempt].slice(-KEPT) : last, attempts }
  }
}
