/** A certificate authority that nobody knows, as companies run one, and servers that show its certificates. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'

export interface PrivateCa extends AsyncDisposable {
  /** Its own, removed with it. */
  readonly folder: string
  /** Path of its certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly file: string
  /** Of a server at 127.0.0.1 or one of {@link CERTIFIED}, with the authority's own certificate below, as proxies send it. */
  readonly key: string
  readonly certificates: string
}

/** Names that no resolver knows; a {@link startConnectProxy} does. */
export const CERTIFIED = ['registry.test', 'cloudflare.test', 'github.test'] as const

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** @throws when there is no `openssl` on PATH */
export async function startPrivateCa(): Promise<PrivateCa> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-ca-'))
  const openssl = (...args: readonly string[]) => promisify(execFile)('openssl', args, { cwd: folder })
  const subject = ['-subj', '/CN=Private CA for tests']
  await openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', ...subject)
  await openssl('req', ...NEW_KEY, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1')
  await writeFile(
    join(folder, 'names'),
    `subjectAltName=IP:127.0.0.1,${CERTIFIED.map((name) => `DNS:${name}`).join(',')}\n`,
  )
  const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial']
  await openssl('x509', '-req', '-in', 'server.csr', ...signer, '-extfile', 'names', '-days', '2', '-out', 'server.pem')
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  return {
    folder,
    file: join(folder, 'ca.pem'),
    key: await read('server.key'),
    certificates: `${await read('server.pem')}${await read('ca.pem')}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

export interface SecureFront extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly origin: string
  /** The same by name. */
  named(name: (typeof CERTIFIED)[number]): string
  /** Method and path of each request that came this far: of clients that trust the certificate. */
  readonly requests: readonly string[]
  /** From the next connection on, it shows a certificate of this authority. Those there are end. */
  changeTo(ca: PrivateCa): void
}

/** The same server as at `upstream`, over TLS with a certificate of the authority. */
export async function startSecureFront(ca: PrivateCa, upstream: string): Promise<SecureFront> {
  const requests: string[] = []
  const app = new Hono().all('*', (c) => {
    const { pathname, search } = new URL(c.req.url)
    requests.push(`${c.req.method} ${pathname}`)
    const headers = { ...c.req.header(), host: undefined }
    return proxy(`${upstream}${pathname}${search}`, { raw: c.req.raw, headers })
  })
  const secrets = (of: PrivateCa) => ({ key: of.key, cert: of.certificates })
  const listener = getRequestListener(app.fetch)
  const server = createServer(secrets(ca), (request, response) => void listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  return {
    origin: `https://127.0.0.1:${port}`,
    named: (name) => `https://${name}:${port}`,
    requests,
    changeTo(other) {
      server.setSecureContext(secrets(other))
      server.closeAllConnections()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
