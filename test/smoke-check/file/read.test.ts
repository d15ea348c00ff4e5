import { describe, expect, it } from 'vitest'
import { env, oneCheck, read, readOne, refusal } from './setup.ts'

const FILE = `version: 1
defaults:
  base-url: \${BACKEND_URL}
  headers: { Authorization: "Bearer \${API_TOKEN}" }
checks:
  - name: api
    url: /healthz
    status: 200                      # or 2xx, or a list
    version: { json: $.commit }      # or header: X-Version, or body-matches: regex
    json: { $.database: { equals: ok } }
    headers: { content-type: { matches: application/json } }
    body: { contains: ok, not-contains: Traceback, max-size: 1MB }
    latency: { max: 800ms, p95: 400ms, samples: 20 }
    tls: { expires-in: 30d }
    presets: [security-headers, cors-strict]
    cors: { origin: https://evil.example, allowed: false }
    severity: fail                   # or warn
  - name: login needs a token
    url: /api/me
    headers: { Authorization: null }
    status: 401
    json: { $.error.code: { matches: .+ } }
  - name: list, then one
    url: /api/items?limit=1
    capture: { id: { json: "$.data[0].id" } }
  - { name: one, url: "/api/items/\${id}", needs: ["list, then one"] }
`

it('a whole checks file is read, with defaults and variables filled in', async () => {
  const { checks, secrets, secretCaptures } = await read(FILE, { expectVersion: 'abc' })
  expect(checks.map(({ name, origin }) => `${name} ${origin}`)).toEqual([
    'api smoke-checks.yml:6',
    'login needs a token smoke-checks.yml:18',
    'list, then one smoke-checks.yml:23',
    'one smoke-checks.yml:26',
  ])
  expect(checks[0]).toEqual({
    name: 'api',
    origin: 'smoke-checks.yml:6',
    url: ['https://api.example.com/healthz'],
    method: 'GET',
    requestHeaders: [['Authorization', ['Bearer token-of-the-api']]],
    session: 'default',
    redirects: 'same-host',
    resolve: new Map(),
    ip: 'auto',
    timeout: 10_000,
    connectTimeout: 5000,
    status: [{ exact: 200 }],
    version: { json: '$.commit' },
    json: [['$.database', { equals: { text: ['ok'] } }]],
    headers: [['content-type', { matches: 'application/json' }]],
    cookies: [],
    body: { contains: { text: ['ok'] }, notContains: { text: ['Traceback'] } },
    maxBodySize: 1_000_000,
    latency: { max: 800, p95: 400, samples: 20 },
    tls: { expiresIn: 30 * 86_400_000, severity: 'fail' },
    cors: [{ origin: 'https://evil.example', allowed: false }],
    presets: [
      { name: 'security-headers', options: {} },
      { name: 'cors-strict', options: {} },
    ],
    capture: [],
    needs: [],
    severity: 'fail',
  })
  expect(checks[1]).toMatchObject({ requestHeaders: [], status: [{ exact: 401 }] })
  expect(checks[2]).toMatchObject({ status: [{ class: 2 }], capture: [['id', { json: '$.data[0].id' }]] })
  expect(checks[3]?.url).toEqual(['https://api.example.com/api/items/', { capture: 'id' }])
  expect(secrets).toEqual(['token-of-the-api'])
  expect(secretCaptures).toEqual([])
})

