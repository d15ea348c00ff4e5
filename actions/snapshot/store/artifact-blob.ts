/**
 * An artifact's content on its way to GitHub's storage, which is Azure's: blocks, then the list of them. Two requests,
 * https://learn.microsoft.com/rest/api/storageservices/put-block and …/put-block-list, whose version the address names.
 */

import { Failure, type Patience, patiently } from './github-http.ts'
import { type Body, bytesBody, fileBody, sendBody } from './github-send.ts'
import { inParallel } from './pool.ts'

/** Bytes, as GitHub's own client has them. */
const BLOCK = 8 * 1024 * 1024
/** Blocks that are under way at once. */
const CONCURRENCY = 3

/** What is uploaded. */
export interface Content {
  /** Bytes. */
  readonly size: number
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
  readonly mimeType: string
  readonly data: { readonly file: string } | { readonly bytes: Buffer }
}

interface Uploading {
  readonly signal: AbortSignal
  readonly patience: Patience
  readonly note: (what: string) => void
}

/**
 * Puts the content where the signed address says. It can be repeated: whatever is there is replaced.
 *
 * @throws Failure for what storage or the way to it does; the reason of an abort. None of them names the address.
 */
export async function uploadBlob(url: string, content: Content, uploading: Uploading): Promise<void> {
  try {
    await stageAndCommit(url, content, uploading)
  } catch (error) {
    // The list may have been taken although its answer was lost: then its blocks are spent.
    if (!(error instanceof Failure) || error.status !== 400) throw error
    uploading.note(`${error.message}, uploading once more`)
    await stageAndCommit(url, content, uploading)
  }
}

async function stageAndCommit(url: string, content: Content, uploading: Uploading): Promise<void> {
  const count = Math.max(Math.ceil(content.size / BLOCK), 1)
  const ids = Array.from({ length: count }, (_, index) => idOf(index))
  const stop = new AbortController()
  const signal = AbortSignal.any([uploading.signal, stop.signal])
  const type = { 'content-type': 'application/octet-stream' }
  const stage = (id: string, index: number) =>
    put(url, { comp: 'block', blockid: id }, type, blockOf(content, index * BLOCK), { ...uploading, signal })
  try {
    await inParallel(ids, CONCURRENCY, stage)
  } finally {
    stop.abort(new Error('another block failed'))
  }
  const headers = { 'content-type': 'application/xml', 'x-ms-blob-content-type': content.mimeType }
  await put(url, { comp: 'blocklist' }, headers, listOf(ids), uploading)
}

/** Azure wants all ids of a blob to be base64 and equally long. */
function idOf(index: number): string {
  return Buffer.from(String(index).padStart(6, '0')).toString('base64')
}

function blockOf({ data, size }: Content, start: number): Body {
  const length = Math.min(BLOCK, size - start)
  return 'bytes' in data ? bytesBody(data.bytes.subarray(start, start + length)) : fileBody(data.file, start, length)
}

function listOf(ids: readonly string[]): Body {
  const blocks = ids.map((id) => `<Latest>${id}</Latest>`).join('')
  return bytesBody(Buffer.from(`<?xml version="1.0" encoding="utf-8"?><BlockList>${blocks}</BlockList>`))
}

async function put(
  signed: string,
  query: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
  body: Body,
  uploading: Uploading,
): Promise<void> {
  // Added to it as it is: a signature may not survive being written anew.
  const url = `${signed}&${new URLSearchParams(query)}`
  // The version that the signature is made for.
  const version = new URL(signed).searchParams.get('sv')
  const common = { 'user-agent': 'slipway', ...(version !== null && { 'x-ms-version': version }) }
  const request = { method: 'PUT', headers: { ...common, ...headers } } as const
  await patiently(async () => {
    try {
      await sendBody(url, request, body, uploading.signal)
    } catch (error) {
      throw error instanceof Failure ? named(error) : error
    }
  }, uploading)
}

/** With what Azure calls it, which is in a header; the body is XML. */
function named(failure: Failure): Failure {
  const { status, headers } = failure
  const code = headers.get('x-ms-error-code')
  if (status === undefined || code === null) return failure
  const body = JSON.stringify({ message: `GitHub's storage says ${code}` })
  return new Failure(`HTTP ${status}, ${code}`, { status, headers, body })
}
