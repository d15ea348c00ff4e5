/** Stands between a client and a server, and does to requests what networks and busy servers do. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Fault =
  /** Answered in the server's place. */
  | { readonly answer: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  /** The server does what it is asked for, and its answer never comes. */
  | 'lose-answer'
  /** The connection breaks while the request is on its way. */
  | 'cut-request'
  /** The connection breaks after so many bytes of the answer's body. */
  | { readonly cutAfter: number }
  /** Nobody ever answers. */
  | 'stall'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

export interface Relay extends AsyncDisposable {
  readonly endpoint: string
  readonly asked: readonly Asked[]
  /** Called with every request; what it returns happens to that one. */
  fault: (asked: Asked) => Fault | undefined
}

/** @param target `http://127.0.0.1:PORT`, called for every request */
export async function startRelay(target: () => string): Promise<Relay> {
  const asked: Asked[] = []
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming
    asked.push({ method, url, headers })
    incoming.on('error', () => {})
    response.on('error', () => {})
    const fault = relay.fault({ method, url, headers })
    if (fault === 'stall') return
    if (fault === 'cut-request') {
      if (headers['content-length'] !== '0' && headers['content-length'] !== undefined) await once(incoming, 'data')
      incoming.socket.destroy()
      return
    }
    if (typeof fault === 'object' && 'answer' in fault) return answer(incoming, response, fault)
    forward(target(), incoming, response, fault)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const relay: Relay = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return relay
}

function answer(incoming: IncomingMessage, response: ServerResponse, fault: Extract<Fault, { answer: number }>): void {
  incoming.resume()
  const body = incoming.method === 'HEAD' ? '' : (fault.body ?? '')
  response.writeHead(fault.answer, { 'content-type': 'application/xml', ...fault.headers })
  response.end(body)
}

/** The host stays as the client has written it, since it is part of what is signed. */
function forward(
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  fault: 'lose-answer' | { readonly cutAfter: number } | undefined,
): void {
  const { hostname, port } = new URL(target)
  const { method, url, headers } = incoming
  const outgoing = request({ hostname, port, method, path: url, headers, agent: false }, (answered) => {
    answered.on('error', () => response.destroy())
    if (fault === 'lose-answer') {
      answered.resume().once('end', () => response.destroy())
      return
    }
    response.writeHead(answered.statusCode ?? 502, answered.headers)
    if (fault === undefined) answered.pipe(response)
    else answered.once('close', () => response.destroy()).on('data', cutter(response, fault.cutAfter))
  })
  outgoing.on('error', () => response.destroy())
  incoming.pipe(outgoing)
}

function cutter(response: ServerResponse, limit: number): (chunk: Buffer) => void {
  let rest = limit
  return (chunk) => {
    const part = chunk.subarray(0, rest)
    rest -= part.length
    if (rest > 0) response.write(part)
    else if (!response.writableEnded && !response.destroyed) response.write(part, () => response.destroy())
  }
}

/** Does a fault to the first `times` requests that it fits. */
export function first(times: number, fits: (asked: Asked) => boolean, fault: Fault): Relay['fault'] {
  let left = times
  return (asked) => (fits(asked) && left-- > 0 ? fault : undefined)
}
