/**
 * The container registry, as ghcr.io speaks the distribution specification at the embedded GitHub's own origin. As there,
 * manifests are not deleted here but in the packages API, and there is no referrers API: clients keep an index under the
 * tag `sha256-…` in its place.
 */
import type { MiddlewareHandler } from 'hono'
import type { Env, GitHubContext } from '../env.ts'
import type { PermissionLedger } from '../permissions.ts'
import type { State } from '../state.ts'
import { Access } from './access.ts'
import { Blobs } from './blobs.ts'
import { registryError, registryTrouble } from './errors.ts'
import { getManifest, listTags, putManifest } from './manifests.ts'

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+$/

/** Handles `/v2/…` and `/token` and leaves the rest alone. */
export function registry(state: State, ledger: PermissionLedger): MiddlewareHandler<Env> {
  const access = new Access(state, ledger)
  const blobs = new Blobs(state.packages, state.blobs.spool)
  return async (c, next) => {
    const { path } = c.req
    if (!isOfRegistry(path)) return await next()
    const authorization = c.req.header('authorization')
    if (path === '/token') return access.answerToken(authorization, new URL(c.req.url))
    const session = access.session(authorization)
    if (session?.caller) c.set('job', session.caller.job)
    const answer = await untilGone(c, answerOf(c, state, access, blobs))
    answer.headers.set('docker-distribution-api-version', 'registry/2.0')
    return answer
  }
}

/** Nobody reads the answer to a sender that went away. */
async function untilGone(c: GitHubContext, answer: Promise<Response>): Promise<Response> {
  try {
    return await answer
  } catch (error) {
    if (c.env.incoming.complete) throw error
    return registryTrouble(500)
  }
}

export function isOfRegistry(path: string): boolean {
  return path === '/token' || path === '/v2' || path.startsWith('/v2/')
}

async function answerOf(c: GitHubContext, state: State, access: Access, blobs: Blobs): Promise<Response> {
  const { method, path } = c.req
  const authorization = c.req.header('authorization')
  if (/^\/v2\/?$/.test(path)) return access.session(authorization) ? Response.json({}) : access.challenge()
  const [, name = '', kind, rest = ''] = /^\/v2\/(.+)\/(blobs|manifests|tags|referrers)\/(.*)$/.exec(path) ?? []
  if (kind === undefined) return registryError('NAME_UNKNOWN', 'repository name not known to registry')
  if (!NAME.test(name)) return registryError('NAME_INVALID', `invalid repository name: ${name}`)
  const reads = method === 'GET' || method === 'HEAD'
  const refused = access.refuse(authorization, name, reads && !rest.startsWith('uploads/') ? 'pull' : 'push')
  if (refused !== undefined) return refused
  const reference = decodeURIComponent(rest)
  if (kind === 'blobs') return blobAnswer(c, blobs, name, reference)
  if (kind === 'tags' && reads && reference === 'list') return listTags(c, state, name)
  if (kind === 'manifests' && reads) return getManifest(c, state, name, reference)
  if (kind === 'manifests' && method === 'PUT') return await putManifest(c, state, blobs, name, reference)
  if (kind === 'referrers') return new Response('404 page not found', { status: 404 })
  return registryError('UNSUPPORTED', 'The operation is unsupported.')
}

async function blobAnswer(c: GitHubContext, blobs: Blobs, name: string, reference: string): Promise<Response> {
  const { method } = c.req
  const [, id] = /^uploads\/(.*)$/.exec(reference) ?? []
  if (id === undefined) {
    if (method === 'GET' || method === 'HEAD') return blobs.get(c, name, reference)
    return registryError('UNSUPPORTED', 'The operation is unsupported.')
  }
  if (method === 'POST' && id === '') return await blobs.begin(c, name)
  if (method === 'PATCH') return await blobs.append(c, name, id)
  if (method === 'PUT') return await blobs.finish(c, name, id)
  if (method === 'GET') return blobs.status(name, id)
  if (method === 'DELETE') return await blobs.cancel(name, id)
  return registryError('UNSUPPORTED', 'The operation is unsupported.')
}
