/** Bytes that may be too many for the memory, as files in a temporary folder of the double. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export interface Spooled {
  readonly file: string
  /** Bytes. */
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
  /** base64, as `content-md5` has it. */
  readonly md5: string
}

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export class Spool implements AsyncDisposable {
  readonly #folder: string

  static async open(): Promise<Spool> {
    return new Spool(await mkdtemp(join(tmpdir(), 'slipway-github-')))
  }

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** @throws what the source fails with, a sender that went away for example; nothing is left then */
  async write(source: Bytes): Promise<Spooled> {
    const file = join(this.#folder, randomUUID())
    const [sha256, md5] = [createHash('sha256'), createHash('md5')]
    let size = 0
    async function* counted() {
      for await (const chunk of source) {
        size += chunk.length
        sha256.update(chunk)
        md5.update(chunk)
        yield chunk
      }
    }
    try {
      await pipeline(counted(), createWriteStream(file))
    } catch (error) {
      await rm(file, { force: true })
      throw error
    }
    return { file, size, sha256: sha256.digest('hex'), md5: md5.digest('base64') }
  }

  /** One after the other. */
  join(parts: readonly Spooled[]): Promise<Spooled> {
    async function* all() {
      for (const { file } of parts) yield* createReadStream(file)
    }
    return this.write(all())
  }

  async remove(...files: readonly Spooled[]): Promise<void> {
    for (const { file } of files) await rm(file, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
