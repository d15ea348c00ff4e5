/** json-error, rate-limit-headers, not-public, etag and error-rate. */
import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Json, PresetName } from '../../../actions/smoke-check/check.ts'
import { startHttp } from '../../support/tls.ts'
import { always, assertions, bodyOf, runAt, runPreset, sendJson, told, urlOf } from './setup.ts'

type Options = Readonly<Record<string, Json>>
const JSON_TYPE = { 'content-type': 'application/json' }

describe('json-error', () => {
  const error = JSON.stringify({ error: { code: 'not_found', message: null } })

  it.each<readonly [string, RequestListener, Options, readonly string[]]>([
    ['the error of an API is fine', always(404, JSON_TYPE, error), { fields: ['$.error.code'] }, []],
    ['a problem document is fine', always(404, { 'content-type': 'application/problem+json' }, error), {}, []],
    ['another status where that is wanted is fine', always(410, JSON_TYPE, error), { status: [404, 410] }, []],
    [
      'a 200 is none',
      always(200, JSON_TYPE, error),
      {},
      [
        'json-error: status: The answer to the unknown path http://127.0.0.1/slipway-smoke-check-no-such-page is 200 OK; 404 was wanted.',
      ],
    ],
    [
      'the page of a front end is none',
      always(200, { 'content-type': 'text/html' }, '<title>Shop</title>'),
      { path: '/api/none?token=abc' },
      [
        'json-error: status: The answer to the unknown path http://127.0.0.1/api/none?token=*** is 200 OK; 404 was wanted.',
        'json-error: body: The answer to the unknown path http://127.0.0.1/api/none?token=*** is an HTML page titled "Shop"; a JSON object was wanted.',
      ],
    ],
    [
      'a string is none',
      always(404, JSON_TYPE, '"no"'),
      {},
      [
        'json-error: body: The answer to the unknown path http://127.0.0.1/slipway-smoke-check-no-such-page is application/json "\\"no\\""; a JSON object was wanted.',
      ],
    ],
    [
      'JSON that is called text is none',
      always(404, { 'content-type': 'text/plain' }, error),
      {},
      [
        'json-error: content-type: The answer to the unknown path http://127.0.0.1/slipway-smoke-check-no-such-page has content-type text/plain; JSON was wanted.',
      ],
    ],
    [
      'an error without its fields is none',
      always(404, JSON_TYPE, error),
      { fields: ['$.error.code', '$.error.message', '$.id'] },
      [
        'json-error: fields: The answer to the unknown path http://127.0.0.1/slipway-smoke-check-no-such-page has nothing at $.error.message and $.id: application/json {"error":{"code":"not_found","message":null}}.',
      ],
    ],
  ])('%s', async (_name, listener, options, expected) => {
    expect(told(await runPreset('json-error', options, listener))).toEqual(expected)
  })

  it('asks beside the URL of the check', async () => {
    const asked: string[] = []
    const listener: RequestListener = (request, response) => {
      asked.push(request.url ?? '')
      sendJson(response, {}, 404)
    }
    await runPreset('json-error', {}, listener, { path: '/api/items?limit=1' })
    expect(asked).toEqual(['/api/items?limit=1', '/api/slipway-smoke-check-no-such-page'])
  })
})

