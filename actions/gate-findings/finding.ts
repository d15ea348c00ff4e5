/** What a scan has found, without what it takes to explain it. */

/** The worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'unknown'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What an alert of code scanning can be held against: what Trivy's SARIF says of a finding, in the same words. */
export interface Identity {
  /** The id of the SARIF rule, a CVE say. */
  readonly rule: string
  /** The location as code scanning has it. */
  readonly path: string
  /** The name of the vulnerable package; undefined of all else, and where an alert does not say. */
  readonly packageName: string | undefined
  /** 1 where SARIF knows of no line. */
  readonly line: number
}

export interface Finding extends Identity {
  readonly kind: 'vulnerability' | 'misconfiguration' | 'secret' | 'licence'
  readonly severity: Severity
  /** Empty where there is none, as are the others. */
  readonly installed: string
  readonly fixed: string
  readonly title: string
  readonly url: string
}

export type Counts = Readonly<Record<Severity, number>>

export function isSeverity(name: string): name is Severity {
  return SEVERITIES.some((severity) => severity === name)
}

/** Trivy's own, in capitals; what it does not know is `UNKNOWN`, what is none at all counts as that, too. */
export function severityOf(text: string): Severity {
  const name = text.toLowerCase()
  return isSeverity(name) ? name : 'unknown'
}

export function countBySeverity(findings: readonly Finding[]): Counts {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** The worst first; among equals the order stays. */
export function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity))
}
