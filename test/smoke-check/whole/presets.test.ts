/** Every preset, and the key cors, through the whole action: green where all is right, red with its name where it is not. */
import { beforeAll, describe, expect, it } from 'vitest'
import { PRESET_NAMES } from '../../../actions/smoke-check/check.ts'
import { startHttp, type WebServer } from '../../support/tls.ts'
import { type Answer, json } from '../run/scenario.ts'
import {
  expectGreen,
  expectRed,
  listenerOf,
  type RedRow,
  type Row,
  runRows,
  type Serve,
  type WholeResult,
} from './setup.ts'

const SAFE_HEADERS = {
  'content-type': 'text/html',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}
const PAGE: Answer = { headers: SAFE_HEADERS, body: '<!doctype html><title>Home</title>' }
const FRONT = 'https://app.example.com'

const without = (name: string): Serve => {
  const headers = Object.fromEntries(Object.entries(SAFE_HEADERS).filter(([header]) => header !== name))
  return () => ({ ...PAGE, headers })
}

/** Lets only FRONT read its answers, with or without credentials. */
const sharing: Serve = ({ method, headers }) => {
  const granted = headers.origin === FRONT
  const allow = { 'access-control-allow-origin': FRONT, 'access-control-allow-credentials': 'true' }
  const asked = { 'access-control-allow-methods': 'GET, PATCH', 'access-control-allow-headers': 'x-api-key' }
  return {
    status: method === 'OPTIONS' ? 204 : 200,
    headers: { vary: 'Origin', ...(granted && { ...allow, ...asked }) },
  }
}

/** Lets whoever asks read its answers. */
const reflecting: Serve = ({ headers: { origin } }) => ({
  headers:
    origin === undefined ? {} : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' },
})

const ITEMS = Array.from({ length: 7 }, (_, index) => ({ id: index + 1 }))
const pages: Serve = ({ query }) => {
  const offset = Number(query.get('offset') ?? 0)
  return json({ items: ITEMS.slice(offset, offset + Number(query.get('limit') ?? 20)) })
}
const cursors: Serve = ({ query }) => {
  const from = Number(query.get('cursor') ?? 0)
  const to = from + Number(query.get('limit') ?? 20)
  return json({ data: ITEMS.slice(from, to), next_cursor: to < ITEMS.length ? String(to) : null })
}

const form =
  (status: number, cookie: string): Serve =>
  ({ method }) =>
    method === 'POST' ? { status } : { headers: { 'set-cookie': cookie }, body: '<form method=post>' }

const tagged: Serve = ({ headers }) =>
  headers['if-none-match'] === '"one"' ? { status: 304, headers: { etag: '"one"' } } : { headers: { etag: '"one"' } }

const DJANGO_404 =
  "<title>Page not found at /nowhere</title> You're seeing this error because you have <code>DEBUG = True</code> in your Django settings file."

