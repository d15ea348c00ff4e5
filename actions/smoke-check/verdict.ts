/** What findings come to, and what verdicts count as. */
import type { Check, Severity } from './check.ts'
import type { Attempt, CheckResult, FailOn, Finding, Verdict } from './result.ts'

/**
 * While an old version answers, whatever else is wrong with its answer is wrong with the old version: the check waits.
 * Where no version was served at all, it only waits when nothing but that is wrong.
 */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const failing = findings.filter(({ severity }) => severity === 'fail')
  const waiting = failing.filter((finding) => finding.waiting !== undefined)
  const old = waiting.some((finding) => finding.waiting?.served !== undefined)
  if (old || (waiting.length > 0 && waiting.length === failing.length)) return 'waiting'
  if (failing.length > 0) return 'failed'
  return findings.length > 0 ? 'warned' : 'passed'
}

/**
 * What it counts as that a check is not as it should be as a whole: no answer, or not made. Where the gate relies on its
 * version it is never only a warning: an old version would pass then.
 */
export function severityOf(check: Pick<Check, 'severity' | 'version'>, expectVersion: string | undefined): Severity {
  return check.version !== undefined && expectVersion !== undefined ? 'fail' : check.severity
}

/** What the check comes to in the counts: a check that only warns never fails, even where it could not be made. */
export function countsAs({
  verdict,
  severity,
}: Pick<CheckResult, 'verdict' | 'severity'>): 'passed' | 'warned' | 'failed' {
  if (verdict === 'passed' || verdict === 'warned') return verdict
  if (verdict === 'waiting') return 'failed'
  return severity === 'warn' ? 'warned' : 'failed'
}

export function isHealthy(result: { readonly verdict: Verdict; readonly severity: Severity }, failOn: FailOn): boolean {
  const counted = countsAs(result)
  return counted === 'passed' || (counted === 'warned' && failOn !== 'warn')
}

/** Findings with those that matter most first. */
export function ranked({ findings, verdict }: Attempt): readonly Finding[] {
  const rank = (finding: Finding) => {
    if (finding.waiting !== undefined && verdict === 'waiting') return 0
    return finding.severity === 'fail' ? 1 : 2
  }
  return [...findings].sort((one, other) => rank(one) - rank(other))
}
