/** `--format table`, as Trivy v0.70.0 writes it to a file: aquasecurity/trivy pkg/report/table. */
import { basename } from 'node:path'
import { SEVERITIES } from './filter.ts'
import { grid } from './grid.ts'
import type { CodeLine, Misconfiguration, Report, Result, Secret, Vulnerability } from './report.ts'

/** Of a rule between paragraphs where there is no terminal to ask for its width. */
const WIDTH = 40

export function toTable({ Results }: Report, severities: readonly string[]): string {
  return Results.map((result) => {
    if (result.Class === 'os-pkgs' || result.Class === 'lang-pkgs') return vulnerabilities(result, severities)
    if (result.Class === 'config') return misconfigurations(result, severities)
    return result.Class === 'secret' ? secrets(result, severities) : ''
  }).join('')
}

function vulnerabilities({ Target, Class, Type, Vulnerabilities: all }: Result, severities: readonly string[]): string {
  if (all.length === 0) return ''
  const target = Class === 'lang-pkgs' ? `${Target} (${Type})` : Target
  const header = ['Library', 'Vulnerability', 'Severity', 'Status', 'Installed Version', 'Fixed Version', 'Title']
  return `${heading(target)}Total: ${counts(all, severities)}\n\n${grid(header, all.map(row))}`
}

function row(found: Vulnerability): readonly string[] {
  const { PkgName, PkgPath, VulnerabilityID, Severity, Status, InstalledVersion, FixedVersion, PrimaryURL } = found
  const library = PkgPath === '' ? PkgName : `${PkgName} (${basename(PkgPath)})`
  const words = (found.Title || found.Description).split(' ')
  const title = words.length >= 12 ? `${words.slice(0, 12).join(' ')}...` : words.join(' ')
  const linked = PrimaryURL === '' ? title : `${title}\n${PrimaryURL}`
  return [library, VulnerabilityID, Severity, Status, InstalledVersion, FixedVersion, linked.trim()]
}

function misconfigurations(result: Result, severities: readonly string[]): string {
  const { Target, Type, Misconfigurations: all, MisconfSummary } = result
  if (all.length === 0) return ''
  const { Successes = 0, Failures = 0 } = MisconfSummary ?? {}
  const tests = `Tests: ${Successes + Failures} (SUCCESSES: ${Successes}, FAILURES: ${Failures})`
  const head = `${heading(`${Target} (${Type})`)}${tests}\nFailures: ${counts(all, severities)}\n\n`
  return head + all.map((one) => misconfiguration(one, Target)).join('')
}

function misconfiguration(found: Misconfiguration, target: string): string {
  const { ID, Severity, Message, Description, PrimaryURL, CauseMetadata } = found
  const see = PrimaryURL === '' ? [] : ['', `See ${PrimaryURL}`]
  const head = [`${ID} (${Severity}): ${Message}`, DOUBLE, Description, ...see, SINGLE]
  const occurrences = CauseMetadata.Occurrences.map(({ Filename, Location, Resource }, at) => {
    const { StartLine, EndLine } = Location
    const lines = StartLine >= EndLine ? `${StartLine}` : `${StartLine}-${EndLine}`
    return ` ${' '.repeat(at + 2)}via ${Filename}:${lines} (${Resource})\n`
  })
  const where = ` ${target}${lineInfo(CauseMetadata)}\r\n${occurrences.join('')}`
  return `${lined(head)}${code(CauseMetadata.Code.Lines, where)}\r\n\r\n`
}

function secrets({ Target, Secrets: all }: Result, severities: readonly string[]): string {
  if (all.length === 0) return ''
  const head = `${heading(`${Target} (secrets)`)}Total: ${counts(all, severities)}\n\n`
  return head + all.map((one) => secret(one, Target)).join('')
}

function secret(found: Secret, target: string): string {
  const { Severity, Category, RuleID, Title, Offset } = found
  const head = lined([`${Severity}: ${Category} (${RuleID})`, DOUBLE, Title, SINGLE])
  const offset = Offset > 0 ? ` (offset: ${Offset} bytes)` : ''
  return `${head}${code(found.Code.Lines, ` ${target}${lineInfo(found)}${offset}\r\n`)}\r\n\r\n`
}

const DOUBLE = '═'.repeat(WIDTH)
const SINGLE = '─'.repeat(WIDTH)

function heading(target: string): string {
  return `\n${target}\n${'='.repeat(Buffer.byteLength(target))}\n`
}

/** `3 (LOW: 1, HIGH: 2)`, with the severities that were asked for in their order. */
function counts(all: readonly { readonly Severity: string }[], severities: readonly string[]): string {
  const shown = SEVERITIES.filter((severity) => severities.includes(severity)).map((severity) => ({
    severity,
    count: all.filter(({ Severity }) => Severity === severity).length,
  }))
  const total = shown.reduce((sum, { count }) => sum + count, 0)
  return `${total} (${shown.map(({ severity, count }) => `${severity}: ${count}`).join(', ')})`
}

function lineInfo({ StartLine, EndLine }: { readonly StartLine: number; readonly EndLine: number }): string {
  if (StartLine <= 0) return ''
  return EndLine > StartLine ? `:${StartLine}-${EndLine}` : `:${StartLine}`
}

function lined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join('')
}

function code(lines: readonly CodeLine[], where: string): string {
  if (lines.length === 0) return ''
  return `${where}${lined([SINGLE, ...lines.map((line, at) => codeLine(line, at, lines.length)), SINGLE])}`
}

function codeLine(line: CodeLine, at: number, all: number): string {
  const number = `${line.Number}`
  if (line.Truncated) return `${'.'.repeat(number.length).padStart(4)}   ${line.Content}`
  if (!line.IsCause) return `${number.padStart(4)}   ${line.Content}`
  return `${number.padStart(4)} ${bracket(line, at, all)} ${line.Content}`
}

function bracket({ FirstCause, LastCause }: CodeLine, at: number, all: number): string {
  if ((FirstCause && LastCause) || all === 1) return '['
  if (FirstCause || at === 0) return '┌'
  return LastCause || at === all - 1 ? '└' : '│'
}
