/** Writing to Azure: what is there is never replaced, and nothing is there before it is whole. */
import type { BlockBlobClient } from '@azure/storage-blob'
import { ActionError } from '../../../src/errors.ts'
import { failureOf } from './azure-explain.ts'
import { retrying } from './azure-retry.ts'
import { planParts, readWhole, SMALLEST_PART, sendParts } from './object-parts.ts'
import type { LocalFile } from './objects.ts'

/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const MOST_BLOCKS = 50_000
/** Whoever wrote a blob, by a number of that one call: it tells a lost answer from a rival. A name as C# has them. */
const WRITER = 'slipwaywriter'
const CONDITIONS = { ifNoneMatch: '*' }
const TAKEN = ['BlobAlreadyExists', 'ConditionNotMet']

/**
 * @param writer a number of this call alone, without `-`
 * @returns false when there is a blob of that name
 */
export async function putOnce(
  blob: BlockBlobClient,
  content: LocalFile | Uint8Array,
  writer: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const whole = content instanceof Uint8Array || content.size <= SMALLEST_PART
    if (whole) await putWhole(blob, content instanceof Uint8Array ? content : await readWhole(content), writer, signal)
    else await putBlocks(blob, content, writer, signal)
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ActionError) throw error
    // An answer that was lost on its way, or a repetition that found the work of the first one, is no failure.
    const found = await writerOf(blob, signal)
    if (found === writer) return true
    // A rival who commits throws away all blocks of others.
    if (TAKEN.includes(failureOf(error).code) || (found !== undefined && failureOf(error).status === 400)) return false
    throw error
  }
}

async function putWhole(blob: BlockBlobClient, bytes: Uint8Array, writer: string, signal: AbortSignal): Promise<void> {
  const options = { conditions: CONDITIONS, metadata: { [WRITER]: writer } }
  await retrying(signal, bytes.length, (abortSignal) => blob.upload(bytes, bytes.length, { ...options, abortSignal }))
}

/** Azure itself drops blocks that nobody commits within a week, so that a crash leaves nothing to clean up. */
async function putBlocks(blob: BlockBlobClient, local: LocalFile, writer: string, signal: AbortSignal): Promise<void> {
  const ids = await sendParts(local, planParts(local.size, MOST_BLOCKS), async (number, bytes) => {
    const id = Buffer.from(`${writer}-${String(number).padStart(5, '0')}`).toString('base64')
    await retrying(signal, bytes.length, (abortSignal) => blob.stageBlock(id, bytes, bytes.length, { abortSignal }))
    return id
  })
  const options = { conditions: CONDITIONS, metadata: { [WRITER]: writer } }
  await retrying(signal, 0, (abortSignal) => blob.commitBlockList([...ids], { ...options, abortSignal }))
}

/** undefined where there is no blob, or none can be seen: the caller has a better error to tell. */
async function writerOf(blob: BlockBlobClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { metadata } = await retrying(signal, 0, (abortSignal) => blob.getProperties({ abortSignal }), 2)
    return metadata?.[WRITER] ?? ''
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
