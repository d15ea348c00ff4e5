/** A TLS session of its own for every connection, and what its certificates are. */
import type { X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import { connect, createSecureContext, getCACertificates, type SecureContext, type TLSSocket } from 'node:tls'
import type { TlsFacts } from '../exchange.ts'
import { type Anchors, factsOf, readAnchors, sentChain, verifiedChain } from './chain.ts'
import { explainCertificate, explainHandshake } from './explain-certificate.ts'
import type { Watch } from './watch.ts'

/** Chains whose facts are remembered: a run sees few, a thousand times. */
const REMEMBERED = 100

/** What is trusted, read once: the roots are some hundred, and a context of its own for each connection is dear. */
export class Trust {
  readonly #ca: readonly string[] | undefined
  #anchors: Anchors | undefined
  #context: SecureContext | undefined
  readonly #facts = new Map<string, Omit<TlsFacts, 'protocol'>>()

  /** @param ca PEM certificates that are trusted instead of the default ones, to which NODE_EXTRA_CA_CERTS belongs */
  constructor(ca: readonly string[] | undefined) {
    this.#ca = ca
  }

  get context(): SecureContext {
    this.#context ??= createSecureContext(this.#ca === undefined ? {} : { ca: [...this.#ca] })
    return this.#context
  }

  facts(sent: readonly X509Certificate[]): Omit<TlsFacts, 'protocol'> {
    const key = sent.map(({ fingerprint256 }) => fingerprint256).join()
    const known = this.#facts.get(key) ?? this.#judge(sent)
    if (this.#facts.size >= REMEMBERED) this.#facts.clear()
    this.#facts.set(key, known)
    return known
  }

  #judge(sent: readonly X509Certificate[]): Omit<TlsFacts, 'protocol'> {
    this.#anchors ??= readAnchors(this.#ca ?? getCACertificates('default'))
    const chain = verifiedChain(sent, this.#anchors, Date.now()).map(factsOf)
    const [leaf] = chain
    if (leaf === undefined) throw new Error('A TLS server that was verified has sent no certificate.')
    const earliest = chain.reduce((a, b) => (b.notAfter < a.notAfter ? b : a))
    return { leaf, earliest }
  }
}

export interface Secured {
  readonly socket: TLSSocket
  readonly tls: TlsFacts
}

/**
 * Never resumes a session: on a resumed one there is no certificate to read (nodejs/node#3940). The verdict is always
 * judged here, NODE_TLS_REJECT_UNAUTHORIZED or not, before a byte of the request is sent.
 *
 * @param place `example.com:443`
 * @throws Failure
 */
export function secure(socket: Socket, host: string, place: string, trust: Trust, watch: Watch): Promise<Secured> {
  return watch.step((resolve, reject) => {
    const name = host.replace(/\.$/, '') // a final dot belongs to DNS, not to certificates
    const secured = connect({
      socket,
      host: name, // is what the certificate has to name; SNI takes no addresses (RFC 6066)
      servername: isIP(name) > 0 ? '' : name,
      secureContext: trust.context,
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false, // or a bad certificate could not be read, to say what is wrong with it
    })
    secured.on('error', (error) => reject(explainHandshake(error, place)))
    secured.once('secureConnect', () => {
      try {
        const tls = readFacts(secured, host, place, trust)
        resolve({ socket: secured, tls })
      } catch (failure) {
        secured.destroy()
        reject(failure)
      }
    })
    return () => secured.destroy()
  })
}

function readFacts(socket: TLSSocket, host: string, place: string, trust: Trust): TlsFacts {
  const leaf = socket.getPeerX509Certificate()
  const sent = leaf === undefined ? [] : sentChain(leaf)
  if (!socket.authorized) {
    // Typed as an Error, and is its code.
    const code = String(socket.authorizationError ?? 'no reason given')
    throw explainCertificate({ code, place, host, sent, now: Date.now() })
  }
  return { protocol: socket.getProtocol() ?? 'unknown', ...trust.facts(sent) }
}
