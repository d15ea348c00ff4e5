/**
 * Reads a tar as GNU tar, bsdtar or this action write it: v7, ustar, pax and GNU's long names. It is stricter than those
 * where a lenient reader might see something else in the same bytes.
 */
import { damaged } from './corrupt.ts'
import { shown } from './path.ts'
import { type Header, parseHeader } from './tar-block.ts'
import { Extension } from './tar-extension.ts'
import { BLOCK, paddingOf } from './tar-header.ts'

export type { Header } from './tar-block.ts'

/** What is told of a tar, in its order; each call has an effect before it returns. */
export interface TarSink {
  /** Its content follows, in as many pieces as it arrives in, and then `end`. */
  begin(header: Header): void
  data(bytes: Buffer): void
  end(): void
}

type Part = 'header' | 'extension' | 'content' | 'padding' | 'end'

export class TarParser {
  readonly #sink: TarSink
  readonly #extension = new Extension()
  readonly #gathered = Buffer.alloc(BLOCK)
  #has = 0
  #part: Part = 'header'
  /** Bytes of the part that are still to come. */
  #left = BLOCK
  #padding = 0
  #zeros = 0

  constructor(sink: TarSink) {
    this.#sink = sink
  }

  /** @throws CorruptError where the bytes are no tar; whatever the sink throws */
  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(this.#left, bytes.length - at)
      this.#take(bytes.subarray(at, at + taken))
      at += taken
    }
  }

  /** @throws CorruptError when the tar is not complete */
  finish(): void {
    if (this.#part !== 'end' || this.#zeros < 2 * BLOCK) throw damaged('Its tar ends early.')
  }

  #take(bytes: Buffer): void {
    this.#left -= bytes.length
    switch (this.#part) {
      case 'header':
        bytes.copy(this.#gathered, this.#has)
        this.#has += bytes.length
        if (this.#left === 0) this.#header()
        return
      case 'extension':
        this.#extension.push(bytes)
        if (this.#left === 0) this.#pad(() => this.#extension.end())
        return
      case 'content':
        this.#sink.data(bytes)
        if (this.#left === 0) this.#pad(() => this.#sink.end())
        return
      case 'padding':
        if (this.#left === 0) this.#expect('header', BLOCK)
        return
      case 'end':
        this.#zeros += bytes.length
        if (!isZero(bytes)) throw damaged('Something follows the end of its tar.')
        this.#left = Number.MAX_SAFE_INTEGER
    }
  }

  #expect(part: Part, length: number): void {
    this.#part = part
    this.#left = length
    this.#has = 0
  }

  #pad(end: () => void): void {
    end()
    if (this.#padding > 0) this.#expect('padding', this.#padding)
    else this.#expect('header', BLOCK)
  }

  #header(): void {
    const raw = parseHeader(this.#gathered)
    if (raw === undefined) {
      if (this.#extension.isPending) throw damaged('Its tar ends after the extension of a header.')
      this.#zeros = BLOCK
      this.#expect('end', Number.MAX_SAFE_INTEGER)
    } else if (raw.type === 'extension') {
      this.#extension.begin(raw)
      this.#content('extension', raw.size, () => this.#extension.end())
    } else {
      const header = settled(this.#extension.applyTo(raw))
      this.#sink.begin(header)
      this.#content('content', header.size, () => this.#sink.end())
    }
  }

  #content(part: Part, size: number, end: () => void): void {
    this.#padding = paddingOf(size)
    if (size === 0) end()
    if (size > 0) this.#expect(part, size)
    else this.#expect('header', BLOCK)
  }
}

/** The header, if it is of something that a snapshot can hold. */
function settled(header: Header): Header {
  const { path, refused, size } = header
  if (refused !== undefined) throw damaged(`${shown(path)} in it ${refused}.`)
  // A slash at the end of a file's name is how folders were written before there were types.
  const type = header.type === 'file' && path.endsWith('/') ? 'directory' : header.type
  if (type !== 'file' && size !== 0) throw damaged(`${shown(path)} in it is a ${type} with content.`)
  return { ...header, type }
}

function isZero(bytes: Buffer): boolean {
  // Compared as memory, which is many times faster than byte by byte: there may be a gigabyte of them.
  return bytes.length === 0 || (bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1)))
}
