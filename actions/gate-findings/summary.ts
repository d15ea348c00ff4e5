/** The section that people read in the job's summary. Reports hold what others wrote: nothing of it is Markdown here. */
import type { GitHubContext } from '../../src/context.ts'
import { code, escapeMarkdown, link, table } from '../../src/summary.ts'
import { countBySeverity, type Finding, SEVERITIES } from './finding.ts'
import type { Inputs } from './inputs.ts'
import type { Report } from './report.ts'
import { count, shown } from './show.ts'
import { branchOf, noteOf, sentenceOf, type Verdict } from './verdict.ts'

interface Told {
  readonly reports: readonly Report[]
  readonly verdict: Verdict
  readonly inputs: Inputs
  readonly context: GitHubContext
}

/** Rows of the table: more are no summary. */
const MOST_ROWS = 20

export function summarize({ reports, verdict, inputs, context }: Told): string {
  const note = noteOf(verdict.baseline, inputs, context)
  const parts = [
    `### Findings of ${escapeMarkdown(shown(inputs.category ?? inputs.tool))}: ${heading(verdict, inputs)}`,
    escapeMarkdown(sentenceOf(verdict, inputs, context)),
    countsOf(reports),
    leftOver(verdict.left),
    note === undefined ? '' : `**${escapeMarkdown(note)}**`,
    alertsOf(verdict, inputs, context),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function heading({ left }: Verdict, { fail }: Inputs): string {
  if (left.length === 0) return 'passed'
  return fail ? '**failed**' : '**failed**, and the step goes on (`fail: false`)'
}

function countsOf(reports: readonly Report[]): string {
  const rows = reports.map(({ file, artifact, targets, findings }) => {
    const counts = countBySeverity(findings)
    const name = artifact === '' ? file : `${artifact} (${file})`
    return [
      code(shown(name)),
      targets === 0 ? 'nothing' : count(targets, 'target'),
      ...SEVERITIES.map((severity) => String(counts[severity])),
    ]
  })
  return table(['Report', 'Scanned', ...SEVERITIES.map((name) => `${name[0]?.toUpperCase()}${name.slice(1)}`)], rows)
}

function leftOver(left: readonly Finding[]): string {
  if (left.length === 0) return ''
  const rows = left.slice(0, MOST_ROWS).map((finding) => {
    const { severity, rule, packageName, path, title } = finding
    const place = packageName === undefined ? code(shown(path)) : `${code(shown(packageName))} in ${code(shown(path))}`
    return [severity, named(rule, finding.url), place, versions(finding), escapeMarkdown(shown(title))]
  })
  const more = left.length > MOST_ROWS ? `\n\nand ${left.length - MOST_ROWS} more, which the log lists` : ''
  return `${table(['Severity', 'Finding', 'Where', 'Installed → fixed in', ''], rows)}${more}`
}

function versions({ kind, installed, fixed }: Finding): string {
  if (kind !== 'vulnerability') return ''
  return `${escapeMarkdown(shown(installed))} → ${fixed === '' ? 'not fixed yet' : escapeMarkdown(shown(fixed))}`
}

/** A link to what explains a finding, over HTTPS and to where the address seems to lead. */
function named(rule: string, address: string): string {
  const url = URL.parse(address)
  const isPlain = url?.protocol === 'https:' && url.username === '' && url.password === '' && address.length <= 2000
  return isPlain ? link(url.href, shown(rule)) : code(shown(rule))
}

function alertsOf({ baseline }: Verdict, { tool, category }: Inputs, context: GitHubContext): string {
  if (baseline.kind !== 'alerts') return ''
  const page = `${context.serverUrl}/${context.owner}/${context.repo}/security/code-scanning`
  const alerts = link(page, `${count(baseline.open, 'open alert')}, ${baseline.critical} critical`)
  const where = `${escapeMarkdown(shown(tool))}${category === undefined ? '' : ` in ${code(shown(category))}`}`
  return `On ${escapeMarkdown(branchOf(context))} before this run: ${alerts} of ${where}.`
}