const greens: readonly (Row & { readonly preset: string })[] = [
  {
    preset: 'security-headers',
    name: 'security headers of a page',
    yaml: 'presets: [security-headers]',
    secure: true,
    serve: () => PAGE,
  },
  {
    preset: 'cors-strict',
    name: 'one allowed origin',
    yaml: `presets: [cors-strict: { allowed-origin: ${FRONT} }]`,
    serve: sharing,
  },
  { preset: 'cors-strict', name: 'no CORS at all', yaml: 'presets: [cors-strict]' },
  {
    preset: 'no-debug',
    name: 'a plain 404',
    yaml: 'presets: [no-debug]',
    serve: ({ path }) => (path === '/' ? {} : { status: 404 }),
  },
  {
    preset: 'json-error',
    name: 'the error of the API',
    yaml: 'presets: [json-error: { status: 404, fields: [$.error.code] }]',
    serve: ({ path }) => (path === '/' ? {} : json({ error: { code: 'not_found' } }, 404)),
  },
  {
    preset: 'rate-limit-headers',
    name: 'what is left of the limit',
    yaml: 'presets: [rate-limit-headers]',
    serve: () => ({ headers: { ratelimit: '"default";r=99;t=60', 'ratelimit-policy': '"default";q=100;w=60' } }),
  },
  {
    preset: 'csrf',
    name: 'a form post without its token, refused',
    yaml: 'presets: [csrf]',
    serve: form(403, 'csrftoken=abc; SameSite=Lax'),
  },
  { preset: 'pagination', name: 'pages by offset', yaml: 'presets: [pagination: { limit: 2 }]', serve: pages },
  {
    preset: 'pagination',
    name: 'pages by cursor',
    yaml: 'presets: [pagination: { style: cursor, items: $.data, limit: 3 }]',
    serve: cursors,
  },
  {
    preset: 'not-public',
    name: 'metrics for those who may',
    yaml: `headers: { X-Api-Key: "\${API_KEY}" }\npresets: [not-public: { paths: [./metrics], graphql: ./graphql }]`,
    serve: ({ path, headers }) => ({ status: path === '/' || headers['x-api-key'] !== undefined ? 200 : 403 }),
  },
  { preset: 'etag', name: 'a conditional request', yaml: 'presets: [etag]', serve: tagged },
  {
    preset: 'error-rate',
    name: 'one failure of forty',
    yaml: 'presets: [error-rate: { max: 5%, samples: 40 }]',
    serve: ({ count }) => ({ status: count === 7 ? 500 : 200 }),
  },
  {
    preset: 'cors',
    name: 'an allowed and a foreign origin',
    yaml: `headers: { X-Api-Key: "\${API_KEY}" }\ncors:\n  - { origin: ${FRONT}, allowed: true, credentials: true, method: PATCH }\n  - { origin: https://evil.example, allowed: false }\n  - { origin: null, allowed: false }`,
    serve: sharing,
  },
]

