/** What all reports say alike: the words for a result, its reason, its latency. */
import { formatDuration } from '../../../src/duration.ts'
import type { Attempt, CheckResult, Finding, Report, Verdict } from '../result.ts'
import { countsAs, isHealthy, ranked } from '../verdict.ts'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly warned: number
}

export function countsOf({ checks }: Pick<Report, 'checks'>): Counts {
  const counted = checks.map(countsAs)
  const of = (verdict: keyof Counts) => counted.filter((one) => one === verdict).length
  return { passed: of('passed'), failed: of('failed'), warned: of('warned') }
}

/** Those that want a person's attention first, else in the order of the file. */
export function byUrgency(checks: readonly CheckResult[]): readonly CheckResult[] {
  const order: readonly Verdict[] = ['failed', 'waiting', 'aborted', 'skipped', 'warned', 'passed']
  const rank = (check: CheckResult) => (countsAs(check) === 'failed' ? 0 : 10) + order.indexOf(check.verdict)
  return [...checks].sort((one, other) => rank(one) - rank(other))
}

/** The finding that decided the verdict. */
export function mainFinding(attempt: Attempt): Finding | undefined {
  return ranked(attempt)[0]
}

/** Why the attempt came to its verdict, in one sentence or two; empty where it passed. */
export function reasonOf(attempt: Attempt | undefined): string {
  if (attempt === undefined || attempt.verdict === 'aborted') return 'No attempt ended before the deadline.'
  const [first, ...others] = ranked(attempt)
  if (first === undefined) return ''
  const more = attempt.verdict === 'waiting' ? 0 : others.length
  return [first.message, ...(more === 0 ? [] : [`(and ${more} more)`])].join(' ')
}

/** The first hint that there is, from the most urgent finding on. */
export function hintOf(attempt: Attempt | undefined): string {
  if (attempt === undefined) return ''
  return ranked(attempt).find(({ hint }) => hint !== '')?.hint ?? ''
}

/** The cold request, and the warm ones where they were measured: `412 ms`, `412 ms; warm 38 ms, p95 61 ms`. */
export function latencyOf(attempt: Attempt | undefined): string {
  if (attempt?.total === undefined || attempt.status === undefined) return ''
  const cold = formatDuration(attempt.total)
  const { warm, throughProxy } = attempt
  const through = throughProxy ? ' through a proxy' : ''
  if (warm === undefined) return cold + through
  const spread = warm.p95 === undefined ? `max ${formatDuration(warm.max)}` : `p95 ${formatDuration(warm.p95)}`
  return `${cold}; warm ${formatDuration(warm.median)}, ${spread}${through}`
}

/** How long the cold request took and where the time went, as `412 ms (DNS 5, connect 20, TLS 41, first byte 340, transfer 6)`. */
export function timesOf({ total, phases, status, throughProxy }: Attempt): string {
  if (total === undefined) return ''
  if (phases === undefined || status === undefined) return formatDuration(total)
  const { dns, connect, tls, firstByte, transfer } = phases
  const named = { DNS: dns, connect, TLS: tls, 'first byte': firstByte, transfer }
  const parts = Object.entries(named).map(([name, value]) => `${name} ${Math.round(value)}`)
  return `${formatDuration(total)} (${parts.join(', ')}${throughProxy ? ', through a proxy' : ''})`
}

/** The check whose cold request took longest in its last attempt. */
export function slowestOf({
  checks,
}: Pick<Report, 'checks'>): { readonly name: string; readonly total: number } | undefined {
  const timed = checks.flatMap(({ name, last }) => {
    const attempt = last.at(-1)
    return attempt?.total === undefined || attempt.status === undefined ? [] : [{ name, total: attempt.total }]
  })
  return timed.reduce<(typeof timed)[number] | undefined>(
    (most, one) => (most && most.total >= one.total ? most : one),
    undefined,
  )
}

/** `1 check`, `12 checks`. */
export function plural(count: number, singular: string): string {
  return `${count} ${singular}${count === 1 ? '' : 's'}`
}

/** What keeps the report from being healthy, the most urgent first. */
export function unhealthyOf({ checks, failOn }: Pick<Report, 'checks' | 'failOn'>): readonly CheckResult[] {
  return byUrgency(checks).filter((check) => !isHealthy(check, failOn))
}

/** What all of it comes to, in one or two sentences. */
export function verdictSentence(report: Report): string {
  return report.healthy ? healthySentence(report) : unhealthySentence(report)
}

function healthySentence(report: Report): string {
  const { checks, wantedSuccesses, duration } = report
  const { warned } = countsOf(report)
  const what = checks.length === 1 ? 'The check was' : `All ${checks.length} checks were`
  const rounds = `${plural(wantedSuccesses, 'round')}${wantedSuccesses === 1 ? '' : ' in a row'}`
  const warnings = warned === 0 ? '' : ` ${plural(warned, 'check')} ${warned === 1 ? 'warns' : 'warn'}.`
  return `${what} healthy in ${rounds} (${plural(report.rounds, 'round')}, ${formatDuration(duration)}).${warnings}`
}

function unhealthySentence(report: Report): string {
  const { checks, deadline, deadlineReached, wantedSuccesses, successes, failOn } = report
  const by = deadlineReached ? `within the deadline of ${formatDuration(deadline)}` : 'when the step was cancelled'
  const spent = `(${plural(report.rounds, 'round')}, ${formatDuration(report.duration)})`
  const unhealthy = unhealthyOf(report).length
  const rule = failOn === 'warn' ? ', warnings included,' : ''
  if (unhealthy > 0) {
    return `${unhealthy} of ${plural(checks.length, 'check')} ${unhealthy === 1 ? 'was' : 'were'} not healthy${rule} ${by} ${spent}.`
  }
  const row = `${successes} of the ${plural(wantedSuccesses, 'healthy round')} in a row that are wanted`
  return `Every check was healthy at the end, but there had been only ${row} ${by} ${spent}.`
}

/** What to do where no check is to blame. */
export const STREAK_HINT =
  'Give a longer deadline if the site may take that long to settle, or look at why its health comes and goes.'
