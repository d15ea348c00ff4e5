/** Bytes that come in pieces, up to a cap. */

const SMALLEST = 16 * 1024

/**
 * Keeps them in one block that grows. A list of the pieces would cost hundreds of bytes for each, and a server may send
 * its body byte by byte.
 */
export class Gatherer {
  /** Of all that came, kept or not. */
  size = 0
  readonly #most: number
  #block: Buffer = Buffer.alloc(0)
  #kept = 0

  /** @param most bytes that are kept */
  constructor(most: number) {
    this.#most = most
  }

  /** @returns whether that was more than is kept */
  add(piece: Buffer): boolean {
    this.size += piece.length
    const wanted = Math.min(this.size, this.#most)
    if (this.#kept === 0 && piece.length === wanted)
      this.#block = piece // most bodies are one piece
    else this.#append(piece, wanted)
    this.#kept = wanted
    return this.size > this.#most
  }

  get bytes(): Uint8Array {
    return this.#block.subarray(0, this.#kept)
  }

  #append(piece: Buffer, wanted: number): void {
    if (wanted > this.#block.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#most, Math.max(SMALLEST, wanted, 2 * this.#block.length)))
      this.#block.copy(grown, 0, 0, this.#kept)
      this.#block = grown
    }
    piece.copy(this.#block, this.#kept, 0, wanted - this.#kept)
  }
}
