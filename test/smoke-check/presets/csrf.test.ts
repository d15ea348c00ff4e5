import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../actions/smoke-check/check.ts'
import { bodyOf, runPreset, type Situation, told } from './setup.ts'

interface Form {
  readonly cookies?: readonly string[]
  /** Status of a post that has the cookie but no token. */
  readonly unproven?: number
}

interface Post {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const DJANGO = [
  'csrftoken=t0ken; Path=/; SameSite=Lax; Secure',
  'sessionid=s3ssion; Path=/; HttpOnly; SameSite=Lax; Secure',
]

/** A login page that does as Django does: the cookie and the token of a post must agree, and it must come from here. */
function login({ cookies = DJANGO, unproven = 403 }: Form = {}, posts: Post[] = []): RequestListener {
  return async (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(200, { 'set-cookie': [...cookies], 'content-type': 'text/html' }).end('<form method="post">')
      return
    }
    const post = { headers: request.headers, body: await bodyOf(request) }
    posts.push(post)
    const token = new URLSearchParams(post.body).get('csrfmiddlewaretoken') ?? request.headers['x-csrftoken']
    response.writeHead(token === 't0ken' ? 200 : unproven).end()
  }
}

function run(
  form: Form,
  options: Readonly<Record<string, Json>> = {},
  situation: Situation = { tls: true, path: '/login/' },
) {
  return runPreset('csrf', options, login(form), situation)
}

describe('a form', () => {
  it.each([400, 403, 419, 422])('that refuses a post without its token with %i is fine', async (unproven) => {
    expect(await run({ unproven })).toEqual([])
  })

  it.each([200, 302, 500])('that answers such a post with %i is found', async (unproven) => {
    expect(told(await run({ unproven }))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^csrf: post: A form post to https://localhost/login/ without its token is answered with ${unproven} .+; 400, 403, 419 or 422 was wanted\\.$`,
        ),
      ),
    ])
  })

  it('is posted to as a browser would: cookies, origin and fields, but neither token nor headers of the check that have one', async () => {
    const posts: Post[] = []
    const headers = { 'X-CSRFToken': 't0ken' }
    const options = { path: '/accounts/login/?next=/', form: { username: 'nobody', password: 'x y' } }
    expect(await runPreset('csrf', options, login({}, posts), { tls: true, path: '/login/', headers })).toEqual([])
    expect(posts).toHaveLength(1)
    expect(posts[0]?.body).toBe('username=nobody&password=x+y')
    const sent = posts[0]?.headers
    expect(sent).toMatchObject({
      cookie: 'csrftoken=t0ken; sessionid=s3ssion',
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(sent?.origin).toBe(`https://${sent?.host}`)
    expect(sent?.referer).toBe(`https://${sent?.host}/login/`)
    expect(sent).not.toHaveProperty('x-csrftoken')
  })

  it('that does not take posts has a hint where to post', async () => {
    const [finding] = await run({ unproven: 405 })
    expect(finding?.hint).toBe('Set path to where the form is posted to.')
  })
})

describe('the cookies', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['with all flags', DJANGO, []],
    ['with SameSite=Strict', DJANGO.map((cookie) => cookie.replace('Lax', 'Strict')), []],
    ['of the token only', DJANGO.slice(0, 1), []],
    [
      'without any flag',
      ['csrftoken=t', 'sessionid=s'],
      [
        'csrf: token cookie: The cookie csrftoken is set without any flag; Secure and SameSite=Lax are missing.',
        'csrf: session cookie: The cookie sessionid is set without any flag; Secure, HttpOnly and SameSite=Lax are missing.',
      ],
    ],
    [
      'with SameSite=None',
      ['csrftoken=t; Secure; SameSite=None'],
      ['csrf: token cookie: The cookie csrftoken is set with Secure and SameSite=none only; SameSite=Lax is missing.'],
    ],
    [
      'with another name',
      ['XSRF-TOKEN=t; Secure; SameSite=Lax', 'lang=en'],
      ['csrf: token cookie: The page sets no cookie csrftoken: its answer, 200 OK, sets only XSRF-TOKEN and lang.'],
    ],
    [
      'that are not there',
      [],
      ['csrf: token cookie: The page sets no cookie csrftoken: its answer, 200 OK, sets no cookie.'],
    ],
  ])('%s', async (_name, cookies, expected) => expect(told(await run({ cookies }))).toEqual(expected))

  it('name the Django settings', async () => {
    const [token, session] = await run({ cookies: ['csrftoken=t', 'sessionid=s'] })
    expect(token?.hint).toContain('Django: CSRF_COOKIE_SECURE and CSRF_COOKIE_SAMESITE.')
    expect(session?.hint).toContain('SESSION_COOKIE_SECURE, SESSION_COOKIE_HTTPONLY and SESSION_COOKIE_SAMESITE.')
  })

  it('have the names that the check gives, or none', async () => {
    const cookies = ['XSRF-TOKEN=t; Secure; SameSite=Lax', 'laravel_session=s; Secure; SameSite=Lax']
    expect(told(await run({ cookies }, { 'token-cookie': 'XSRF-TOKEN', 'session-cookie': 'laravel_session' }))).toEqual(
      [
        'csrf: session cookie: The cookie laravel_session is set with Secure and SameSite=lax only; HttpOnly is missing.',
      ],
    )
    expect(await run({ cookies: [] }, { 'token-cookie': null, 'session-cookie': null })).toEqual([])
  })

  it('need not be Secure over http on loopback', async () => {
    const cookies = DJANGO.map((cookie) => cookie.replace('; Secure', ''))
    expect(await run({ cookies }, {}, { path: '/login/' })).toEqual([])
    expect(told(await run({ cookies }))).toHaveLength(2)
  })
})
