/** Every example of a checks file, as it is, against a small server of that kind of project: green, and red fault by fault. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  API_KEY,
  type Broken,
  constructionApi,
  containerApi,
  type Double,
  djangoReact,
  NEW,
  NEXT_API_KEY,
  nextjsPages,
  PASSWORD,
  saasApi,
  USER,
} from './doubles.ts'
import { startInternet } from './internet.ts'
import { check, ONE_ROUND, type WholeResult } from './setup.ts'

interface Fault {
  readonly check: string
  /** Those that then are not met. */
  readonly findings: readonly string[]
  /** `failed` when left out. */
  readonly verdict?: 'warned' | 'waiting'
  /** Others need it, so that it is wrong alone, and they are not made. */
  readonly skips?: readonly string[]
}

interface Example {
  readonly double: Double
  readonly env: Readonly<Record<string, string>>
  readonly version: string
  /** One for each check of the file. */
  readonly faults: readonly Fault[]
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  'nextjs-pages.yml': {
    double: nextjsPages,
    env: { SITE_URL: 'https://example.com' },
    version: NEW,
    faults: [
      { check: 'version', findings: ['version'], verdict: 'waiting' },
      { check: 'front page', findings: ['body'] },
      { check: 'headers', findings: ['security-headers: nosniff'] },
      { check: 'unknown page', findings: ['status'] },
      { check: 'sign-in', findings: ['json $.csrfToken'] },
      { check: 'nothing leaks', findings: ['not-public: path'] },
      { check: 'robots', findings: ['header content-type'], verdict: 'warned' },
    ],
  },
  'container-api.yml': {
    double: containerApi,
    env: { BACKEND_URL: 'https://staging.example.com' },
    version: 'v1.4.2',
    faults: [
      {
        check: 'alive',
        findings: ['json $.status'],
        skips: ['database', 'speed', 'no errors under repetition', 'items'],
      },
      {
        check: 'database',
        findings: ['json $.checks.database.latency_ms'],
        skips: ['speed', 'no errors under repetition', 'items'],
      },
      { check: 'speed', findings: ['latency max'] },
      { check: 'no errors under repetition', findings: ['error-rate: rate'] },
      { check: 'items', findings: ['json $.items[?!@.id]'] },
      { check: 'unknown path', findings: ['no-debug: page'] },
      { check: 'writing needs a login', findings: ['status'] },
      { check: 'outside', findings: ['https-redirect: redirect', 'not-public: path', 'security-headers: hsts'] },
    ],
  },
  'django-react.yml': {
    double: djangoReact,
    env: {
      BACKEND_URL: 'https://api.example.com',
      FRONTEND_URL: 'https://app.example.com',
      SMOKE_USER: USER,
      SMOKE_PASSWORD: PASSWORD,
    },
    version: NEW,
    faults: [
      { check: 'front end', findings: ['security-headers: referrer-policy'] },
      { check: 'front end finds its routes', findings: ['status', 'body'] },
      { check: 'backend and database', findings: ['json $.database'] },
      { check: 'login page', findings: ['body', 'capture csrf_token'], skips: ['login', 'API as that user'] },
      { check: 'login', findings: ['status', 'cookie sessionid'], skips: ['API as that user'] },
      { check: 'API as that user', findings: ['json $.is_staff'] },
      { check: 'API without login', findings: ['status'] },
      { check: 'CSRF', findings: ['csrf: post'] },
      {
        check: 'CORS',
        findings: [
          'cors-strict: foreign origin',
          'cors-strict: null origin',
          'cors-strict: look-alike origin',
          'cors-strict: preflight',
          'cors: origin',
          'cors: preflight',
        ],
      },
      { check: 'DEBUG is off', findings: ['body', 'no-debug: page'] },
      { check: 'admin is not for everyone', findings: ['status', 'header location'] },
    ],
  },
  'saas-api.yml': {
    double: saasApi,
    env: { API_URL: 'https://api.example.com/v1', API_TOKEN: API_KEY },
    version: NEW,
    faults: [
      { check: 'health', findings: ['version'], verdict: 'waiting' },
      { check: 'token is required', findings: ['status', 'json $.error.code', 'json $.error.message'] },
      { check: 'wrong token is refused', findings: ['status'] },
      { check: 'token works', findings: ['rate-limit-headers: headers'] },
      { check: 'error body', findings: ['json-error: body'] },
      { check: 'pages', findings: ['pagination: next page'] },
      { check: 'latest event', findings: ['capture event_id'], skips: ['one event'] },
      { check: 'one event', findings: ['json $.id', 'etag: etag'] },
      { check: 'invalid webhook is refused', findings: ['status', 'json $.error.code'] },
      { check: 'internals are not public', findings: ['not-public: introspection'] },
    ],
  },
  'construction-api.yml': {
    double: constructionApi,
    env: { API_URL: 'https://api.example.com', APP_ORIGIN: 'https://app.example.com', API_KEY, NEXT_API_KEY },
    version: NEW,
    faults: [
      { check: 'health', findings: ['json $.database'] },
      { check: 'projects answer within 200 ms', findings: ['json $.projects'] },
      {
        check: 'integrations',
        findings: ['json $.integrations[?!@.state]', 'json $.integrations[*].key_expires_in_days'],
        verdict: 'warned',
      },
      { check: 'new key works', findings: ['status'] },
      { check: 'no key, no data', findings: ['status', 'json $.error.code'] },
      { check: 'audit trail cannot be changed', findings: ['status'] },
      { check: 'strict CORS', findings: ['cors: origin', 'cors: preflight'] },
      { check: 'security headers', findings: ['header strict-transport-security', 'security-headers: hsts'] },
      { check: 'metrics are for Prometheus alone', findings: ['status', 'not-public: path'] },
    ],
  },
}

