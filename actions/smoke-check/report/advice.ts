/** What to do about each check that wants a person's attention: the same advice once, for all checks that need it. */
import type { Attempt, CheckResult, Finding, Report } from '../result.ts'
import { count } from '../text.ts'
import { ranked } from '../verdict.ts'
import { byUrgency, STREAK_HINT, unhealthyOf } from './words.ts'

/** Checks, and findings of each, that are gone into. */
const MOST_CHECKS = 10
const MOST_FINDINGS = 10

export interface Advice {
  /** Names of the checks; none where it is about none in particular. */
  readonly names: readonly string[]
  /** One hint, or each finding with its hint where there are several. */
  readonly items: readonly string[]
}

export function adviceOf(report: Report): readonly Advice[] {
  const unhealthy = unhealthyOf(report)
  if (!report.healthy && unhealthy.length === 0) return [{ names: [], items: [STREAK_HINT] }]
  const warned = byUrgency(report.checks).filter((check) => check.verdict === 'warned' && !unhealthy.includes(check))
  const together = new Map<string, Advice>()
  const [shown, rest] = split([...unhealthy, ...warned].filter((check) => itemsOf(check).length > 0))
  for (const check of shown) {
    const items = itemsOf(check)
    const key = JSON.stringify(items)
    together.set(key, { names: [...(together.get(key)?.names ?? []), check.name], items })
  }
  if (rest.length === 0) return [...together.values()]
  const more = `And ${count(rest.length, 'more check')}, whose advice is in the reports that junit and json write.`
  return [...together.values(), { names: [], items: [more] }]
}

function split(checks: readonly CheckResult[]): readonly [readonly CheckResult[], readonly CheckResult[]] {
  return [checks.slice(0, MOST_CHECKS), checks.slice(MOST_CHECKS)]
}

/** The reason of the first stands in the table already. */
function itemsOf({ verdict, last }: CheckResult): readonly string[] {
  const attempt = last.at(-1)
  if (attempt === undefined || verdict === 'skipped') return []
  const [first, ...others] = ranked(attempt)
  if (first === undefined) return []
  if (others.length === 0 || verdict === 'waiting') return first.hint === '' ? [] : [first.hint]
  const following = others.filter((finding) => followsFrom(first, finding, attempt))
  const own = others.filter((finding) => !following.includes(finding))
  const more = own.length - (MOST_FINDINGS - 1)
  return [
    `${first.assertion}: ${first.hint || first.message}`,
    ...own.slice(0, MOST_FINDINGS - 1).map(explained),
    ...(more > 0 ? [`And ${more} more.`] : []),
    ...(following.length === 0 ? [] : [`It may be why these failed, too: ${namesOf(following)}.`]),
  ]
}

/** The wrong answer has not what the right one would have. */
function followsFrom(first: Finding, { assertion }: Finding, { status }: Attempt): boolean {
  return first.assertion === 'status' && status !== undefined && /^(?:json|cookie|body|capture)\b/.test(assertion)
}

function namesOf(findings: readonly Finding[]): string {
  const names = findings.slice(0, MOST_FINDINGS).map(({ assertion }) => assertion)
  const more = findings.length - names.length
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function explained({ assertion, message, hint }: Finding): string {
  return `${assertion}: ${message} ${hint}`.trimEnd()
}
