/** Loopback hosts that serve deployments. Each has a port of its own, so that root-absolute paths work everywhere. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { type FaultEnv, type FaultSet, injectFaults } from '../faults.ts'
import { type LoopbackServer, listen } from '../server.ts'
import type { Behaviour } from './behaviour.ts'
import type { Deployment } from './deployment.ts'
import { serveSite } from './site.ts'

/** A Cloudflare Access service token that visitors of a project must show. */
export interface Access {
  readonly clientId: string
  readonly clientSecret: string
}

export interface Host {
  readonly origin: string
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** What it shows; nothing before the first successful deployment. */
  shown: Deployment | null
  /** What it showed before that. */
  before: Deployment | null
}

interface HostOptions {
  /** What the host would be called on Cloudflare, for rules that name a host. */
  readonly hostname: string
  readonly preview: boolean
  readonly access: Access | undefined
  /** Of one deployment for ever, so that it is never stale. */
  readonly immutable?: boolean
}

export class Hosts {
  readonly #stack: AsyncDisposableStack
  readonly #behaviour: () => Behaviour
  readonly #faults: FaultSet
  #login: Promise<LoopbackServer> | undefined

  constructor(stack: AsyncDisposableStack, behaviour: () => Behaviour, faults: FaultSet) {
    this.#stack = stack
    this.#behaviour = behaviour
    this.#faults = faults
  }

  async open(options: HostOptions): Promise<Host> {
    const login = options.access ? await this.#openLogin() : undefined
    const app = new Hono<FaultEnv>()
    app.use(injectFaults('site', this.#faults, options.immutable ? 'stale' : undefined))
    app.all('*', (c) => {
      const refused = login && options.access && refuse(c.req.raw, options.access, login)
      return refused || this.#show(host, options, c.req.raw, c.get('stale') ?? false)
    })
    const server = this.#stack.use(await listen(app))
    const host: Host = { origin: server.origin, host: server.host, shown: null, before: null }
    return host
  }

  #show(host: Host, { hostname, preview }: HostOptions, request: Request, stale: boolean): Response {
    if (!host.shown?.succeeded) return new Response('Nothing is deployed here yet.\n', { status: 404 })
    const shown = (stale && host.before) || host.shown
    const { serve } = this.#behaviour()
    const transform = (path: string, bytes: Uint8Array) => {
      const current = stale && shown === host.shown ? withOtherCommit(shown, bytes) : bytes
      return serve?.(path, current, host.host) ?? current
    }
    return serveSite(shown.site, { request, hostname, preview, transform })
  }

  /** Stands where `TEAM.cloudflareaccess.com` does: another host, whose page answers 200. */
  #openLogin(): Promise<LoopbackServer> {
    const app = new Hono()
    app.get('/cdn-cgi/access/login/:host', (c) => c.html('<!doctype html><title>Sign in to continue</title>'))
    this.#login ??= listen(app).then((server) => this.#stack.use(server))
    return this.#login
  }
}

/** A file as a version before the first one would have had it: what names the commit names another one. */
function withOtherCommit(deployment: Deployment, bytes: Uint8Array): Uint8Array {
  const { commit_hash: commit } = deployment.deployment_trigger.metadata
  if (commit === '') return bytes
  const before = createHash('sha256').update(`before ${commit}`).digest('hex').slice(0, commit.length)
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(commit, before), 'latin1')
}

function refuse(request: Request, access: Access, login: LoopbackServer): Response | null {
  const id = request.headers.get('cf-access-client-id') ?? ''
  const secret = request.headers.get('cf-access-client-secret') ?? ''
  if (same(id, access.clientId) && same(secret, access.clientSecret)) return null
  const { host, pathname, search } = new URL(request.url)
  const location = new URL(`/cdn-cgi/access/login/${host}`, login.origin)
  location.searchParams.set('redirect_url', `${pathname}${search}`)
  return new Response(null, { status: 302, headers: { location: location.href } })
}

function same(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}
