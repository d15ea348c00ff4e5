/** One try of one check: its request over each wanted address family, and everything that is judged of the answers. */
import type { CookieJar } from 'tough-cookie'
import { capturesIn } from './captures.ts'
import type { Check } from './check.ts'
import type { Exchange, HttpClient, HttpProblem, HttpRequest, HttpResponse, IpChoice } from './exchange.ts'
import { capture } from './judge/capture.ts'
import { judge } from './judge/judge.ts'
import { judgeLatency } from './judge/latency.ts'
import { servedVersion } from './judge/version.ts'
import { Budget } from './judge/within.ts'
import { createJar, createProbe } from './probe.ts'
import type { Redactor } from './redact.ts'
import { type Filled, prepare } from './request.ts'
import type { Attempt, Finding, Observation, WarmTimes } from './result.ts'
import { without } from './round.ts'
import { Turns } from './turns.ts'
import { severityOf, verdictOf } from './verdict.ts'

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
  /** Captures that requests are made of. */
  readonly sentCaptures: ReadonlySet<string>
  /** Values of the cookies that answers of this round have set: keys to a session that is live. */
  readonly cookies: Redactor
  /** Milliseconds to the deadline of the run. */
  readonly timeLeft: () => number
}

/** Of the one event loop that there is. */
const turns = new Turns()

/** Whatever goes wrong in one check is told of that check, and the others go on. */
export async function attemptCheck(
  check: Check,
  state: RoundState,
  ports: AttemptPorts,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    return withoutCookies(await attemptOnce(check, state, ports, signal), state.cookies)
  } catch (error) {
    if (signal.aborted) return without(state.round, 'aborted')
    const message = `Unexpected error in this check, please report it: ${describeError(error)}`
    return notMade(check, state, { assertion: 'error', message, hint: '' })
  }
}

/** With the place that threw, without its folder: a report needs it, and it is this action's own. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [, place] = /^\s+at .*?([^\\/\s(]+:\d+:\d+)\)?$/m.exec(error.stack ?? '') ?? []
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place})`}`
}

/** Some of it may have been said before the answer to another check set the cookie. */
function withoutCookies(attempt: Attempt, cookies: Redactor): Attempt {
  if (cookies.isEmpty || attempt.findings.length === 0) return attempt
  const findings = attempt.findings.map((finding) => ({ ...finding, message: cookies.redact(finding.message) }))
  return { ...attempt, findings }
}

async function attemptOnce(
  check: Check,
  state: RoundState,
  ports: AttemptPorts,
  signal: AbortSignal,
): Promise<Attempt> {
  const missing = [...capturesIn(check)].filter((name) => !state.captures.has(name))
  if (missing.length > 0) return notCaptured(check, state, missing)
  const prepared = prepare(check, state.captures)
  if (!prepared.ok) return notMade(check, state, { assertion: 'request', ...prepared })
  for (const secret of prepared.secrets) ports.hide(secret)
  ports.asked(check, prepared.request.url)
  const budget = new Budget(state.timeLeft)
  const families: readonly IpChoice[] = check.ip === 'both' ? ['4', '6'] : [check.ip]
  const tried = await Promise.all(
    families.map((ip) =>
      tryOver({ check, request: requestOver(ip, check, prepared.request, state), state, ports, signal, budget }),
    ),
  )
  return combine(state.round, families, tried)
}

/** The check that should have captured it only warns: that it found nothing is said there. */
function notCaptured(check: Check, state: RoundState, missing: readonly string[]): Attempt {
  const names = missing.map((name) => `\${${name}}`).join(', ')
  const message = `It needs ${names}, which no answer of this round has given.`
  return { ...notMade(check, state, { assertion: 'needs', message, hint: '' }), verdict: 'skipped' }
}

function notMade(
  check: Check,
  { round, expectVersion }: RoundState,
  { assertion, message, hint }: Pick<Finding, 'assertion' | 'message' | 'hint'>,
): Attempt {
  const finding: Finding = { assertion, message, hint, severity: severityOf(check, expectVersion) }
  return { ...without(round, verdictOf([finding])), findings: [finding] }
}

function requestOver(ip: IpChoice, check: Check, request: Filled, state: RoundState): HttpRequest {
  const { jars } = state
  const jar = jars.get(check.session) ?? createJar()
  jars.set(check.session, jar)
  return { ...request, ip, jar, cookieSet: (name, value) => hideCookie(check, state, name, value) }
}

/** Shorter ones are settings, a language say. Where the check's version is one, it is there to be shown. */
const SHORTEST_COOKIE = 8

function hideCookie({ version }: Check, { cookies, expectVersion }: RoundState, name: string, value: string): void {
  const isVersion = version !== undefined && 'cookie' in version && version.cookie === name
  if (value.length >= SHORTEST_COOKIE && value !== expectVersion && !isVersion) cookies.add(value)
}

interface Try {
  readonly check: Check
  readonly request: HttpRequest
  readonly state: RoundState
  readonly ports: AttemptPorts
  readonly signal: AbortSignal
  readonly budget: Budget
}

async function tryOver(one: Try): Promise<Attempt> {
  const { check, state, ports, signal } = one
  const exchange = await ports.client.request(one.request, signal)
  if (!exchange.ok) return unanswered(check, state, exchange.problem)
  const observation = observe(exchange.response, one)
  const findings = await turns.use(() => {
    const captured = takeCaptures(check, observation, state, ports)
    return [...judge(check, observation), ...captured]
  })
  if (verdictOf(findings) === 'waiting') return answered(exchange.response, observation, one, { findings })
  const preset = await askPresets(one, observation)
  const latency = await measure(one, exchange.response, [...findings, ...preset])
  const all = [...findings, ...preset, ...latency.findings]
  return answered(exchange.response, observation, one, { findings: all, warm: latency.warm })
}

function observe(response: HttpResponse, { state, ports, budget }: Try): Observation {
  const { expectVersion, captures, cookies } = state
  const redact = (text: string) => cookies.redact(ports.redact(text))
  return { response, expectVersion, now: ports.now(), captures, redact, budget }
}

/** Before anything is judged, so that what is said of the answer hides what was captured in it. */
function takeCaptures(
  check: Check,
  observation: Observation,
  state: RoundState,
  { hide }: AttemptPorts,
): readonly Finding[] {
  if (check.capture.length === 0) return []
  const { values, findings } = capture(check, observation, state.sentCaptures)
  for (const [name, value] of values) {
    if (state.secretCaptures.has(name)) hide(value)
    state.captures.set(name, value)
  }
  return findings
}

/** What reads their options is large, and most checks have none. */
async function askPresets({ check, request, ports, signal }: Try, observation: Observation) {
  if (check.presets.length === 0 && check.cors.length === 0) return []
  const { runPresets } = await import(/* webpackMode: "eager" */ './presets/presets.ts')
  return runPresets(check, createProbe(request, observation, { client: ports.client, signal }))
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

function unanswered(check: Check, state: RoundState, problem: HttpProblem): Attempt {
  if (problem.kind === 'cancelled') return without(state.round, 'aborted')
  const { kind, message, hint, phases, total } = problem
  return { ...notMade(check, state, { assertion: kind, message, hint }), phases, total }
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
