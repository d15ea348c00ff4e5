/** One try of one check: its request over each wanted address family, and everything that is judged of the answers. */
import type { CookieJar } from 'tough-cookie'
import { capturesIn } from './captures.ts'
import type { Check } from './check.ts'
import type { Exchange, HttpClient, HttpProblem, HttpRequest, HttpResponse, IpChoice } from './exchange.ts'
import { capture } from './judge/capture.ts'
import { judge } from './judge/judge.ts'
import { judgeLatency } from './judge/latency.ts'
import { textOf } from './judge/text.ts'
import { servedVersion } from './judge/version.ts'
import { runPresets } from './presets/presets.ts'
import { createJar, createProbe } from './probe.ts'
import { type Filled, prepare } from './request.ts'
import type { Attempt, Finding, Observation, WarmTimes } from './result.ts'
import { without } from './round.ts'
import { verdictOf } from './verdict.ts'

export interface AttemptPorts {
  readonly client: HttpClient
  /** Milliseconds since the epoch, for certificates. */
  readonly now: () => number
  /** Keeps a value out of the log and of every report from now on. */
  readonly hide: (value: string) => void
  readonly redact: (text: string) => string
  /** Told the address that is asked, before it is. */
  readonly asked: (check: Check, url: URL) => void
}

/** What the checks of a round share: every round starts without cookies and without captures, as a visitor does. */
export interface RoundState {
  readonly round: number
  readonly expectVersion: string | undefined
  readonly captures: Map<string, string>
  readonly jars: Map<string, CookieJar>
  /** Captures that have to stay secret. */
  readonly secretCaptures: ReadonlySet<string>
}

export async function attemptCheck(
  check: Check,
  state: RoundState,
  ports: AttemptPorts,
  signal: AbortSignal,
): Promise<Attempt> {
  const missing = [...capturesIn(check)].filter((name) => !state.captures.has(name))
  if (missing.length > 0) return notMade(check, state, missing)
  const prepared = prepare(check, state.captures)
  if (!prepared.ok) {
    const { message, hint } = prepared
    const finding: Finding = { assertion: 'request', message, hint, severity: check.severity }
    return { ...without(state.round, verdictOf([finding])), findings: [finding] }
  }
  for (const secret of prepared.secrets) ports.hide(secret)
  ports.asked(check, prepared.request.url)
  const families: readonly IpChoice[] = check.ip === 'both' ? ['4', '6'] : [check.ip]
  const tried = await Promise.all(
    families.map((ip) =>
      tryOver({ check, request: requestOver(ip, check, prepared.request, state), state, ports, signal }),
    ),
  )
  return combine(state.round, families, tried)
}

/** The check that should have captured it only warns: that it found nothing is said there. */
function notMade(check: Check, { round }: RoundState, missing: readonly string[]): Attempt {
  const names = missing.map((name) => `\${${name}}`).join(', ')
  const message = `It needs ${names}, which no answer of this round has given.`
  return {
    ...without(round, 'skipped'),
    findings: [{ assertion: 'needs', message, hint: '', severity: check.severity }],
  }
}

function requestOver(ip: IpChoice, check: Check, request: Filled, { jars }: RoundState): HttpRequest {
  const jar = jars.get(check.session) ?? createJar()
  jars.set(check.session, jar)
  return { ...request, ip, jar }
}

interface Try {
  readonly check: Check
  readonly request: HttpRequest
  readonly state: RoundState
  readonly ports: AttemptPorts
  readonly signal: AbortSignal
}

async function tryOver(one: Try): Promise<Attempt> {
  const { check, state, ports, signal } = one
  const exchange = await ports.client.request(one.request, signal)
  if (!exchange.ok) return unanswered(check, state.round, exchange.problem)
  const observation = observe(exchange.response, state, ports)
  const captured = takeCaptures(check, observation, state, ports)
  const findings = [...judge(check, observation), ...captured]
  if (verdictOf(findings) === 'waiting') return answered(exchange.response, observation, one, { findings })
  const preset = await runPresets(check, createProbe(one.request, observation, { client: ports.client, signal }))
  const latency = await measure(one, exchange.response, [...findings, ...preset])
  const all = [...findings, ...preset, ...latency.findings]
  return answered(exchange.response, observation, one, { findings: all, warm: latency.warm })
}

