import type { IncomingMessage, RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { assertions, runCors, runPreset, told } from './setup.ts'

const APP = 'https://app.example'
type Headers = Readonly<Record<string, string>>

/** A server whose CORS headers are a function of the request. */
function server(
  answer: (origin: string | undefined, request: IncomingMessage) => Headers,
  preflight = 204,
): RequestListener {
  return (request, response) => {
    const isPreflight = request.method === 'OPTIONS'
    response.writeHead(isPreflight ? preflight : 200, answer(request.headers.origin, request))
    response.end(isPreflight ? undefined : 'ok')
  }
}

const allow = (origin: string, more: Headers = {}): Headers => ({ 'access-control-allow-origin': origin, ...more })
const credentials = { 'access-control-allow-credentials': 'true' }
const vary = { vary: 'Origin' }
const nothing = server(() => ({}))
const reflecting = server((origin) => allow(origin ?? '*', { ...credentials, ...vary }))
const right = server((origin) =>
  origin === APP
    ? allow(APP, {
        ...vary,
        ...credentials,
        'access-control-allow-methods': 'GET, PUT',
        'access-control-allow-headers': 'Authorization, X-Api-Key',
      })
    : vary,
)

describe('cors-strict', () => {
  it('is content with a server that allows nobody, everybody without credentials, or one origin only', async () => {
    expect(await runPreset('cors-strict', {}, nothing)).toEqual([])
    expect(
      await runPreset(
        'cors-strict',
        {},
        server(() => allow('*')),
      ),
    ).toEqual([])
    expect(await runPreset('cors-strict', { 'allowed-origin': APP }, right)).toEqual([])
  })

  it('finds a server that reflects whatever origin asks', async () => {
    const findings = await runPreset('cors-strict', { origin: 'https://evil.example' }, reflecting)
    expect(told(findings)).toEqual([
      'cors-strict: foreign origin: The answer of / allows the foreign origin https://evil.example (Access-Control-Allow-Origin: https://evil.example, Access-Control-Allow-Credentials: true), so that such a site reads answers, with the cookies of its visitor.',
      'cors-strict: null origin: The answer of / allows the foreign origin null (Access-Control-Allow-Origin: null, Access-Control-Allow-Credentials: true), so that such a site reads answers, with the cookies of its visitor.',
      'cors-strict: look-alike origin: The answer of / allows the foreign origin http://127.0.0.1.evil.example (Access-Control-Allow-Origin: http://127.0.0.1.evil.example, Access-Control-Allow-Credentials: true), so that such a site reads answers, with the cookies of its visitor.',
      'cors-strict: preflight: The preflight of / allows the foreign origin https://evil.example (Access-Control-Allow-Origin: https://evil.example, Access-Control-Allow-Credentials: true), so that such a site reads answers, with the cookies of its visitor.',
    ])
    expect(findings[0]?.hint).toContain('list of whole origins')
  })

  it.each<readonly [string, RequestListener, string]>([
    ['null only', server((origin) => (origin === 'null' ? allow('null') : {})), 'cors-strict: null origin'],
    [
      'an origin that begins as the allowed one',
      server((origin) => (origin?.startsWith(APP) ? allow(origin, { ...vary }) : vary)),
      'cors-strict: look-alike origin',
    ],
    [
      'a foreign origin in the preflight only',
      server((origin, { method }) => (method === 'OPTIONS' || origin === APP ? allow(origin ?? '', vary) : vary)),
      'cors-strict: preflight',
    ],
    ['everybody with credentials', server(() => allow('*', credentials)), 'cors-strict: wildcard'],
  ])(
    'finds a server that allows %s',
    async (_name, listener, assertion) => {
      const found = assertions(await runPreset('cors-strict', { 'allowed-origin': APP }, listener))
      expect(found).toContain(assertion)
      expect(new Set(found.filter((one) => one !== 'cors-strict: allowed origin'))).toEqual(new Set([assertion]))
    },
    10_000,
  )

  it('finds a wildcard where none is allowed, once for answers and once for preflights', async () => {
    const findings = await runPreset(
      'cors-strict',
      { 'allow-wildcard': false },
      server(() => allow('*')),
    )
    expect(told(findings)).toEqual([
      'cors-strict: wildcard: The answer of / has Access-Control-Allow-Origin: *, which allows every site.',
      'cors-strict: wildcard: The preflight of / has Access-Control-Allow-Origin: *, which allows every site.',
    ])
  })
})

describe('an origin that must not be allowed', () => {
  it.each<readonly [string, RequestListener, readonly string[]]>([
    ['gets nothing', nothing, []],
    ['gets another origin', server(() => allow(APP)), []],
    ['is refused altogether', (_request, response) => response.writeHead(403).end(), []],
    ['is reflected', reflecting, ['cors: origin', 'cors: preflight']],
    ['is covered by a wildcard', server(() => allow('*')), ['cors: wildcard', 'cors: wildcard']],
  ])('%s', async (_name, listener, expected) => {
    expect(assertions(await runCors({ origin: 'https://evil.example', allowed: false }, listener))).toEqual(expected)
  })
})

describe('an origin that must be allowed', () => {
  const wanted = { origin: APP, allowed: true }

  it('is, by name or by wildcard', async () => {
    expect(await runCors(wanted, right)).toEqual([])
    expect(
      await runCors({ ...wanted, credentials: true, method: 'PUT' }, right, {
        headers: { Authorization: 'Bearer x', 'X-Api-Key': 'y' },
      }),
    ).toEqual([])
    expect(
      await runCors(
        wanted,
        server(() => allow('*')),
      ),
    ).toEqual([])
  })

  it('may be the same for all, and needs no Vary then', async () => {
    expect(
      await runCors(
        wanted,
        server(() => allow(APP)),
      ),
    ).toEqual([])
  })

  it.each<readonly [string, RequestListener, string]>([
    [
      'no header',
      nothing,
      'cors: allowed origin: The answer of / to a page of https://app.example is 200 OK with no Access-Control-Allow-Origin; that origin was to be allowed.',
    ],
    [
      'another origin',
      server(() => allow('https://app.example.com')),
      'cors: allowed origin: The answer of / to a page of https://app.example is 200 OK with Access-Control-Allow-Origin: https://app.example.com; that origin was to be allowed.',
    ],
    [
      'a slash too many',
      server(() => allow(`${APP}/`)),
      'cors: allowed origin: The answer of / to a page of https://app.example is 200 OK with Access-Control-Allow-Origin: https://app.example/; that origin was to be allowed.',
    ],
    [
      'two origins in one',
      server(() => allow(`${APP}, https://b.example`)),
      'cors: allowed origin: The answer of / to a page of https://app.example is 200 OK with Access-Control-Allow-Origin: https://app.example, https://b.example; that origin was to be allowed.',
    ],
    [
      'no Vary',
      server((origin) => (origin === APP ? allow(APP, { vary: 'Accept' }) : {})),
      'cors: vary: Access-Control-Allow-Origin depends on the Origin of the request, but Vary is accept: a cache may give one site the answer for another.',
    ],
    [
      'a preflight that wants credentials',
      server((origin) => allow(origin ?? APP, vary), 401),
      'cors: preflight: The preflight of / (OPTIONS, without credentials) is answered with 401 Unauthorized; browsers want a 2xx.',
    ],
    [
      'a preflight that allows nobody',
      server((_origin, { method }) => (method === 'OPTIONS' ? {} : allow(APP))),
      'cors: preflight: The preflight of / to a page of https://app.example is 204 No Content with no Access-Control-Allow-Origin; that origin was to be allowed.',
    ],
  ])('%s', async (_name, listener, message) => {
    expect(told(await runCors(wanted, listener))).toEqual([message])
  })

  it('set twice is refused by browsers', async () => {
    const twice: RequestListener = (_request, response) => {
      response.setHeader('access-control-allow-origin', [APP, APP])
      response.end()
    }
    expect(told(await runCors(wanted, twice))[0]).toContain('has Access-Control-Allow-Origin 2 times')
  })

  it('with credentials needs its name and true', async () => {
    const cors = { ...wanted, credentials: true }
    expect(
      assertions(
        await runCors(
          cors,
          server(() => allow('*')),
        ),
      ),
    ).toEqual(['cors: credentials'])
    expect(
      told(
        await runCors(
          cors,
          server(() => allow(APP, { 'access-control-allow-credentials': 'True' })),
        ),
      )[0],
    ).toContain('Access-Control-Allow-Credentials: True; true (in lower case) was wanted')
  })

  it('needs its method and headers allowed in the preflight', async () => {
    const bare = server(() => allow(APP, vary))
    const headers = { Authorization: 'Bearer x', 'X-Api-Key': 'y', Accept: 'application/json' }
    expect(told(await runCors({ ...wanted, method: 'DELETE' }, bare, { headers }))).toEqual([
      'cors: preflight: The preflight of / does not allow the method DELETE: it has no Access-Control-Allow-Methods.',
      'cors: preflight: The preflight of / does not allow the header authorization and x-api-key: it has no Access-Control-Allow-Headers.',
    ])
  })

  it('takes a wildcard of methods and headers, but not for Authorization nor with credentials', async () => {
    const wild = server(() =>
      allow(APP, { ...vary, ...credentials, 'access-control-allow-methods': '*', 'access-control-allow-headers': '*' }),
    )
    const headers = { 'X-Api-Key': 'y' }
    expect(await runCors({ ...wanted, method: 'PUT' }, wild, { headers })).toEqual([])
    expect(told(await runCors(wanted, wild, { headers: { Authorization: 'x' } }))).toEqual([
      'cors: preflight: The preflight of / does not allow the header authorization: it has Access-Control-Allow-Headers: *.',
    ])
    expect(assertions(await runCors({ ...wanted, method: 'PUT', credentials: true }, wild, { headers }))).toEqual([
      'cors: preflight',
      'cors: preflight',
    ])
  })

  it('is asked for as a browser asks: the preflight has no credentials', async () => {
    const seen: IncomingMessage['headers'][] = []
    const listener = server((_origin, { method, headers }) => {
      if (method === 'OPTIONS') seen.push(headers)
      return allow(APP, { 'access-control-allow-headers': 'authorization' })
    })
    await runCors(wanted, listener, { headers: { Authorization: 'Bearer x', Cookie: 'a=b' } })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({
      origin: APP,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    })
    expect(seen[0]).not.toHaveProperty('authorization')
    expect(seen[0]).not.toHaveProperty('cookie')
  })
})
