/** What is asked in one attempt and what becomes of the answers; the client is a recording one, the judges are real. */
import { describe, expect, it } from 'vitest'
import { attemptCheck, type RoundState } from '../../../actions/smoke-check/attempt.ts'
import type { Check } from '../../../actions/smoke-check/check.ts'
import type { Exchange, HttpProblem, HttpRequest } from '../../../actions/smoke-check/exchange.ts'
import type { Attempt } from '../../../actions/smoke-check/result.ts'
import { aCheck, answer, PHASES } from './sample.ts'

interface Tried {
  readonly attempt: Attempt
  readonly requests: readonly HttpRequest[]
  readonly warmed: readonly number[]
  readonly hidden: readonly string[]
  readonly state: RoundState
}

interface Setting {
  readonly answers?: (request: HttpRequest) => Exchange
  readonly captures?: Readonly<Record<string, string>>
  readonly expectVersion?: string
  readonly secretCaptures?: readonly string[]
}

async function attempt(
  check: Check,
  { answers = () => answer(), captures = {}, expectVersion, secretCaptures = [] }: Setting = {},
): Promise<Tried> {
  const requests: HttpRequest[] = []
  const warmed: number[] = []
  const hidden: string[] = []
  const state: RoundState = {
    round: 1,
    expectVersion,
    captures: new Map(Object.entries(captures)),
    jars: new Map(),
    secretCaptures: new Set(secretCaptures),
  }
  const ports = {
    client: {
      request: async (request: HttpRequest) => {
        requests.push(request)
        return answers(request)
      },
      warm: async (request: HttpRequest, count: number) => {
        warmed.push(count)
        return Array.from({ length: count }, () => answers(request))
      },
    },
    now: () => 0,
    hide: (value: string) => void hidden.push(value),
    redact: (text: string) => text,
    asked: () => {},
  }
  const result = await attemptCheck(check, state, ports, new AbortController().signal)
  return { attempt: result, requests, warmed, hidden, state }
}

const messages = ({ findings }: Attempt) => findings.map(({ message }) => message)
const problem = (given: Partial<HttpProblem> = {}): Exchange => ({
  ok: false,
  problem: { kind: 'refused', message: 'The port is closed.', hint: 'Start it.', total: 3, phases: PHASES, ...given },
})

describe('the request', () => {
  it('has everything filled in that was captured before', async () => {
    const check = aCheck({
      method: 'POST',
      url: ['https://api.example.com/items/', { capture: 'id' }, '?cursor=', { capture: 'cursor' }],
      requestHeaders: [['X-CSRFToken', [{ capture: 'csrf' }]]],
      requestBody: { json: { members: [['id', { text: [{ capture: 'id' }] }]] } },
    })
    const { requests } = await attempt(check, { captures: { id: '42', cursor: 'a+b&c=%3D', csrf: 'tok"en' } })
    expect(requests[0]).toMatchObject({
      method: 'POST',
      headers: [
        ['X-CSRFToken', 'tok"en'],
        ['Content-Type', 'application/json'],
      ],
    })
    expect(requests[0]?.url.href).toBe('https://api.example.com/items/42?cursor=a%2Bb%26c%3D%3D')
    expect(String(requests[0]?.body)).toBe('{"id":"42"}')
  })

  it.each([
    [
      {
        form: [
          ['user', ['a&b']],
          ['pass', ['ü']],
        ] as const,
      },
      'application/x-www-form-urlencoded',
      'user=a%26b&pass=%C3%BC',
    ],
    [{ text: ['plain'] }, 'text/plain; charset=utf-8', 'plain'],
  ])('has the body %j with its type', async (requestBody, type, body) => {
    const { requests } = await attempt(aCheck({ requestBody }))
    expect(requests[0]?.headers).toEqual([['Content-Type', type]])
    expect(String(requests[0]?.body)).toBe(body)
  })

  it('keeps the content type that the check writes', async () => {
    const check = aCheck({ requestBody: { text: ['<x/>'] }, requestHeaders: [['content-type', ['text/xml']]] })
    expect((await attempt(check)).requests[0]?.headers).toEqual([['content-type', 'text/xml']])
  })

  it('carries user and password as Basic, both hidden in every form', async () => {
    const { requests, hidden } = await attempt(aCheck({ auth: { username: ['ada'], password: ['pässword'] } }))
    const encoded = Buffer.from('ada:pässword').toString('base64')
    expect(requests[0]?.headers).toEqual([['Authorization', `Basic ${encoded}`]])
    expect(hidden).toEqual([`Basic ${encoded}`, encoded])
  })

  it('hides query values of four characters and more', async () => {
    expect((await attempt(aCheck({ url: ['https://example.com/?key=abcd-efgh&page=1'] }))).hidden).toEqual([
      'abcd-efgh',
    ])
  })

  it('is not made with a header that cannot be sent', async () => {
    const check = aCheck({ requestHeaders: [['X-Token', [{ capture: 'token' }]]] })
    const { requests, attempt: result } = await attempt(check, { captures: { token: 'a\r\nX-Evil: 1' } })
    expect(requests).toEqual([])
    expect(result.verdict).toBe('failed')
    expect(messages(result)[0]).toMatch(/^The request header X-Token cannot be sent/)
  })

  it('shares the cookies of its session with the checks of the same round', async () => {
    const one = await attempt(aCheck())
    expect(one.requests[0]?.jar).toBe(one.state.jars.get('default'))
    const other = await attempt(aCheck({ session: 'other' }))
    expect([...other.state.jars.keys()]).toEqual(['other'])
  })
})

