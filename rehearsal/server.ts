/** What both embedded services stand on: a loopback HTTP server and the record of what was asked of it. */
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type Http2Bindings, type HttpBindings } from '@hono/node-server'

/** One request that reached an embedded service, and its answer. Credentials are never kept. */
export interface RecordedRequest {
  readonly side: 'github' | 'cloudflare'
  /** ISO 8601, UTC. */
  readonly at: string
  readonly method: string
  /** Below the API's base, query excluded: `/repos/o/r/deployments`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Parsed JSON, the names and sizes of multipart fields, or null. */
  readonly body: unknown
  /** 0 where nothing was answered: a fault has kept the request, or its connection is gone. */
  readonly status: number
  readonly response: unknown
  /** The fault that it met, as it was written. */
  readonly fault?: string
  /** The job whose token was used, where the service knows it. */
  readonly job?: string
}

export interface LoopbackServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a final slash. */
  readonly origin: string
  /** `127.0.0.1:PORT`. */
  readonly host: string
}

/** A Hono application, whatever its variables are. */
export interface Served {
  fetch(request: Request, env: HttpBindings | Http2Bindings): Response | Promise<Response>
}

/** Listens on a free loopback port. Closing ends open connections too, so that a stalled client cannot hold it. */
export async function listen(app: Served): Promise<LoopbackServer> {
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  return {
    origin: `http://${host}`,
    host,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}