describe('the address of a check', () => {
  it.each([
    ['https://x.example', '/a', 'https://x.example/a'],
    ['https://x.example/', '/a', 'https://x.example/a'],
    ['https://x.example/v1', '/a', 'https://x.example/v1/a'],
    ['https://x.example/v1/', '/a?b=1', 'https://x.example/v1/a?b=1'],
    ['https://x.example/v1/', 'a', 'https://x.example/v1/a'],
    ['https://x.example/v1', '?b=1', 'https://x.example/v1?b=1'],
    ['https://x.example/v1', '/', 'https://x.example/v1/'],
    ['https://x.example/v1', 'https://y.example/a', 'https://y.example/a'],
    ['https://x.example', 'HTTP://y.example', 'HTTP://y.example'],
    [`\${BACKEND_URL}`, '/a', 'https://api.example.com/a'],
    [`\${BACKEND_URL}/v1`, '/a', 'https://api.example.com/v1/a'],
    ['https://x.example', `\${FRONTEND_URL}/a`, 'https://app.example.com/a'],
    ['https://x.example', `/a?q=$\${b}`, `https://x.example/a?q=\${b}`],
  ])('behind %s, %s is %s', async (base, url, expected) => {
    const { checks } = await read(`{version: 1, defaults: {base-url: "${base}"}, checks: [{name: a, url: "${url}"}]}`)
    expect(checks[0]?.url).toEqual([expected])
  })

  it('takes one slash where the variable ends in one, too', async () => {
    const file = oneCheck().replace('https://api.example.com/', `\${BACKEND_URL}/healthz`)
    const { checks } = await read(file, { env: { BACKEND_URL: 'https://api.example.com/v1//' } })
    expect(checks[0]?.url).toEqual(['https://api.example.com/v1/healthz'])
  })

  describe('with a capture', () => {
    const file = (url: string, defaults: string, first = '/') => `
version: 1
defaults: { ${defaults} }
checks:
  - { name: first, url: "${first}", capture: { next: { header: location } } }
  - { name: second, url: "${url}", needs: [first] }`
    const urlOf = async (...given: Parameters<typeof file>) => (await read(file(...given))).checks[1]?.url
    const base = 'base-url: https://x.example'

    it('within it takes that for a part', async () => {
      expect(await urlOf(`/\${next}`, base)).toEqual(['https://x.example/', { capture: 'next' }])
      expect(await urlOf(`https://y.example/a?b=\${next}`, base)).toEqual([
        'https://y.example/a?b=',
        { capture: 'next' },
      ])
    })

    const link = { capture: 'next', link: true }
    it.each([
      ['the same site', base, '/', 'https://x.example/'],
      ['the same site under a path', `${base}/v1`, '/items', 'https://x.example/v1/'],
      ['another site than base-url', base, 'https://y.example/items', 'https://y.example/'],
      ['a site without base-url', 'session: one', 'https://y.example:8443/items', 'https://y.example:8443/'],
    ])('at its beginning asks whoever gave it: %s', async (_, defaults, first, beginning) => {
      expect(await urlOf(`\${next}`, defaults, first)).toEqual([beginning, link])
      expect(await urlOf(`\${next}/a?b=\${next}`, defaults, first)).toEqual([
        beginning,
        link,
        '/a?b=',
        { capture: 'next' },
      ])
    })

    it('asks on where a link of a link leads', async () => {
      const { checks } = await read(`
version: 1
defaults: { base-url: https://x.example }
checks:
  - { name: c, url: "\${b}", needs: [b] }
  - { name: b, url: "\${a}", needs: [a], capture: { b: { json: $.next } } }
  - { name: a, url: https://y.example/1, capture: { a: { json: $.next } } }`)
      expect(checks.map(({ url }) => url[0])).toEqual([
        'https://y.example/1',
        'https://y.example/',
        'https://y.example/',
      ])
    })

    it.each([
      `https://x.example\${next}`,
      `https://\${next}/x`,
      `https://api.\${next}/x`,
      `https://x.example:\${next}/`,
      `https:\${next}`,
      `https:/\${next}`,
      `\${FRONTEND_URL}\${next}`,
    ])('in the place of the host is refused: %s', async (url) => {
      expect(await refusal(file(url, base))).toBe(
        'smoke-checks.yml:6:26, url of check "second": A capture cannot be part of the host: an answer must not choose who is asked.\n' +
          'Write the host out, and / behind it. Where the capture is a link, or a path from its / on, let url begin with it.',
      )
    })
  })
})

