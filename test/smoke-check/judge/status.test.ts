import { describe, expect, it } from 'vitest'
import { type Answer, findings, messages } from './setup.ts'

describe('a status', () => {
  it.each([
    [200, true],
    [204, true],
    [301, true],
    [302, false],
    [199, false],
  ])('%i against 2xx or 301: %s', (status, accepted) => {
    expect(findings({ status: [{ class: 2 }, { exact: 301 }] }, { status }).length === 0).toBe(accepted)
  })

  it('that is not accepted says what was answered with it', () => {
    const answer: Answer = {
      status: 502,
      statusText: 'Bad Gateway',
      headers: [['content-type', 'text/html']],
      body: '<title>502 Bad Gateway</title>',
    }
    expect(messages({ status: [{ exact: 200 }, { class: 3 }] }, answer)).toEqual([
      'status: The answer is 502 Bad Gateway, an HTML page titled "502 Bad Gateway"; 200 or 3xx was wanted.',
    ])
  })

  it.each<readonly [number, Parameters<typeof findings>[0], string]>([
    [401, {}, 'No credentials were sent'],
    [401, { auth: { username: ['u'], password: ['p'] } }, 'does not accept the credentials'],
    [403, { requestHeaders: [['Authorization', ['Bearer x']]] }, 'does not accept the credentials'],
    [404, {}, 'Check the path'],
    [302, {}, 'names no address to go on to'],
    [500, {}, 'look into its log'],
  ])('%i has a hint of its own', (status, check, hint) => {
    expect(findings(check, { status })[0]?.hint).toContain(hint)
  })

  const post: Parameters<typeof findings>[0] = { method: 'POST', requestBody: { form: [['user', ['ada']]] } }
  const withKey: Parameters<typeof findings>[0] = { requestHeaders: [['X-Api-Key', ['k']]] }
  const jsonBody: Answer = { headers: [['content-type', 'application/json']], body: { database: 'down' } }

  it.each<readonly [string, Parameters<typeof findings>[0], Answer, RegExp]>([
    [
      'a redirect to another host where only the same is followed',
      { redirects: 'same-host' },
      { status: 301, headers: [['location', 'https://www.example.com/?key=abc']] },
      /It redirects to https:\/\/www\.example\.com\/\?key=\*\*\*, another host: give that address as url/,
    ],
    [
      'a redirect that is not followed',
      { redirects: 'none' },
      { status: 302, headers: [['location', '/login']] },
      /Let redirects be followed \(redirects: same-host\)/,
    ],
    [
      'credentials that stayed behind on a redirect to https',
      { requestHeaders: [['Authorization', ['Bearer x']]] },
      {
        status: 401,
        url: new URL('https://api.example.com/me'),
        hops: [{ url: new URL('http://api.example.com/me'), status: 301, location: 'https://api.example.com/me' }],
      },
      /Authorization was dropped on the redirect from http:\/\/api\.example\.com\/me to https:\/\/.*write https:\/\/ in url or base-url/,
    ],
    [
      'a key of the project in a header of its own',
      withKey,
      { status: 401 },
      /credentials that were sent \(X-Api-Key\)/,
    ],
    ['a form post that is refused', post, { status: 403 }, /CSRF protection.*Referer/],
    ['a refusal of whoever asks', {}, { status: 403 }, /an allow list, a firewall/],
    [
      'a probe of the application that says why',
      {},
      { ...jsonBody, status: 503 },
      /The application says that it is not ready/,
    ],
    ['a gateway without an answer', {}, { status: 503, body: '<html>' }, /Whatever is in front/],
    ['a gateway that answers with JSON', {}, { ...jsonBody, status: 502 }, /Whatever is in front/],
  ])('names the likely cause of %s', (_, check, given, hint) => {
    expect(findings(check, given)[0]?.hint).toMatch(hint)
  })

  it('of a redirect says where it leads', () => {
    const headers = [['location', 'https://www.example.com/']] as const
    expect(messages({}, { status: 301, statusText: 'Moved Permanently', headers })).toEqual([
      'status: The answer is 301 Moved Permanently to https://www.example.com/, empty; 2xx was wanted.',
    ])
  })

  it('and whatever else is wrong say that the answer came after a redirect', () => {
    const hops = [{ url: new URL('https://api.example.com/'), status: 302, location: '/login?next=secret' }]
    const url = new URL('https://api.example.com/login?next=secret')
    const page: Answer = { url, hops, headers: [['content-type', 'text/html']], body: '<title>Log in</title>' }
    expect(messages({ json: [['$.ok', { exists: true }]] }, page)).toEqual([
      'json: JSON was wanted, but the body is an HTML page titled "Log in". It came after a redirect to https://api.example.com/login?next=***.',
    ])
  })

  it('shows what a page without a title says, and JSON without quotation marks', () => {
    const page = '<style>p { color: red }</style><h1>Forbidden</h1><p>CSRF verification failed.</p>'
    const html: Answer = { status: 403, headers: [['content-type', 'text/html']], body: page }
    expect(messages({}, html)[0]).toContain('beginning "Forbidden CSRF verification failed."')
    const headers = [['content-type', 'application/json']] as const
    expect(messages({}, { status: 500, headers, body: '{ "error":\n  { "code": "x" } }' })[0]).toContain(
      'application/json {"error":{"code":"x"}};',
    )
  })

  it('of an overloaded server repeats how long to wait', () => {
    const headers = [['retry-after', '30']] as const
    expect(findings({}, { status: 429, headers })[0]?.hint).toContain('(retry-after: 30)')
    expect(findings({}, { status: 503, headers })[0]?.hint).toContain('(retry-after: 30)')
  })
})
