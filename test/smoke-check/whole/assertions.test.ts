/** Every key that says what is wanted of an answer, or how it is asked for, green and red through the whole action. */
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { drip, flood, type RawServer, startRaw } from '../../support/raw-server.ts'
import { refusingOrigin } from '../../support/server.ts'
import { json } from '../run/scenario.ts'
import { expectGreen, expectRed, type RedRow, type Row, runRows, type Serve, type WholeResult } from './setup.ts'

const status =
  (code: number): Serve =>
  () => ({ status: code })

const delayed =
  (milliseconds: (count: number) => number): Serve =>
  async ({ count }) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds(count)))
    return {}
  }

/** Only who sends it is let in. */
const guarded =
  (wanted: string): Serve =>
  ({ headers }) =>
    headers.authorization === wanted ? {} : json({ error: 'unauthorized' }, 401)

const ADA = `Basic ${Buffer.from('ada:pass:word').toString('base64')}`

/** Tells what it was sent. */
const echo: Serve = ({ method, headers, text }) => json({ method, type: headers['content-type'] ?? null, text })

const moved: Serve = ({ path }) =>
  path === '/' ? { status: 302, headers: { location: './there' } } : { body: path, headers: { 'x-path': path } }

const greens: readonly Row[] = [
  { name: 'no status, 204', yaml: 'method: GET', serve: status(204) },
  { name: 'a status', yaml: 'status: 418', serve: status(418) },
  { name: 'a class', yaml: 'status: 2xx', serve: status(202) },
  { name: 'a list', yaml: 'status: [404, 2xx]', serve: status(404) },
  { name: 'a size', yaml: 'body: { max-size: 1KB }', serve: () => ({ body: 'x'.repeat(1000) }) },
  { name: 'another method', yaml: 'method: DELETE\njson: { $.method: { equals: DELETE } }', serve: echo },
  {
    name: 'a body of JSON',
    yaml: `request-body: { json: { a: [1, null] } }\njson: { $: { equals: { method: POST, type: application/json, text: '{"a":[1,null]}' } } }`,
    serve: echo,
  },
  {
    name: 'a form',
    yaml: 'request-body: { form: { a: 1 & 2, b: true } }\njson: { $.text: { equals: a=1+%26+2&b=true }, $.type: { contains: x-www-form-urlencoded } }',
    serve: echo,
  },
  { name: 'a text', yaml: 'request-body: { text: hello }\njson: { $.text: { equals: hello } }', serve: echo },
  { name: 'auth', yaml: `auth: { username: ada, password: "\${PASSWORD}" }`, serve: guarded(ADA) },
  { name: 'auth that would be needed', yaml: 'status: 401', serve: guarded(ADA) },
  { name: 'a redirect', yaml: 'status: 302\nheaders: { location: { equals: ./there } }', serve: moved },
  { name: 'a redirect that is followed', yaml: 'headers: { x-path: { equals: /there } }', serve: moved },
  { name: 'one redirect', yaml: 'redirects: 1\nheaders: { x-path: { equals: /there } }', serve: moved },
  { name: 'a fast answer', yaml: 'latency: { max: 20s }' },
  {
    name: 'warm requests after a slow cold one',
    yaml: 'latency: { max: 2s, cold-max: 20s, samples: 5 }',
    serve: delayed((count) => (count === 1 ? 2300 : 0)),
  },
  { name: 'a p95', yaml: 'latency: { p95: 10s, samples: 20 }' },
  { name: 'a certificate', yaml: 'tls: { expires-in: 30d }', secure: true },
  {
    name: 'a host that is given its address',
    yaml: `url: "http://host.invalid:\${HTTP_PORT}/0/"\nresolve: { host.invalid: 127.0.0.1 }`,
  },
]