describe('rate-limit-headers', () => {
  const x = { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '99', 'x-ratelimit-reset': '1767225600' }
  const plain = { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }

  it.each<readonly [string, Readonly<Record<string, string>>, Options]>([
    ['X-RateLimit', x, {}],
    ['X-RateLimit with decimals', { ...x, 'x-ratelimit-reset': '1470173023.123' }, { style: 'x' }],
    [
      'X-Rate-Limit',
      {
        'x-rate-limit-limit': '5',
        'x-rate-limit-remaining': '5',
        'x-rate-limit-reset': 'Fri, 02 Jan 2026 00:00:00 GMT',
      },
      {},
    ],
    ['RateLimit-Limit and the others', plain, {}],
    [
      'RateLimit',
      { ratelimit: '"default";r=50;t=30', 'ratelimit-policy': '"default";q=100;w=60, "day;,";q=1000;w=86400' },
      {},
    ],
    ['a quote within quotes, and what separates in it', { ratelimit: '"a\\\\\\",;";r=50, b;r=1' }, {}],
    ['RateLimit alone', { ratelimit: 'default;r=50' }, { style: 'structured' }],
    [
      'RateLimit as a dictionary',
      { ratelimit: 'limit=100, remaining=50, reset=30', 'ratelimit-policy': '100;w=60' },
      {},
    ],
    ['the style that is wanted among several', { ...x, ratelimit: 'nonsense' }, { style: 'x' }],
  ])('%s is fine', async (_name, headers, options) => {
    expect(await runPreset('rate-limit-headers', options, always(200, headers))).toEqual([])
  })

  it.each<readonly [string, Readonly<Record<string, string>>, Options, string]>([
    ['nothing', {}, {}, 'headers: The answer has no rate limit headers.'],
    ['another style', x, { style: 'structured' }, 'RateLimit: The answer has no header RateLimit.'],
    [
      'no reset',
      { 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '1' },
      {},
      'headers: The answer has no X-RateLimit-Reset.',
    ],
    [
      'words',
      { ...x, 'x-ratelimit-remaining': 'many' },
      {},
      'headers: X-RateLimit-Remaining is "many"; whole numbers of 0 or more were wanted.',
    ],
    [
      'a negative number',
      { ...plain, 'ratelimit-remaining': '-1' },
      {},
      'headers: RateLimit-Remaining is "-1"; whole numbers of 0 or more were wanted.',
    ],
    [
      'more than there is',
      { ...x, 'x-ratelimit-remaining': '101' },
      {},
      'headers: X-RateLimit-Remaining is 101, more than the 100 of X-RateLimit-Limit.',
    ],
    [
      'RateLimit without r',
      { ratelimit: '"default";t=30' },
      {},
      'RateLimit: RateLimit is ""default";t=30"; r (remaining) as whole numbers were wanted.',
    ],
    [
      'a policy without a window',
      { ratelimit: '"a";r=1', 'ratelimit-policy': '"a";q=5' },
      {},
      'RateLimit-Policy: RateLimit-Policy is ""a";q=5"; q (quota) and w (window in seconds) as whole numbers were wanted.',
    ],
  ])('%s is not', async (_name, headers, options, message) => {
    expect(told(await runPreset('rate-limit-headers', options, always(200, headers)))).toEqual([
      `rate-limit-headers: ${message}`,
    ])
  })
})

