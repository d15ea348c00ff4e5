/** Checks, answers and reports as tests need them: complete, and different only in what a test is about. */
import type { Check } from '../../../actions/smoke-check/check.ts'
import type { Exchange, HttpResponse } from '../../../actions/smoke-check/exchange.ts'
import type { Attempt, CheckResult, Finding, Report } from '../../../actions/smoke-check/result.ts'
import { without } from '../../../actions/smoke-check/round.ts'

export function aCheck(given: Partial<Check> = {}): Check {
  return {
    name: 'api',
    origin: 'checks.yml:3',
    url: ['https://api.example.com/healthz'],
    method: 'GET',
    requestHeaders: [],
    session: 'default',
    redirects: 'none',
    resolve: new Map(),
    ip: 'auto',
    timeout: 10_000,
    connectTimeout: 5000,
    status: [{ class: 2 }],
    json: [],
    headers: [],
    cookies: [],
    cors: [],
    presets: [],
    capture: [],
    needs: [],
    severity: 'fail',
    ...given,
  }
}

export function aFinding(given: Partial<Finding> = {}): Finding {
  return {
    assertion: 'status',
    message: 'Status 500 was served, 200 was wanted.',
    hint: 'Look at its log.',
    severity: 'fail',
    ...given,
  }
}

export const PHASES = { dns: 1, connect: 2, tls: 3, firstByte: 4, transfer: 5 }

export function anAttempt(given: Partial<Attempt> = {}): Attempt {
  return {
    ...without(1, 'passed'),
    status: 200,
    phases: PHASES,
    total: 15,
    address: '192.0.2.7',
    bodySize: 321,
    httpVersion: '1.1',
    redirects: 0,
    ...given,
  }
}

export function failed(given: Partial<Attempt> = {}): Attempt {
  return anAttempt({ verdict: 'failed', status: 500, findings: [aFinding()], ...given })
}

export function aResult(given: Partial<CheckResult> = {}): CheckResult {
  const last = given.last ?? [anAttempt()]
  return {
    name: 'api',
    origin: 'checks.yml:3',
    severity: 'fail',
    method: 'GET',
    url: 'https://api.example.com/healthz',
    verdict: last.at(-1)?.verdict ?? 'aborted',
    attempts: last.length,
    ...given,
    last,
  }
}

export function aReport(given: Partial<Report> = {}): Report {
  const checks = given.checks ?? [aResult()]
  const healthy = given.healthy ?? checks.every(({ verdict }) => verdict === 'passed' || verdict === 'warned')
  return {
    healthy,
    failOn: 'fail',
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    duration: 4321,
    rounds: 2,
    successes: healthy ? 2 : 0,
    wantedSuccesses: 2,
    deadline: 180_000,
    deadlineReached: !healthy,
    expectVersion: undefined,
    ...given,
    checks,
  }
}

export function aResponse(given: Partial<HttpResponse> = {}): HttpResponse {
  return {
    url: new URL('https://api.example.com/healthz'),
    status: 200,
    statusText: 'OK',
    httpVersion: '1.1',
    headers: [['content-type', 'application/json']],
    body: Buffer.from('{"ok":true}'),
    truncated: false,
    phases: PHASES,
    total: 15,
    cold: true,
    address: '192.0.2.7',
    throughProxy: false,
    tls: undefined,
    hops: [],
    ...given,
  }
}

export function answer(given: Partial<HttpResponse> = {}): Exchange {
  return { ok: true, response: aResponse(given) }
}
