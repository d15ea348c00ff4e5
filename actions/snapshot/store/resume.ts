/** A stream that outlives broken connections. */
import { addAbortListener } from 'node:events'
import { Readable } from 'node:stream'
import { messageOf } from '../../../src/errors.ts'
import { pause, type Sleep } from '../../../src/retry.ts'

/** ms in which no byte comes. */
const IDLE = 30_000
/** Bytes between two failures after which they are not in a row. */
const PROGRESS = 1024 * 1024
const ATTEMPTS = 6
const FIRST_PAUSE = 250

/** What a connection brings. */
export interface Part {
  readonly stream: Readable
  /** Its first byte's place in the whole. Before what was asked for: what is known is skipped. */
  readonly start: number
}

export interface ResumeOptions {
  readonly signal: AbortSignal
  /** Bytes of the whole; undefined: nobody has said it. */
  readonly size: number | undefined
  /** Gives the same content from an offset on; it throws when there is another by now. */
  readonly reopen: (offset: number) => Promise<Part>
  /** Whether asking again can help. */
  readonly isTransient: (error: unknown) => boolean
  /** For people: why it ended at that byte. */
  readonly explain: (error: unknown, offset: number) => unknown
  /** Told of each failure that is made good. */
  readonly onResume: (error: unknown, offset: number) => void
  /** Failures in a row that end it. Default: 6. */
  readonly attempts?: number
  /** ms before it goes on after so many failures in a row. Default: 250, 500, 1000, … */
  readonly waitFor?: (failures: number) => number
  readonly sleep?: Sleep
  /** Failures that end it however much came between them. Default: as many as there are. */
  readonly most?: number
  /** ms. Default: 30 s. */
  readonly idle?: number
}

/**
 * @param first the content from its first byte on
 * @returns a stream that has all of its bytes or fails; it reads no faster than it is read
 */
export function resumable(first: Readable, options: ResumeOptions): Readable {
  return new Resumable(first, options)
}

/** Not Readable.from, which waits for the chunk that is under way before it lets go of the connection. */
class Resumable extends Readable {
  readonly #closed = new AbortController()
  readonly #first: Readable
  readonly #pieces: AsyncGenerator<Uint8Array>

  constructor(first: Readable, options: ResumeOptions) {
    super()
    const signal = AbortSignal.any([options.signal, this.#closed.signal])
    this.#first = first
    this.#pieces = pieces(first, { ...options, signal })
  }

  override async _read(): Promise<void> {
    try {
      const { done, value } = await this.#pieces.next()
      this.push(done === true ? null : value)
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(messageOf(error)))
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#closed.abort(new Error('the download was closed'))
    void this.#pieces.return(undefined)
    letGo(this.#first) // nobody may have begun to read
    callback(error)
  }
}

async function* pieces(first: Readable, options: ResumeOptions): AsyncGenerator<Uint8Array> {
  const { signal, size = Number.POSITIVE_INFINITY, attempts = ATTEMPTS, most = Number.POSITIVE_INFINITY } = options
  const { sleep = pause, waitFor = (failures) => FIRST_PAUSE * 2 ** (failures - 1) } = options
  let offset = 0
  let part: Part | undefined = { stream: first, start: 0 }
  for (let failures = 0, all = 1, last = 0; ; all++) {
    try {
      part ??= await options.reopen(offset)
      for await (const piece of from(offset, part, options)) {
        offset += piece.length
        if (offset > size) throw new Error(`${offset} of ${size} bytes came, and more may`)
        yield piece
      }
      if (offset === size || options.size === undefined) return
      throw cutOff(offset, size)
    } catch (error) {
      signal.throwIfAborted()
      failures = offset - last >= PROGRESS ? 1 : failures + 1
      last = offset
      const isOver = offset > size || failures >= attempts || all > most
      if (isOver || !options.isTransient(error)) throw options.explain(error, offset)
      options.onResume(error, offset)
      part = undefined
      await sleep(waitFor(failures), signal)
    }
  }
}

/** Whatever of it comes at that place and after it. */
async function* from(offset: number, { stream, start }: Part, options: ResumeOptions): AsyncGenerator<Uint8Array> {
  let skip = offset - start
  for await (const piece of untilIdle(stream, options)) {
    const rest = piece.subarray(Math.min(skip, piece.length))
    skip -= piece.length - rest.length
    if (rest.length > 0) yield rest
  }
}

/** The clock only runs while a chunk is waited for, not while the reader is busy with the last one. */
async function* untilIdle(
  stream: Readable,
  { signal, idle = IDLE }: Pick<ResumeOptions, 'signal' | 'idle'>,
): AsyncGenerator<Uint8Array> {
  using _ = addAbortListener(signal, () => stream.destroy(new Error('aborted')))
  const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const timer = setTimeout(() => stream.destroy(stalled(idle)), idle)
      const next = await chunks.next().finally(() => clearTimeout(timer))
      if (next.done === true) return
      yield next.value
    }
  } finally {
    letGo(stream)
  }
}

/** What its connection says from now on interests nobody. */
function letGo(stream: Readable): void {
  stream.on('error', () => {}).destroy()
}

/** Named as the client of S3 names them, so that one rule tells what is transient. */
function stalled(idle: number): Error {
  return Object.assign(new Error(`no byte came for ${idle / 1000} s`), { name: 'TimeoutError', code: 'ETIMEDOUT' })
}

function cutOff(offset: number, size: number): Error {
  return Object.assign(new Error(`the connection ended after ${offset} of ${size} bytes`), { code: 'ECONNRESET' })
}
