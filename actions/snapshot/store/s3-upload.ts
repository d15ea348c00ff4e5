/** Writing to S3: what is there is never replaced, and nothing is there before it is whole. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { ActionError } from '../../../src/errors.ts'
import { uploadTimeout } from './deadlines.ts'
import { planParts, readWhole, SMALLEST_PART, sendParts } from './object-parts.ts'
import type { LocalFile } from './objects.ts'
import { failureOf } from './s3-explain.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MOST_PARTS = 10_000
/** Some servers copy all parts together before they answer. */
const COMPLETE = 10 * 60_000
/** ms for tidying up after a failure, also when the step is cancelled. */
const ABORT = 3000
/** ms for a look after a failure, which may well be that nothing answers. */
const LOOK = 15_000
/** Whoever wrote an object, by a number of that one call: it tells a lost answer from a rival. */
const WRITER = 'slipway-writer'

export interface Target {
  readonly client: S3Client
  readonly bucket: string
  readonly key: string
  readonly signal: AbortSignal
  /** A number of this one write. */
  readonly writer: string
}

/** `refused`: the server knows no conditional writes. */
export type Put = 'done' | 'taken' | 'busy' | 'refused'

/** @param conditional without it an object that has appeared since the caller looked is replaced */
export async function putOnce(target: Target, content: LocalFile | Uint8Array, conditional: boolean): Promise<Put> {
  try {
    const whole = content instanceof Uint8Array || content.size <= SMALLEST_PART
    if (whole) await putWhole(target, content instanceof Uint8Array ? content : await readWhole(content), conditional)
    else await putParts(target, content, conditional)
    return 'done'
  } catch (error) {
    target.signal.throwIfAborted()
    // An answer that was lost on its way, or a repetition that found the work of the first one, is no failure.
    if (!(error instanceof ActionError) && (await isOwn(target))) return 'done'
    const { status, code } = failureOf(error)
    if (status === 412) return 'taken'
    if (status === 409) return 'busy' // a delete or a rival at the same moment
    if (conditional && (status === 501 || code === 'NotImplemented')) return 'refused'
    throw error
  }
}

async function putWhole(target: Target, bytes: Uint8Array, conditional: boolean): Promise<void> {
  const { client, bucket, key, signal, writer } = target
  const input = {
    Bucket: bucket,
    Key: key,
    Body: bytes,
    ContentLength: bytes.length,
    Metadata: { [WRITER]: writer },
    ...(conditional && { IfNoneMatch: '*' }),
  }
  await client.send(new PutObjectCommand(input), { abortSignal: signal, requestTimeout: uploadTimeout(bytes.length) })
}

async function putParts(target: Target, local: LocalFile, conditional: boolean): Promise<void> {
  const { client, bucket, key, signal, writer } = target
  const object = { Bucket: bucket, Key: key }
  const create = new CreateMultipartUploadCommand({ ...object, Metadata: { [WRITER]: writer } })
  const { UploadId } = await client.send(create, { abortSignal: signal })
  try {
    const Parts = await sendParts(local, planParts(local.size, MOST_PARTS), async (PartNumber, Body) => {
      const input = { ...object, UploadId, PartNumber, Body, ContentLength: Body.length }
      const options = { abortSignal: signal, requestTimeout: uploadTimeout(Body.length) }
      const { ETag } = await client.send(new UploadPartCommand(input), options)
      return { ETag, PartNumber }
    })
    const input = {
      ...object,
      UploadId,
      MultipartUpload: { Parts: [...Parts] },
      ...(conditional && { IfNoneMatch: '*' }),
    }
    await client.send(new CompleteMultipartUploadCommand(input), { abortSignal: signal, requestTimeout: COMPLETE })
  } catch (error) {
    await abort(client, { ...object, UploadId })
    throw error
  }
}

/** What stays is listed as a leftover, so that a failure here may pass. */
async function abort(
  client: S3Client,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
): Promise<void> {
  await client
    .send(new AbortMultipartUploadCommand(upload), { abortSignal: AbortSignal.timeout(ABORT) })
    .catch(() => {})
}

async function isOwn({ client, bucket, key, signal, writer }: Target): Promise<boolean> {
  try {
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(LOOK)])
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal })
    return head.Metadata?.[WRITER] === writer
  } catch {
    signal.throwIfAborted()
    return false // the caller has a better error to tell
  }
}
