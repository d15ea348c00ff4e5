import type { Outputs } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { type Alert, listAlerts } from './alerts.ts'
import { claim } from './baseline.ts'
import { bySeverity, countBySeverity, type Finding, SEVERITIES } from './finding.ts'
import type { Inputs } from './inputs.ts'
import type { Ports } from './ports.ts'
import { readReports } from './read-reports.ts'
import type { Report } from './report.ts'
import { shown } from './show.ts'
import { summarize } from './summary.ts'
import { type Baseline, objection, sentenceOf, type Verdict, warningsOf } from './verdict.ts'

/** Reads the reports, holds what counts in them against the alerts that are known, and fails the step if anything is left. */
export async function gateFindings(inputs: Inputs, ports: Ports): Promise<Outputs> {
  const { runner, context } = ports
  const reports = await readReports(inputs.reports, ports.workspace)
  for (const report of reports) if (!inputs.allowEmpty.has(report.file)) refuseEmpty(report)
  const findings = reports.flatMap((report) => report.findings)
  const gated = bySeverity(findings.filter(({ severity }) => inputs.severities.has(severity)))
  const verdict = await judge(gated, inputs, ports)

  for (const warning of warningsOf(verdict, inputs, context)) runner.log.warning(warning)
  await tell(verdict, inputs, ports)
  runner.summarize(summarize({ reports, verdict, inputs, context }))
  if (verdict.left.length > 0) object(verdict, inputs, ports)
  return outputsOf(findings, verdict)
}

/** A green gate over a scan that has seen nothing would be worse than none. */
function refuseEmpty({ file, artifact, targets }: Report): void {
  if (targets > 0) return
  throw new ActionError(
    `Nothing was scanned: the report ${shown(file)} names no target in ${artifact === '' ? 'what was scanned' : shown(artifact)}.`,
    {
      hint: 'Check the folder or image of the scan, that its lock files or configuration are there, and its --scanners and --skip options. Where it is right that there is nothing, as in a scan for secrets alone, name the report in allow-empty.',
    },
  )
}

async function judge(gated: readonly Finding[], inputs: Inputs, ports: Ports): Promise<Verdict> {
  if (inputs.baseline === 'none') return { left: gated, open: 0, dismissed: 0, baseline: { kind: 'none' } }
  const { tool } = inputs
  const listed = await listAlerts({ tool, state: 'open' }, ports)
  if (listed.kind !== 'alerts') return { left: gated, open: 0, dismissed: 0, baseline: listed }
  const open = claim(gated, listed.alerts)
  // What somebody has judged is asked for only where it can decide anything.
  const judged = open.left.length === 0 ? undefined : await listAlerts({ tool, state: 'dismissed' }, ports)
  const dismissed = claim(open.left, judged?.kind === 'alerts' ? judged.alerts : [])
  const isCut = listed.isCut || (judged?.kind === 'alerts' && judged.isCut)
  const baseline: Baseline = { kind: 'alerts', ...countAlerts(listed.alerts, inputs), isCut }
  return { left: dismissed.left, open: open.known.length, dismissed: dismissed.known.length, baseline }
}

function countAlerts(alerts: readonly Alert[], { category }: Inputs) {
  const own = alerts.filter((alert) => category === undefined || alert.category === category)
  return { open: own.length, critical: own.filter(({ isCritical }) => isCritical).length }
}

/** Lines of the log: whoever needs them all has the report. */
const MOST_LINES = 200

async function tell(verdict: Verdict, inputs: Inputs, { runner, context }: Ports): Promise<void> {
  const { left } = verdict
  runner.log.info(sentenceOf(verdict, inputs, context))
  if (left.length === 0) return
  await runner.log.group(`Findings that count (${left.length})`, async () => {
    for (const { severity, rule, packageName, installed, path, title } of left.slice(0, MOST_LINES)) {
      const what = [severity, rule, packageName ?? '', installed]
        .filter((part) => part !== '')
        .map((part) => shown(part))
      runner.log.info(`${what.join(' ')}, in ${shown(path)}${title === '' ? '' : `: ${shown(title)}`}`)
    }
    if (left.length > MOST_LINES) runner.log.info(`and ${left.length - MOST_LINES} more`)
  })
}

function object(verdict: Verdict, inputs: Inputs, { runner, context }: Ports): void {
  const error = objection(verdict, inputs, context)
  if (inputs.fail) runner.fail(error, { title: 'Findings' })
  else runner.log.warning(error.text, { title: 'Findings' })
}

function outputsOf(findings: readonly Finding[], { left, open, dismissed, baseline }: Verdict): Outputs {
  const counts = countBySeverity(findings)
  return {
    result: left.length === 0 ? 'passed' : 'failed',
    new: String(left.length),
    known: String(open + dismissed),
    total: String(findings.length),
    ...Object.fromEntries(SEVERITIES.map((severity) => [severity, String(counts[severity])])),
    'open-alerts': amountOf(baseline, ({ open }) => open),
    'critical-alerts': amountOf(baseline, ({ critical }) => critical),
  }
}

/** Where nothing was uploaded yet there is no alert; where nobody could look nobody knows. */
function amountOf(baseline: Baseline, of: (alerts: Baseline & { kind: 'alerts' }) => number): string | undefined {
  if (baseline.kind === 'alerts') return String(of(baseline))
  return baseline.kind === 'no-analysis' ? '0' : undefined
}
