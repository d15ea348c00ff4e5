/** What extends the headers of a tar: pax records and GNU's long names. */
import { damaged } from './corrupt.ts'
import { shown } from './path.ts'
import { decodeName, type ExtensionHeader, type Header } from './tar-block.ts'

/** Bytes. A path has 4096 at most; the rest is room for attributes, which are passed over. */
const LARGEST = 1024 * 1024
/** They would change what the content or the names are. */
const REFUSED = /^(?:GNU\.sparse\.|GNU\.dumpdir$|GNU\.volume\.|hdrcharset$|charset$)/

type Records = ReadonlyMap<string, string>

export class Extension {
  #header: ExtensionHeader | undefined
  #chunks: Buffer[] = []
  /** For all headers that follow. */
  #global: Records = new Map()
  /** For the next header; GNU's long names are as good as pax records. */
  #next = new Map<string, string>()

  /** Whether there is something for a next header. */
  get isPending(): boolean {
    return this.#next.size > 0
  }

  begin(header: ExtensionHeader): void {
    if (header.size > LARGEST) throw damaged('Its tar has an extension of a header that is too large.')
    this.#header = header
    this.#chunks = []
  }

  push(bytes: Buffer): void {
    this.#chunks.push(Buffer.from(bytes))
  }

  end(): void {
    const content = Buffer.concat(this.#chunks)
    switch (this.#header?.kind) {
      case 'pax':
        for (const [key, value] of parseRecords(content)) this.#next.set(key, value)
        return
      case 'global':
        this.#global = new Map([...this.#global, ...parseRecords(content)])
        return
      case 'path':
        this.#next.set('path', longName(content))
        return
      case 'target':
        this.#next.set('linkpath', longName(content))
    }
  }

  /** The header with what was said of it before. */
  applyTo(header: Header): Header {
    const records: Records = new Map([...this.#global, ...this.#next])
    this.#next = new Map()
    if (records.size === 0) return header
    const path = records.get('path') ?? header.path
    const refused = [...records.keys()].find((key) => REFUSED.test(key))
    if (refused !== undefined) throw damaged(`In its tar ${shown(path)} is extended with ${shown(refused)}.`)
    const target = header.type === 'link' ? (records.get('linkpath') ?? header.target) : ''
    return { ...header, path, target, size: sizeOf(header, records) }
  }
}

function sizeOf(header: Header, records: Records): number {
  const text = records.get('size')
  if (text === undefined || header.type !== 'file') return header.size
  const size = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(size)) throw damaged(`Its tar gives a file the size ${shown(text)}.`)
  return size
}

/** `<length> <key>=<value>` and a line break, one after another, where the length counts all of it. */
function parseRecords(content: Buffer): Records {
  const records = new Map<string, string>()
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(0x20, at)
    const length = Number(/^\d{1,7}$/.exec(content.toString('latin1', at, Math.max(blank, at)))?.[0])
    const record = content.subarray(blank + 1, at + length)
    const equals = record.indexOf(0x3d)
    if (!(length > 0) || at + length > content.length || equals < 1 || record.at(-1) !== 0x0a) {
      throw damaged('Its tar has an extension of a header that cannot be read.')
    }
    const key = record.toString('latin1', 0, equals)
    const value = record.subarray(equals + 1, -1)
    // Others may be anything, such as the attributes of a file, in bytes.
    records.set(key, key === 'path' || key === 'linkpath' ? decodeName(value) : value.toString('latin1'))
    at += length
  }
  return records
}

/** Ends with a zero, and may be padded with more. */
function longName(content: Buffer): string {
  const end = content.indexOf(0)
  return decodeName(end === -1 ? content : content.subarray(0, end))
}