function observe(response: HttpResponse, state: RoundState, { now, redact }: AttemptPorts): Observation {
  const { expectVersion, captures } = state
  return { response, text: textOf(response), expectVersion, now: now(), captures, redact }
}

/** Before anything is judged, so that what is said of the answer hides what was captured in it. */
function takeCaptures(
  check: Check,
  observation: Observation,
  state: RoundState,
  { hide }: AttemptPorts,
): readonly Finding[] {
  if (check.capture.length === 0) return []
  const { values, findings } = capture(check, observation)
  for (const [name, value] of values) {
    if (state.secretCaptures.has(name)) hide(value)
    state.captures.set(name, value)
  }
  return findings
}

/** Times of wrong answers say nothing about the right ones: they are not taken. */
async function measure(
  { check, request, ports, signal }: Try,
  cold: HttpResponse,
  findings: readonly Finding[],
): Promise<{ readonly findings: readonly Finding[]; readonly warm?: WarmTimes }> {
  if (check.latency === undefined || verdictOf(findings) === 'failed') return { findings: [] }
  const { samples } = check.latency
  const warm: readonly Exchange[] = samples > 1 ? await ports.client.warm(request, samples, signal) : []
  return judgeLatency(check, cold, warm)
}

function unanswered(check: Check, round: number, problem: HttpProblem): Attempt {
  if (problem.kind === 'cancelled') return without(round, 'aborted')
  const { kind, message, hint, phases, total } = problem
  const finding: Finding = { assertion: kind, message, hint, severity: check.severity }
  return { ...without(round, verdictOf([finding])), findings: [finding], phases, total }
}

function answered(
  response: HttpResponse,
  observation: Observation,
  { check, state, signal }: Try,
  { findings, warm }: { readonly findings: readonly Finding[]; readonly warm?: WarmTimes | undefined },
): Attempt {
  if (signal.aborted) return without(state.round, 'aborted') // what came after the abort is no evidence
  const { status, phases, total, tls, address, throughProxy, httpVersion, hops, truncated, body } = response
  return {
    round: state.round,
    verdict: verdictOf(findings),
    findings,
    status,
    phases,
    total,
    warm,
    tls,
    address,
    throughProxy,
    servedVersion: servedVersion(check, observation),
    bodySize: truncated ? undefined : body.length,
    httpVersion,
    redirects: hops.length,
  }
}

/** Over both families: what is wrong over one of them names it; the figures are those of the worse one. */
function combine(round: number, families: readonly IpChoice[], tried: readonly Attempt[]): Attempt {
  const [first, second] = tried
  if (first === undefined || second === undefined) return first ?? without(round, 'aborted')
  if (tried.some(({ verdict }) => verdict === 'aborted')) return without(round, 'aborted')
  const told = (other: Attempt) => new Set(other.findings.map(({ message }) => message))
  const findings = tried.flatMap((attempt, index) => {
    const others = told(index === 0 ? second : first)
    return attempt.findings.flatMap((finding) => {
      if (others.has(finding.message)) return index === 0 ? [finding] : []
      return [{ ...finding, message: `Over IPv${families[index]}: ${finding.message}` }]
    })
  })
  return { ...worse(first, second), findings, verdict: verdictOf(findings) }
}

function worse(first: Attempt, second: Attempt): Attempt {
  const rank = ({ verdict }: Attempt) => ['failed', 'waiting', 'warned', 'passed'].indexOf(verdict)
  if (rank(first) !== rank(second)) return rank(first) < rank(second) ? first : second
  return (first.total ?? 0) >= (second.total ?? 0) ? first : second
}
