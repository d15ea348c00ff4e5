/**
 * Large pieces for the compressor, or for its counterpart, filled in place: a file is read straight into one, so that
 * nothing is copied and a hundred thousand small files do not become as many calls. While some are worked on the next one
 * is filled.
 */
import type { Writable } from 'node:stream'

/**
 * Bytes. Each costs two changes of threads, which take milliseconds where other processes want the processor, too: on a
 * busy machine pieces of 512 kB took twice the time of these, and larger ones take no less.
 */
const SIZE = 4 * 1024 * 1024
/** One is filled, one compressed, and one waits, so that the compressor never does. */
const PLAIN: Work = { count: 3, work: (piece) => piece }

type Piece = ReturnType<typeof Buffer.allocUnsafeSlow>

export interface Work {
  /** Pieces that there are: as many can be worked on, while they are not filled. */
  readonly count: number
  /** Begun as soon as a piece is full. What it returns is written to the output, which says when the piece is free again. */
  readonly work: (piece: Buffer) => unknown
}

export class Blocks {
  readonly #output: Writable
  readonly #signal: AbortSignal
  readonly #work: Work['work']
  readonly #spare: Piece[]
  readonly #waiting: Promise<Piece>[] = []
  /** Rejects when the output is closed: of the piece that a stream of zlib fails at, it never says that it is done. */
  readonly #closed: Promise<never>
  #current = Buffer.allocUnsafeSlow(SIZE)
  #used = 0
  /** Bytes that were put in. */
  total = 0

  constructor(output: Writable, signal: AbortSignal, { count, work }: Work = PLAIN) {
    this.#output = output
    this.#signal = signal
    this.#work = work
    this.#spare = Array.from({ length: count - 1 }, () => Buffer.allocUnsafeSlow(SIZE))
    this.#closed = new Promise((_, reject) => output.once('close', () => reject(new ClosedError())))
    this.#closed.catch(() => {}) // in the end it is always closed
  }

  /**
   * Memory to be filled, at least a byte; `advance` says how much of it was.
   * @throws the signal's reason when aborted; whatever broke the output
   */
  async room(): Promise<Buffer> {
    if (this.#used === SIZE) await this.#hand()
    return this.#current.subarray(this.#used)
  }

  advance(bytes: number): void {
    this.#used += bytes
    this.total += bytes
  }

  async append(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(await this.room(), 0, at)
      this.advance(copied)
      at += copied
    }
  }

  /** Hands over what there is: the next bytes are in another piece. */
  async flush(): Promise<void> {
    if (this.#used > 0) await this.#hand()
  }

  /** Hands over what is left, and waits until all of it was taken. */
  async end(): Promise<void> {
    await this.flush()
    await Promise.race([Promise.all(this.#waiting), this.#closed])
    this.#output.end()
  }

  async #hand(): Promise<void> {
    this.#signal.throwIfAborted()
    const full = this.#current
    const taken = new Promise<Piece>((resolve, reject) => {
      const done = (error: Error | null | undefined) => (error ? reject(error) : resolve(full))
      this.#output.write(this.#work(full.subarray(0, this.#used)), done)
    })
    taken.catch(() => {}) // it is awaited later, or something else has failed first
    this.#waiting.push(taken)
    this.#current = this.#spare.pop() ?? (await this.#oldest())
    this.#used = 0
  }

  /** The piece that was handed over first, once it is free again. */
  #oldest(): Promise<Piece> {
    return Promise.race([this.#waiting.shift() ?? this.#closed, this.#closed])
  }
}

/** What was to be filled is closed: why, its other end says. */
class ClosedError extends Error {
  readonly code = 'ERR_STREAM_DESTROYED'
}