describe('captures', () => {
  const capturing = aCheck({ capture: [['id', { json: '$.id' }]] })
  const answers = () => answer({ body: Buffer.from('{"id":"secret-42"}') })

  it('are there for the checks behind', async () => {
    expect((await attempt(capturing, { answers })).state.captures.get('id')).toBe('secret-42')
  })

  it('are hidden where they have to stay secret', async () => {
    expect((await attempt(capturing, { answers, secretCaptures: ['id'] })).hidden).toEqual(['secret-42'])
    expect((await attempt(capturing, { answers })).hidden).toEqual([])
  })

  it('that no answer has given skip the check that needs them', async () => {
    const { attempt: result, requests } = await attempt(aCheck({ url: ['https://example.com/', { capture: 'id' }] }))
    expect(result.verdict).toBe('skipped')
    expect(messages(result)).toEqual([`It needs \${id}, which no answer of this round has given.`])
    expect(requests).toEqual([])
  })
})

describe('the verdict', () => {
  it('is passed, with what was measured', async () => {
    expect((await attempt(aCheck())).attempt).toMatchObject({
      verdict: 'passed',
      status: 200,
      phases: PHASES,
      total: 15,
      address: '192.0.2.7',
      bodySize: 11,
      httpVersion: '1.1',
      redirects: 0,
    })
  })

  it('is failed without an answer, for the reason that the client gives', async () => {
    const { attempt: result } = await attempt(aCheck(), { answers: () => problem() })
    expect(result).toMatchObject({
      verdict: 'failed',
      status: undefined,
      findings: [{ assertion: 'refused', message: 'The port is closed.', hint: 'Start it.' }],
    })
  })

  it('is only a warning without an answer where the check only warns', async () => {
    expect((await attempt(aCheck({ severity: 'warn' }), { answers: () => problem() })).attempt.verdict).toBe('warned')
  })

  it('is aborted when the request was cancelled', async () => {
    expect((await attempt(aCheck(), { answers: () => problem({ kind: 'cancelled' }) })).attempt).toMatchObject({
      verdict: 'aborted',
      findings: [],
    })
  })

  it('is waiting while the old version answers, whatever else is wrong with its answer', async () => {
    const check = aCheck({
      version: { json: '$.commit' },
      headers: [['x-new', { exists: true }]],
      latency: { max: 1, samples: 5 },
    })
    const {
      attempt: result,
      warmed,
      requests,
    } = await attempt(check, {
      expectVersion: '2222222',
      answers: () => answer({ body: Buffer.from('{"commit":"1111111"}') }),
    })
    expect(result).toMatchObject({ verdict: 'waiting', servedVersion: '1111111' })
    expect({ requests: requests.length, warmed }).toEqual({ requests: 1, warmed: [] })
  })

  it('is failed when an error page answers that has no version', async () => {
    const check = aCheck({ version: { json: '$.commit' } })
    const { attempt: result } = await attempt(check, {
      expectVersion: '2222222',
      answers: () => answer({ status: 503, body: Buffer.from('<html>') }),
    })
    expect(result.verdict).toBe('failed')
  })

  it('judges the served version and passes once it is the expected one', async () => {
    const { attempt: result } = await attempt(aCheck({ version: { json: '$.commit' } }), {
      expectVersion: '2222222222222222222222222222222222222222',
      answers: () => answer({ body: Buffer.from('{"commit":"2222222"}') }),
    })
    expect(result.verdict).toBe('passed')
  })
})

describe('latency', () => {
  it('is measured on kept connections only where more than one sample is wanted', async () => {
    expect((await attempt(aCheck({ latency: { max: 1000, samples: 1 } }))).warmed).toEqual([])
    const { warmed, attempt: result } = await attempt(aCheck({ latency: { max: 1000, samples: 20 } }))
    expect(warmed).toEqual([20])
    expect(result.warm).toMatchObject({ samples: 20 })
  })

  it('is not measured on wrong answers', async () => {
    const { warmed } = await attempt(aCheck({ latency: { max: 1000, samples: 20 } }), {
      answers: () => answer({ status: 500 }),
    })
    expect(warmed).toEqual([])
  })
})

describe('ip: both', () => {
  const check = aCheck({ ip: 'both' })

  it('asks over each family and passes when both answer', async () => {
    const { requests, attempt: result } = await attempt(check)
    expect(requests.map(({ ip }) => ip)).toEqual(['4', '6'])
    expect(result.verdict).toBe('passed')
  })

  it('names the family over which something is wrong', async () => {
    const { attempt: result } = await attempt(check, {
      answers: ({ ip }) => (ip === '6' ? problem({ message: 'Nothing listens there.' }) : answer()),
    })
    expect(result.verdict).toBe('failed')
    expect(messages(result)).toEqual(['Over IPv6: Nothing listens there.'])
  })

  it('says once what is wrong over both', async () => {
    const { attempt: result } = await attempt(check, { answers: () => problem() })
    expect(messages(result)).toEqual(['The port is closed.'])
  })

  it('shows the slower of two good answers', async () => {
    const { attempt: result } = await attempt(check, { answers: ({ ip }) => answer({ total: ip === '6' ? 400 : 20 }) })
    expect(result.total).toBe(400)
  })
})
