/** Whether a file holds nothing at all, also inside of a compressed stream: the classic green dump that is empty. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { PassThrough, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/** Bytes of white space and zeros after which something is there, whatever it is. */
const ENOUGH = 64 * 1024

/**
 * White space and zero bytes are nothing: a dump of one line end is no dump, and neither is a tar of no files. A gzip or
 * zstd stream counts as what is in it, one of bzip2 or xz as nothing only in the form that has no content.
 */
export async function isBlank(file: string): Promise<boolean> {
  const head = await headOf(file)
  if (head.length === 0 || isEmptyBzip2(head) || isEmptyXz(head)) return true
  return onlyBlank(file, decoderOf(head))
}

/** 33 bytes: one more than the longest stream that is recognized by its length. */
async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(33), 0, 33, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Only the header, the mark of the end and a check sum of zero. */
function isEmptyBzip2(head: Buffer): boolean {
  return head.length === 14 && head.toString('latin1', 0, 3) === 'BZh' && head.toString('hex', 4) === EMPTY_BZIP2
}
const EMPTY_BZIP2 = '17724538509000000000'

/** A header and a footer of 12 bytes each, and between them an index of no blocks. */
function isEmptyXz(head: Buffer): boolean {
  return head.length === 32 && head.toString('hex', 0, 6) === 'fd377a585a00'
}

function decoderOf(head: Buffer): Transform {
  if (head.toString('hex', 0, 2) === '1f8b') return createGunzip()
  if (head.toString('hex', 0, 4) === '28b52ffd') return createZstdDecompress()
  return new PassThrough()
}

async function onlyBlank(file: string, decoder: Transform): Promise<boolean> {
  let seen = 0
  let found = false
  const look = async (content: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of content) {
      seen += chunk.length
      found = seen > ENOUGH || chunk.some((byte) => byte !== 0 && byte !== 0x20 && (byte < 0x09 || byte > 0x0d))
      if (found) return
    }
  }
  try {
    await pipeline(createReadStream(file), decoder, look)
  } catch {
    return false // read no further once something was found; or cut off, or no such stream after all: it is not nothing
  }
  return !found
}
