/**
 * Where the frames of a zstd stream end (RFC 8878, section 3.1). Node's decompressor takes the end of a frame for the end
 * of everything when more follows in the same chunk, and says nothing of what it leaves (measured with Node 24.21): a
 * file of several frames would come out shorter, and garbage behind the last one would pass.
 */
import { damaged } from './corrupt.ts'

const FRAME = 0xfd2fb528
/** The lower four bits are free. */
const SKIPPABLE = 0x184d2a50
const CHECKSUM_BYTES = 4
const RUN_LENGTH = 1
const DICTIONARY_BYTES = [0, 1, 2, 4]
const CONTENT_SIZE_BYTES = [0, 2, 4, 8]

export interface FramePart {
  readonly bytes: Buffer
  /** Whether a frame ends here: what follows has to be another chunk. */
  readonly endsFrame: boolean
}

/**
 * The same bytes, cut where frames end.
 *
 * @throws CorruptError where something else than a frame begins, or where the last one ends early
 */
export async function* cutAtFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<FramePart> {
  const walk = new Walk()
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const length = walk.advance(chunk.subarray(at))
      yield { bytes: chunk.subarray(at, at + length), endsFrame: walk.isBetweenFrames }
      at += length
    }
  }
  if (!walk.isBetweenFrames || walk.frames === 0) throw damaged('Its compressed content ends early.')
}

/** What the next bytes are the beginning of. */
type Part = 'frame' | 'descriptor' | 'block' | 'length' | 'end'

/** Goes over frames without decompressing them: each block says how long it is. */
class Walk {
  #part: Part = 'frame'
  /** How many bytes of the part say how it goes on. */
  #needed = 4
  readonly #gathered = Buffer.alloc(4)
  #has = 0
  /** Bytes to go over before that. */
  #ahead = 0
  #hasChecksum = false
  /** How many have begun, without those that are to be skipped. */
  frames = 0

  get isBetweenFrames(): boolean {
    return this.#part === 'frame' && this.#has === 0
  }

  /** @returns how many of the bytes, at least one, belong to the frame that they are in */
  advance(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length) {
      at += this.#ahead > 0 ? this.#pass(bytes.length - at) : this.#gather(bytes, at)
      if (this.#part === 'end' && this.#ahead === 0) {
        this.#expect('frame', 4)
        break
      }
    }
    return at
  }

  #pass(available: number): number {
    const passed = Math.min(this.#ahead, available)
    this.#ahead -= passed
    return passed
  }

  #gather(bytes: Buffer, at: number): number {
    const taken = bytes.copy(this.#gathered, this.#has, at, at + this.#needed - this.#has)
    this.#has += taken
    if (this.#has === this.#needed) this.#decide(this.#gathered)
    return taken
  }

  #expect(part: Part, needed: number, ahead = 0): void {
    this.#part = part
    this.#needed = needed
    this.#has = 0
    this.#ahead = ahead
  }

  #decide(bytes: Buffer): void {
    switch (this.#part) {
      case 'frame':
        this.#beginFrame(bytes.readUInt32LE())
        break
      case 'descriptor':
        this.#beginBlocks(bytes.readUInt8())
        break
      case 'block':
        this.#beginBlock(bytes.readUIntLE(0, 3))
        break
      case 'length':
        this.#expect('end', 0, bytes.readUInt32LE())
    }
  }

  #beginFrame(magic: number): void {
    const isSkippable = magic >>> 4 === SKIPPABLE >>> 4
    if (magic !== FRAME && !isSkippable) {
      throw damaged('Its content is not compressed with zstd, or something else follows it.')
    }
    if (magic === FRAME) this.frames += 1
    if (isSkippable) this.#expect('length', 4)
    else this.#expect('descriptor', 1)
  }

  #beginBlocks(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0
    const sizeFlag = descriptor >>> 6
    const contentSize = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0)
    const dictionary = DICTIONARY_BYTES[descriptor & 3] ?? 0
    this.#hasChecksum = (descriptor & 4) !== 0
    this.#expect('block', 3, (isSingleSegment ? 0 : 1) + dictionary + contentSize)
  }

  #beginBlock(header: number): void {
    const isLast = (header & 1) === 1
    const length = ((header >>> 1) & 3) === RUN_LENGTH ? 1 : header >>> 3
    if (isLast) this.#expect('end', 0, length + (this.#hasChecksum ? CHECKSUM_BYTES : 0))
    else this.#expect('block', 3, length)
  }
}
