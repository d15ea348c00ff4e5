/**
 * A container host as Render and Koyeb are: a deploy hook for each service, and the service itself at an address of its
 * own. That a hook answers 200 says only that it was heard; the service runs the new version a moment later, or never.
 * https://render.com/docs/deploy-hooks
 */
import { Hono } from 'hono'
import { type FaultEnv, FaultSet, injectFaults } from '../faults.ts'
import type { GitHub } from '../github/server.ts'
import { type LoopbackServer, listen } from '../server.ts'
import { newestRelease, releaseOf } from './releases.ts'
import { type Deploy, type Release, Service } from './service.ts'

export type ServiceName = 'staging' | 'production'

export interface ServiceReport {
  readonly name: string
  readonly url: string
  /** What it says of itself at `/healthz`. */
  readonly commit: string
  readonly version: string
  /** null where it runs no image that was named. */
  readonly image: string | null
  /** Oldest first. */
  readonly deploys: readonly Deploy[]
}

/** What a service can be asked for. */
export interface Addresses {
  /** A secret: whoever has it can deploy. */
  readonly hook: string
  readonly url: string
}

interface Opened {
  readonly service: Service
  readonly server: LoopbackServer
}

const NAMES: readonly ServiceName[] = ['staging', 'production']

/** Listens once somebody needs it. */
export class Host implements AsyncDisposable {
  readonly #faults: FaultSet
  readonly #switchMs: number
  readonly #stack = new AsyncDisposableStack()
  #api: LoopbackServer | undefined
  #opened: readonly Opened[] = []
  #github: GitHub | undefined

  constructor({ faults = new FaultSet(), switchMs = 300 }: { faults?: FaultSet; switchMs?: number } = {}) {
    this.#faults = faults
    this.#switchMs = switchMs
  }

  /** The repository whose images it runs. */
  serve(github: GitHub): void {
    this.#github = github
  }

  /** Does nothing where it listens already. */
  async start(): Promise<void> {
    if (this.#api !== undefined) return
    this.#opened = await Promise.all(
      NAMES.map(async (name) => {
        const service = new Service(name, this.#switchMs)
        this.#stack.defer(() => service.stop())
        return { service, server: this.#stack.use(await listen(serviceApp(service, this.#faults))) }
      }),
    )
    this.#api = this.#stack.use(await listen(this.#hooks()))
  }

  /** @throws Error before it was started */
  addresses(name: ServiceName): Addresses {
    const found = this.#opened.find(({ service }) => service.name === name)
    if (found === undefined || this.#api === undefined) throw new Error('The container host does not listen yet.')
    const { service, server } = found
    return { hook: `${this.#api.origin}/deploy/${service.id}?key=${service.key}`, url: server.origin }
  }

  report(): readonly ServiceReport[] {
    return this.#opened.map(({ service: { name, live, deploys }, server }) => ({
      name,
      url: server.origin,
      ...live,
      deploys: [...deploys],
    }))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }

  #hooks(): Hono<FaultEnv> {
    const app = new Hono<FaultEnv>()
    app.use(injectFaults('host', this.#faults))
    app.on(['GET', 'POST'], '/deploy/:service', async (c) => {
      const found = this.#opened.find(({ service }) => service.id === c.req.param('service'))
      if (found === undefined) return c.text('Not Found', 404)
      if (c.req.query('key') !== found.service.key) return c.text('Unauthorized', 401)
      const { imgURL: image = null, ref } = c.req.query()
      const release = await this.#release(image, ref)
      const id = found.service.deploy(image, release, c.get('stale') === true)
      return c.json({ deploy: { id } })
    })
    return app
  }

  #release(image: string | null, ref: string | undefined): Promise<Release | undefined> {
    if (this.#github === undefined) throw new Error('The container host was not told whose images it runs.')
    if (image !== null) return releaseOf(this.#github, image)
    if (ref === undefined) return newestRelease(this.#github)
    return Promise.resolve({ commit: ref, version: '', image: null })
  }
}

/** The little that checks ask a service for. What a real one would say below `/api/` is not known here. */
function serviceApp(service: Service, faults: FaultSet): Hono<FaultEnv> {
  const app = new Hono<FaultEnv>()
  app.use(injectFaults('host', faults))
  const release = (stale: boolean | undefined) => (stale === true ? service.previous : service.live)
  app.get('/healthz', (c) => {
    const { commit, version } = release(c.get('stale'))
    return c.json({ status: 'ok', database: 'ok', commit, version })
  })
  app.get('/version.json', (c) => {
    const { commit, version } = release(c.get('stale'))
    return c.json({ commit, version })
  })
  app.get('/', (c) => c.json({ status: 'ok' }))
  app.get('/api/*', (c) => c.json([]))
  app.notFound((c) => c.json({ detail: 'Not found.' }, 404))
  return app
}

/** Which service a secret or variable is about, by its name; undefined: none. */
export function serviceNamed(name: string): ServiceName | undefined {
  if (!isHook(name) && !isServiceUrl(name)) return undefined
  return /STAGING|STAGE|PREVIEW/i.test(name) ? 'staging' : 'production'
}

export function isHook(name: string): boolean {
  return /DEPLOY_?HOOK/i.test(name)
}

export function isServiceUrl(name: string): boolean {
  return /^(?:STAGING_|PRODUCTION_)?BACKEND_URL$/i.test(name)
}
