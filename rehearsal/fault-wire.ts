/** What a fault does to the connection itself, below anything that an HTTP framework answers. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits, but no longer than the connection lasts: neither a client that gave up nor a closed double is waited for. */
export async function delay(ms: number, outgoing: ServerResponse): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  await Promise.race([sleep(ms, undefined, { signal }), once(outgoing, 'close', { signal })]).catch(() => {})
  over.abort()
}

/** The client's socket fails with ECONNRESET. */
export function resetConnection(incoming: IncomingMessage): void {
  incoming.socket.resetAndDestroy()
}

/** Announces the whole body, sends half of it and closes the connection. */
export async function sendHalf(answer: Response, outgoing: ServerResponse): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer())
  const headers = { ...Object.fromEntries(answer.headers), 'content-length': `${body.length}` }
  outgoing.writeHead(answer.status, headers)
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.socket?.end())
}
