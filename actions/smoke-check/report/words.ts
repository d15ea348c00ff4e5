/** What all reports say alike: the words for a result, its reason, its latency. */
import { isAbsolute } from 'node:path'
import { formatDuration } from '../../../src/duration.ts'
import type { Attempt, CheckResult, Finding, Report, Verdict } from '../result.ts'
import { count } from '../text.ts'
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

/**
 * Those that want a person's attention first, else in the order of the file. What waits for the version comes before
 * what fails: an old version is often why the rest does.
 */
export function byUrgency(checks: readonly CheckResult[]): readonly CheckResult[] {
  const order: readonly Verdict[] = ['waiting', 'failed', 'aborted', 'skipped', 'warned', 'passed']
  const rank = (check: CheckResult) => (countsAs(check) === 'failed' ? 0 : 10) + order.indexOf(check.verdict)
  return [...checks].sort((one, other) => rank(one) - rank(other))
}

/** The finding that decided the verdict. */
export function mainFinding(attempt: Attempt): Finding | undefined {
  return ranked(attempt)[0]
}

/** Why the attempt came to its verdict, in one sentence or two; empty where it passed. */
export function reasonOf(attempt: Attempt | undefined): string {
  if (attempt === undefined) return NONE_ENDED
  if (attempt.verdict === 'aborted') return 'It was cut off before it had ended.'
  const [first, ...others] = ranked(attempt)
  if (first === undefined) return ''
  const more = attempt.verdict === 'waiting' ? 0 : others.length
  return [`${presetOf(first)}${first.message}`, ...(more === 0 ? [] : [`(and ${more} more)`])].join(' ')
}

const NONE_ENDED = 'No attempt ended before the deadline.'

/** Presets ask for URLs of their own: without their names the reason would be taken for one of the check's URL. */
function presetOf({ assertion }: Finding): string {
  const preset = /^([a-z]+(?:-[a-z]+)*): /.exec(assertion)?.[1]
  return preset === undefined ? '' : `${preset}: `
}

/** Why the check is as it is: the reason of its last attempt, or what there was before it. */
export function whyOf(check: CheckResult, report: Report): string {
  if (check.verdict === 'aborted') return cutOff(check, report)
  const lapse = lapseOf(check, report)
  if (lapse !== undefined) return `It was ${lapse.verdict} in round ${lapse.round}: ${reasonOf(lapse)}`
  return reasonOf(check.last.at(-1))
}

function cutOff({ last }: CheckResult, { deadlineReached }: Report): string {
  const before = last.findLast(({ verdict }) => verdict !== 'aborted')
  if (before === undefined) return deadlineReached ? NONE_ENDED : 'No attempt had ended when the step was cancelled.'
  const when = deadlineReached ? 'when the deadline came' : 'when the step was cancelled'
  return `It had not answered ${when}; it was ${before.verdict} in round ${before.round}.`
}

/** Where no check is to blame for the end, the last time that this one was not healthy. */
function lapseOf(check: CheckResult, report: Report): Attempt | undefined {
  if (report.healthy) return undefined
  const { severity, last } = check
  const lapse = last.findLast(
    ({ verdict }) => verdict !== 'aborted' && !isHealthy({ verdict, severity }, report.failOn),
  )
  return lapse !== undefined && report.checks.every((one) => isHealthy(one, report.failOn)) ? lapse : undefined
}

/** What keeps the report from being healthy, or has kept it lately, the most urgent first. */
export function blamedOf(report: Report): readonly CheckResult[] {
  const unhealthy = unhealthyOf(report)
  if (unhealthy.length > 0) return unhealthy
  return report.checks.filter((check) => lapseOf(check, report) !== undefined)
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

/** What keeps the report from being healthy, the most urgent first. */
export function unhealthyOf({ checks, failOn }: Pick<Report, 'checks' | 'failOn'>): readonly CheckResult[] {
  return byUrgency(checks).filter((check) => !isHealthy(check, failOn))
}

/** `checks.yml:12` as viewers link it; a line of an input is no file. */
export function placeOf(origin: string): { readonly file: string; readonly line: number } | undefined {
  const [, file, line] = /^(.+?):(\d+)(?::\d+)?$/.exec(origin) ?? []
  if (file === undefined || line === undefined || isAbsolute(file) || file.startsWith('..')) return undefined
  return { file, line: Number(line) }
}

/** What all of it comes to, in one or two sentences. */
export function verdictSentence(report: Report): string {
  return report.healthy ? healthySentence(report) : unhealthySentence(report)
}

function healthySentence(report: Report): string {
  const { checks, wantedSuccesses, duration } = report
  const { warned } = countsOf(report)
  const what = checks.length === 1 ? 'The check was' : `All ${count(checks.length, 'check')} were`
  const rounds = `${count(wantedSuccesses, 'round')}${wantedSuccesses === 1 ? '' : ' in a row'}`
  const warnings = warned === 0 ? '' : ` ${count(warned, 'check')} ${warned === 1 ? 'warns' : 'warn'}.`
  return `${what} healthy in ${rounds} (${count(report.rounds, 'round')}, ${formatDuration(duration)}).${warnings}`
}

function unhealthySentence(report: Report): string {
  const { checks, deadline, deadlineReached, wantedSuccesses, successes, failOn } = report
  const by = deadlineReached ? `within the deadline of ${formatDuration(deadline)}` : 'when the step was cancelled'
  const spent = `(${count(report.rounds, 'round')}, ${formatDuration(report.duration)})`
  const unhealthy = unhealthyOf(report)
  const made = unhealthy.filter(({ verdict }) => verdict !== 'skipped').length
  const rule = failOn === 'warn' ? ', warnings included,' : ''
  if (unhealthy.length > 0) {
    const culprits = made === 0 ? unhealthy.length : made
    const skipped = unhealthy.length - culprits
    const rest =
      skipped === 0 ? '' : `, and ${skipped} more could not be made because of ${made === 1 ? 'it' : 'them'},`
    return `${culprits} of ${count(checks.length, 'check')} ${culprits === 1 ? 'was' : 'were'} not healthy${rule}${rest} ${by} ${spent}.`
  }
  const row = `${successes} of the ${count(wantedSuccesses, 'healthy round')} in a row that are wanted`
  return `Every check was healthy at the end, but there had been only ${row} ${by} ${spent}.`
}

/** What to do where no check is to blame. */
export const STREAK_HINT =
  'Give a longer deadline if the site may take that long to settle, or look at why its health comes and goes.'
