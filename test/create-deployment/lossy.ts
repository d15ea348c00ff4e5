/** A way to the embedded GitHub on which requests and answers get lost, or wait. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { GitHub } from '../../rehearsal/github/server.ts'

/**
 * `applied-…`: GitHub carries the request out, and only its answer is lost. `hold` never answers; `reset` closes the
 * connection; `502` answers as a proxy does; `truncate` closes it in the middle of the answer.
 */
export type Loss = 'hold' | 'reset' | '502' | 'applied-hold' | 'applied-reset' | 'applied-502' | 'applied-truncate'

export interface LossyWay extends AsyncDisposable {
  readonly apiUrl: string
  /** Settled once a request or an answer is held. */
  readonly held: Promise<void>
  /** What becomes of the next requests whose `METHOD /path` ends like this. */
  lose(request: RegExp, ...losses: readonly Loss[]): void
}

export async function startLossyWay(github: GitHub): Promise<LossyWay> {
  const plans: { readonly request: RegExp; readonly losses: Loss[] }[] = []
  const held = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`
    const loss = plans.find((plan) => plan.request.test(what) && plan.losses.length > 0)?.losses.shift()
    void carry(github, request, response, loss, held.resolve)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    apiUrl: `http://127.0.0.1:${port}`,
    held: held.promise,
    lose: (request, ...losses) => void plans.push({ request, losses: [...losses] }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function carry(
  github: GitHub,
  request: IncomingMessage,
  response: ServerResponse,
  loss: Loss | undefined,
  onHold: () => void,
): Promise<void> {
  const body = await text(request)
  if (loss === undefined || loss.startsWith('applied-')) {
    const { authorization = '', accept = '' } = request.headers
    const answer = await fetch(`${github.apiUrl}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization, accept, 'content-type': 'application/json' },
      ...(body !== '' && { body }),
    })
    const content = await answer.text()
    const headers = { 'content-type': answer.headers.get('content-type') ?? '', 'content-length': content.length }
    if (loss === undefined) return void response.writeHead(answer.status, headers).end(content)
    if (loss === 'applied-truncate') {
      response.writeHead(answer.status, headers).write(content.slice(0, content.length / 2), () => response.destroy())
      return
    }
  }
  if (loss?.endsWith('hold')) return onHold()
  if (loss?.endsWith('reset')) return void request.socket.destroy()
  response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>')
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
