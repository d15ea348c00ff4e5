/**
 * Parses the full manifest while it arrives, entry by entry: the text of a hundred thousand entries, and what it becomes,
 * would not fit beside each other into the memory that this promises. What is JSON is still up to `JSON.parse`, for each
 * entry and for all around them.
 */
import * as v from 'valibot'
import { ActionError, messageOf } from '../../../src/errors.ts'
import { ArchivedEntry, FORMAT, type FullManifest, MANIFEST_FILE, ManifestHead } from '../manifest.ts'
import { damaged } from './corrupt.ts'
import { LARGEST_PART, MOST_ENTRIES } from './limits.ts'
import { cut } from './path.ts'

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPENING_LIST, OPENING_OBJECT, CLOSING_LIST, CLOSING_OBJECT] = [0x5b, 0x7b, 0x5d, 0x7d]
/** Characters before a bracket in which the name of what it holds is looked for. */
const LOOK_BACK = 200
/** What is before the list of the entries: quotes inside a string have backslashes, so that this is no part of one. */
const BEFORE_ENTRIES = /[{,]\s*"entries"\s*:\s*\[$/

export class ManifestParser {
  readonly #entries: ArchivedEntry[] = []
  /** All but what is between the brackets of the entries. */
  readonly #around = new Text()
  readonly #entry = new Text()
  #depth = 0
  #inString = false
  #escaped = false
  #inEntries = false
  #lists = 0
  #problem: Error | undefined
  readonly #onEntry: (entry: ArchivedEntry) => ArchivedEntry

  /** @param onEntry called with each entry as soon as it is complete; what it returns is kept */
  constructor(onEntry: (entry: ArchivedEntry) => ArchivedEntry) {
    this.#onEntry = onEntry
  }

  push(bytes: Buffer): void {
    let start = 0
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0
      if (this.#isInString(byte)) continue
      if (byte === OPENING_LIST || byte === OPENING_OBJECT) {
        this.#depth += 1
        if (this.#depth === 2 && !this.#inEntries) start = this.#open(bytes, start, at + 1)
      } else if (byte === CLOSING_LIST || byte === CLOSING_OBJECT) {
        if (this.#depth === 2 && this.#inEntries) start = this.#close(bytes, start, at)
        this.#depth -= 1
      } else if (byte === COMMA && this.#depth === 2 && this.#inEntries) {
        this.#take(bytes.subarray(start, at))
        start = at + 1
      }
    }
    this.#add(bytes.subarray(start))
  }

  /**
   * @throws ActionError when it is of a format that this version does not know; CorruptError when it is no manifest
   */
  end(): FullManifest {
    const around = parseJson(this.#around.take())
    requireFormat(around)
    if (this.#problem !== undefined) throw this.#problem
    if (this.#lists !== 1) throw damaged(`Its ${MANIFEST_FILE} is no manifest: it has ${this.#lists} lists of entries.`)
    return { ...parse(ManifestHead, around, ''), entries: this.#entries }
  }

  #add(bytes: Buffer): void {
    if (!this.#inEntries) this.#around.add(bytes)
    else if (this.#problem === undefined) this.#entry.add(bytes)
  }

  #isInString(byte: number): boolean {
    if (!this.#inString) {
      this.#inString = byte === QUOTE
      return this.#inString
    }
    if (this.#escaped) this.#escaped = false
    else if (byte === BACKSLASH) this.#escaped = true
    else if (byte === QUOTE) this.#inString = false
    return true
  }

  /** At a bracket that opens the entries, or something else at that depth. */
  #open(bytes: Buffer, start: number, end: number): number {
    this.#around.add(bytes.subarray(start, end))
    this.#inEntries = BEFORE_ENTRIES.test(this.#around.end(LOOK_BACK))
    if (this.#inEntries) this.#lists += 1
    return end
  }

  #close(bytes: Buffer, start: number, end: number): number {
    const rest = bytes.subarray(start, end)
    this.#add(rest)
    if (this.#entries.length > 0 || this.#entry.peek().trim() !== '') this.#take(rest.subarray(0, 0))
    this.#entry.take()
    this.#inEntries = false
    return end
  }

  /** An entry is complete. What is wrong with one is told in the end: with another format it may not be one. */
  #take(rest: Buffer): void {
    if (this.#problem !== undefined) return
    this.#add(rest)
    const text = this.#entry.take()
    if (this.#entries.length === MOST_ENTRIES) throw damaged(`Its ${MANIFEST_FILE} lists more than ${MOST_ENTRIES}.`)
    try {
      const entry = parse(ArchivedEntry, parseJson(text), `entries.${this.#entries.length}.`)
      this.#entries.push(this.#onEntry(entry))
    } catch (error) {
      this.#problem = error instanceof Error ? error : new Error(messageOf(error))
    }
  }
}

/** Text that arrives in pieces, which may be cut inside of a character, and of which there may not be too much. */
class Text {
  #bytes = Buffer.alloc(4096)
  #length = 0

  /** Copies them: they belong to a stream that goes on. */
  add(bytes: Buffer): void {
    const length = this.#length + bytes.length
    if (length > LARGEST_PART) {
      throw damaged(`Its ${MANIFEST_FILE} has more than ${LARGEST_PART} bytes for one entry, or for what is no entry.`)
    }
    if (length > this.#bytes.length) this.#grow(2 ** Math.ceil(Math.log2(length)))
    bytes.copy(this.#bytes, this.#length)
    this.#length = length
  }

  peek(): string {
    return this.#bytes.toString('utf8', 0, this.#length)
  }

  end(length: number): string {
    return this.#bytes.toString('latin1', Math.max(this.#length - length, 0), this.#length)
  }

  take(): string {
    const text = this.peek()
    this.#length = 0
    return text
  }

  #grow(size: number): void {
    const old = this.#bytes
    this.#bytes = Buffer.alloc(size)
    old.copy(this.#bytes, 0, 0, this.#length)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(`Its ${MANIFEST_FILE} is not JSON: ${cut(messageOf(cause))}.`, { cause })
  }
}

function requireFormat(value: unknown): void {
  const other = v.safeParse(v.object({ format: v.pipe(v.number(), v.notValue(FORMAT)) }), value)
  if (!other.success) return
  throw new ActionError(
    `The archive has format ${other.output.format}, and this version of the action reads format ${FORMAT}.`,
    { hint: 'Use the version of the action that made the snapshot, or a later one.' },
  )
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown, prefix: string): T {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const place = `${prefix}${v.getDotPath(issue) ?? ''}`
  throw damaged(`Its ${MANIFEST_FILE} is no manifest${place === '' ? '' : ` (${cut(place)})`}: ${cut(issue.message)}.`)
}
