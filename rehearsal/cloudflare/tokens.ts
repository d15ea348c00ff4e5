/** The one API token that is accepted: whose it is, what it may do, and how it is verified. */
import { type Context, Hono } from 'hono'
import { bearer, listed, succeed } from './envelope.ts'
import { authenticationError, invalidToken, noRoute, unauthorizedResource } from './errors.ts'

/** `pages` is "Account > Cloudflare Pages > Edit", `workers` is "Account > Workers Scripts > Edit". */
export type TokenScope = 'pages' | 'workers'

export interface Token {
  readonly text: string
  /** Each kind of token is verified at an address of its own, and unknown at the other's. */
  readonly owner: 'user' | 'account'
  readonly scopes: readonly TokenScope[]
  /** ISO 8601. It is only told: the token is accepted after it, too. */
  readonly expiresOn: string | undefined
}

/** What wrangler's whoami asks after a refusal, and how it finds the account when none is given. */
export function tokenRoutes(accountId: string, token: Token): Hono {
  const routes = new Hono()
  const account = { id: accountId, name: 'Rehearsal', type: 'standard' }
  const authenticate = (c: Context) => {
    if (bearer(c) !== token.text) throw authenticationError()
  }
  routes.get('/user/tokens/verify', (c) => verify(c, token, 'user'))
  routes.get('/accounts/:account/tokens/verify', (c) => {
    bearer(c)
    if (!isAccount(c, accountId)) throw invalidToken()
    return verify(c, token, 'account')
  })
  // A token with "Account > Cloudflare Pages > Edit" and nothing more may not read its user.
  routes.get('/user', (c) => {
    bearer(c)
    throw unauthorizedResource()
  })
  routes.get('/accounts', (c) => {
    authenticate(c)
    return listed(c, [account])
  })
  routes.get('/memberships', (c) => {
    authenticate(c)
    return listed(c, [{ id: accountId, status: 'accepted', account, roles: ['Administrator'] }])
  })
  return routes
}

/** The answer is as in putyourlightson/craft-cloudflare#88; a token without an end has no `expires_on`. */
function verify(c: Context, { text, owner, expiresOn }: Token, asked: Token['owner']): Response {
  if (bearer(c) !== text || owner !== asked) throw invalidToken()
  const ending = expiresOn === undefined ? {} : { expires_on: expiresOn }
  const message = { code: 10000, message: 'This API Token is valid and active', type: null }
  return succeed(c, { id: 'f267e341f3dd4697bd3b9f71dd96247f', status: 'active', ...ending }, { messages: [message] })
}

/** For every route of an account. One of another account is refused like a bad token. */
export function checkAccount(c: Context, accountId: string, { text }: Token): void {
  const given = bearer(c)
  const known = isAccount(c, accountId)
  if (given !== text || !known) throw authenticationError()
}

/** @throws Refusal where a token lacks the permission for the routes of this scope */
export function checkScope({ scopes }: Token, scope: TokenScope): void {
  if (!scopes.includes(scope)) throw authenticationError()
}

/** An id that is none is not routed. */
function isAccount(c: Context, accountId: string): boolean {
  const account = c.req.param('account')
  if (account !== accountId && !/^[0-9a-f]{32}$/.test(account ?? '')) throw noRoute(c.req.path)
  return account === accountId
}
