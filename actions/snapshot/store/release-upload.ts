/** The bytes of release assets: streamed on their way there, since Octokit would hold them in memory, and compared. */
import { createHash } from 'node:crypto'
import { pipeline, type Readable, Transform } from 'node:stream'
import * as v from 'valibot'
import { ActionError } from '../../../src/errors.ts'
import { lost } from './github-http.ts'
import { type Body, bytesBody, fileBody, sendBody } from './github-send.ts'
import type { LocalFile } from './objects.ts'

interface AssetUpload {
  /** The release's own: `https://uploads.github.com/…/assets{?name,label}`. */
  readonly uploadUrl: string
  readonly name: string
  readonly content: LocalFile | Uint8Array
  readonly token: string
  readonly signal: AbortSignal
}

const Uploaded = v.object({
  id: v.number(),
  state: v.literal('uploaded'),
  size: v.number(),
  digest: v.optional(v.nullable(v.string())),
})

/** @throws Failure when it was refused, or when what became of it is not known */
export async function uploadAsset({ uploadUrl, name, content, token, signal }: AssetUpload): Promise<void> {
  const url = `${uploadUrl.replace(/\{.*$/, '')}?name=${encodeURIComponent(name)}`
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/vnd.github+json',
    'content-type': name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
    'user-agent': 'slipway',
  }
  const { text, digest } = await sendBody(url, { method: 'POST', headers }, bodyOf(content), signal)
  confirm(text, sizeOf(content), digest)
}

function bodyOf(content: LocalFile | Uint8Array): Body {
  return content instanceof Uint8Array ? bytesBody(content) : fileBody(content.file, 0, content.size)
}

function sizeOf(content: LocalFile | Uint8Array): number {
  return content instanceof Uint8Array ? content.length : content.size
}

function confirm(text: string, size: number, digest: string): void {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Uploaded), text)
  if (!parsed.success) throw lost(new Error('the answer does not say that it was uploaded'))
  const { size: given, digest: theirs } = parsed.output
  if (given !== size || (theirs != null && theirs !== digest))
    throw lost(new Error('other bytes arrived than were sent'))
}

/** What GitHub says of an asset; older servers of companies have no digests. */
interface Described {
  readonly name: string
  readonly size: number
  readonly digest?: string | null | undefined
}

/** Whether the asset is this content. */
export async function holds({ size, digest }: Described, content: LocalFile | Uint8Array): Promise<boolean> {
  if (size !== sizeOf(content) || digest == null) return size === sizeOf(content)
  const hash = createHash('sha256')
  for await (const piece of bodyOf(content).pieces()) hash.update(piece)
  return digest === `sha256:${hash.digest('hex')}`
}

/** The same bytes, and an error at their end where they are not those that GitHub has a digest of. */
export function checked(stream: Readable, { name, digest }: Described): Readable {
  if (digest == null) return stream
  const hash = createHash('sha256')
  const check = new Transform({
    transform(piece: Uint8Array, _, done) {
      hash.update(piece)
      done(null, piece)
    },
    flush(done) {
      done(digest === `sha256:${hash.digest('hex')}` ? null : changed(name))
    },
  })
  // The reader hears of a failure from the stream that it reads.
  return pipeline(stream, check, () => {})
}

function changed(name: string): ActionError {
  return new ActionError(`The release asset ${name} arrived with other bytes than GitHub has stored.`, {
    hint: 'Run the job again. If it stays so, use another snapshot.',
  })
}
