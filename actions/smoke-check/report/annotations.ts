/** What stands in red and yellow on the run's page: at most ten in all, the first of which says what it all comes to. */
import type { Place } from '../../../src/action.ts'
import { ActionError } from '../../../src/errors.ts'
import type { CheckResult, Report } from '../result.ts'
import { clip } from '../text.ts'
import { blamedOf, hintOf, placeOf, STREAK_HINT, unhealthyOf, verdictSentence, whyOf } from './words.ts'

/** GitHub shows ten errors and ten warnings of a step and drops the rest; ten of all are enough to read. */
const MOST = 10
const LONGEST = 500

export interface Annotation {
  readonly error: ActionError
  readonly place: Place
}

export interface Annotations {
  /** The first fails the step. */
  readonly errors: readonly Annotation[]
  readonly warnings: readonly Annotation[]
}

/** @param report without secrets */
export function annotationsOf(report: Report): Annotations {
  const single = blamedOf(report)
    .filter(({ verdict }) => verdict !== 'skipped')
    .map((check) => explain(check, report))
  const total = new ActionError(verdictSentence(report), { hint: overview(report) })
  const errors = report.healthy ? [] : [{ error: total, place: { title: 'Smoke check' } }, ...single].slice(0, MOST)
  const warned = report.checks.filter(({ verdict }) => verdict === 'warned').map((check) => explain(check, report))
  const yellow = report.failOn === 'warn' ? [] : warned
  if (report.failOn === 'never') return { errors: [], warnings: [...errors, ...yellow].slice(0, MOST) }
  return { errors, warnings: yellow.slice(0, MOST - errors.length) }
}

function explain(check: CheckResult, report: Report): Annotation {
  const name = clip(check.name, 100)
  const reason = whyOf(check, report) || `It is ${check.verdict}.`
  const error = new ActionError(`${name}: ${clip(reason, LONGEST)}`, { hint: clip(hintOf(check.last.at(-1)), LONGEST) })
  return { error, place: { title: `Smoke check: ${name}`, ...placeOf(check.origin) } }
}

function overview(report: Report): string {
  const unhealthy = unhealthyOf(report)
  if (unhealthy.length === 0) return STREAK_HINT
  const names = unhealthy.slice(0, 5).map(({ name, verdict }) => `${clip(name, 60)} (${verdict})`)
  const more = unhealthy.length > names.length ? ` and ${unhealthy.length - names.length} more` : ''
  return `Not healthy: ${names.join(', ')}${more}. The job summary has the reasons and the last results.`
}
