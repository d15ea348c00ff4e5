/** What a request is sent with beside what its check says. */
import type { HttpRequest } from '../exchange.ts'
import { cookiesFor } from './cookies.ts'

export type Headers = readonly (readonly [name: string, value: string])[]

/** One request of a chain: what is asked for now, and with what. */
export interface Leg {
  readonly url: URL
  readonly method: string
  /** The check's own headers, as far as this origin gets them. */
  readonly headers: Headers
  readonly body: Uint8Array | undefined
  /** Whether another origin has redirected here. */
  readonly foreign: boolean
}

/** Sent with a length even when they have no body: a server may wait for one otherwise (RFC 9110 section 8.6). */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
/** Made here, from the body that there is. */
const FRAMING = new Set(['content-length', 'transfer-encoding'])

/** In the flat form that node:http sends as it is; names as the check writes them. */
export function requestHeaders(leg: Leg, jar: HttpRequest['jar']): string[] {
  const own = leg.headers.filter(([name]) => !FRAMING.has(name.toLowerCase()))
  const given = new Set(own.map(([name]) => name.toLowerCase()))
  const cookies = jar === undefined || given.has('cookie') ? '' : cookiesFor(jar, leg.url, leg.foreign)
  const added: (readonly [string, string])[] = [
    ['Host', leg.url.host],
    ['User-Agent', 'slipway-smoke-check/1'],
    ['Accept', '*/*'],
    ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ]
  const all = [...added.filter(([name]) => !given.has(name.toLowerCase())), ...own]
  if (cookies !== '') all.push(['Cookie', cookies])
  const length = leg.body?.length ?? (WITH_BODY.has(leg.method) ? 0 : undefined)
  if (length !== undefined) all.push(['Content-Length', String(length)])
  return all.flat()
}

/** `rawHeaders` of node:http: names in lower case, repeated ones apart. */
export function answerHeaders(raw: readonly string[]): Headers {
  const headers: [string, string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.push([raw[index]?.toLowerCase() ?? '', raw[index + 1] ?? ''])
  }
  return headers
}

export function valuesOf(headers: Headers, name: string): readonly string[] {
  return headers.filter(([header]) => header === name).map(([, value]) => value)
}