describe('headers and credentials', () => {
  const withDefaults = (defaults: string, check: string) =>
    read(`{version: 1, defaults: {${defaults}}, checks: [{name: a, url: "https://x.example", ${check}}]}`)

  it('a header of the check takes the place of that of defaults, whatever its case', async () => {
    const { checks } = await withDefaults('headers: {X-A: one, X-B: two}', 'headers: {x-a: three, X-C: four}')
    expect(checks[0]?.requestHeaders).toEqual([
      ['X-B', ['two']],
      ['x-a', ['three']],
      ['X-C', ['four']],
    ])
  })

  it('a condition on a header of the answer leaves the request header of defaults as it is', async () => {
    const { checks } = await withDefaults('headers: {X-A: one}', 'headers: {x-a: {exists: false}}')
    expect(checks[0]).toMatchObject({ requestHeaders: [['X-A', ['one']]], headers: [['x-a', { exists: false }]] })
  })

  it.each([['headers: {Authorization: null}'], ['auth: null']])(
    '%s takes away whatever credentials defaults has',
    async (check) => {
      for (const defaults of ['auth: {username: u, password: p}', 'headers: {authorization: Bearer x}']) {
        const { checks } = await withDefaults(defaults, check)
        expect(checks[0]).toMatchObject({ requestHeaders: [] })
        expect(checks[0]?.auth).toBeUndefined()
      }
    },
  )

  it('auth of the check takes the place of a header of defaults, and a header that of auth', async () => {
    const basic = await withDefaults('headers: {Authorization: Bearer x}', 'auth: {username: u, password: p}')
    expect(basic.checks[0]).toMatchObject({ requestHeaders: [], auth: { username: ['u'], password: ['p'] } })
    const bearer = await withDefaults('auth: {username: u, password: p}', 'headers: {Authorization: Bearer x}')
    expect(bearer.checks[0]?.requestHeaders).toEqual([['Authorization', ['Bearer x']]])
    expect(bearer.checks[0]?.auth).toBeUndefined()
  })
})