const folder = fileURLToPath(new URL('../../../examples/checks/', import.meta.url))

it('every example has a server of its kind', () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(readdirSync(folder).sort())
})

describe.each(Object.entries(EXAMPLES))('%s', (name, { double, env, version, faults }) => {
  const file = readFileSync(folder + name, 'utf8')
  const run = async (broken: Broken, pace: Readonly<Record<string, string>>): Promise<WholeResult> => {
    await using internet = await startInternet(double(broken))
    return await check(file, { ...pace, 'expect-version': version }, { ...internet.env, ...env })
  }
  const verdictsOf = ({ checks }: WholeResult) =>
    Object.fromEntries([...checks].map(([one, { verdict }]) => [one, verdict]))

  it('is green when all is right', async () => {
    // Rounds go on until one is fast enough: a machine that is busy with other tests is no fault of the example.
    const result = await run(() => false, { successes: '1', interval: '100ms', deadline: '40s' })
    expect(result.exitCode).toBe(0)
    const passed = [...result.checks.keys()].map((one) => [one, 'passed'])
    expect(verdictsOf(result)).toEqual(Object.fromEntries(passed))
    expect(faults.map((fault) => fault.check).sort()).toEqual([...result.checks.keys()].sort())
  })

  const together = faults.filter(({ skips }) => skips === undefined)
  const alone = faults.filter(({ skips }) => skips !== undefined)
  it.each(
    [together, ...alone.map((fault) => [fault])].map(
      (wrong) => [wrong.map((fault) => fault.check).join(', '), wrong] as const,
    ),
  )('is red by what is wrong: %s', async (_, wrong) => {
    const result = await run((one) => wrong.some((fault) => fault.check === one), ONE_ROUND)
    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false' } })
    const skipped = wrong.flatMap(({ skips = [] }) => skips)
    const wanted = [...result.checks.keys()].map((one) => {
      const fault = wrong.find((each) => each.check === one)
      if (fault !== undefined) return [one, fault.verdict ?? 'failed']
      return [one, skipped.includes(one) ? 'skipped' : 'passed']
    })
    expect(verdictsOf(result)).toEqual(Object.fromEntries(wanted))
    const assertions = wrong.map(({ check: one }) => [
      one,
      result.checks.get(one)?.last[0]?.findings.map(({ assertion }) => assertion),
    ])
    expect(assertions).toEqual(wrong.map((fault) => [fault.check, fault.findings]))
  })
})
