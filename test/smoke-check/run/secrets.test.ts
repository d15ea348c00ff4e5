/** What a check sends stays secret, whatever a server makes of it: all that a run leaves behind is searched for it. */
import { expect, it } from 'vitest'
import { type Answer, json, QUICK, type SmokeResult, serve, smoke } from './scenario.ts'

/** With characters that every encoding changes. */
const SECRETS = {
  API_TOKEN: `hdr/"tökén"+&<1>=`,
  USERNAME: 'ada.lovelace',
  PASSWORD: `pass'word"&+%7`,
  COOKIE: 'cookie~value~8899',
  BODY_KEY: 'body\\key<&>"77',
  QUERY: 'query~value/+=5566',
} as const
const CAPTURED = 'captured-by-login-0123'
const LITERAL = 'literal-query-value'

const html = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;')

const ENCODINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURIComponent,
  (text) => encodeURIComponent(text).replace(/%../g, (octet) => octet.toLowerCase()),
  (text) => new URLSearchParams([['', text]]).toString().slice(1),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('base64url'),
  (text) => Buffer.from(text).toString('hex'),
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => html(text),
]

/** Every form in which one of them must not come up. */
const FORBIDDEN = [...Object.values(SECRETS), CAPTURED, LITERAL, `Basic ${basic()}`, basic()].flatMap((secret) =>
  ENCODINGS.map((encode) => encode(secret)),
)

function basic(): string {
  return Buffer.from(`${SECRETS.USERNAME}:${SECRETS.PASSWORD}`).toString('base64')
}

/** Sends back everything it was sent, in every encoding, where reports quote from. */
function echo(request: { readonly url?: string | undefined; readonly text: string; readonly headers: object }): Answer {
  const heard = [
    request.url,
    request.text,
    JSON.stringify(request.headers),
    ...Object.values(SECRETS),
    CAPTURED,
    LITERAL,
    basic(),
  ]
  const all = heard.flatMap((text) => ENCODINGS.map((encode) => encode(text ?? '')))
  const line = (text: string) => text.replace(/[^\x20-\x7e]/g, '?')
  return {
    status: 500,
    headers: {
      'content-type': 'application/json',
      'x-echo': line(all.join(' ')),
      'set-cookie': all.slice(0, 3).map((text, index) => `echo${index}=${encodeURIComponent(text)}`),
    },
    body: JSON.stringify({ all, version: all.join(' '), first: SECRETS.API_TOKEN, captured: CAPTURED }),
  }
}

const file = (origin: string) => `
version: 1
defaults: { base-url: "${origin}" }
checks:
  - { name: login, url: /login, capture: { token: { json: $.token } } }
  - name: everything
    url: "/echo?key=\${QUERY}&fixed=${LITERAL}"
    method: POST
    headers: { X-Token: "\${API_TOKEN}", Cookie: "session=\${COOKIE}" }
    request-body: { json: { key: "\${BODY_KEY}" } }
    status: 200
    json: { $.first: { equals: x }, $.all: { length: 1 }, $.version: { matches: "^never$" } }
    body: { contains: never-there, not-contains: "\${API_TOKEN}" }
    cookies: { echo0: { equals: x } }
    version: { json: $.version }
    presets: [no-debug, security-headers, json-error]
  - name: with a header condition
    url: "/echo?key=\${QUERY}"
    auth: { username: "\${USERNAME}", password: "\${PASSWORD}" }
    status: 500
    headers: { x-echo: { equals: x } }
    severity: warn
  - name: with the capture
    url: /echo
    headers: { Authorization: "Bearer \${token}" }
    needs: [login]
    json: { $.captured: { equals: x } }
`

function everything(result: SmokeResult): Readonly<Record<string, string>> {
  return {
    stdout: result.stdout,
    stderr: result.stderr,
    summary: result.summary,
    outputs: JSON.stringify(result.outputs),
    annotations: result.annotations.map(({ message }) => message).join('\n'),
    ...result.files,
  }
}

/** Reports are read as well as searched: a parser undoes what their format escapes. */
function unescaped(text: string): string {
  return text
    .replaceAll('\\\\', '\\')
    .replaceAll('\\"', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\\([`*_{}[\]#|~!])/g, '$1')
}

it('stands in nothing that a run leaves behind, and is masked for what comes after', async () => {
  await using site = await serve((request) =>
    request.url === '/login'
      ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token: CAPTURED }) }
      : echo(request),
  )
  const files = { junit: 'junit.xml', metrics: 'smoke.prom', json: 'smoke.json' }
  const result = await smoke(
    { ...QUICK, ...files, 'expect-version': 'v2.0.0' },
    { file: file(site.origin), env: { ...SECRETS } },
  )
  expect(result.exitCode, result.stdout).toBe(1)
  expect(result.outputs, result.stdout).toMatchObject({ failed: '2', warned: '1', passed: '1' })
  const found = Object.entries(everything(result)).flatMap(([where, text]) => {
    expect(text.length, where).toBeGreaterThan(where === 'stderr' ? -1 : 10)
    return FORBIDDEN.flatMap((secret) =>
      text.includes(secret) || unescaped(text).includes(secret) ? [`${where}: ${secret}`] : [],
    )
  })
  expect(found).toEqual([])
  expect(result.files['smoke.json']).toContain('***')
  expect(result.masks).toEqual(expect.arrayContaining([...Object.values(SECRETS), CAPTURED, LITERAL, basic()]))
})

it('stands in no error about the file either', async () => {
  const wrong = file('http://127.0.0.1:9')
    .replace('status: 200', `status: "\${API_TOKEN}"`)
    .replace('length: 1', 'size: 1')
  const result = await smoke(QUICK, { file: wrong, env: { ...SECRETS } })
  expect(result.exitCode).toBe(1)
  const texts = Object.values(everything(result)).join('\n')
  expect(FORBIDDEN.filter((secret) => texts.includes(secret))).toEqual([])
})

it('hides each line of a secret of several lines, and none of the brackets that stand alone', async () => {
  await using site = await serve(({ text }) => ({ status: 500, body: `Got ${text.split('\n')[1]}` }))
  const env = { ACCOUNT: '{\n  "private_key": "abcdefghijkl",\n  "a": 1\n}' }
  const file = `
version: 1
checks:
  - { name: post, url: "${site.origin}/", request-body: { text: "\${ACCOUNT}" } }
`
  const result = await smoke(QUICK, { file, env })
  expect(result.masks).toContain('"private_key": "abcdefghijkl",')
  expect(result.masks.filter((mask) => mask.length < 8 || mask.includes('\n'))).toEqual([])
  expect(Object.values(everything(result)).join('\n')).not.toContain('abcdefghijkl')
})

it('lets no answer hide words of the log', async () => {
  await using site = await serve(({ url }) => {
    if (url === '/login') return json({ csrf: 'failed', page: 'e\na\no\nt12345' })
    return { status: 500 }
  })
  const file = `
version: 1
checks:
  - name: login
    url: ${site.origin}/login
    capture: { csrf: { json: $.csrf } }
  - { name: send, url: "${site.origin}/send", headers: { X-CSRF: "\${csrf}" }, needs: [login] }
  - name: page
    url: ${site.origin}/login
    capture: { page: { json: $.page } }
  - { name: page sent, url: "${site.origin}/send", headers: { X-Page: "\${page}" }, needs: [page] }
`
  const result = await smoke(QUICK, { file })
  expect(result.masks).toEqual([])
  expect(result.stdout).toContain('page: failed. ')
  expect(result.stdout).toContain(
    'There is a line break or another control character in it, so that it cannot be sent.',
  )
})
