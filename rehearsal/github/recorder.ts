/** Keeps every request and its answer, and has tests compare those of the API with GitHub's description. */
import { channel } from 'node:diagnostics_channel'
import type { MiddlewareHandler } from 'hono'
import type { RecordedRequest } from '../server.ts'
import { TWIRP } from './artifacts/service.ts'
import { isOfIdTokens } from './attestations/id-tokens.ts'
import { parseJson } from './body.ts'
import { isInternalUpload } from './code-scanning/routes.ts'
import type { Env, GitHubContext } from './env.ts'
import { isOfRegistry } from './registry/service.ts'
import { STORAGE } from './storage/blobs.ts'

export interface Log {
  readonly requests: RecordedRequest[]
  readonly unsupported: RecordedRequest[]
}

/** Tests compare every exchange with GitHub's description; without a listener this costs nothing. */
const exchanges = channel('slipway:github-exchange')

export function recorder(log: Log): MiddlewareHandler<Env> {
  return async (c, next) => {
    const at = new Date().toISOString()
    const body = await requestBody(c)
    await next()
    const job = c.get('job')
    const fault = c.get('fault')
    const recorded: RecordedRequest = withoutSignatures({
      side: 'github',
      at,
      method: c.req.method,
      path: c.req.path,
      query: c.req.query(),
      body,
      status: fault?.status ?? c.res.status,
      // Not waited for where there is none: the client may ask again at once.
      response: fault?.status === undefined ? await responseBody(c) : null,
      ...(job && { job }),
      ...(fault && { fault: fault.spec }),
    })
    log.requests.push(recorded)
    if (isDescribed(c.req.path)) exchanges.publish(recorded)
    if (c.get('unsupported')) log.unsupported.push(recorded)
  }
}

/** What GitHub's own clients call beside the API is in no description. */
function isDescribed(path: string): boolean {
  if (path.startsWith(STORAGE) || path.startsWith(TWIRP)) return false
  return !isInternalUpload(path) && !isOfRegistry(path) && !isOfIdTokens(path)
}

/** Whether the answer is a credential. */
function isSecret(path: string): boolean {
  return path === '/token' || isOfIdTokens(path)
}

/** Whether the request's body is bytes, which may be many: its route reads them. */
export function takesBytes(method: string, path: string, query: Readonly<Record<string, string>>): boolean {
  if (path.startsWith(STORAGE)) return query['comp'] !== 'blocklist'
  if (path.startsWith('/v2/')) return path.includes('/blobs/')
  return method === 'POST' && /\/releases\/\d+\/assets$/.test(path)
}

async function requestBody(c: GitHubContext): Promise<unknown> {
  const { req } = c
  if (!takesBytes(req.method, req.path, req.query())) return parseJson(await req.text()) ?? null
  return sizeOf(req.header('content-length'))
}

async function responseBody(c: GitHubContext): Promise<unknown> {
  const { path } = c.req
  const bytes = path.startsWith(STORAGE) || (path.startsWith('/v2/') && path.includes('/blobs/'))
  if (bytes) return sizeOf(c.res.headers.get('content-length'))
  if (isSecret(path)) return { status: c.res.status }
  return parseJson(await c.res.clone().text()) ?? null
}

/** In the place of bytes. */
function sizeOf(length: string | null | undefined): object | null {
  return length === null || length === undefined ? null : { bytes: Number(length) }
}

/** The signature of a signed URL is a credential. */
function withoutSignatures(request: RecordedRequest): RecordedRequest {
  const { query, response } = request
  const { sig, ...others } = query
  if (sig !== undefined) return { ...request, query: { ...others, sig: '***' } }
  const text = JSON.stringify(response) ?? 'null'
  if (!text.includes('sig=')) return request
  return { ...request, response: JSON.parse(text.replace(/([?&]sig=)[^&"]+/g, '$1***')) }
}