describe('a check', () => {
  it('takes from defaults what it does not say itself', async () => {
    const { checks } = await read(`
version: 1
defaults:
  session: admin
  redirects: 3
  resolve: { API.example.com: 203.0.113.7 }
  ip: 6
  timeout: 2s
  connect-timeout: 500ms
  severity: warn
  tls: { expires-in: 30d }
checks:
  - { name: a, url: https://x.example }
  - { name: b, url: https://x.example, session: b, redirects: none, ip: both, timeout: 1m, severity: fail, tls: { severity: warn } }
  - { name: c, url: https://x.example, tls: null }`)
    expect(checks[0]).toMatchObject({
      session: 'admin',
      redirects: 3,
      resolve: new Map([['api.example.com', '203.0.113.7']]),
      ip: '6',
      timeout: 2000,
      connectTimeout: 500,
      severity: 'warn',
      tls: { expiresIn: 30 * 86_400_000, severity: 'warn' },
    })
    expect(checks[1]).toMatchObject({ session: 'b', redirects: 'none', ip: 'both', timeout: 60_000, severity: 'fail' })
    expect(checks[1]?.tls).toEqual({ expiresIn: 30 * 86_400_000, severity: 'warn' })
    expect(checks[2]?.tls).toBeUndefined()
  })

  it('takes from the inputs what the file does not say', async () => {
    const { checks } = await read(oneCheck(), { ip: '4', timeout: 3000, connectTimeout: 5000 })
    expect(checks[0]).toMatchObject({ ip: '4', timeout: 3000, connectTimeout: 3000 })
  })

  it.each([
    ['status: 204', [{ exact: 204 }]],
    ['status: "204"', [{ exact: 204 }]],
    ['status: 4xx', [{ class: 4 }]],
    ['status: [200, 3xx]', [{ exact: 200 }, { class: 3 }]],
  ])('with %s', async (line, status) => {
    expect(await readOne(line)).toMatchObject({ status })
  })

  it('follows no redirect when only a redirect is right', async () => {
    expect(await readOne('status: 301')).toMatchObject({ redirects: 'none' })
    expect(await readOne('status: [301, 200]')).toMatchObject({ redirects: 'same-host' })
    expect(await readOne('status: 301', 'redirects: same-host')).toMatchObject({ redirects: 'same-host' })
  })

  it.each([
    ['{ json: { a: [1, "b", null], c: { d: true } } }', { json: { members: expect.anything() } }],
    [
      '{ form: { a: b, n: 1, t: true } }',
      {
        form: [
          ['a', ['b']],
          ['n', ['1']],
          ['t', ['true']],
        ],
      },
    ],
    ['{ text: "a b" }', { text: ['a b'] }],
    ['{ json: null }', { json: null }],
  ])('sends %s with POST', async (body, requestBody) => {
    expect(await readOne(`request-body: ${body}`)).toMatchObject({ method: 'POST', requestBody })
  })

  it.each([
    ['500B', 500],
    ['1.5KB', 1500],
    ['2MB', 2_000_000],
    ['1MiB', 1_048_576],
  ])('with a body of at most %s', async (size, maxBodySize) => {
    const check = await readOne(`body: { max-size: ${size} }`)
    expect(check.maxBodySize).toBe(maxBodySize)
    expect(check.body).toBeUndefined()
  })

  it('with every operator', async () => {
    const check = await readOne(
      'json:',
      '  $.a: { equals: { b: [1] }, not: x, matches: ^a, contains: y, not-contains: z, exists: true, type: string }',
      '  $.b: { length: 3, one-of: [1, a], lt: 9, lte: 8, gt: 1, gte: 2 }',
      '  $.c: { not: { matches: x }, length: { gte: 1 } }',
    )
    expect(check.json).toEqual([
      [
        '$.a',
        {
          equals: { members: [['b', [1]]] },
          not: { value: { text: ['x'] } },
          matches: '^a',
          contains: { text: ['y'] },
          notContains: { text: ['z'] },
          exists: true,
          type: 'string',
        },
      ],
      ['$.b', { length: 3, oneOf: [1, { text: ['a'] }], lt: 9, lte: 8, gt: 1, gte: 2 }],
      ['$.c', { not: { condition: { matches: 'x' } }, length: { gte: 1 } }],
    ])
  })

  it('with the type of its body, as of any text', async () => {
    expect(await readOne('body: { type: integer }')).toMatchObject({ body: { type: 'integer' } })
  })

  it('a variable in a regular expression stands for its characters', async () => {
    const file = oneCheck(`body: { matches: "^\${HOST}$" }`)
    const { checks } = await read(file, { env: { HOST: 'a.b/(c)' } })
    const pattern = checks[0]?.body?.matches ?? ''
    expect('a.b/(c)').toMatch(new RegExp(pattern, 'u'))
    expect('axb/(c)').not.toMatch(new RegExp(pattern, 'u'))
  })

  it('a variable that holds an address gives its origin', async () => {
    const file = oneCheck(`cors: [{ origin: "\${APP}", allowed: true }, { origin: null, allowed: false }]`)
    const { checks } = await read(file, { env: { APP: 'https://App.example.com:443/start' } })
    expect(checks[0]?.cors.map(({ origin }) => origin)).toEqual(['https://app.example.com', 'null'])
  })

  it('options of presets may hold variables', async () => {
    const file = oneCheck(`presets: [etag, { cors-strict: { allowed-origin: "\${FRONTEND_URL}" } }]`)
    expect((await read(file)).checks[0]?.presets).toEqual([
      { name: 'etag', options: {} },
      { name: 'cors-strict', options: { 'allowed-origin': 'https://app.example.com' } },
    ])
  })

  it('anchors, aliases and merged mappings are what they stand for', async () => {
    const { checks } = await read(`
version: 1
checks:
  - &first { name: a, url: https://x.example, severity: warn, json: &ok { $.status: { equals: ok } } }
  - { name: b, url: https://y.example, json: *ok }
  - { <<: *first, name: c }`)
    expect(checks.map(({ name, url, severity }) => [name, url[0], severity])).toEqual([
      ['a', 'https://x.example', 'warn'],
      ['b', 'https://y.example', 'fail'],
      ['c', 'https://x.example', 'warn'],
    ])
    expect(checks[1]?.json).toEqual(checks[0]?.json)
  })
})

describe('order', () => {
  it('each check comes after those that it needs, otherwise as in the file', async () => {
    const { checks } = await read(`
version: 1
defaults: { base-url: https://x.example }
checks:
  - { name: c, url: /, needs: [b] }
  - { name: d, url: / }
  - { name: b, url: /, needs: [a, d] }
  - { name: a, url: / }`)
    const names = checks.map(({ name }) => name)
    expect([...names].sort()).toEqual(['a', 'b', 'c', 'd'])
    expect(names.indexOf('b')).toBeGreaterThan(Math.max(names.indexOf('a'), names.indexOf('d')))
    expect(names.indexOf('c')).toBeGreaterThan(names.indexOf('b'))
  })

  it('a chain of ten thousand needs is no problem', async () => {
    const lines = Array.from(
      { length: 10_000 },
      (_, n) => `- {name: c${n}, url: /, needs: [${n < 9999 ? `c${n + 1}` : ''}]}`,
    )
    const { checks } = await read(`version: 1\ndefaults: {base-url: https://x.example}\nchecks:\n${lines.join('\n')}`)
    expect(checks.map(({ name }) => name)).toEqual(Array.from({ length: 10_000 }, (_, n) => `c${9999 - n}`))
  })
})

