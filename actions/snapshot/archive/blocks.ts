/**
 * Large pieces for the compressor, filled in place: a file is read straight into one, so that nothing is copied and a
 * hundred thousand small files do not become as many calls. While some are compressed the next one is filled.
 */
import type { Writable } from 'node:stream'

/** Bytes. Larger ones are no faster. */
const SIZE = 512 * 1024
/** One is filled, one compressed, and the others wait for the compressor, so that it never waits. */
const COUNT = 4

type Piece = ReturnType<typeof Buffer.allocUnsafeSlow>

export class Blocks {
  readonly #output: Writable
  readonly #signal: AbortSignal
  readonly #spare: Piece[]
  readonly #waiting: Promise<Piece>[] = []
  #current = Buffer.allocUnsafeSlow(SIZE)
  #used = 0
  /** Bytes that were put in. */
  total = 0

  constructor(output: Writable, signal: AbortSignal) {
    this.#output = output
    this.#signal = signal
    this.#spare = Array.from({ length: COUNT - 1 }, () => Buffer.allocUnsafeSlow(SIZE))
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

  /** Hands over what is left, and waits until all of it was taken. */
  async end(): Promise<void> {
    if (this.#used > 0) await this.#hand()
    await Promise.all(this.#waiting)
    this.#output.end()
  }

  async #hand(): Promise<void> {
    this.#signal.throwIfAborted()
    const full = this.#current
    const taken = new Promise<Piece>((resolve, reject) => {
      const done = (error: Error | null | undefined) => (error ? reject(error) : resolve(full))
      this.#output.write(full.subarray(0, this.#used), done)
    })
    taken.catch(() => {}) // it is awaited later, or something else has failed first
    this.#waiting.push(taken)
    this.#current = this.#spare.pop() ?? (await this.#waiting.shift()) ?? Buffer.allocUnsafeSlow(SIZE)
    this.#used = 0
  }
}
