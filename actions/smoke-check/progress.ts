/** A line of the log for every round, and one for each check whose state has changed since the round before. */
import type { Log } from '../../src/action.ts'
import type { Check } from './check.ts'
import { clip } from './report/safe.ts'
import { oneLine } from './report/terminal.ts'
import { reasonOf } from './report/words.ts'
import type { Attempt, FailOn, Verdict } from './result.ts'
import { isHealthy } from './verdict.ts'

/** Lines of one round; the table at the end has the rest. */
const MOST_CHANGES = 20

export class Progress {
  readonly #checks: readonly Check[]
  readonly #failOn: FailOn
  readonly #log: Log
  readonly #redact: (text: string) => string
  readonly #told = new Map<string, string>()

  constructor(
    checks: readonly Check[],
    { failOn }: { readonly failOn: FailOn },
    { log, redact }: { readonly log: Log; readonly redact: (text: string) => string },
  ) {
    this.#checks = checks
    this.#failOn = failOn
    this.#log = log
    this.#redact = redact
  }

  tell(round: number, attempts: ReadonlyMap<string, Attempt>): void {
    const changes = this.#checks.flatMap((check) => this.#change(check, attempts.get(check.name)) ?? [])
    this.#log.info(`Round ${round}: ${counts([...attempts.values()])}.`)
    for (const change of changes.slice(0, MOST_CHANGES)) this.#log.info(`  ${change}`)
    if (changes.length > MOST_CHANGES) this.#log.info(`  … and ${changes.length - MOST_CHANGES} more`)
  }

  /** What is healthy from the first round on needs no line. */
  #change({ name, severity }: Check, attempt: Attempt | undefined): string | undefined {
    if (attempt === undefined || attempt.verdict === 'aborted') return undefined
    const { verdict } = attempt
    const reason = reasonOf(attempt)
    const state = this.#safe(`${verdict} ${reason}`)
    const before = this.#told.get(name)
    this.#told.set(name, state)
    if (before === state || (before === undefined && isHealthy({ verdict, severity }, this.#failOn) && reason === '')) {
      return undefined
    }
    return this.#safe(reason === '' ? `${name}: ${verdict}` : `${name}: ${verdict}. ${reason}`)
  }

  #safe(text: string): string {
    return oneLine(clip(this.#redact(text), 400))
  }
}

function counts(attempts: readonly Attempt[]): string {
  const verdicts: readonly Verdict[] = ['passed', 'warned', 'waiting', 'failed', 'skipped', 'aborted']
  const list = verdicts.flatMap((verdict) => {
    const count = attempts.filter((attempt) => attempt.verdict === verdict).length
    return count === 0 ? [] : [`${count} ${verdict}`]
  })
  return list.join(', ')
}
