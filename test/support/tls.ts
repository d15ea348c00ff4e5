/** A certificate authority of the tests' own, and loopback servers with what it issues. */
import './reflect.ts'
import type { webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY = 86_400_000

x509.cryptoProvider.set(crypto)

export interface Validity {
  /** Days from now; negative ones have passed. Default: -1. */
  readonly from?: number
  /** Days from now. Default: 90. */
  readonly to?: number
}

/** What a server is given. */
export interface Identity {
  /** PEM. */
  readonly key: string
  /** PEM: the leaf, then what is sent with it. */
  readonly cert: string
  /** Milliseconds since the epoch, of the leaf. */
  readonly notAfter: number
}

export interface LeafOptions extends Validity {
  /** DNS names and IP addresses. Default: localhost, 127.0.0.1 and ::1. */
  readonly hosts?: readonly string[]
  /** Certificates that are sent after the leaf. Default: those of the intermediates. */
  readonly send?: readonly Authority[]
}

const HOSTS = ['localhost', '127.0.0.1', '::1']

/** A root, or an intermediate under one, or a root's key signed by another root. */
export class Authority {
  readonly certificate: x509.X509Certificate
  readonly #keys: webcrypto.CryptoKeyPair
  readonly #issuer: Authority | undefined

  private constructor(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair, issuer: Authority | undefined) {
    this.certificate = certificate
    this.#keys = keys
    this.#issuer = issuer
  }

  static async create(name: string, validity: Validity = {}): Promise<Authority> {
    const keys = await newKeys()
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      ...authorityOptions(validity),
      extensions: await authorityExtensions(keys),
    })
    return new Authority(certificate, keys, undefined)
  }

  get pem(): string {
    return `${this.certificate.toString('pem')}\n`
  }

  get notAfter(): number {
    return this.certificate.notAfter.getTime()
  }

  async intermediate(name: string, validity: Validity = {}): Promise<Authority> {
    const keys = await newKeys()
    return new Authority(await this.#signAuthority(`CN=${name}`, keys, validity), keys, this)
  }

  /** The other's name and key, signed by this one: what carries a young root while devices do not know it yet. */
  async crossSign(other: Authority, validity: Validity = {}): Promise<Authority> {
    return new Authority(await this.#signAuthority(other.certificate.subject, other.#keys, validity), other.#keys, this)
  }

  async issue({ hosts = HOSTS, send, ...validity }: LeafOptions = {}): Promise<Identity> {
    const keys = await newKeys()
    const certificate = await this.#sign(`CN=${hosts[0] ?? 'nobody'}`, keys, {
      ...period(validity),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        ...alternativeNames(hosts),
      ],
    })
    const chain = [certificate, ...(send ?? this.#intermediates()).map((authority) => authority.certificate)]
    return identity(keys, chain, certificate)
  }

  #intermediates(): readonly Authority[] {
    return this.#issuer === undefined ? [] : [this, ...this.#issuer.#intermediates()]
  }

  async #signAuthority(subject: string, keys: webcrypto.CryptoKeyPair, validity: Validity) {
    const extensions = await authorityExtensions(keys)
    extensions.push(await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey))
    return this.#sign(subject, keys, { ...authorityOptions(validity), extensions })
  }

  #sign(subject: string, keys: webcrypto.CryptoKeyPair, options: Partial<x509.X509CertificateCreateParams>) {
    return x509.X509CertificateGenerator.create({
      subject,
      issuer: this.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      ...options,
    })
  }
}

/** A certificate that vouches for itself. */
export async function selfSigned(hosts: readonly string[] = HOSTS): Promise<Identity> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${hosts[0]}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...period({}),
    extensions: alternativeNames(hosts),
  })
  return identity(keys, [certificate], certificate)
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function identity(
  keys: webcrypto.CryptoKeyPair,
  chain: readonly x509.X509Certificate[],
  leaf: x509.X509Certificate,
) {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    cert: chain.map((certificate) => `${certificate.toString('pem')}\n`).join(''),
    notAfter: leaf.notAfter.getTime(),
  }
}

function period({ from = -1, to = 90 }: Validity) {
  return { notBefore: new Date(Date.now() + from * DAY), notAfter: new Date(Date.now() + to * DAY) }
}

function authorityOptions({ from = -30, to = 3650 }: Validity) {
  return { ...period({ from, to }), signingAlgorithm: ALGORITHM }
}

async function authorityExtensions(keys: webcrypto.CryptoKeyPair): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ]
}

function alternativeNames(hosts: readonly string[]): x509.Extension[] {
  if (hosts.length === 0) return []
  const names = hosts.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }) as const)
  return [new x509.SubjectAlternativeNameExtension(names)]
}

export interface WebServer extends AsyncDisposable {
  /** `https://localhost:PORT`, or `http://127.0.0.1:PORT` without TLS. */
  readonly origin: string
  readonly port: number
  /** Of every TLS handshake that succeeded, whether it took up an earlier session. */
  readonly resumed: readonly boolean[]
  /** Connections that were taken so far. */
  connections(): number
  /** Connections that are open. */
  open(): number
}

export async function startTls(
  { key, cert }: Identity,
  listener: RequestListener,
  options: ServerOptions = {},
): Promise<WebServer> {
  const server = createSecureServer({ key, cert, ...options }, listener)
  const resumed: boolean[] = []
  server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()))
  return serve(server, 'https://localhost', resumed)
}

export async function startHttp(listener: RequestListener, address = '127.0.0.1'): Promise<WebServer> {
  return serve(createServer(listener), 'http://127.0.0.1', [], address)
}

async function serve(
  server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>,
  origin: string,
  resumed: readonly boolean[],
  address = '127.0.0.1',
): Promise<WebServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => {}) // a client that does not trust the certificate hangs up
  server.listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `${origin}:${port}`,
    port,
    resumed,
    connections: () => connections,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
