/** Sending a large file in parts, with a bounded amount of it in memory. */
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { ActionError } from '../../../src/errors.ts'
import type { LocalFile } from './objects.ts'
import { startWorkers } from './pool.ts'

const MIB = 1024 * 1024
/** Bytes of a part, and of what is sent as a whole. */
export const SMALLEST_PART = 8 * MIB
/** Bytes of parts that are in memory at once, unless a single one is larger. */
const MEMORY = 4 * SMALLEST_PART

interface PartPlan {
  /** Bytes of every part but the last. */
  readonly partSize: number
  readonly parts: number
  /** Parts that are sent at once. */
  readonly concurrency: number
}

/**
 * Parts as small as the far side's limit on their number allows, in whole MiB: with 10,000 of them 8 MiB up to 78 GiB,
 * and 525 MiB at 5 TiB.
 */
export function planParts(size: number, mostParts: number): PartPlan {
  const partSize = Math.max(SMALLEST_PART, Math.ceil(size / mostParts / MIB) * MIB)
  const parts = Math.max(1, Math.ceil(size / partSize))
  return { partSize, parts, concurrency: Math.min(parts, Math.max(1, Math.floor(MEMORY / partSize))) }
}

/**
 * Sends all parts, in any order; the first failure ends it once the parts that are under way have ended. Each of those
 * that run at once has one buffer, which it fills again and again.
 *
 * @param send its bytes are only valid until it settles; `number` counts from 1
 * @returns what `send` returned, in the order of the parts
 * @throws ActionError when the file has another size than was said
 */
export async function sendParts<T>(
  local: LocalFile,
  plan: PartPlan,
  send: (number: number, bytes: Uint8Array) => Promise<T>,
): Promise<readonly T[]> {
  const handle = await open(local.file, 'r')
  try {
    const sent: T[] = []
    const numbers = Array.from({ length: plan.parts }, (_, index) => index + 1)
    const worker = async (rest: Iterable<number>) => {
      const memory = Buffer.allocUnsafeSlow(Math.min(plan.partSize, local.size))
      for (const number of rest) {
        sent[number - 1] = await send(number, await readPart(handle, local, (number - 1) * plan.partSize, memory))
      }
      // Frees it now: the reading back that follows would otherwise find it still there. Not after a failure, when a
      // socket may yet be writing from it.
      memory.buffer.transfer(0)
    }
    const ends = await Promise.allSettled(startWorkers(numbers, plan.concurrency, worker))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return sent
  } finally {
    await handle.close()
  }
}

/** The whole of a small file. */
export async function readWhole(local: LocalFile): Promise<Uint8Array> {
  const handle = await open(local.file, 'r')
  try {
    return await readPart(handle, local, 0, Buffer.allocUnsafeSlow(local.size))
  } finally {
    await handle.close()
  }
}

async function readPart(handle: FileHandle, local: LocalFile, start: number, memory: Buffer): Promise<Uint8Array> {
  const part = memory.subarray(0, Math.min(memory.length, local.size - start))
  const found = (await handle.stat()).size
  for (let filled = 0; filled < part.length; ) {
    const { bytesRead } = await handle.read(part, filled, part.length - filled, start + filled)
    if (bytesRead === 0) throw changed(local, found)
    filled += bytesRead
  }
  if (found !== local.size) throw changed(local, found)
  return part
}

function changed({ file, size }: LocalFile, found: number): ActionError {
  return new ActionError(
    `${basename(file)} has ${found} bytes, and should have ${size}: it has changed since it was written.`,
  )
}
