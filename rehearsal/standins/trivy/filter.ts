/** Which findings stay: aquasecurity/trivy pkg/result/filter.go. */
import type { Report, Result, Vulnerability } from './report.ts'

export const SEVERITIES: readonly string[] = ['UNKNOWN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']

export interface Selection {
  readonly severities: readonly string[]
  readonly ignoreUnfixed: boolean
  /** Ids that `.trivyignore` names. */
  readonly ignored: ReadonlySet<string>
}

export function select(report: Report, selection: Selection): Report {
  return { ...report, Results: report.Results.map((result) => selectIn(result, selection)) }
}

/** Whether `--exit-code` counts. */
export function hasFindings({ Results }: Report): boolean {
  return Results.some(
    ({ Vulnerabilities, Misconfigurations, Secrets }) =>
      Vulnerabilities.length > 0 || Secrets.length > 0 || Misconfigurations.some(({ Status }) => Status === 'FAIL'),
  )
}

/** `--skip-dirs`. */
export function isBelow(target: string, folders: readonly string[]): boolean {
  return folders.some((folder) => target.startsWith(`${folder.replace(/^\.\/|\/+$/g, '')}/`))
}

function selectIn(result: Result, { severities, ignoreUnfixed, ignored }: Selection): Result {
  const stays = (severity: string, ...ids: readonly string[]) =>
    severities.includes(severity) && !ids.some((id) => ignored.has(id))
  const misconfigurations = result.Misconfigurations.filter(({ ID, AVDID, Severity }) => stays(Severity, ID, AVDID))
  const failures = misconfigurations.filter(({ Status }) => Status === 'FAIL')
  const passed = misconfigurations.filter(({ Status }) => Status === 'PASS')
  const summary = { Successes: passed.length, Failures: failures.length }
  return {
    ...result,
    Vulnerabilities: result.Vulnerabilities.filter(
      ({ VulnerabilityID, Severity, Status }) =>
        stays(Severity || 'UNKNOWN', VulnerabilityID) && (!ignoreUnfixed || Status === 'fixed'),
    ).toSorted(byPackage),
    MisconfSummary: misconfigurations.length === 0 ? undefined : summary,
    Misconfigurations: failures,
    Secrets: result.Secrets.filter(({ RuleID, Severity }) => stays(Severity, RuleID)),
  }
}

/** Trivy's BySeverity: package, version, the most severe first, id. */
function byPackage(one: Vulnerability, other: Vulnerability): number {
  return (
    compare(one.PkgName, other.PkgName) ||
    compare(one.PkgID, other.PkgID) ||
    compare(one.InstalledVersion, other.InstalledVersion) ||
    rank(other.Severity) - rank(one.Severity) ||
    compare(one.VulnerabilityID, other.VulnerabilityID) ||
    compare(one.PkgPath, other.PkgPath)
  )
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1
}

function rank(severity: string): number {
  return SEVERITIES.indexOf(severity)
}