const reds: readonly (RedRow & { readonly preset: string })[] = [
  ...(
    [
      ['strict-transport-security', 'hsts', /no Strict-Transport-Security/],
      ['x-content-type-options', 'nosniff', /no X-Content-Type-Options/],
      ['referrer-policy', 'referrer-policy', /no Referrer-Policy/],
    ] as const
  ).map(([header, rule, reason]) => ({
    preset: 'security-headers',
    name: `a page without ${header}`,
    yaml: 'presets: [security-headers]',
    secure: true,
    serve: without(header),
    findings: [[`security-headers: ${rule}`, reason]] as const,
  })),
  {
    preset: 'security-headers',
    name: 'a page without a policy, in any frame',
    yaml: 'presets: [security-headers]',
    secure: true,
    serve: without('content-security-policy'),
    findings: [
      ['security-headers: csp', /no Content-Security-Policy/],
      ['security-headers: frame', /Any site may frame/],
    ],
  },
  {
    preset: 'cors-strict',
    name: 'every origin reflected',
    yaml: 'presets: [cors-strict]',
    serve: reflecting,
    findings: [
      ['cors-strict: foreign origin', /foreign origin https:\/\/foreign-origin\.example/],
      ['cors-strict: null origin', /foreign origin null/],
      ['cors-strict: look-alike origin', /127\.0\.0\.1\.foreign-origin\.example/],
      ['cors-strict: preflight', /preflight/i],
    ],
  },
  {
    preset: 'cors-strict',
    name: 'a wildcard with credentials',
    yaml: 'presets: [cors-strict]',
    serve: ({ method }) =>
      method === 'OPTIONS'
        ? {}
        : { headers: { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' } },
    findings: [['cors-strict: wildcard', /\* with Access-Control-Allow-Credentials/]],
  },
  {
    preset: 'no-debug',
    name: "Django's debug page on an unknown path",
    yaml: 'presets: [no-debug]',
    serve: ({ path }) =>
      path === '/' ? {} : { status: 404, headers: { 'content-type': 'text/html' }, body: DJANGO_404 },
    findings: [['no-debug: unknown path', /Django's debug page/]],
  },
  {
    preset: 'no-debug',
    name: 'a stack trace in the answer',
    yaml: 'status: 500\npresets: [no-debug]',
    serve: () => ({ status: 500, body: 'TypeError: x is undefined\n    at handler (/srv/app/index.js:10:5)' }),
    findings: [['no-debug: page', /stack trace of Node/]],
  },
  {
    preset: 'json-error',
    name: 'a page of the front end instead of an error',
    yaml: 'presets: [json-error]',
    serve: () => PAGE,
    findings: [
      ['json-error: status', /200 OK.*404/],
      ['json-error: body', /an HTML page titled "Home"/],
    ],
  },
  {
    preset: 'rate-limit-headers',
    name: 'nothing of a limit',
    yaml: 'presets: [rate-limit-headers]',
    findings: [['rate-limit-headers: headers', /no rate limit headers/]],
  },
  {
    preset: 'rate-limit-headers',
    name: 'more left than the limit',
    yaml: 'presets: [rate-limit-headers: { style: x }]',
    serve: () => ({ headers: { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '11', 'x-ratelimit-reset': '60' } }),
    findings: [['rate-limit-headers: headers', /Remaining is 11, more than the 10/]],
  },
  {
    preset: 'csrf',
    name: 'a form post without its token, accepted',
    yaml: 'presets: [csrf]',
    serve: form(302, 'csrftoken=abc; SameSite=Lax'),
    findings: [['csrf: post', /without its token is answered with 302/]],
  },
  {
    preset: 'csrf',
    name: 'cookies without flags',
    yaml: 'presets: [csrf]',
    secure: true,
    serve: form(403, 'csrftoken=abc'),
    findings: [['csrf: token cookie', /Secure and SameSite=Lax are missing/]],
  },
  {
    preset: 'pagination',
    name: 'a limit that is not honoured',
    yaml: 'presets: [pagination: { limit: 2 }]',
    serve: () => json(ITEMS),
    findings: [['pagination: limit', /7 items, although limit=2/]],
  },
  {
    preset: 'pagination',
    name: 'the first page once more',
    yaml: 'presets: [pagination: { limit: 2 }]',
    serve: () => json(ITEMS.slice(0, 2)),
    findings: [['pagination: next page', /2 of the 2 items on the next page are on the first/]],
  },
  {
    preset: 'pagination',
    name: 'a list too short to judge',
    yaml: 'presets: [pagination: { limit: 2 }]',
    serve: () => json([]),
    findings: [['pagination: next page', /0 items/]],
    verdict: 'warned',
  },
  {
    preset: 'not-public',
    name: 'metrics and introspection for all',
    yaml: 'presets: [not-public: { paths: [./metrics], graphql: ./graphql }]',
    serve: ({ path }) => (path === '/graphql' ? json({ data: { __schema: { queryType: { name: 'Query' } } } }) : {}),
    findings: [
      ['not-public: path', /metrics is answered without credentials with 200/],
      ['not-public: introspection', /answers an introspection query/],
    ],
  },
  {
    preset: 'etag',
    name: 'no ETag',
    yaml: 'presets: [etag]',
    findings: [['etag: etag', /no ETag/]],
  },
  {
    preset: 'etag',
    name: 'a conditional request answered in full',
    yaml: 'presets: [etag]',
    serve: () => ({ headers: { etag: 'W/"one"' } }),
    findings: [['etag: not modified', /304 was wanted/]],
  },
  {
    preset: 'error-rate',
    name: 'every fourth request fails',
    yaml: 'presets: [error-rate: { max: 5%, samples: 40 }]',
    serve: ({ count }) => ({ status: count % 4 === 0 ? 500 : 200 }),
    findings: [['error-rate: rate', /10 of 40 requests failed, 25%: 10 × 500/]],
  },
  {
    preset: 'cors',
    name: 'a foreign origin that is let in',
    yaml: 'cors: { origin: https://evil.example, allowed: false }',
    serve: reflecting,
    findings: [
      ['cors: origin', /foreign origin https:\/\/evil\.example/],
      ['cors: preflight', /foreign origin https:\/\/evil\.example/],
    ],
  },
  {
    preset: 'cors',
    name: 'an own origin that is kept out',
    yaml: `cors: { origin: ${FRONT}, allowed: true }`,
    findings: [['cors: allowed origin', /no Access-Control-Allow-Origin; that origin was to be allowed/]],
  },
  {
    preset: 'cors',
    name: 'a method that the preflight does not allow',
    yaml: `cors: { origin: ${FRONT}, allowed: true, method: DELETE }`,
    serve: sharing,
    findings: [['cors: preflight', /does not allow the method DELETE/]],
  },
]

describe('what is right', () => {
  let result: WholeResult
  beforeAll(async () => {
    result = await runRows(greens, {}, { API_KEY: 'key-of-the-tests' })
  })

  it('makes the step green', () => {
    expect(result).toMatchObject({ exitCode: 0, outputs: { passed: String(greens.length), failed: '0', warned: '0' } })
  })

  it.each(greens)('$preset: $name', (row) => expectGreen(result, row))
})

describe('what is wrong', () => {
  let result: WholeResult
  beforeAll(async () => {
    result = await runRows(reds)
  })

  it('makes the step red', () => {
    expect(result).toMatchObject({
      exitCode: 1,
      outputs: { passed: '0', failed: String(reds.length - 1), warned: '1' },
    })
  })

  it.each(reds)('$preset: $name', (row) => expectRed(result, row))

  it.each(reds)('$preset: $name, told with what to do', ({ name }) => {
    for (const { hint } of result.checks.get(name)?.last.at(-1)?.findings ?? []) expect(hint).not.toBe('')
  })
})

describe('https-redirect', () => {
  const redirect =
    (status: number, to: (https: string, path: string) => string): ((https: string) => Serve) =>
    (https) =>
    ({ path }) => ({ status, headers: { location: to(https, path) } })

  const cases: readonly (readonly [string, (https: string) => Serve, RedRow['findings']])[] = [
    ['permanently to the same path', redirect(301, (https, path) => https + path), []],
    ['not at all', () => () => ({}), [['https-redirect: redirect', /answered with 200 OK over plain http/]]],
    [
      'for now',
      redirect(302, (https, path) => https + path),
      [['https-redirect: redirect', /302.*301 or 308 was wanted/]],
    ],
    ['to the front page', redirect(308, (https) => https), [['https-redirect: target', /another path/]]],
  ]
  const doors: WebServer[] = []
  let result: WholeResult
  beforeAll(async () => {
    const serves: Serve[] = []
    for (const index of cases.keys()) doors.push(await startHttp(listenerOf((request) => serves[index]?.(request))))
    const rows = cases.map(([name], index) => ({
      name,
      yaml: `presets: [https-redirect: { http-port: ${doors[index]?.port} }]`,
      secure: true,
      serve: (): Answer => ({}),
    }))
    const started = (https: string) => {
      for (const [, serve] of cases) serves.push(serve(https))
    }
    result = await runRows(rows, {}, {}, started)
    return async () => {
      for (const door of doors) await door[Symbol.asyncDispose]()
    }
  })

  it.each(cases)('goes to https %s', (name, _, findings) => {
    if (findings.length === 0) expectGreen(result, { name })
    else expectRed(result, { name, yaml: '', findings })
  })

  it('makes the step red', () => expect(result).toMatchObject({ exitCode: 1, outputs: { passed: '1', failed: '3' } }))
})

it('there is a green and a red case for each of them', () => {
  const names = [...PRESET_NAMES, 'cors'].filter((name) => name !== 'https-redirect').sort()
  for (const rows of [greens, reds]) expect([...new Set(rows.map(({ preset }) => preset))].sort()).toEqual(names)
})
