/** Loopback servers that misbehave: what they say is written byte by byte. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface RawServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly port: number
  /** What each connection has sent, as text, in order. */
  readonly received: readonly string[]
  /** Connections that are open. */
  open(): number
}

/**
 * @param answer called with each connection once its request's headers are there; writes what it likes
 * @param options.greet called at once instead, as servers do that speak first
 */
export async function startRaw(
  answer: (socket: Socket, request: string, connection: number) => void,
  { greet = false }: { readonly greet?: boolean } = {},
): Promise<RawServer> {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const index = received.push('') - 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // clients hang up
    if (greet) answer(socket, '', index)
    let answered = 0
    socket.on('data', (chunk) => {
      received[index] += chunk.toString('latin1')
      const requests = (received[index] ?? '').split('\r\n\r\n').length - 1
      for (; answered < requests && !greet; answered++) answer(socket, received[index] ?? '', index)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    received,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Writes a text again and again until the connection is closed. */
export function drip(socket: Socket, text: string, interval: number): void {
  const timer = setInterval(() => socket.write(text), interval)
  socket.once('close', () => clearInterval(timer))
}

/** Writes as fast as the client reads, without end. */
export function flood(socket: Socket, chunk: Uint8Array): void {
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.on('drain', more)
  more()
}
