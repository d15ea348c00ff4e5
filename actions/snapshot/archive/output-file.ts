/** The file that an archive is written to: counted and digested on the way, in large pieces. */
import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { ActionError, messageOf } from '../../../src/errors.ts'

/** Bytes that are written at once. */
const SIZE = 256 * 1024

export class OutputFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')
  #current = Buffer.allocUnsafeSlow(SIZE)
  #other = Buffer.allocUnsafeSlow(SIZE)
  #used = 0
  #size = 0
  /** Of what is in `other`. */
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /** @throws ActionError when it exists, or cannot be created */
  static async create(path: string): Promise<OutputFile> {
    try {
      return new OutputFile(path, await open(path, 'wx', 0o600))
    } catch (cause) {
      throw failed(path, cause)
    }
  }

  /** Copies the bytes, which may be overwritten afterwards. @throws ActionError when they cannot be written */
  async append(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === SIZE) await this.#write()
      const copied = bytes.copy(this.#current, this.#used, at)
      this.#used += copied
      at += copied
    }
  }

  async finish(): Promise<{ readonly size: number; readonly digest: string }> {
    await this.#write()
    await this.#writing
    await this.#handle.close().catch((cause: unknown) => {
      throw failed(this.path, cause)
    })
    return { size: this.#size, digest: `sha256:${this.#hash.digest('hex')}` }
  }

  /** Nothing is left of it. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => {})
    await this.#handle.close().catch(() => {})
    await rm(this.path, { force: true })
  }

  async #write(): Promise<void> {
    const bytes = this.#current.subarray(0, this.#used)
    this.#hash.update(bytes)
    await this.#writing
    this.#writing = this.#writeAt(bytes, this.#size)
    this.#writing.catch(() => {}) // awaited before the next one, and at the end
    this.#size += bytes.length
    ;[this.#current, this.#other] = [this.#other, this.#current]
    this.#used = 0
  }

  async #writeAt(bytes: Buffer, position: number): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        at += (await this.#handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten
      }
    } catch (cause) {
      throw failed(this.path, cause)
    }
  }
}

function failed(path: string, cause: unknown): ActionError {
  return new ActionError(`The archive cannot be written to ${path}: ${messageOf(cause)}.`, { cause })
}
