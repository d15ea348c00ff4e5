/** A small server for each kind of project that has an example of a checks file; each can be wrong in one way for each check. */
import { type Answer, json } from '../run/scenario.ts'
import type { Host } from './internet.ts'
import type { Received, Serve } from './setup.ts'

export const OLD = '1111111111111111111111111111111111111111'
export const NEW = '2222222222222222222222222222222222222222'
export const API_KEY = 'key-of-the-tests'
export const NEXT_API_KEY = 'next-key-of-the-tests'
export const USER = 'smoke-user'
export const PASSWORD = 'password-of-the-tests'

/** Whether what this check is about is wrong. */
export type Broken = (check: string) => boolean
export type Double = (broken: Broken) => Readonly<Record<string, Host>>

const HSTS = { 'strict-transport-security': 'max-age=63072000; includeSubDomains' }
const SAFE = {
  ...HSTS,
  'content-security-policy': "default-src 'self'; script-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
}
const STACK = 'Error: no route\n    at route (/srv/app/router.js:12:7)'

const html = (body: string, status = 200, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  body: `<!doctype html>${body}`,
})
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const withHeaders = (answer: Answer, headers: Answer['headers']): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
})

/** What a server adds for one allowed origin, preflights included. */
function shared({ headers: { origin } }: Received, allows: (origin: string) => boolean): Answer['headers'] {
  if (origin === undefined || !allows(origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
    'access-control-allow-headers': 'x-api-key, content-type',
  }
}

export const nextjsPages: Double = (broken) => ({
  'example.com': {
    https: ({ path }) => {
      switch (path) {
        case '/version.json':
          return json({ commit: broken('version') ? OLD : NEW })
        case '/': {
          const script = broken('front page') ? '' : '<script src="/_next/static/chunks/main-1.js"></script>'
          const { 'x-content-type-options': nosniff, ...rest } = SAFE
          return html(
            `<h1>Home</h1>${script}`,
            200,
            broken('headers') ? rest : { ...rest, 'x-content-type-options': nosniff },
          )
        }
        case '/api/auth/csrf':
          return json({ csrfToken: broken('sign-in') ? 'short' : 'f'.repeat(64) })
        case '/robots.txt':
          return { headers: { 'content-type': broken('robots') ? 'text/html' : 'text/plain' }, body: 'User-agent: *' }
        case '/.env':
          return broken('nothing leaks') ? { body: 'NEXTAUTH_SECRET=x' } : html('<h1>404</h1>', 404)
        default:
          return html('<h1>404</h1>', broken('unknown page') && path === '/no-such-page' ? 200 : 404)
      }
    },
  },
})

export const containerApi: Double = (broken) => {
  let repeated = 0
  let kept = 0
  const items = async ({ query, headers }: Received): Promise<Answer> => {
    if (query.get('limit') === '1') return json({ items: broken('items') ? [{ name: 'saw' }] : [{ id: 1 }] })
    if (headers.connection !== 'keep-alive') {
      // The first two are those of the checks themselves.
      repeated++
      if (broken('no errors under repetition') && repeated > 2 && repeated % 3 === 0) return json({}, 500)
    } else if (broken('speed') && ++kept === 3) await wait(2200)
    return json({ items: [{ id: 1 }, { id: 2 }] })
  }
  const health: Serve = () => {
    const answer = json({ status: broken('alive') ? 'starting' : 'ok', version: '1.4.2' })
    const { 'strict-transport-security': hsts, ...rest } = SAFE
    return withHeaders(answer, broken('outside') ? rest : { ...rest, 'strict-transport-security': hsts })
  }
  return {
    'staging.example.com': {
      ...(broken('outside') && { http: health }),
      https: (request) => {
        switch (`${request.method} ${request.path}`) {
          case 'GET /healthz':
            return health(request)
          case 'GET /readyz': {
            const database = { status: 'up', latency_ms: broken('database') ? 400 : 4 }
            return json({ checks: { database, migrations: { pending: 0 } } })
          }
          case 'GET /api/items':
            return items(request)
          case 'POST /api/items':
            return broken('writing needs a login') ? json({ id: 3 }, 201) : json({ error: 'unauthorized' }, 401)
          case 'GET /metrics':
            return broken('outside') ? { body: 'up 1' } : { status: 403 }
          case 'GET /api/no-such-path':
            return json({ error: 'not found', ...(broken('unknown path') && { stack: STACK }) }, 404)
          default:
            return json({ error: 'not found' }, 404)
        }
      },
    },
  }
}

/** Checks tokens, origins and referers as CsrfViewMiddleware does. */
export const djangoReact: Double = (broken) => {
  const token = 'c'.repeat(32)
  const session = 's'.repeat(32)
  const app = 'https://app.example.com'
  const api = 'https://api.example.com'
  const cookiesOf = ({ headers: { cookie = '' } }: Received) => cookie.split('; ')
  const isTrusted = ({ headers: { origin, referer = '' } }: Received) =>
    origin === undefined ? referer.startsWith(`${api}/`) : origin === api || origin === app

  const page = (): Answer => {
    const field = broken('login page') ? '' : `<input type="hidden" name="csrfmiddlewaretoken" value="${token}">`
    return html(`<form method="post">${field}</form>`, 200, {
      'set-cookie': `csrftoken=${token}; Path=/; Secure; SameSite=Lax`,
    })
  }
  const post = (request: Received): Answer => {
    const fields = new URLSearchParams(request.text)
    const proven = fields.get('csrfmiddlewaretoken') === token && cookiesOf(request).includes(`csrftoken=${token}`)
    if (!(proven && isTrusted(request)) && !(broken('CSRF') && !fields.has('csrfmiddlewaretoken'))) {
      return html('<h1>Forbidden</h1><p>CSRF verification failed. Request aborted.</p>', 403)
    }
    const known = fields.get('username') === USER && fields.get('password') === PASSWORD && !broken('login')
    if (!known && fields.has('csrfmiddlewaretoken')) return html('Please enter a correct username and password.')
    return {
      status: 302,
      headers: {
        location: '/accounts/profile/',
        'set-cookie': `sessionid=${session}; Path=/; Secure; HttpOnly; SameSite=Lax`,
      },
    }
  }
  const me = (request: Received): Answer => {
    if (cookiesOf(request).includes(`sessionid=${session}`)) {
      return json({ username: USER, is_staff: broken('API as that user') })
    }
    return broken('API without login') ? json({ username: 'anonymous' }) : json({ detail: 'Not logged in.' }, 403)
  }
  const backend: Serve = (request) => {
    switch (`${request.method} ${request.path}`) {
      case 'GET /healthz':
        return json({ commit: NEW, database: broken('backend and database') ? 'down' : 'ok' })
      case 'GET /accounts/login/':
        return page()
      case 'POST /accounts/login/':
        return post(request)
      case 'GET /api/me/':
        return me(request)
      case 'GET /api/':
      case 'OPTIONS /api/':
        return withHeaders(
          json({}),
          shared(request, (origin) => origin === app || broken('CORS')),
        )
      case 'GET /admin/':
        return broken('admin is not for everyone')
          ? html('<h1>Site administration</h1>')
          : { status: 302, headers: { location: '/admin/login/?next=/admin/' } }
      case 'GET /no-such-page/': {
        const debug = "<p>You're seeing this error because you have <code>DEBUG = True</code> in your settings.</p>"
        return html(`<h1>Not Found</h1>${broken('DEBUG is off') ? debug : ''}`, 404)
      }
      default:
        return html('<h1>Not Found</h1>', 404)
    }
  }
  const frontend: Serve = ({ path }) => {
    if (path === '/login' && broken('front end finds its routes')) return html('<h1>Not Found</h1>', 404)
    const { 'referrer-policy': policy, ...rest } = SAFE
    const headers = broken('front end') ? rest : { ...rest, 'referrer-policy': policy }
    return html('<title>App</title><div id="root"></div>', 200, headers)
  }
  return { 'api.example.com': { https: backend }, 'app.example.com': { https: frontend } }
}

export const saasApi: Double = (broken) => {
  const events = Array.from({ length: 5 }, (_, index) => ({ id: `event-${index + 1}`, kind: 'deployment' }))
  const error = (code: string, status: number) =>
    json({ error: { code, message: `It is ${code}.`, request_id: 'request-1' } }, status)
  const me = ({ headers: { authorization } }: Received): Answer => {
    const let_in =
      authorization === `Bearer ${API_KEY}` ||
      (authorization === undefined && broken('token is required')) ||
      (authorization === 'Bearer no-such-token' && broken('wrong token is refused'))
    if (!let_in) return error('unauthorized', 401)
    const limits = { ratelimit: '"default";r=99;t=60', 'ratelimit-policy': '"default";q=100;w=60' }
    const headers = { 'cache-control': 'private, no-store', ...(!broken('token works') && limits) }
    return withHeaders(json({ id: 'user-1' }), headers)
  }
  const list = ({ query }: Received): Answer => {
    const limit = Number(query.get('limit') ?? 20)
    if (limit === 1 && broken('latest event')) return json({ data: [{ kind: 'deployment' }], next_cursor: null })
    const from = broken('pages') ? 0 : Number(query.get('cursor') ?? 0)
    const to = from + limit
    return json({ data: events.slice(from, to), next_cursor: to < events.length ? String(to) : null })
  }
  const one = ({ headers }: Received): Answer => {
    if (broken('one event')) return json({ id: 'event-9' })
    const etag = { etag: 'W/"event-1"' }
    return headers['if-none-match'] === etag.etag ? { status: 304, headers: etag } : withHeaders(json(events[0]), etag)
  }
  return {
    'api.example.com': {
      https: (request) => {
        const { method, path, headers } = request
        if (path === '/v1/healthz') {
          return withHeaders(json({ status: 'ok' }), { 'x-version': broken('health') ? OLD : NEW })
        }
        if (path === '/v1/me') return me(request)
        if (path === '/graphql' && broken('internals are not public')) {
          return json({ data: { __schema: { queryType: { name: 'Query' } } } })
        }
        if (!path.startsWith('/v1/')) return error('forbidden', 403)
        if (path.endsWith('no-such-page'))
          return broken('error body') ? html('<h1>404</h1>', 404) : error('not_found', 404)
        if (headers.authorization !== `Bearer ${API_KEY}`) return error('unauthorized', 401)
        if (path === '/v1/events') return list(request)
        if (path === '/v1/events/event-1') return one(request)
        if (`${method} ${path}` === 'POST /v1/webhooks') {
          return broken('invalid webhook is refused') ? json({ id: 'webhook-1' }, 201) : error('invalid_url', 422)
        }
        return error('not_found', 404)
      },
    },
  }
}

export const constructionApi: Double = (broken) => {
  const error = (code: string, status: number) => json({ error: { code } }, status)
  const app = 'https://app.example.com'
  const projects = (request: Received): Answer => {
    const { headers, query, method } = request
    const allows = (origin: string) => (broken('strict CORS') ? origin.startsWith(app) : origin === app)
    const answer = (): Answer => {
      if (method === 'OPTIONS') return { status: 204 }
      const key = headers['x-api-key']
      if (key === undefined && !broken('no key, no data')) return error('unauthorized', 401)
      if (key === NEXT_API_KEY && broken('new key works')) return error('unauthorized', 401)
      const limit = Number(query.get('limit') ?? 1)
      const more = broken('projects answer within 200 ms') && limit === 25 ? 1 : 0
      return json({ projects: Array.from({ length: limit + more }, (_, index) => ({ id: index })) })
    }
    return withHeaders(answer(), shared(request, allows))
  }
  const health = (): Answer => {
    const hsts = broken('security headers') ? { 'strict-transport-security': 'max-age=63072000' } : HSTS
    return withHeaders(json({ commit: NEW, database: broken('health') ? 'down' : 'ok' }), {
      ...SAFE,
      ...hsts,
      server: 'nginx',
    })
  }
  return {
    'api.example.com': {
      https: (request) => {
        switch (request.path) {
          case '/healthz':
            return health()
          case '/api/projects':
            return projects(request)
          case '/api/integrations/status':
            return json({
              integrations: [
                { name: 'plans', state: 'connected', key_expires_in_days: 90 },
                broken('integrations')
                  ? { name: 'billing', key_expires_in_days: 3 }
                  : { name: 'billing', state: 'disabled', key_expires_in_days: 7 },
              ],
            })
          case '/api/audit/events/0':
            return broken('audit trail cannot be changed') ? { status: 204 } : error('method_not_allowed', 405)
          case '/metrics':
            return broken('metrics are for Prometheus alone') ? { body: 'up 1' } : error('forbidden', 403)
          default:
            return error('not_found', 404)
        }
      },
    },
  }
}
