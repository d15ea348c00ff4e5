/** One cause often makes many checks fail: it is said once, before the table that has them all. */
import type { CheckResult, Report } from '../result.ts'
import { count } from '../text.ts'
import { mainFinding, unhealthyOf } from './words.ts'

/** From so many unhealthy checks on it is worth a sentence. */
const MANY = 3
const MOST = 4

/** As `5 checks: status 401.`; empty where no two checks have a cause in common. */
export function causesOf(report: Report): string {
  const unhealthy = unhealthyOf(report)
  if (unhealthy.length < MANY) return ''
  const groups = new Map<string, number>()
  for (const check of unhealthy) {
    const cause = causeOf(check)
    if (cause !== undefined) groups.set(cause, (groups.get(cause) ?? 0) + 1)
  }
  return [...groups]
    .filter(([, amount]) => amount > 1)
    .sort(([, one], [, other]) => other - one)
    .slice(0, MOST)
    .map(([cause, amount]) => `${count(amount, 'check')}: ${cause}`)
    .join(' ')
}

function causeOf({ last, verdict }: CheckResult): string | undefined {
  const attempt = last.at(-1)
  const finding = attempt && mainFinding(attempt)
  if (attempt === undefined || finding === undefined || verdict === 'skipped') return undefined
  if (finding.waiting !== undefined && verdict === 'waiting') return `waiting for ${finding.waiting.expected}.`
  if (finding.assertion === 'status') return `status ${attempt.status}.`
  return attempt.status === undefined ? finding.message : undefined
}
