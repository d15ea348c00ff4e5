/** What both embedded services stand on: a loopback HTTP server and the record of what was asked of it. */
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'

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
  readonly status: number
  readonly response: unknown
  /** The job whose token was used, where the service knows it. */
  readonly job?: string
}

export interface LoopbackServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a final slash. */
  readonly origin: string
  /** `127.0.0.1:PORT`. */
  readonly host: string
}

/** Listens on a free loopback port. Closing ends open connections too, so that a stalled client cannot hold it. */
export async function listen(app: Hono): Promise<LoopbackServer> {
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