const reds: readonly RedRow[] = [
  {
    name: 'no status, 404',
    yaml: 'method: GET',
    serve: status(404),
    findings: [['status', /404 Not Found.*2xx was wanted/]],
  },
  {
    name: 'another status',
    yaml: 'status: 200',
    serve: status(201),
    findings: [['status', /201 Created.*200 was wanted/]],
  },
  { name: 'another class', yaml: 'status: 2xx', serve: status(503), findings: [['status', /503 Service Unavailable/]] },
  {
    name: 'none of a list',
    yaml: 'status: [404, 2xx]',
    serve: status(500),
    findings: [['status', /404 or 2xx was wanted/]],
  },
  {
    name: 'a body that is too large',
    yaml: 'body: { max-size: 1KB }',
    serve: () => ({ body: 'x'.repeat(2000) }),
    findings: [['body max-size', /more than 1,?000 bytes; at most 1,?000 bytes/]],
  },
  {
    name: 'a page where JSON is wanted',
    yaml: 'json: { $.ok: { equals: true } }',
    serve: () => ({ headers: { 'content-type': 'text/html' }, body: '<title>Log in</title>' }),
    findings: [['json', /an HTML page titled "Log in"/]],
  },
  {
    name: 'auth with another password',
    yaml: 'auth: { username: ada, password: other }',
    serve: guarded(ADA),
    findings: [['status', /401 Unauthorized/]],
  },
  {
    name: 'a redirect that may not be followed',
    yaml: 'redirects: none',
    serve: moved,
    findings: [['status', /302 Found/]],
  },
  {
    name: 'one redirect too many',
    yaml: 'redirects: 1',
    serve: ({ path }) => ({ status: 302, headers: { location: `.${path}x` } }),
    findings: [['redirect', /after 1 redirect, the most allowed/]],
  },
  {
    name: 'redirects in a circle',
    yaml: 'redirects: 5',
    serve: ({ path }) => ({ status: 302, headers: { location: path === '/' ? './a' : './' } }),
    findings: [['redirect', /in a circle/]],
  },
  {
    name: 'a slow answer',
    yaml: 'latency: { max: 100ms }',
    serve: delayed(() => 300),
    findings: [['latency max', /The cold request took .*at most 100 ms/]],
  },
  {
    name: 'a slow cold request alone',
    yaml: 'latency: { cold-max: 2s, max: 2s, samples: 5 }',
    serve: delayed((count) => (count === 1 ? 2300 : 0)),
    findings: [['latency cold-max', /The cold request took/]],
  },
  {
    name: 'a slow warm request alone',
    yaml: 'latency: { cold-max: 2s, max: 2s, samples: 3 }',
    serve: delayed((count) => (count === 4 ? 2300 : 0)),
    findings: [['latency max', /The slowest of 3 warm requests.* took .*; at most/]],
  },
  {
    name: 'a slow p95',
    yaml: 'latency: { p95: 20ms, samples: 20 }',
    serve: delayed(() => 50),
    findings: [['latency p95', /The p95 of 20 warm requests/]],
  },
  {
    name: 'a failure among the warm requests',
    yaml: 'latency: { max: 20s, samples: 5 }',
    serve: ({ count }) => ({ status: count === 4 ? 500 : 200 }),
    findings: [['latency samples', /1 of 5 warm requests failed.*500/]],
  },
  {
    name: 'a certificate that ends too soon',
    yaml: 'tls: { expires-in: 365d }',
    secure: true,
    findings: [['tls leaf', /expires in \d\d days.*at least 365 days were wanted/]],
  },
  {
    name: 'a certificate that ends too soon, as a warning',
    yaml: 'tls: { expires-in: 365d, severity: warn }',
    secure: true,
    findings: [['tls leaf', /at least 365 days were wanted/]],
    verdict: 'warned',
  },
  {
    name: 'no certificate at all',
    yaml: 'tls: { expires-in: 30d }',
    findings: [['tls', /answered without TLS/]],
  },
  {
    name: 'a check that only warns',
    yaml: 'severity: warn',
    serve: status(500),
    findings: [['status', /500/]],
    verdict: 'warned',
  },
  {
    name: 'a host that is given another address',
    yaml: `url: "http://host.invalid:\${HTTP_PORT}/0/"\nresolve: { host.invalid: "::1" }`,
    findings: [['refused', /host\.invalid:\d+ refused the connection.*::1/]],
  },
]

describe('what is as it is wanted', () => {
  let result: WholeResult
  beforeAll(async () => {
    result = await runRows(greens, {}, { PASSWORD: 'pass:word' })
  })

  it('makes the step green', () => {
    expect(result).toMatchObject({ exitCode: 0, outputs: { passed: String(greens.length), failed: '0', warned: '0' } })
  })

  it.each(greens)('$name', (row) => expectGreen(result, row))

  it('has cold and warm times apart in the report', () => {
    const attempt = result.checks.get('warm requests after a slow cold one')?.last[0]
    expect(attempt?.total).toBeGreaterThan(2000)
    expect(attempt?.warm).toMatchObject({ samples: 5, median: expect.any(Number), max: expect.any(Number) })
    expect(attempt?.warm?.max).toBeLessThan(2000)
    expect(attempt?.warm).not.toHaveProperty('p95')
    expect(result.checks.get('a p95')?.last[0]?.warm).toMatchObject({ samples: 20, p95: expect.any(Number) })
  })
})

