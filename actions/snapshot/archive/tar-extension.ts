/** What extends the headers of a tar: pax records and GNU's long names. */
import { damaged } from './corrupt.ts'
import { shown } from './path.ts'
import { decodeName, type ExtensionHeader, type Header, LONGEST_NAME } from './tar-block.ts'

/** Bytes. A path has 4096 at most; the rest is room for attributes, which are passed over. */
const LARGEST = 1024 * 1024
/** Bytes of a long name of GNU's, which may be padded. */
const LARGEST_NAME = LONGEST_NAME + 512
/** Of one extension. */
const MOST_RECORDS = 1000
/** They would change what the content or the names are. */
const REFUSED = /^(?:GNU\.sparse\.|GNU\.dumpdir$|GNU\.volume\.|hdrcharset$|charset$)/

const KEPT = ['path', 'linkpath', 'size'] as const
type Kept = (typeof KEPT)[number]

export class Extension {
  #header: ExtensionHeader | undefined
  #chunks: Buffer[] = []
  /** Before the next header. */
  readonly #kinds = new Set<ExtensionHeader['kind']>()
  /** For the next header. GNU's long names are as good as pax records. */
  readonly #next = new Map<Kept, string>()
  /** The first key that may not be there. */
  #refused: string | undefined

  /** Whether there is something for a next header. */
  get isPending(): boolean {
    return this.#kinds.size > (this.#kinds.has('global') ? 1 : 0)
  }

  begin(header: ExtensionHeader): void {
    const largest = header.kind === 'path' || header.kind === 'target' ? LARGEST_NAME : LARGEST
    if (header.size > largest) throw damaged('Its tar has an extension of a header that is too large.')
    // Of two, some programs would take the first, and others the last.
    if (this.#kinds.has(header.kind)) throw damaged('Its tar extends one header twice.')
    this.#kinds.add(header.kind)
    this.#header = header
    this.#chunks = []
  }

  push(bytes: Buffer): void {
    this.#chunks.push(Buffer.from(bytes))
  }

  end(): void {
    const content = Buffer.concat(this.#chunks)
    this.#chunks = []
    switch (this.#header?.kind) {
      case 'pax':
        this.#takeRecords(content, (key, value) => this.#keep(key, value))
        return
      case 'global':
        this.#takeRecords(content, refuseForAll)
        return
      case 'path':
        this.#keep('path', untilZero(content))
        return
      case 'target':
        this.#keep('linkpath', untilZero(content))
    }
  }

  /** The header with what was said of it before. */
  applyTo(header: Header): Header {
    const next = new Map(this.#next)
    this.#next.clear()
    this.#kinds.clear()
    const path = next.get('path') ?? header.path
    if (this.#refused !== undefined) {
      throw damaged(`In its tar ${shown(path)} is extended with ${shown(this.#refused)}.`)
    }
    if (next.size === 0) return header
    const target = header.type === 'link' ? (next.get('linkpath') ?? header.target) : ''
    return { ...header, path, target, size: sizeOf(next.get('size')) ?? header.size }
  }

  /** Those of other keys may be anything, such as the attributes of a file, in bytes: they are not even kept. */
  #takeRecords(content: Buffer, take: (key: Kept, value: Buffer) => void): void {
    let records = 0
    for (const [key, value] of parseRecords(content)) {
      records += 1
      if (records > MOST_RECORDS) throw damaged(`Its tar has a header with more than ${MOST_RECORDS} extensions.`)
      const kept = KEPT.find((known) => known === key)
      if (kept !== undefined) take(kept, value)
      else if (REFUSED.test(key)) this.#refused ??= key
    }
  }

  /** Twice, or once by pax and once by GNU's way, is for some programs the first, and for others the last. */
  #keep(key: Kept, value: Buffer): void {
    if (this.#next.has(key)) throw damaged(`Its tar gives one entry two of ${key}.`)
    // In pax it means that the key is not to be used, and for others that it is empty.
    if (value.length === 0) throw damaged(`Its tar gives an entry an empty ${key}.`)
    this.#next.set(key, decodeName(value))
  }
}

function refuseForAll(key: Kept): void {
  throw damaged(`Its tar gives all entries the same ${key}.`)
}

function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const size = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(size)) throw damaged(`Its tar gives a file the size ${shown(text)}.`)
  return size
}

/** `<length> <key>=<value>` and a line break, one after another, where the length counts all of it. */
function* parseRecords(content: Buffer): Generator<readonly [string, Buffer]> {
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(0x20, at)
    const length = Number(/^\d{1,7}$/.exec(content.toString('latin1', at, Math.max(blank, at)))?.[0])
    const record = content.subarray(blank + 1, at + length)
    const equals = record.indexOf(0x3d)
    if (!(length > 0) || at + length > content.length || equals < 1 || record.at(-1) !== 0x0a) {
      throw damaged('Its tar has an extension of a header that cannot be read.')
    }
    yield [record.toString('latin1', 0, equals), record.subarray(equals + 1, -1)]
    at += length
  }
}

/** A long name of GNU's ends with a zero, and may be padded with more. */
function untilZero(content: Buffer): Buffer {
  const end = content.indexOf(0)
  return end === -1 ? content : content.subarray(0, end)
}
