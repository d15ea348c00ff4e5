/** Loopback servers for what an embedded service does not do: be absent, or never answer. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StalledServer extends AsyncDisposable {
  readonly origin: string
  /** Settled by the first request. */
  readonly asked: Promise<unknown>
}

/** Takes requests and never answers one. */
export async function startStalledServer(): Promise<StalledServer> {
  const { server, origin } = await listen()
  return {
    origin,
    asked: once(server, 'request'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** An address at which a server was a moment ago: connections to it are refused. */
export async function refusingOrigin(): Promise<string> {
  const { server, origin } = await listen()
  server.close()
  await once(server, 'close')
  return origin
}

async function listen() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { server, origin: `http://127.0.0.1:${port}` }
}
