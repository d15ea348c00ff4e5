/** The result as plain text, for a log and a terminal. */
import type { CheckResult, Report } from '../result.ts'
import { adviceOf } from './advice.ts'
import { clip } from './safe.ts'
import { byUrgency, latencyOf, plural, reasonOf, unhealthyOf, verdictSentence } from './words.ts'

const MOST_ROWS = 50
const MOST_HISTORIES = 10
const LONGEST_NAME = 40
const LONGEST_REASON = 300

/** @param report without secrets */
export function plainTable(report: Report): string {
  const sorted = byUrgency(report.checks)
  const rows = sorted.slice(0, MOST_ROWS).map(row)
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((cells) => width(cells[column] ?? ''))))
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const rest = sorted.length > MOST_ROWS ? [`… and ${plural(sorted.length - MOST_ROWS, 'more check')}`] : []
  return [...lines, ...rest, '', ...histories(report), verdictSentence(report), ...advice(report)].join('\n')
}

/** Whether it was the same all along or came and went. */
function histories(report: Report): readonly string[] {
  if (report.healthy) return []
  const retried = unhealthyOf(report).filter(({ last, verdict }) => last.length > 1 && verdict !== 'skipped')
  if (retried.length === 0) return []
  const shown = retried.slice(0, MOST_HISTORIES).map(({ name, last }) => {
    const results = last.map(
      ({ round, verdict, status }) => `round ${round} ${verdict}${status === undefined ? '' : ` ${status}`}`,
    )
    return `  ${oneLine(clip(name, LONGEST_NAME))}: ${results.join(', ')}`
  })
  return ['Last results:', ...shown, '']
}

function row(check: CheckResult): readonly string[] {
  const attempt = check.last.at(-1)
  const name = oneLine(clip(check.name, LONGEST_NAME))
  return [check.verdict, name, latencyOf(attempt), oneLine(clip(reasonOf(attempt), LONGEST_REASON))]
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

/** A terminal obeys control characters, and what a server sends must not command it. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

function width(text: string): number {
  return [...text].length
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}
