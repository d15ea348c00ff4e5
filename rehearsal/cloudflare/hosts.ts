/** Loopback hosts that serve deployments. Each has a port of its own, so that root-absolute paths work everywhere. */
import { timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
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
}

interface HostOptions {
  /** What the host would be called on Cloudflare, for rules that name a host. */
  readonly hostname: string
  readonly preview: boolean
  readonly access: Access | undefined
}

export class Hosts {
  readonly #stack: AsyncDisposableStack
  readonly #behaviour: () => Behaviour
  #login: Promise<LoopbackServer> | undefined

  constructor(stack: AsyncDisposableStack, behaviour: () => Behaviour) {
    this.#stack = stack
    this.#behaviour = behaviour
  }

  async open(options: HostOptions): Promise<Host> {
    const login = options.access ? await this.#openLogin() : undefined
    const app = new Hono()
    app.all('*', ({ req }) => {
      const refused = login && options.access && refuse(req.raw, options.access, login)
      return refused || this.#show(host, options, req.raw)
    })
    const server = this.#stack.use(await listen(app))
    const host: Host = { origin: server.origin, host: server.host, shown: null }
    return host
  }

  #show(host: Host, { hostname, preview }: HostOptions, request: Request): Response {
    if (!host.shown?.succeeded) return new Response('Nothing is deployed here yet.\n', { status: 404 })
    const { serve } = this.#behaviour()
    const transform = (path: string, bytes: Uint8Array) => serve?.(path, bytes, host.host) ?? bytes
    return serveSite(host.shown.site, { request, hostname, preview, transform })
  }

  /** Stands where `TEAM.cloudflareaccess.com` does: another host, whose page answers 200. */
  #openLogin(): Promise<LoopbackServer> {
    const app = new Hono()
    app.get('/cdn-cgi/access/login/:host', (c) => c.html('<!doctype html><title>Sign in to continue</title>'))
    this.#login ??= listen(app).then((server) => this.#stack.use(server))
    return this.#login
  }
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