describe('what must never be shown', () => {
  it('are variables in request headers, auth, bodies and cookies, and every value of a query', async () => {
    const { secrets } = await read(
      `
version: 1
defaults:
  headers: { X-Key: "\${H}" }
checks:
  - name: a
    url: https://\${HOST}/\${PATH_PART}?q=\${Q}&literal=some%20thing&n=10&bare-token
    auth: { username: "\${U}", password: "\${P}" }
    request-body: { json: { deep: ["\${B}"] } }
    cookies: { c: { equals: "\${C}" } }
    json: { $.commit: { equals: "\${S}" } }
    presets: [{ csrf: { form: { pin: "\${F}" } } }, { not-public: { paths: ["/x?key=in-a-preset"] } }]`,
      {
        env: { H: 'h', HOST: 'x.example', PATH_PART: 'p', Q: 'q', U: 'u', P: 'pw', B: 'b', C: 'c', F: 'f', S: 's' },
      },
    )
    const basic = Buffer.from('u:pw').toString('base64')
    expect([...secrets].sort()).toEqual(
      [
        'h',
        'q',
        'u',
        'pw',
        'b',
        'c',
        'f',
        basic,
        'some thing',
        'some%20thing',
        'bare-token',
        'in-a-preset',
        's',
      ].sort(),
    )
  })

  it('are variables in conditions, also as they stand in a regular expression', async () => {
    const { secrets } = await read(
      oneCheck(
        `headers: { x-a: { equals: "\${A}" }, x-b: { not: { contains: "\${B}" } } }`,
        `body: { not-contains: "\${C}", matches: "^\${D}$" }`,
        `json: { $.a: { one-of: ["\${E}"] }, $.b: { not: "\${F}" } }`,
        `capture: { x: { body-matches: "\${G}(.*)" } }`,
      ),
      { env: { A: 'aa', B: 'bb', C: 'cc', D: 'd.d', E: 'ee', F: 'ff', G: 'gg' } },
    )
    expect([...secrets].sort()).toEqual(['aa', 'bb', 'cc', 'd.d', 'd\\.d', 'ee', 'ff', 'gg'])
  })

  it('are not the addresses that are checked, wherever else they stand', async () => {
    const file = `
version: 1
defaults: { base-url: "\${BACKEND_URL}/v1" }
checks:
  - name: a
    url: /a
    headers:
      Referer: "\${BACKEND_URL}/login"
      Origin: "\${FRONTEND_URL}"
      location: { equals: "\${BACKEND_URL}/", matches: "^\${BACKEND_URL}" }
      X-Hook: "\${HOOK}"
      X-Part: "\${PART}"
      X-Key: "\${KEY_URL}"
      X-User: "\${USER_URL}"
  - { name: b, url: "\${FRONTEND_URL}" }`
    const { secrets } = await read(file, {
      env: {
        BACKEND_URL: 'https://API.example.com',
        FRONTEND_URL: 'https://app.example.com/',
        HOOK: 'https://hooks.example/T/B/x',
        PART: 'https://api.example',
        KEY_URL: 'https://api.example.com/v1?key=x',
        USER_URL: 'https://user@api.example.com',
      },
    })
    expect([...secrets].sort()).toEqual([
      'https://api.example',
      'https://api.example.com/v1?key=x',
      'https://hooks.example/T/B/x',
      'https://user@api.example.com',
    ])
  })

  it('is a query also where the file writes it itself, and a dry run may tell what it is', async () => {
    const { secrets, queryLiterals } = await read(
      oneCheck().replace('.com/', `.com/?limit=1000&q=some%20thing&x=pre-\${Q}&y=\${Q}`) +
        `\n  - { name: b, url: "\${WITH_QUERY}&n=secret-q" }`,
      { env: { Q: 'secret-q', WITH_QUERY: 'https://x.example/?key=secret-k' } },
    )
    expect(queryLiterals).toEqual(['1000', 'some%20thing', 'some thing'])
    expect(secrets).toEqual(expect.arrayContaining(['1000', 'some thing', 'pre-secret-q', 'secret-q', 'secret-k']))
  })

  it('are captures in those places, too', async () => {
    const { secretCaptures } = await read(`
version: 1
defaults: { base-url: https://x.example }
checks:
  - name: first
    url: /
    capture: { id: { json: $.id }, token: { header: x-token }, page: { json: $.page }, csrf: { cookie: csrftoken } }
  - name: second
    url: /items/\${id}?page=\${page}
    needs: [first]
    headers: { Authorization: "Bearer \${token}" }
    request-body: { form: { csrfmiddlewaretoken: "\${csrf}" } }`)
    expect([...secretCaptures].sort()).toEqual(['csrf', 'page', 'token'])
  })
})

