/**
 * The part of Azure Blob Storage that clients of artifacts and release assets use, behind signed URLs:
 * https://learn.microsoft.com/rest/api/storageservices/put-blob, …/put-block, …/put-block-list, …/get-blob
 */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { MiddlewareHandler } from 'hono'
import type { Env, GitHubContext } from '../env.ts'
import { azureError, azureTrouble } from './azure-errors.ts'
import { type Blob, type BlobStore, STORAGE } from './blobs.ts'

const MIB = 1024 * 1024
const LIMITS = { blob: 5000 * MIB, block: 4000 * MIB, blocks: 50_000 }

/** Handles what is below STORAGE and leaves the rest alone. */
export function storage(blobs: BlobStore): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!c.req.path.startsWith(STORAGE)) return await next()
    const answer = await answerOf(c, blobs)
    for (const [name, value] of Object.entries(commonHeaders(c))) answer.headers.set(name, value)
    return answer
  }
}

function commonHeaders(c: GitHubContext): Readonly<Record<string, string>> {
  const client = c.req.header('x-ms-client-request-id')
  return {
    server: 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0',
    'x-ms-version': c.req.header('x-ms-version') ?? '2025-11-05',
    'x-ms-request-id': randomUUID(),
    ...(client !== undefined && { 'x-ms-client-request-id': client }),
  }
}

async function answerOf(c: GitHubContext, blobs: BlobStore): Promise<Response> {
  const path = decodeURIComponent(c.req.path.slice(STORAGE.length))
  const grant = blobs.grant(path, c.req.query('sig') ?? '')
  if (!grant) return azureError('AuthenticationFailed')
  const { method } = c.req
  if (method !== 'PUT' && method !== 'GET' && method !== 'HEAD') return azureError('UnsupportedHttpVerb')
  if (grant.permission !== (method === 'PUT' ? 'write' : 'read')) return azureError('AuthorizationPermissionMismatch')
  if (method !== 'PUT') return get(c, blobs.get(path))
  try {
    return await put(c, blobs, path)
  } catch (error) {
    if (c.env.incoming.complete) throw error
    // The sender went away: nobody reads this.
    return azureTrouble(500)
  }
}

function put(c: GitHubContext, blobs: BlobStore, path: string): Response | Promise<Response> {
  switch (c.req.query('comp')) {
    case undefined:
      return putBlob(c, blobs, path)
    case 'block':
      return putBlock(c, blobs, path)
    case 'blocklist':
      return putBlockList(c, blobs, path)
    default:
      return azureError('InvalidQueryParameterValue')
  }
}

async function putBlob(c: GitHubContext, blobs: BlobStore, path: string): Promise<Response> {
  if (c.req.header('x-ms-blob-type') !== 'BlockBlob') return azureError('MissingRequiredHeader')
  const refused = checkLength(c, LIMITS.blob)
  if (refused) return refused
  const type = c.req.header('x-ms-blob-content-type') ?? c.req.header('content-type') ?? 'application/octet-stream'
  const blob = await blobs.put(path, c.env.incoming, type, c.req.header('content-md5'))
  return blob === undefined ? azureError('Md5Mismatch') : created(blob)
}

async function putBlock(c: GitHubContext, blobs: BlobStore, path: string): Promise<Response> {
  const id = c.req.query('blockid') ?? ''
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(id) || Buffer.from(id, 'base64').length > 64) {
    return azureError('InvalidQueryParameterValue')
  }
  const refused = checkLength(c, LIMITS.block)
  if (refused) return refused
  const block = await blobs.putBlock(path, id, c.env.incoming, c.req.header('content-md5'))
  if (block === undefined) return azureError('Md5Mismatch')
  const headers = { 'content-md5': block.md5, 'x-ms-request-server-encrypted': 'true' }
  return new Response(null, { status: 201, headers })
}

async function putBlockList(c: GitHubContext, blobs: BlobStore, path: string): Promise<Response> {
  const xml = await c.req.text()
  const ids = [...xml.matchAll(/<(Latest|Uncommitted)>([^<]*)<\/\1>/g)].map(([, , id = '']) => id)
  // Blocks of a list that was committed before are gone here: nothing that the pack uses adds to a blob.
  if (!xml.includes('<BlockList>') || xml.includes('<Committed>')) return azureError('InvalidBlockList')
  if (ids.length > LIMITS.blocks) return azureError('InvalidBlockList')
  // Azure wants all ids of one blob to have the same length.
  if (new Set(ids.map((id) => id.length)).size > 1) return azureError('InvalidBlobOrBlock')
  const type = c.req.header('x-ms-blob-content-type') ?? 'application/octet-stream'
  const blob = await blobs.commit(path, ids, type)
  return blob === undefined ? azureError('InvalidBlockList') : created(blob)
}

function checkLength(c: GitHubContext, most: number): Response | undefined {
  const length = c.req.header('content-length')
  if (length === undefined) return azureError('MissingContentLengthHeader')
  return Number(length) > most ? azureError('RequestBodyTooLarge') : undefined
}

function created({ etag, modifiedAt, md5 }: Blob): Response {
  const headers = {
    etag,
    'last-modified': new Date(modifiedAt).toUTCString(),
    'content-md5': md5,
    'x-ms-request-server-encrypted': 'true',
  }
  return new Response(null, { status: 201, headers })
}

function get(c: GitHubContext, blob: Blob | undefined): Response {
  if (blob === undefined) return azureError('BlobNotFound')
  const range = rangeOf(c.req.header('x-ms-range') ?? c.req.header('range'), blob.size)
  if (range === 'invalid') return azureError('InvalidRange')
  const { first, last } = range ?? { first: 0, last: blob.size - 1 }
  const disposition = c.req.query('rscd')
  const headers = {
    etag: blob.etag,
    'last-modified': new Date(blob.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': c.req.query('rsct') ?? blob.contentType,
    'content-length': `${last - first + 1}`,
    'x-ms-blob-type': 'BlockBlob',
    ...(disposition !== undefined && { 'content-disposition': disposition }),
    ...(range ? { 'content-range': `bytes ${first}-${last}/${blob.size}` } : { 'content-md5': blob.md5 }),
  }
  const empty = c.req.method === 'HEAD' || blob.size === 0
  const body = empty ? null : webStream(blob.file, first, last)
  return new Response(body, { status: range ? 206 : 200, headers })
}

function webStream(file: string, start: number, end: number): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(file, { start, end }))
}

function rangeOf(header: string | undefined, size: number) {
  const [, from, to = ''] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined) return undefined
  const [first, last] = [Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1)]
  return first > last ? 'invalid' : { first, last }
}
