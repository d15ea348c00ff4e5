/** The full report as JSON; report.schema.json describes it, and a change that breaks readers raises its `version`. */
import type { Report } from '../result.ts'
import { isJudged } from './version.ts'
import { countsOf, slowestOf, whyOf } from './words.ts'

/** @param report without secrets */
export function reportJson(report: Report): string {
  const { checks, startedAt, ...rest } = report
  const content = {
    version: 1,
    ...rest,
    startedAt: new Date(startedAt).toISOString(),
    ...countsOf(report),
    slowest: slowestOf(report),
    versionJudged: isJudged(report),
    checks: checks.map((check) => ({ ...check, reason: whyOf(check, report) })),
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}
