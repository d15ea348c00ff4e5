/** Looks at what an address serves and compares it with an uploaded file. */
import { createHash } from 'node:crypto'
import { describeLoss } from '../../src/cloudflare.ts'
import { formatBytes } from '../../src/summary.ts'
import type { AccessToken } from './inputs.ts'

/** One request with its body, in milliseconds. */
const REQUEST_TIMEOUT = 15_000
/** The last look may begin when the time is nearly over, and is still worth taking. */
const SHORTEST_TIMEOUT = 1000

/** What was uploaded. */
export interface Content {
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** What came back; each but `same` describes itself as the end of a sentence. */
export type Served =
  | { readonly kind: 'same' }
  | { readonly kind: 'different'; readonly text: string }
  | { readonly kind: 'status'; readonly status: number; readonly text: string }
  | { readonly kind: 'redirect'; readonly to: URL; readonly text: string }
  /** Cloudflare Access stands before it. */
  | { readonly kind: 'protected'; readonly text: string }
  | { readonly kind: 'lost'; readonly text: string }

export interface VisitOptions {
  readonly fetch: typeof fetch
  readonly access: AccessToken | undefined
  /** On the clock of performance.now(). */
  readonly deadline: number
  readonly signal: AbortSignal
}

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** One request with a deadline, of which no more is read than was uploaded. Only an abort of the signal is thrown. */
export async function visit(
  url: URL,
  expected: Content,
  { fetch, access, deadline, signal }: VisitOptions,
): Promise<Served> {
  const headers = { 'cache-control': 'no-cache', 'user-agent': 'slipway', ...accessHeaders(access) }
  const left = Math.min(REQUEST_TIMEOUT, Math.max(SHORTEST_TIMEOUT, deadline - performance.now()))
  const stop = new AbortController() // also of a body that nobody reads
  const until = AbortSignal.any([signal, stop.signal, AbortSignal.timeout(Math.ceil(left))])
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: until })
    return await compare(response, expected, url)
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'lost', text: `cannot be reached: ${describeLoss(error)}` }
  } finally {
    stop.abort()
  }
}

async function compare(response: Response, expected: Content, url: URL): Promise<Served> {
  const { status } = response
  const to = URL.parse(response.headers.get('location') ?? '', url.href)
  if (status >= 300 && status < 400 && to !== null) {
    if (isAccessLogin(to)) return { kind: 'protected', text: 'redirects to the login of Cloudflare Access' }
    return { kind: 'redirect', to, text: `redirects to ${to.href} (HTTP ${status})` }
  }
  if (status !== 200) return { kind: 'status', status, text: `answers HTTP ${status}` }
  const found = await readContent(response, expected.size)
  if (found?.sha256 === expected.sha256) return { kind: 'same' }
  const served = found === undefined ? `more than ${formatBytes(expected.size)}` : describe(found)
  return { kind: 'different', text: `serves ${served}, but ${describe(expected)} was uploaded` }
}

/** undefined when there is more than this, whatever it is: a Function can answer without an end. */
async function readContent(response: Response, most: number): Promise<Content | undefined> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > most) return undefined
    hash.update(chunk)
  }
  return { size, sha256: hash.digest('hex') }
}

function describe({ size, sha256 }: Content): string {
  return `${formatBytes(size)} with SHA-256 ${sha256.slice(0, 12)}…`
}

/** `https://TEAM.cloudflareaccess.com/cdn-cgi/access/login/HOST`. */
function isAccessLogin({ hostname, pathname }: URL): boolean {
  return hostname.endsWith('.cloudflareaccess.com') || pathname.startsWith('/cdn-cgi/access/')
}

/** developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens */
function accessHeaders(access: AccessToken | undefined): Record<string, string> {
  if (access === undefined) return {}
  return { 'cf-access-client-id': access.clientId, 'cf-access-client-secret': access.clientSecret }
}
