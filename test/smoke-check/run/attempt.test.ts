/** What is asked in one attempt and what becomes of the answers; the client is a recording one, the judges are real. */
import { describe, expect, it } from 'vitest'
import { attemptCheck, type RoundState } from '../../../actions/smoke-check/attempt.ts'
import type { Check } from '../../../actions/smoke-check/check.ts'
import type { Exchange, HttpProblem, HttpRequest } from '../../../actions/smoke-check/exchange.ts'
import { Redactor } from '../../../actions/smoke-check/redact.ts'
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
  readonly sentCaptures?: readonly string[]
  readonly timeLeft?: () => number
}

async function attempt(
  check: Check,
  {
    answers = () => answer(),
    captures = {},
    expectVersion,
    secretCaptures = [],
    sentCaptures = [],
    timeLeft = () => 10_000,
  }: Setting = {},
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
    sentCaptures: new Set(sentCaptures),
    cookies: new Redactor(),
    timeLeft,
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
    expect(requests[0]?.headers).toContainEqual(['Content-Type', type])
    expect(String(requests[0]?.body)).toBe(body)
  })

  it('keeps the content type that the check writes', async () => {
    const check = aCheck({ requestBody: { text: ['<x/>'] }, requestHeaders: [['content-type', ['text/xml']]] })
    expect((await attempt(check)).requests[0]?.headers).toEqual([['content-type', 'text/xml']])
  })

  describe('of a form', () => {
    const form = { form: [['user', ['ada']]] } as const

    it('comes from its own page, as a browser says it', async () => {
      const url = ['https://example.com/login/?next=/a']
      const { requests } = await attempt(aCheck({ method: 'POST', url, requestBody: form }))
      expect(requests[0]?.headers).toEqual([
        ['Content-Type', 'application/x-www-form-urlencoded'],
        ['Origin', 'https://example.com'],
        ['Referer', 'https://example.com/login/?next=/a'],
      ])
    })

    it('comes from where the check says', async () => {
      const requestHeaders = [
        ['referer', ['https://www.example.com/']],
        ['ORIGIN', ['null']],
      ] as const
      const { requests } = await attempt(aCheck({ requestBody: form, requestHeaders }))
      expect(requests[0]?.headers.filter(([name]) => /origin|referer/i.test(name))).toEqual([
        ['referer', 'https://www.example.com/'],
        ['ORIGIN', 'null'],
      ])
    })

    it('says so of nothing else that is sent', async () => {
      const { requests } = await attempt(aCheck({ requestBody: { json: { text: ['x'] } } }))
      expect(requests[0]?.headers).toEqual([['Content-Type', 'application/json']])
    })
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

  it.each([
    ['too long to be meant', 'x'.repeat(8193), 'It has 8,193 characters; at most 8,192 characters are kept.'],
    [
      'with a line break',
      'a\nb',
      'There is a line break or another control character in it, so that it cannot be sent.',
    ],
  ])('fail that are %s', async (_, id, problem) => {
    const { attempt: result, state } = await attempt(capturing, {
      answers: () => answer({ body: Buffer.from(JSON.stringify({ id })) }),
      sentCaptures: ['id'],
    })
    expect(result.verdict).toBe('failed')
    expect(messages(result)).toEqual([`\${id} cannot be captured. ${problem}`])
    expect(state.captures.has('id')).toBe(false)
  })

  it('may have line breaks where they are only compared', async () => {
    const { state } = await attempt(capturing, { answers: () => answer({ body: Buffer.from('{"id":"a\\nb"}') }) })
    expect(state.captures.get('id')).toBe('a\nb')
  })

  it('that no answer has given skip the check that needs them', async () => {
    const { attempt: result, requests } = await attempt(aCheck({ url: ['https://example.com/', { capture: 'id' }] }))
    expect(result.verdict).toBe('skipped')
    expect(messages(result)).toEqual([`It needs \${id}, which no answer of this round has given.`])
    expect(requests).toEqual([])
  })
})

