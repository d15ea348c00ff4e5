/** The section of the job summary: a table that a person reads in ten seconds, what failed first. */
import { code, escapeMarkdown, table } from '../../../src/summary.ts'
import type { Attempt, CheckResult, Report, Verdict } from '../result.ts'
import { adviceOf } from './advice.ts'
import { clip } from './safe.ts'
import { byUrgency, latencyOf, plural, reasonOf, timesOf, unhealthyOf, verdictSentence } from './words.ts'

const MOST_ROWS = 50
/** Checks whose last results are shown one by one. */
const MOST_HISTORIES = 10
/** Characters of a reason in a cell, and of a name. */
const LONGEST_REASON = 300
const LONGEST_NAME = 100

const ICONS: Readonly<Record<Verdict, string>> = {
  passed: '✅',
  warned: '⚠️',
  failed: '❌',
  waiting: '⏳',
  skipped: '⏭️',
  aborted: '⏱️',
}

/** @param report without secrets */
export function summarize(report: Report): string {
  const title = report.healthy ? 'Smoke check: healthy' : 'Smoke check: not healthy'
  const parts = [`### ${title}`, escapeMarkdown(verdictSentence(report)), gate(report), results(report)]
  return [...parts, nextSteps(report), ...(report.healthy ? [] : [histories(report)])]
    .filter((part) => part !== '')
    .join('\n\n')
}

function gate({ expectVersion, checks }: Report): string {
  if (expectVersion === undefined) return ''
  const served = new Set(checks.flatMap(({ last }) => last.at(-1)?.servedVersion ?? []))
  const all = [...served].slice(0, 5).map((version) => code(clip(version, LONGEST_NAME)))
  return `Expected version ${code(clip(expectVersion, LONGEST_NAME))}, served ${all.length === 0 ? 'none' : all.join(', ')}.`
}

function results({ checks }: Report): string {
  const sorted = byUrgency(checks)
  const rows = sorted.slice(0, MOST_ROWS).map((check) => {
    const attempt = check.last.at(-1)
    return [
      name(check),
      `${ICONS[check.verdict]} ${check.verdict}`,
      reason(attempt),
      escapeMarkdown(latencyOf(attempt)),
    ]
  })
  const rest = remainder(sorted.slice(MOST_ROWS))
  return [table(['Check', 'Result', 'Reason', 'Latency'], rows), ...(rest === '' ? [] : ['', rest])].join('\n')
}

function remainder(checks: readonly CheckResult[]): string {
  if (checks.length === 0) return ''
  const counts = new Map<Verdict, number>()
  for (const { verdict } of checks) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  const list = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ')
  return `And ${plural(checks.length, 'more check')}: ${list}.`
}

function name({ name: text }: CheckResult): string {
  return escapeMarkdown(clip(text, LONGEST_NAME))
}

function reason(attempt: Attempt | undefined): string {
  return escapeMarkdown(clip(reasonOf(attempt), LONGEST_REASON))
}

function nextSteps(report: Report): string {
  const lines = adviceOf(report).flatMap(({ names, items }) => {
    const [first = '', ...others] = items.map((item) => escapeMarkdown(clip(item, 2 * LONGEST_REASON)))
    const who = names.map((one) => `**${escapeMarkdown(clip(one, LONGEST_NAME))}**`).join(', ')
    if (others.length === 0) return [`- ${who === '' ? '' : `${who}: `}${first}`]
    return [`- ${who}`, ...[first, ...others].map((item) => `  - ${item}`)]
  })
  return lines.length === 0 ? '' : ['What to do:', '', ...lines].join('\n')
}

/** Folded, since the table already says how each ended. */
function histories(report: Report): string {
  const shown = unhealthyOf(report).filter(({ last }) => last.length > 0)
  if (shown.length === 0) return ''
  const rows = shown
    .slice(0, MOST_HISTORIES)
    .flatMap((check) =>
      check.last.map((attempt, index) => [
        index === 0 ? `${name(check)} (${escapeMarkdown(place(check))})` : '',
        String(attempt.round),
        `${ICONS[attempt.verdict]} ${attempt.verdict}`,
        attempt.status === undefined ? '' : String(attempt.status),
        reason(attempt),
        escapeMarkdown(timesOf(attempt)),
      ]),
    )
  const more = shown.length > MOST_HISTORIES ? ` of the first ${MOST_HISTORIES}` : ''
  const summary = `<details><summary>The last results${more} and where they were asked</summary>`
  return [summary, '', table(['Check', 'Round', 'Result', 'Status', 'Reason', 'Took'], rows), '', '</details>'].join(
    '\n',
  )
}

function place({ method, url, origin }: CheckResult): string {
  return clip(`${method} ${url}, ${origin}`, LONGEST_REASON)
}
