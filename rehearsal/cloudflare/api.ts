/** The part of Cloudflare's API that wrangler and this pack's actions call. */
import { Hono } from 'hono'
import { type FaultEnv, type FaultSet, injectFaults } from '../faults.ts'
import type { RecordedRequest } from '../server.ts'
import { API_PATH, refuse } from './envelope.ts'
import { noRoute, Refusal } from './errors.ts'
import { assetRoutes, type PagesOptions, projectRoutes } from './pages.ts'
import { recordRequests } from './record.ts'
import { checkAccount, checkScope, type Token, tokenRoutes } from './tokens.ts'
import { type Workers, workerRoutes } from './workers.ts'

export interface ApiOptions extends PagesOptions {
  readonly accountId: string
  readonly token: Token
  readonly workers: Workers
  readonly requests: RecordedRequest[]
  readonly faults: FaultSet
}

/** Every request passes the recorder and the faults before anything looks at it. */
export function createApi(options: ApiOptions): Hono<FaultEnv> {
  const api = new Hono<FaultEnv>()
  api.use(recordRequests(options.requests))
  api.use(injectFaults('cloudflare', options.faults))
  api.notFound((c) => refuse(c, noRoute(c.req.path)))
  api.onError((error, c) => {
    if (error instanceof Refusal) return refuse(c, error)
    throw error
  })
  api.route(API_PATH, tokenRoutes(options.accountId, options.token))
  api.route(API_PATH, assetRoutes(options))
  api.route(API_PATH, accountRoutes(options))
  return api
}

/** What the token must own the account for, and have the permission for. */
function accountRoutes(options: ApiOptions): Hono {
  const routes = new Hono()
  routes.use('/accounts/:account/*', async (c, next) => {
    checkAccount(c, options.accountId, options.token)
    await next()
  })
  for (const scope of ['pages', 'workers'] as const) {
    routes.use(`/accounts/:account/${scope}/*`, async (_, next) => {
      checkScope(options.token, scope)
      await next()
    })
  }
  routes.route('/', projectRoutes(options))
  routes.route('/', workerRoutes(options.workers))
  return routes
}