describe('not-public', () => {
  it.each([401, 403, 404])('a %i is a refusal', async (status) => {
    expect(await runPreset('not-public', { paths: ['/metrics', 'admin/'] }, always(status, {}))).toEqual([])
  })

  it.each<readonly [string, RequestListener, string]>([
    [
      'an open path',
      always(200, { 'content-type': 'text/plain' }, 'process_cpu_seconds_total 1'),
      'is answered without credentials with 200 OK, text/plain "process_cpu_seconds_total 1"; 401, 403 or 404 was wanted.',
    ],
    [
      'the fallback page of a front end',
      always(200, { 'content-type': 'text/html' }, '<title>Shop</title>'),
      'with 200 OK, an HTML page titled "Shop"; 401',
    ],
    ['a redirect to a login page', always(302, { location: '/login' }, ''), 'with 302 Found, empty; 401'],
    ['a failure', always(500, {}, ''), 'with 500 Internal Server Error, empty; 401'],
  ])('%s is none', async (_name, listener, message) => {
    const findings = await runPreset('not-public', { paths: ['/metrics'] }, listener)
    expect(assertions(findings)).toEqual(['not-public: path'])
    expect(findings[0]?.message).toContain(`/metrics is answered`)
    expect(findings[0]?.message).toContain(message)
  })

  it('asks without the credentials of the check, for its own URL where no path is given', async () => {
    const listener: RequestListener = (request, response) => {
      const known = request.headers.authorization !== undefined || request.headers['x-api-key'] !== undefined
      response.writeHead(known ? 200 : 401).end()
    }
    const headers = { Authorization: 'Bearer x', 'X-Api-Key': 'y' }
    expect(await runPreset('not-public', {}, listener, { path: '/private', headers })).toEqual([])
    expect(assertions(await runPreset('not-public', {}, always(200, {}), { path: '/private', headers }))).toEqual([
      'not-public: path',
    ])
  })

  it.each<readonly [string, number, unknown, boolean]>([
    ['the schema', 200, { data: { __schema: { queryType: { name: 'Query' } } } }, false],
    ['the schema with a warning', 200, { data: { __schema: {} }, errors: [{ message: 'slow' }] }, false],
    ['something else', 200, { hello: 'world' }, false],
    ['a refusal as an error', 400, { errors: [{ message: 'introspection is not allowed' }] }, true],
    ['a refusal as an error with 200', 200, { data: null, errors: [{ message: 'no' }] }, true],
    ['a failure', 500, { errors: [{ message: 'no' }] }, false],
    ['a 404', 404, 'no', true],
  ])('an introspection query that gets %s (%i)', async (_name, status, body, fine) => {
    const queries: unknown[] = []
    const listener: RequestListener = async (request, response) => {
      if (request.method === 'POST') queries.push(JSON.parse(await bodyOf(request)))
      sendJson(response, body, status)
    }
    const findings = await runPreset('not-public', { graphql: '/graphql' }, listener)
    expect(findings.length === 0).toBe(fine)
    expect(queries).toEqual([{ query: expect.stringContaining('__schema') }])
  })
})

describe('etag', () => {
  function server(
    tag: () => string | undefined,
    answers: (ifNoneMatch: string | undefined, tag: string | undefined) => boolean,
  ): RequestListener {
    return (request, response) => {
      const current = tag()
      if (current !== undefined) response.setHeader('etag', current)
      response.writeHead(answers(request.headers['if-none-match'], current) ? 304 : 200)
      response.end()
    }
  }
  const same = (asked: string | undefined, tag: string | undefined) => asked !== undefined && asked === tag
  let count = 0

  it.each<readonly [string, RequestListener, Options, readonly string[]]>([
    ['a strong one', server(() => '"abc"', same), {}, []],
    ['a weak one', server(() => 'W/"abc"', same), {}, []],
    [
      'a weak one where a strong one is wanted',
      server(() => 'W/"abc"', same),
      { weak: false },
      ['etag: etag: ETag is W/"abc", a weak one; a strong one was wanted.'],
    ],
    ['none', server(() => undefined, same), {}, ['etag: etag: The answer has no ETag.']],
    [
      'one without quotation marks',
      server(() => 'abc', same),
      {},
      ['etag: etag: ETag is abc, which is not valid: it needs quotation marks.'],
    ],
    [
      'one that is ignored',
      server(
        () => '"abc"',
        () => false,
      ),
      {},
      ['etag: not modified: The answer to If-None-Match: "abc" is 200 OK; 304 was wanted.'],
    ],
    [
      'one that changes each time',
      server(() => `"${++count}"`, same),
      {},
      [
        expect.stringMatching(
          /^etag: not modified: The answer to If-None-Match: "\d+" is 200 OK with another ETag, "\d+"; 304 was wanted\.$/,
        ),
      ],
    ],
    [
      '304 whatever is asked',
      server(
        () => '"abc"',
        (asked) => asked !== undefined,
      ),
      {},
      ['etag: modified: The answer to If-None-Match with an ETag that never was is 304 Not Modified; 200 was wanted.'],
    ],
    [
      'another status',
      always(404, { etag: '"abc"' }),
      {},
      ['etag: etag: The answer is 404 Not Found; a 200 with an ETag was wanted.'],
    ],
  ])('%s', async (_name, listener, options, expected) => {
    expect(told(await runPreset('etag', options, listener))).toEqual(expected)
  })
})

