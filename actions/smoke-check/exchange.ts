/** One HTTP request of a check and everything that was observed of its answer: what the client gives, what judges read. */
import type { CookieJar } from 'tough-cookie'

/** Which address family may be used; `both` means that one request is made over each, and each must be healthy. */
export type IpChoice = 'auto' | '4' | '6'

/** `none`: a redirect is the answer. `same-host`: followed while the host stays, up to 10. A number: the most of them. */
export type Redirects = 'none' | 'same-host' | number

/** A request with every variable filled in. */
export interface HttpRequest {
  readonly url: URL
  readonly method: string
  /** In order, names as written. The client adds host, accept, accept-encoding, user-agent and cookie where missing. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array
  readonly redirects: Redirects
  /** Host name, lower case, to the address that is connected to instead of asking DNS. */
  readonly resolve: ReadonlyMap<string, string>
  readonly ip: IpChoice
  /** Milliseconds for DNS, connect and TLS of one hop. */
  readonly connectTimeout: number
  /** Milliseconds for the whole request, redirects included. */
  readonly timeout: number
  /** Bytes of the decoded body that are kept; a longer one is cut there, `truncated` is set and the connection closed. */
  readonly maxBody: number
  /** Cookies are taken from it and kept in it, at each hop; without one none are sent or kept. */
  readonly jar?: CookieJar
  /** Told of every cookie that an answer sets, those of redirects too. */
  readonly cookieSet?: (name: string, value: string) => void
}

/** Milliseconds of one hop, each 0 where there was no such phase (an IP literal, plain HTTP, a kept connection). */
export interface Phases {
  readonly dns: number
  readonly connect: number
  readonly tls: number
  /** From the request being written to the first byte of the answer. */
  readonly firstByte: number
  readonly transfer: number
}

export interface TlsFacts {
  readonly protocol: string
  readonly leaf: CertificateFacts
  /** The certificate of the verified chain, leaf and root included, that expires first; never one that was sent but not used. */
  readonly earliest: CertificateFacts
}

export interface CertificateFacts {
  readonly subject: string
  readonly issuer: string
  /** Milliseconds since the epoch. */
  readonly notAfter: number
}

/** An answer that came whole, or was cut on purpose at `maxBody`. */
export interface HttpResponse {
  /** Of the last hop. */
  readonly url: URL
  readonly status: number
  readonly statusText: string
  readonly httpVersion: string
  /** As sent, names in lower case, repeated ones apart. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Decoded (gzip, deflate, br, zstd). */
  readonly body: Uint8Array
  readonly truncated: boolean
  /** Summed over all hops, as blackbox_exporter does. */
  readonly phases: Phases
  /** Milliseconds from start to the last byte, all hops. */
  readonly total: number
  /** Whether it was made on a fresh connection. */
  readonly cold: boolean
  /** Where the last hop was connected to; undefined through a proxy. */
  readonly address: string | undefined
  readonly throughProxy: boolean
  readonly tls: TlsFacts | undefined
  /** The answers that redirected, oldest first. */
  readonly hops: readonly { readonly url: URL; readonly status: number; readonly location: string }[]
}

export type ProblemKind =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'connect-timeout'
  | 'timeout'
  | 'reset'
  | 'tls'
  | 'certificate'
  | 'protocol'
  | 'empty'
  | 'encoding'
  | 'redirect'
  | 'address'
  | 'proxy'
  | 'cancelled'

/** Why there is no answer, in words for the person who has to mend it. */
export interface HttpProblem {
  readonly kind: ProblemKind
  /** A whole sentence that names host and port, never query values, headers or cookies. */
  readonly message: string
  readonly hint: string
  /** Milliseconds until it was known. */
  readonly total: number
  readonly phases: Phases
}

export type Exchange =
  | { readonly ok: true; readonly response: HttpResponse }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Makes requests. It never throws for what a server or a network does; a signal's abort gives the problem `cancelled`. */
export interface HttpClient {
  /** One request on a connection of its own (TLS session not resumed), redirects followed by hand. */
  request(request: HttpRequest, signal: AbortSignal): Promise<Exchange>
  /**
   * The same request `count` times, one after another, on one kept connection; the first of them, which opens it, is not in the list.
   * A server that keeps no connection gives samples on fresh ones (`cold`). The list ends early with the first that fails.
   */
  warm(request: HttpRequest, count: number, signal: AbortSignal): Promise<readonly Exchange[]>
}
