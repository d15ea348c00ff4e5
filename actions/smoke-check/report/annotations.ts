/** What stands in red and yellow on the run's page: at most ten in all, the first of which says what it all comes to. */
import { ActionError } from '../../../src/errors.ts'
import type { CheckResult, Report } from '../result.ts'
import { clip } from './safe.ts'
import { hintOf, reasonOf, STREAK_HINT, unhealthyOf, verdictSentence } from './words.ts'

/** GitHub shows ten errors and ten warnings of a step and drops the rest; ten of all are enough to read. */
const MOST = 10
const LONGEST = 500

export interface Annotations {
  /** The first fails the step. */
  readonly errors: readonly ActionError[]
  readonly warnings: readonly string[]
}

/** @param report without secrets */
export function annotationsOf(report: Report): Annotations {
  const unhealthy = unhealthyOf(report)
  const single = unhealthy.filter(({ verdict }) => verdict !== 'skipped').map(explain)
  const total = new ActionError(verdictSentence(report), { hint: overview(unhealthy) })
  const errors = report.healthy ? [] : [total, ...single].slice(0, MOST)
  const warned = report.checks.filter(({ verdict }) => verdict === 'warned').map(explain)
  const yellow = report.failOn === 'warn' ? [] : warned
  if (report.failOn === 'never') {
    return { errors: [], warnings: [...errors, ...yellow].map(({ text }) => text).slice(0, MOST) }
  }
  return { errors, warnings: yellow.map(({ text }) => text).slice(0, MOST - errors.length) }
}

function explain(check: CheckResult): ActionError {
  const attempt = check.last.at(-1)
  const reason = reasonOf(attempt) || `It is ${check.verdict}.`
  return new ActionError(`${clip(check.name, 100)}: ${clip(reason, LONGEST)}`, { hint: clip(hintOf(attempt), LONGEST) })
}

function overview(unhealthy: readonly CheckResult[]): string {
  if (unhealthy.length === 0) return STREAK_HINT
  const names = unhealthy.slice(0, 5).map(({ name, verdict }) => `${clip(name, 60)} (${verdict})`)
  const more = unhealthy.length > names.length ? ` and ${unhealthy.length - names.length} more` : ''
  return `Not healthy: ${names.join(', ')}${more}. The job summary has the reasons and the last results.`
}
