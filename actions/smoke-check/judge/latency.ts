/** How long answers may take, cold and warm apart. */
import { formatDuration } from '../../../src/duration.ts'
import type { Check, Latency } from '../check.ts'
import type { Exchange, HttpResponse } from '../exchange.ts'
import type { Finding, WarmTimes } from '../result.ts'
import { type Found, finding } from './finding.ts'
import { count } from './show.ts'

/** Below it the nearest-rank p95 is the maximum. */
const ENOUGH_FOR_P95 = 20

export interface LatencyVerdict {
  readonly findings: readonly Finding[]
  /** Of the warm requests that got an answer; undefined when none did. */
  readonly warm?: WarmTimes
}

/** `max` and `p95` are of the warm samples, or `max` of the cold request where there are none to be made. */
export function judgeLatency(check: Check, cold: HttpResponse, warm: readonly Exchange[]): LatencyVerdict {
  const wanted = check.latency
  const times = warmTimes(warm)
  const measured = times === undefined ? {} : { warm: times }
  if (wanted === undefined) return { findings: [], ...measured }
  const found = [...judgeCold(wanted, cold), ...judgeWarm(wanted, times), ...judgeSamples(wanted, cold, warm)]
  return { findings: found.map(([assertion, one]) => finding(check, assertion, one)), ...measured }
}

/** Median (of an even number the mean of the middle two), maximum, and nearest-rank p95 from 20 samples on. */
export function warmTimes(warm: readonly Exchange[]): WarmTimes | undefined {
  const sorted = warm.flatMap((one) => (one.ok ? [one.response.total] : [])).sort((one, other) => one - other)
  const max = sorted.at(-1)
  if (max === undefined) return undefined
  const half = sorted.length / 2
  const middle = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]].filter((time) => time !== undefined)
  const median = middle.reduce((sum, time) => sum + time, 0) / middle.length
  const p95 = sorted.length < ENOUGH_FOR_P95 ? undefined : sorted[Math.ceil(sorted.length * 0.95) - 1]
  return { samples: sorted.length, median, max, ...(p95 === undefined ? {} : { p95 }) }
}

type Named = readonly [assertion: string, found: Found]

function judgeCold({ max, coldMax, samples }: Latency, cold: HttpResponse): readonly Named[] {
  const limits: readonly (readonly [string, number | undefined])[] = [
    ['latency cold-max', coldMax],
    ['latency max', samples === 1 ? max : undefined],
  ]
  return limits.flatMap(([assertion, limit]): readonly Named[] => {
    if (limit === undefined || cold.total <= limit) return []
    const message = `The cold request took ${formatDuration(cold.total)} (${describePhases(cold)}); at most ${formatDuration(limit)} was wanted.`
    return [[assertion, { message, hint: slowest(cold) }]]
  })
}

function judgeWarm({ max, p95, samples }: Latency, warm: WarmTimes | undefined): readonly Named[] {
  if (samples === 1 || warm === undefined) return []
  const found: Named[] = []
  const figures = `${count(warm.samples, 'warm request')} (median ${formatDuration(warm.median)})`
  const hint = 'Connections are kept, so that it is the server that is slow: look at what it does in this time.'
  if (max !== undefined && warm.max > max) {
    const message = `The slowest of ${figures} took ${formatDuration(warm.max)}; at most ${formatDuration(max)} was wanted.`
    found.push(['latency max', { message, hint }])
  }
  if (p95 !== undefined && warm.p95 !== undefined && warm.p95 > p95) {
    const message = `The p95 of ${figures} is ${formatDuration(warm.p95)}; at most ${formatDuration(p95)} was wanted.`
    found.push(['latency p95', { message, hint }])
  }
  return found
}

/** A sample that has no answer, or another status than the cold request, is no measure of the same thing. */
function judgeSamples({ samples, p95 }: Latency, cold: HttpResponse, warm: readonly Exchange[]): readonly Named[] {
  if (samples === 1) return []
  const problems = warm.flatMap((one) => {
    if (!one.ok) return [one.problem.message]
    return one.response.status === cold.status ? [] : [`The answer was ${one.response.status}.`]
  })
  const [first] = problems
  if (first !== undefined) {
    const message = `${problems.length} of ${count(warm.length, 'warm request')} failed. The first: ${first}`
    return [
      ['latency samples', { message, hint: 'Look for a rate limit, or for an instance of several that is not well.' }],
    ]
  }
  const needed = p95 === undefined ? 1 : ENOUGH_FOR_P95
  if (warm.length >= needed) return []
  const message = `Only ${count(warm.length, 'warm request')} of ${samples} could be made; latency cannot be judged.`
  return [['latency samples', { message, hint: 'Raise timeout or deadline, or set fewer samples.' }]]
}

function describePhases({ phases }: HttpResponse): string {
  return phasesOf(phases)
    .filter(([, time]) => time > 0)
    .map(([name, time]) => `${name} ${formatDuration(time)}`)
    .join(', ')
}

function slowest({ phases }: HttpResponse): string {
  const [first] = phasesOf(phases).sort(([, one], [, other]) => other - one)
  return first === undefined ? '' : `Most of it was ${first[0]}: ${first[2]}`
}

function phasesOf(phases: HttpResponse['phases']): (readonly [name: string, time: number, hint: string])[] {
  return [
    ['DNS', phases.dns, 'look at the name servers of the domain.'],
    ['connecting', phases.connect, 'the server is far away, or its queue of new connections is full.'],
    ['TLS', phases.tls, 'look at the length of the certificate chain, and at TLS 1.3.'],
    ['waiting for the first byte', phases.firstByte, 'the application was slow; a cold start is one reason.'],
    ['transfer', phases.transfer, 'the body is large or comes slowly; compress it or send less.'],
  ]
}
