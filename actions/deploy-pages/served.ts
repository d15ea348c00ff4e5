/** Looks at what an address serves and compares it with an uploaded file. */
import { createHash } from 'node:crypto'
import { formatBytes } from '../../src/summary.ts'
import type { AccessToken } from './inputs.ts'
import { describeLoss } from './pages.ts'

/** One request with its body, in milliseconds. */
const REQUEST_TIMEOUT = 15_000

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

export interface Visitor {
  readonly fetch: typeof fetch
  readonly access: AccessToken | undefined
  readonly signal: AbortSignal
}

export function contentOf(bytes: Uint8Array): Content {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** One request with a deadline. Only an abort of the signal is thrown. */
export async function visit(url: URL, expected: Content, { fetch, access, signal }: Visitor): Promise<Served> {
  const headers = { 'cache-control': 'no-cache', 'user-agent': 'slipway', ...accessHeaders(access) }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)])
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: deadline })
    const body = new Uint8Array(await response.arrayBuffer())
    return compare(response, body, expected, url)
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'lost', text: `cannot be reached: ${describeLoss(error)}` }
  }
}

function compare(response: Response, body: Uint8Array, expected: Content, url: URL): Served {
  const { status } = response
  const to = URL.parse(response.headers.get('location') ?? '', url.href)
  if (status >= 300 && status < 400 && to !== null) {
    if (isAccessLogin(to)) return { kind: 'protected', text: 'redirects to the login of Cloudflare Access' }
    return { kind: 'redirect', to, text: `redirects to ${to.href} (HTTP ${status})` }
  }
  if (status !== 200) return { kind: 'status', status, text: `answers HTTP ${status}` }
  const found = contentOf(body)
  if (found.sha256 === expected.sha256) return { kind: 'same' }
  return { kind: 'different', text: `serves ${describe(found)}, but ${describe(expected)} was uploaded` }
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
