/**
 * Compression of several pieces at a time: each becomes a zstd frame of its own, and one after another they are one zstd
 * file (RFC 8878, section 3). Node's compressor has one thread; with those that zstd starts by itself, it ends early
 * (measured with Node 24.21).
 */
import { Transform, type Writable } from 'node:stream'
import { constants, createZstdCompress } from 'node:zlib'
import type { Work } from './blocks.ts'
import { OUTPUT, pieces } from './memory.ts'

/** Above it a compressor takes so much memory (20 MB at 9, 90 MB at 19) that there is one, which makes one frame. */
const HIGHEST_AT_ONCE = 4
/** So many take memory for themselves: then too there is one. */
const MOST_ENTRIES = 50_000
/** Three keep two processors busy while one of them is filled. */
const AT_ONCE = 3

/** Where pieces go in, and what comes out. */
export interface Compression {
  readonly input: Writable
  /** How pieces are worked on before they go in; undefined: not at all. */
  readonly work: Work | undefined
  /** Each piece is gone when the next one is asked for. */
  readonly output: AsyncIterable<Buffer>
}

/** @param level of zstd @param entries how many the archive has */
export function compression(level: number, entries: number): Compression {
  if (level <= HIGHEST_AT_ONCE && entries <= MOST_ENTRIES) {
    const queue = frameQueue()
    const work: Work = { count: AT_ONCE, work: (piece) => begun(frameOf(piece, level)) }
    return { input: queue, work, output: bytesOf(queue) }
  }
  const compressor = createZstdCompress({ ...OUTPUT, params: paramsOf(level) })
  return { input: compressor, work: undefined, output: pieces(compressor) }
}

function paramsOf(level: number) {
  return { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
}

/** The parts of a frame, in buffers in which nothing else is; some share one. */
type Frame = readonly Buffer[]

function begun(frame: Promise<Frame>): Promise<Frame> {
  frame.catch(() => {}) // it is awaited later, or something else has failed first
  return frame
}

async function frameOf(piece: Buffer, level: number): Promise<Frame> {
  const compressor = createZstdCompress({ ...OUTPUT, params: paramsOf(level) })
  compressor.end(piece)
  const parts: Buffer[] = []
  for await (const part of compressor) parts.push(part)
  return parts
}

/** Takes frames that have begun, and gives them in their order. A frame is done when it has been taken from here. */
function frameQueue(): Transform {
  return new Transform({
    objectMode: true,
    readableHighWaterMark: 1,
    transform: (frame: Promise<Frame>, _, done) => {
      frame.then((parts) => done(null, parts), done)
    },
  })
}

async function* bytesOf(frames: AsyncIterable<Frame>): AsyncGenerator<Buffer> {
  for await (const parts of frames) {
    for (const [index, part] of parts.entries()) {
      yield part
      const { buffer } = part
      if (buffer !== parts[index + 1]?.buffer && buffer instanceof ArrayBuffer) buffer.transfer(0)
    }
  }
}
