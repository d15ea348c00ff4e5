/** The section of the job summary: a table that a person reads in ten seconds, what failed first. */
import { code, escapeMarkdown, table } from '../../../src/summary.ts'
import type { Attempt, CheckResult, Report, Verdict } from '../result.ts'
import { clip, count } from '../text.ts'
import { adviceOf } from './advice.ts'
import { causesOf } from './causes.ts'
import { versionSentence } from './version.ts'
import { blamedOf, byUrgency, latencyOf, reasonOf, timesOf, verdictSentence, whyOf } from './words.ts'

const MOST_ROWS = 50
/** Checks whose last results are shown one by one. */
const MOST_HISTORIES = 10
/** Characters of a reason in a cell, and of a name. */
const LONGEST_REASON = 300
/** A reason that is repeated as it is. */
const SHORT_REASON = 80
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
  const causes = escapeMarkdown(clip(causesOf(report), 2 * LONGEST_REASON))
  const parts = [`### ${title}`, escapeMarkdown(verdictSentence(report)), gate(report), causes, results(report)]
  return [...parts, nextSteps(report), ...(report.healthy ? [] : [histories(report)])]
    .filter((part) => part !== '')
    .join('\n\n')
}

function gate(report: Report): string {
  return versionSentence(report, { text: escapeMarkdown, version: code })
}

function results(report: Report): string {
  const sorted = byUrgency(report.checks)
  const reasons = new Reasons()
  const rows = sorted.slice(0, MOST_ROWS).map((check) => {
    const attempt = check.last.at(-1)
    return [
      name(check),
      `${ICONS[check.verdict]} ${check.verdict}`,
      reasons.tell(check, whyOf(check, report)),
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
  const list = [...counts].map(([verdict, amount]) => `${amount} ${verdict}`).join(', ')
  return `And ${count(checks.length, 'more check')}: ${list}.`
}

function name({ name: text }: CheckResult): string {
  return escapeMarkdown(clip(text, LONGEST_NAME))
}

/** A long reason is told in full once, since an outage gives every check the same. */
class Reasons {
  readonly #told = new Map<string, string>()

  tell(check: CheckResult, reason: string): string {
    const first = this.#told.get(reason)
    if (first !== undefined) return `As ${first}.`
    if (reason.length > SHORT_REASON) this.#told.set(reason, name(check))
    return escapeMarkdown(clip(reason, LONGEST_REASON))
  }
}

/** Shown again only where it differs from the attempt before. */
function reason(attempt: Attempt, before: Attempt | undefined): string {
  const text = reasonOf(attempt)
  if (before !== undefined && text.length > SHORT_REASON && text === reasonOf(before)) return 'The same.'
  return escapeMarkdown(clip(text, LONGEST_REASON))
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
  const shown = blamedOf(report).filter(({ last }) => last.length > 0)
  if (shown.length === 0) return ''
  const rows = shown
    .slice(0, MOST_HISTORIES)
    .flatMap((check) =>
      check.last.map((attempt, index) => [
        index === 0 ? `${name(check)} (${escapeMarkdown(place(check))})` : '',
        String(attempt.round),
        `${ICONS[attempt.verdict]} ${attempt.verdict}`,
        attempt.status === undefined ? '' : String(attempt.status),
        reason(attempt, check.last[index - 1]),
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