describe('the quick form', () => {
  it.each([
    ['https://x.example/a', 'x.example/a', 'https://x.example/a', [{ class: 2 }]],
    ['api=https://x.example/a 204', 'api', 'https://x.example/a', [{ exact: 204 }]],
    ['login page = https://x.example/ 3xx', 'login page', 'https://x.example/', [{ class: 3 }]],
    [
      'https://x.example/?a=b&c=https://y.example 200',
      'x.example',
      'https://x.example/?a=b&c=https://y.example',
      [{ exact: 200 }],
    ],
    ['a=b=https://x.example/?a=b', 'a=b', 'https://x.example/?a=b', [{ class: 2 }]],
    [`api=\${BACKEND_URL}/a\t200,204`, 'api', 'https://api.example.com/a', [{ exact: 200 }, { exact: 204 }]],
  ])('%s', async (line, name, url, status) => {
    const { checks } = await read(undefined, { urls: [line] })
    expect(checks).toHaveLength(1)
    expect(checks[0]).toMatchObject({ name, url: [url], status, origin: 'input urls, line 1' })
  })

  it('gives names of their own to addresses that differ only in what must not be shown', async () => {
    const { checks, secrets } = await read(undefined, {
      urls: ['# two tenants', 'https://x.example/a?key=first', 'https://x.example/a?key=second'],
    })
    expect(checks.map(({ name }) => name)).toEqual(['x.example/a', 'x.example/a (2)'])
    expect(secrets).toEqual(['first', 'second'])
    expect(checks[1]?.origin).toBe('input urls, line 3')
  })

  it('may be combined with a file, whose defaults do not apply to it', async () => {
    const file = `${oneCheck()}\ndefaults: { headers: { X-A: b } }`
    const { checks } = await read(file, { urls: ['web=https://x.example'] })
    expect(checks.map(({ name, requestHeaders }) => [name, requestHeaders.length])).toEqual([
      ['web', 0],
      ['api', 1],
    ])
  })
})

describe('without urls and checks', () => {
  const names = async (given: Record<string, string>) =>
    (await read(undefined, { env: given })).checks.map(({ name }) => name)

  it('the pair in the environment is checked', async () => {
    const { checks } = await read(undefined)
    expect(checks.map(({ name, url }) => [name, url[0]])).toEqual([
      ['front page', 'https://app.example.com/'],
      ['security headers', 'https://app.example.com/'],
      ['backend health', 'https://api.example.com/healthz'],
      ['CORS of the backend', 'https://api.example.com/healthz'],
    ])
    expect(checks[3]?.presets).toEqual([
      { name: 'cors-strict', options: { 'allowed-origin': 'https://app.example.com' } },
    ])
  })

  it('one address alone is checked for what concerns it', async () => {
    expect(await names({ BACKEND_URL: env.BACKEND_URL, FRONTEND_URL: '' })).toEqual(['backend health'])
    expect(await names({ FRONTEND_URL: env.FRONTEND_URL })).toEqual(['front page', 'security headers'])
  })

  it('there is no CORS where both are of one origin', async () => {
    const pair = { FRONTEND_URL: 'https://x.example/', BACKEND_URL: 'https://x.example/api' }
    expect(await names(pair)).toEqual(['front page', 'security headers', 'backend health'])
  })
})
