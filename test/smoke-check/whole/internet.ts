/** Public names on loopback: a proxy of the tests' own, behind which `https://api.example.com/` is one of their servers. */

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Authority, startTls } from '../../support/tls.ts'
import { listenerOf, type Serve } from './setup.ts'

export interface Host {
  /** Port 443. */
  readonly https: Serve
  /** Port 80; redirects to https for good when left out. */
  readonly http?: Serve
}

export interface Internet extends AsyncDisposable {
  /** The proxy, and the authority that its servers' certificates are from. */
  readonly env: Readonly<Record<string, string>>
}

export async function startInternet(hosts: Readonly<Record<string, Host>>): Promise<Internet> {
  const authority = await Authority.create('Public Names')
  const folder = await mkdtemp(join(tmpdir(), 'slipway-internet-'))
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, authority.pem)
  const hostOf = (header = '') => header.replace(/:\d+$/, '')
  const secure = await startTls(
    await authority.issue({ hosts: Object.keys(hosts) }),
    listenerOf((request) => hosts[hostOf(request.headers.host)]?.https(request) ?? { status: 421 }),
  )
  const plain = listenerOf((request) => {
    const name = hostOf(request.headers.host)
    const { http = toHttps(name) } = hosts[name] ?? {}
    return http(request)
  })
  const proxy = createServer(plain)
  const sockets = new Set<Socket>()
  proxy.on('connection', (socket) => sockets.add(socket))
  proxy.on('connect', ({ url = '' }, client: Socket) => {
    if (!Object.keys(hosts).some((host) => url === `${host}:443`)) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      return
    }
    const upstream = connect(secure.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return {
    env: { HTTPS_PROXY: url, HTTP_PROXY: url, NODE_EXTRA_CA_CERTS: ca },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
      await once(proxy, 'close')
      await secure[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

const toHttps =
  (host: string): Serve =>
  ({ path }) => ({ status: 301, headers: { location: `https://${host}${path}` } })
