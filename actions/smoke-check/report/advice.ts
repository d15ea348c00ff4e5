/** What to do about each check that wants a person's attention: the same advice once, for all checks that need it. */
import type { CheckResult, Finding, Report } from '../result.ts'
import { ranked } from '../verdict.ts'
import { byUrgency, STREAK_HINT, unhealthyOf } from './words.ts'

/** Checks, and findings of each, that are gone into. */
const MOST_CHECKS = 10
const MOST_FINDINGS = 10

export interface Advice {
  /** Names of the checks; none where no check is to blame. */
  readonly names: readonly string[]
  /** One hint, or each finding with its hint where there are several. */
  readonly items: readonly string[]
}

export function adviceOf(report: Report): readonly Advice[] {
  const unhealthy = unhealthyOf(report)
  if (!report.healthy && unhealthy.length === 0) return [{ names: [], items: [STREAK_HINT] }]
  const warned = byUrgency(report.checks).filter((check) => check.verdict === 'warned' && !unhealthy.includes(check))
  const together = new Map<string, Advice>()
  for (const check of [...unhealthy, ...warned].slice(0, MOST_CHECKS)) {
    const items = itemsOf(check)
    const key = JSON.stringify(items)
    if (items.length > 0) together.set(key, { names: [...(together.get(key)?.names ?? []), check.name], items })
  }
  return [...together.values()]
}

function itemsOf({ verdict, last }: CheckResult): readonly string[] {
  const attempt = last.at(-1)
  if (attempt === undefined || verdict === 'skipped') return []
  const findings = ranked(attempt)
  const [first] = findings
  if (first === undefined) return []
  if (findings.length === 1 || verdict === 'waiting') return first.hint === '' ? [] : [first.hint]
  const more = findings.length - MOST_FINDINGS
  return [...findings.slice(0, MOST_FINDINGS).map(explained), ...(more > 0 ? [`And ${more} more.`] : [])]
}

function explained({ assertion, message, hint }: Finding): string {
  return `${assertion}: ${message} ${hint}`.trimEnd()
}
