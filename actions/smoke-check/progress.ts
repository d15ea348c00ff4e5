/** A line of the log for every round, and one for each check whose state has changed since the round before. */
import type { Log } from '../../src/action.ts'
import type { Check } from './check.ts'
import { safeAttempt } from './report/safe.ts'
import { reasonOf } from './report/words.ts'
import type { Attempt, FailOn, Verdict } from './result.ts'
import { clip, oneLine } from './text.ts'
import { isHealthy, severityOf } from './verdict.ts'

/** Lines of one round; the table at the end has the rest. */
const MOST_CHANGES = 20

export class Progress {
  readonly #checks: readonly Check[]
  readonly #failOn: FailOn
  readonly #expectVersion: string | undefined
  readonly #log: Log
  readonly #redact: (text: string) => string
  readonly #told = new Map<string, string>()

  constructor(
    checks: readonly Check[],
    { failOn, expectVersion }: { readonly failOn: FailOn; readonly expectVersion: string | undefined },
    { log, redact }: { readonly log: Log; readonly redact: (text: string) => string },
  ) {
    this.#checks = checks
    this.#failOn = failOn
    this.#expectVersion = expectVersion
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
  #change(check: Check, attempt: Attempt | undefined): string | undefined {
    if (attempt === undefined || attempt.verdict === 'aborted') return undefined
    const { verdict } = attempt
    const { name } = check
    const severity = severityOf(check, this.#expectVersion)
    const reason = attempt.findings.length === 0 ? '' : reasonOf(safeAttempt(attempt, this.#redact))
    const state = `${verdict} ${reason}`
    const before = this.#told.get(name)
    this.#told.set(name, state)
    if (before === state || (before === undefined && isHealthy({ verdict, severity }, this.#failOn) && reason === '')) {
      return undefined
    }
    return oneLine(clip(reason === '' ? `${name}: ${verdict}` : `${name}: ${verdict}. ${reason}`, 400))
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