describe('what is not as it is wanted', () => {
  let result: WholeResult
  beforeAll(async () => {
    result = await runRows(reds)
  })

  it('makes the step red', () => {
    const warned = reds.filter(({ verdict }) => verdict === 'warned').length
    expect(result).toMatchObject({
      exitCode: 1,
      outputs: { passed: '0', failed: String(reds.length - warned), warned: String(warned) },
    })
  })

  it.each(reds)('$name', (row) => expectRed(result, row))
})

describe('a server that breaks the rules', () => {
  const say = (text: string | Uint8Array) => startRaw((socket) => socket.end(text))
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
  const traps: readonly (readonly [
    name: string,
    start: () => Promise<RawServer>,
    yaml: string,
    findings: RedRow['findings'],
  ])[] = [
    ['nothing but a closed connection', () => say(''), '', [['empty', /closed the connection without an answer/]]],
    [
      'one byte a second',
      () =>
        startRaw((socket) => {
          socket.write(`${head}Content-Length: 1000\r\n\r\n`)
          drip(socket, 'x', 200)
        }),
      'timeout: 1s\nconnect-timeout: 500ms',
      [['timeout', /after 1(?:\.0)? s|after 1000 ms/]],
    ],
    [
      'no answer at all',
      () => startRaw(() => {}),
      'timeout: 700ms\nconnect-timeout: 500ms',
      [['timeout', /after 700 ms it had not begun to answer/]],
    ],
    [
      'a body without end',
      () =>
        startRaw((socket) => {
          socket.write(`${head}\r\n`)
          flood(socket, new Uint8Array(65_536))
        }),
      'body: { max-size: 100KB }',
      [['body max-size', /more than .* bytes; at most/]],
    ],
    [
      'a bomb',
      () => {
        const body = gzipSync(new Uint8Array(50_000_000))
        const headers = `Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`
        return startRaw((socket) => {
          socket.write(head + headers)
          socket.end(body)
        })
      },
      'body: { max-size: 100KB }',
      [['body max-size', /more than .* bytes; at most/]],
    ],
    [
      'what is not compressed as it says',
      () => say(`${head}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain`),
      '',
      [['encoding', /not what its content-encoding says/]],
    ],
    [
      'no UTF-8',
      () =>
        startRaw((socket) => {
          socket.write(`${head}Content-Length: 3\r\n\r\n`)
          socket.end(Buffer.from('7bff7d', 'hex'))
        }),
      'json: { $.ok: { equals: true } }',
      [['json', /UTF-8/]],
    ],
    [
      'an empty body',
      () => say(`${head}Content-Length: 0\r\n\r\n`),
      'json: { $.ok: { exists: true } }',
      [['json', /empty/]],
    ],
    ['no HTTP', () => say('SSH-2.0-OpenSSH_9.6\r\n'), '', [['protocol', /SSH|HTTP/]]],
    ['HTTP/1.0', () => say('HTTP/1.0 503 Busy\r\n\r\nnot now'), '', [['status', /503 Busy.*not now/]]],
  ]
  const refused = 'nothing that listens'
  let result: WholeResult
  beforeAll(async () => {
    await using stack = new AsyncDisposableStack()
    const rows: Row[] = [{ name: refused, yaml: `url: ${await refusingOrigin()}` }]
    for (const [name, start, yaml] of traps) {
      const { origin } = stack.use(await start())
      rows.push({ name, yaml: `url: ${origin}\n${yaml}`.trim() })
    }
    result = await runRows(rows)
  })

  it.each([...traps, [refused, undefined, '', [['refused', /refused the connection/]]] as const])(
    '%s',
    (name, _, yaml, findings) => expectRed(result, { name, yaml, findings }),
  )

  it('does not hold the others up, and has a reason of its own each', () => {
    expect(result.exitCode).toBe(1)
    expect(result.took).toBeLessThan(20_000)
    const reasons = [...result.checks.values()].map(({ reason }) => reason.replaceAll(/127\.0\.0\.1:\d+/g, ''))
    // A body without end and a bomb are the same to the reader: both are too large.
    expect(new Set(reasons).size).toBe(reasons.length - 1)
  })
})
