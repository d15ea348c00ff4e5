/** Reads the archive of a snapshot: verifies all that its manifests say, and extracts it where that is wanted. */
import { createHash } from 'node:crypto'
import { addAbortSignal, type Readable } from 'node:stream'
import { createZstdDecompress } from 'node:zlib'
import { ActionError, messageOf } from '../../../src/errors.ts'
import type { FullManifest } from '../manifest.ts'
import { opened } from './age.ts'
import { Blocks } from './blocks.ts'
import { bothEnds } from './both-ends.ts'
import { contentDigest } from './content-digest.ts'
import { ContentsReader } from './contents-reader.ts'
import { damaged } from './corrupt.ts'
import type { Expected } from './expected.ts'
import { largestTar } from './limits.ts'
import { OUTPUT, pieces } from './memory.ts'
import { TarParser } from './tar-parser.ts'
import { Target } from './target.ts'
import { cutAtFrames } from './zstd-frames.ts'

export { CorruptError } from './corrupt.ts'

export interface ReadOptions {
  /** From the outer manifest. */
  readonly expect: Expected
  readonly encrypted: boolean
  /** age secret keys. */
  readonly identities: readonly string[]
  /** An existing empty folder to extract into, in which nobody else writes; undefined: only verify. */
  readonly into?: string
  readonly signal: AbortSignal
}

export interface ReadArchive {
  readonly manifest: FullManifest
  /** `sha256:` and 64 hexadecimal digits, from what was read. */
  readonly contentDigest: string
}

/**
 * One pass over the archive, which stops at the first thing that is wrong; the source is destroyed then. What is in the
 * target by then has to be thrown away: only after success it is the snapshot.
 *
 * @throws CorruptError when the archive is not what its manifests say; ActionError when no identity opens it, or when the
 *   target cannot be written; the source's error when that fails; the signal's reason when aborted
 */
export async function readArchive(source: Readable, options: ReadOptions): Promise<ReadArchive> {
  const { expect, signal } = options
  const target = options.into === undefined ? undefined : new Target(options.into)
  const reader = new ContentsReader(expect, target)
  try {
    await readThrough(source, options, new TarParser(reader))
  } catch (error) {
    signal.throwIfAborted()
    throw explain(error)
  } finally {
    target?.close()
  }
  const manifest = reader.finish()
  return { manifest, contentDigest: contentDigest(manifest) }
}

async function readThrough(source: Readable, options: ReadOptions, parser: TarParser): Promise<void> {
  const { expect, encrypted, identities, signal } = options
  source.on('error', () => {}) // whoever reads it is told, and once nobody does it may not end the process
  addAbortSignal(signal, source)
  const decompressor = createZstdDecompress(OUTPUT)
  const fill = () => {
    const bytes = metered(source, expect)
    return decompress(encrypted ? opened(bytes, identities) : bytes, new Blocks(decompressor, signal))
  }
  const empty = () => parse(decompressor, parser, largestTar(expect))
  const abandon = () => {
    source.destroy()
    decompressor.destroy()
  }
  await bothEnds({ fill, empty, abandon }, signal)
}

async function decompress(chunks: AsyncIterable<Buffer>, blocks: Blocks): Promise<void> {
  for await (const { bytes, endsFrame } of cutAtFrames(chunks)) {
    await blocks.append(bytes)
    if (endsFrame) await blocks.flush()
  }
  await blocks.end()
}

/** Lets the archive's bytes pass, and ends with an error unless they were those that the manifest speaks of. */
async function* metered(chunks: AsyncIterable<Uint8Array>, expect: Expected): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > expect.size)
      throw damaged(`It has more than the ${expect.size} bytes that the snapshot's manifest says.`)
    hash.update(chunk)
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
  }
  if (size !== expect.size) {
    throw damaged(`It has ${size} bytes, and the snapshot's manifest says ${expect.size}.`)
  }
  if (`sha256:${hash.digest('hex')}` !== expect.digest) {
    throw damaged("It does not have the SHA-256 that the snapshot's manifest says.")
  }
}

async function parse(chunks: AsyncIterable<Buffer>, parser: TarParser, largest: number): Promise<void> {
  let size = 0
  for await (const bytes of pieces(chunks)) {
    size += bytes.length
    if (size > largest) throw damaged('It grows to more than its manifest can account for.')
    parser.push(bytes)
  }
  parser.finish()
}

function explain(error: unknown): unknown {
  if (error instanceof ActionError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new ActionError('Reading the archive ended before it was complete.', { cause: error })
  }
  if (!code.startsWith('ZSTD_') && code !== 'Z_BUF_ERROR') return error
  return damaged(`Its compressed content is damaged: ${messageOf(error)}.`, { cause: error })
}