describe('error-rate', () => {
  /** Every nth request of those that the preset makes fails. */
  function failing(every: number, fail: (response: Parameters<RequestListener>[1]) => void): RequestListener {
    let count = -1 // the check's own request comes first
    return (_request, response) => {
      count++
      if (count > 0 && count % every === 0) fail(response)
      else response.end('ok')
    }
  }

  it('allows as many failures as the rate says, and not one more', async () => {
    const unavailable = failing(20, (response) => response.writeHead(503).end())
    expect(await runPreset('error-rate', { max: '5%', samples: 40 }, unavailable)).toEqual([])
    const more = failing(13, (response) => response.writeHead(503).end())
    expect(told(await runPreset('error-rate', { max: '5%', samples: 40 }, more))).toEqual([
      'error-rate: rate: 3 of 40 requests failed, 7.5%: 3 × 503 Service Unavailable. At most 5% was wanted.',
    ])
  })

  it('counts answers that never come too', async () => {
    const hungUp = failing(2, (response) => response.destroy())
    expect(told(await runPreset('error-rate', { max: '0%', samples: 4 }, hungUp))).toEqual([
      'error-rate: rate: 2 of 4 requests failed, 50%: 2 × no answer (empty). At most 0% was wanted.',
    ])
  })

  it('counts a status as the check does', async () => {
    const check = { status: [{ exact: 401 }] }
    expect(await runPreset('error-rate', { max: '0%', samples: 5 }, always(401, {}), { check })).toEqual([])
  })

  it('makes exactly as many requests, and none after an abort', async () => {
    let requests = 0
    await using server = await startHttp((_request, response) => {
      requests++
      response.end()
    })
    const check = { presets: [{ name: 'error-rate', options: { max: '100%', samples: 25 } }] as const }
    await runAt(server.origin, { check })
    expect(requests).toBe(26)
    await runAt(server.origin, { check, signal: AbortSignal.abort() })
    expect(requests).toBe(27)
  })
})

it('a server that is gone is a finding of the preset, with the reason', async () => {
  let requests = 0
  const listener: RequestListener = (_request, response) => (requests++ === 0 ? response.end('ok') : response.destroy())
  const findings = await runPreset('no-debug', {}, listener)
  expect(assertions(findings)).toEqual(['no-debug: unknown path'])
  expect(findings[0]?.message).not.toBe('')
})

it('presets run one after another, in the order in which they are written', async () => {
  const asked: string[] = []
  const check = {
    presets: [
      { name: 'json-error', options: { path: '/first' } },
      { name: 'no-debug', options: { path: '/second' } },
    ] as const,
    cors: [{ origin: 'https://third.example', allowed: false }],
  }
  await using server = await startHttp((request, response) => {
    asked.push(urlOf(request).pathname + (request.headers.origin ?? ''))
    sendJson(response, {}, 404)
  })
  expect(await runAt(server.origin, { check })).toEqual([])
  expect(asked).toEqual(['/', '/first', '/second', '/https://third.example', '/https://third.example'])
})

describe('a header that was made to take long is judged at once', () => {
  const many = 29_000
  it.each<readonly [string, PresetName, Options, Readonly<Record<string, string>>]>([
    ['a policy', 'rate-limit-headers', {}, { ratelimit: 'a;r=1', 'ratelimit-policy': `"${'\\"'.repeat(many)}` }],
    ['a limit', 'rate-limit-headers', {}, { ratelimit: `"${'\\"'.repeat(many)}` }],
  ])('%s', async (_, name, options, headers) => {
    const listener: RequestListener = (_request, response) => sendJson(response, [{ id: 1 }], 200, headers)
    const started = performance.now()
    await runPreset(name, options, listener)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