describe('an error that nobody foresaw', () => {
  it('fails the one check, with its name and place and without a folder of this machine', async () => {
    const { attempt: result } = await attempt(aCheck(), {
      answers: () => {
        throw new TypeError('Invalid URL')
      },
    })
    expect(result.verdict).toBe('failed')
    expect(messages(result)[0]).toMatch(
      /^Unexpected error in this check, please report it: TypeError: Invalid URL \(attempt\.test\.ts:\d+:\d+\)$/,
    )
  })

  it('only warns where the check does', async () => {
    const broken = () => {
      throw new Error('broken')
    }
    expect((await attempt(aCheck({ severity: 'warn' }), { answers: broken })).attempt.verdict).toBe('warned')
  })
})

describe('the time for judging', () => {
  const SLOW = { matches: '^(\\w+\\s?)+$' } as const
  const slow = aCheck({ json: ['$.a', '$.b', '$.c', '$.d', '$.e'].map((path) => [path, SLOW] as const) })
  const value = `${'a'.repeat(40)}!`
  const answers = () =>
    answer({ body: Buffer.from(JSON.stringify({ a: value, b: value, c: value, d: value, e: value })) })

  it('is for all conditions of a check together, and what is left then fails as not judged', async () => {
    const started = performance.now()
    const { attempt: result } = await attempt(slow, { answers })
    expect(performance.now() - started).toBeLessThan(1500)
    expect(result.verdict).toBe('failed')
    expect(result.findings).toHaveLength(5)
    expect(messages(result)[0]).toBe('Judging whether it does match /^(\\w+\\s?)+$/ was given up after 250 ms.')
    expect(messages(result)[4]).toBe(
      'Whether it does match /^(\\w+\\s?)+$/ was not judged: the time for judging is used up.',
    )
  })

  it('ends with the deadline', async () => {
    const started = performance.now()
    const { attempt: result } = await attempt(slow, { answers, timeLeft: () => started + 100 - performance.now() })
    expect(performance.now() - started).toBeLessThan(400)
    expect(messages(result).filter((message) => message.includes('used up'))).toHaveLength(5)
  })

  it('leaves the event loop time between the checks', async () => {
    let turned = 0
    const timer = setInterval(() => turned++, 1)
    await Promise.all(Array.from({ length: 4 }, () => attempt(slow, { answers })))
    clearInterval(timer)
    expect(turned).toBeGreaterThanOrEqual(3)
  })
})

describe('what an answer sets as a cookie', () => {
  const cookieSet = (values: Readonly<Record<string, string>>) => (request: HttpRequest) => {
    for (const [name, value] of Object.entries(values)) request.cookieSet?.(name, value)
    const headers = Object.entries(values).map(([name, value]) => ['set-cookie', `${name}=${value}`] as const)
    return answer({ status: 500, headers, body: Buffer.from(Object.values(values).join(' ')) })
  }

  it('is not shown, wherever it stands', async () => {
    const check = aCheck({
      headers: [['set-cookie', { contains: { text: ['Secure'] } }]],
      cookies: [['sessionid', { equals: { text: ['x'] } }]],
    })
    const { attempt: result } = await attempt(check, { answers: cookieSet({ sessionid: 'LIVE-SESSION-0123' }) })
    expect(messages(result)).toHaveLength(3)
    expect(messages(result).filter((message) => message.includes('***'))).toHaveLength(3)
    expect(messages(result).join()).not.toContain('LIVE')
  })

  it('is shown where it is a setting, or the version that the check asks for', async () => {
    const check = aCheck({
      version: { cookie: 'build' },
      cookies: [['lang', { equals: { text: ['de'] } }]],
    })
    const answers = cookieSet({ lang: 'en', build: 'abcdef0123456' })
    const { attempt: result } = await attempt(check, { answers, expectVersion: 'v2.0.0' })
    expect(result.servedVersion).toBe('abcdef0123456')
    expect(messages(result).join()).toContain('The cookie lang is "en"')
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
