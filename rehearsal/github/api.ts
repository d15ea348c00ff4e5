/** One origin for all that the embedded GitHub is: its REST API, artifact service, storage, registry and token issuer. */
import { randomBytes } from 'node:crypto'
import { Hono, type MiddlewareHandler } from 'hono'
import { type FaultSet, injectFaults } from '../faults.ts'
import { findRepository, hasOrganization } from './accounts.ts'
import { type Answer, badCredentials, notAccessible, notFound, REST_DOCS } from './answers.ts'
import type { RuntimeTokens } from './artifacts/runtime-tokens.ts'
import { artifactService } from './artifacts/service.ts'
import type { IdTokens } from './attestations/id-tokens.ts'
import type { Env, GitHubContext } from './env.ts'
import { allows, type Caller, isOpen, type PermissionLedger } from './permissions.ts'
import { type Log, recorder, takesBytes } from './recorder.ts'
import { registry } from './registry/service.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'
import { type Call, type State, timestamp } from './state.ts'
import { storage } from './storage/azure.ts'

/** Who gives out tokens, and knows them again. */
export interface Issuers {
  readonly ledger: PermissionLedger
  readonly tokens: RuntimeTokens
  readonly idTokens: IdTokens
}

export function api(state: State, { ledger, tokens, idTokens }: Issuers, log: Log, faults: FaultSet): Hono<Env> {
  const app = new Hono<Env>()
  app.use(recorder(log))
  app.use(injectFaults('github', faults))
  app.use(storeClock(state))
  app.use(artifactService(state, tokens))
  app.use(storage(state.blobs))
  app.use(registry(state, ledger))
  app.use(idTokens.service())
  app.use(commonHeaders(state))
  for (const route of ROUTES) {
    app.on(route.method, route.path, async (c) => {
      const answer = refuse(c, route, state, ledger) ?? (await route.answer(await toCall(c, route, state, ledger)))
      return respond({ ...answer, headers: { ...acceptedBy(route), ...answer.headers } })
    })
  }
  app.all('*', (c) => {
    c.set('unsupported', true)
    return respond(authenticate(c, ledger) ? notFound(REST_DOCS) : badCredentials())
  })
  return app
}

function acceptedBy({ needs, instead }: Route): Readonly<Record<string, string>> {
  if (!needs) return {}
  const accepted = [needs, ...(instead ? [instead] : [])].map(({ permission, level }) => {
    return `${permission.replaceAll('-', '_')}=${level}`
  })
  return { 'x-accepted-github-permissions': accepted.join('; ') }
}

/**
 * GitHub tells a request without a token for a private repository only that nothing is there. Here it is 401 like a
 * wrong token, so that a token which was lost on its way is not taken for a wrong path.
 */
function refuse(c: GitHubContext, route: Route, state: State, ledger: PermissionLedger): Answer | undefined {
  const caller = authenticate(c, ledger)
  if (!caller) return badCredentials()
  if (!route.needs) return undefined
  if (!isReachable(c, route, caller, state)) return notFound(route.docs)
  const open = !state.repository.private && isOpen(route.needs)
  const met = [route.needs, route.instead].find((needed) => needed !== undefined && allows(caller, needed))
  if (!open && !met) return notAccessible(route.docs, caller.kind)
  const { permission, level } = met ?? route.needs
  ledger.note(caller.job, permission, level)
  return undefined
}

function authenticate(c: GitHubContext, ledger: PermissionLedger): Caller | undefined {
  const caller = ledger.caller(c.req.header('authorization'))
  if (caller) {
    c.set('job', caller.job)
    c.set('login', caller.login)
    c.set('tokenExpiresAt', caller.expiresAt)
  }
  return caller
}

/** A job's token sees its own repository only. */
function isReachable(c: GitHubContext, route: Route, caller: Caller, state: State): boolean {
  const { org, username, owner, repo } = c.req.param()
  if (org !== undefined) return hasOrganization(state, org)
  if (username !== undefined) return true
  const asked = `${owner}/${repo}`.toLowerCase()
  const found = findRepository(state, asked)
  if (found === undefined || caller.repositories?.has(asked) === false) return false
  return found === state.repository || (route.others === true && caller.login !== undefined)
}

async function toCall(c: GitHubContext, route: Route, state: State, ledger: PermissionLedger): Promise<Call> {
  const { req } = c
  const bytes = takesBytes(req.method, req.path, req.query())
  return {
    state,
    params: req.param(),
    query: req.query(),
    url: req.url,
    text: bytes ? '' : await req.text(),
    incoming: c.env.incoming,
    login: c.get('login'),
    docs: route.docs,
    may(more) {
      const caller = authenticate(c, ledger)
      if (!caller || !allows(caller, more)) return false
      ledger.note(caller.job, more.permission, more.level)
      return true
    },
  }
}

function respond({ status, body, headers = {} }: Answer): Response {
  if (status === 204 || status === 302) return new Response(null, { status, headers })
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Response(text, { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } })
}

/** Clients may go by the server's clock. */
function storeClock({ clock }: State): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next()
    if (clock.isMoved) c.header('date', new Date(clock.now()).toUTCString())
  }
}

function commonHeaders(state: State): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (c.req.path !== '/rate_limit') state.rateLimit.count()
    await next()
    const all = {
      ...state.rateLimit.headers(),
      'x-github-request-id': randomBytes(16).toString('hex').toUpperCase(),
      'x-github-media-type': 'github.v3; format=json',
      'x-github-api-version-selected': '2022-11-28',
      ...expiry(c.get('tokenExpiresAt')),
    }
    for (const [name, value] of Object.entries(all)) c.header(name, value)
  }
}

/** Of a personal access token: `2026-12-31 00:00:00 UTC`. */
function expiry(at: number | undefined): Readonly<Record<string, string>> {
  if (at === undefined) return {}
  return { 'github-authentication-token-expiration': timestamp(at).replace('T', ' ').replace('Z', ' UTC') }
}
