/** The result as plain text, for a log and a terminal. */
import type { CheckResult, Report } from '../result.ts'
import { clip, count, oneLine } from '../text.ts'
import { adviceOf } from './advice.ts'
import { causesOf } from './causes.ts'
import { versionSentence } from './version.ts'
import { blamedOf, byUrgency, latencyOf, verdictSentence, whyOf } from './words.ts'

const MOST_ROWS = 50
const MOST_HISTORIES = 10
const LONGEST_NAME = 40
const LONGEST_REASON = 300

/** @param report without secrets */
export function plainTable(report: Report): string {
  const sorted = byUrgency(report.checks)
  const rows = sorted.slice(0, MOST_ROWS).map((check) => row(check, report))
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((cells) => width(cells[column] ?? ''))))
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const rest = sorted.length > MOST_ROWS ? [`… and ${count(sorted.length - MOST_ROWS, 'more check')}`] : []
  const sentences = [verdictSentence(report), versionSentence(report), causesOf(report)].filter((one) => one !== '')
  return [...lines, ...rest, '', ...histories(report), ...sentences.map(oneLine), ...advice(report)].join('\n')
}

/** What was asked, where that is written, and whether it was the same all along or came and went. */
function histories(report: Report): readonly string[] {
  if (report.healthy) return []
  const made = blamedOf(report).filter(({ verdict }) => verdict !== 'skipped')
  if (made.length === 0) return []
  const shown = made.slice(0, MOST_HISTORIES).flatMap(({ name, method, url, origin, last }) => {
    const results = last.map(
      ({ round, verdict, status }) => `round ${round} ${verdict}${status === undefined ? '' : ` ${status}`}`,
    )
    const asked = oneLine(clip(`${method} ${url} (${origin})`, LONGEST_REASON))
    return [`  ${oneLine(clip(name, LONGEST_NAME))}: ${asked}`, `    ${results.join(', ')}`]
  })
  return ['Last results:', ...shown, '']
}

function row(check: CheckResult, report: Report): readonly string[] {
  const attempt = check.last.at(-1)
  const name = oneLine(clip(check.name, LONGEST_NAME))
  return [check.verdict, name, latencyOf(attempt), oneLine(clip(whyOf(check, report), LONGEST_REASON))]
}

function advice(report: Report): readonly string[] {
  const lines = adviceOf(report).flatMap(({ names, items }) => {
    const [first = '', ...others] = items.map((item) => oneLine(clip(item, 2 * LONGEST_REASON)))
    const who = names.map((name) => oneLine(clip(name, LONGEST_NAME))).join(', ')
    if (others.length === 0) return [`  ${who === '' ? '' : `${who}: `}${first}`]
    return [`  ${who}`, ...[first, ...others].map((item) => `    ${item}`)]
  })
  return lines.length === 0 ? [] : ['', 'What to do:', ...lines]
}

function width(text: string): number {
  return [...text].length
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}
