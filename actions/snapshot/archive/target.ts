/** The folder that an archive is extracted into: only this writes there, and nothing that is there is written through. */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  lutimesSync,
  mkdirSync,
  openSync,
  statfsSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ActionError, messageOf } from '../../../src/errors.ts'
import { formatBytes } from '../../../src/summary.ts'
import { shown } from './path.ts'

/** Bytes that are left to whatever else runs there. */
const SPARE = 64 * 1024 ** 2

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

export interface Attributes {
  /** Permission bits. */
  readonly mode: number
  /** ms since 1970. */
  readonly modifiedAt: number
}

interface Link {
  readonly path: string
  readonly target: string
  readonly modifiedAt: number
}

/** @throws ActionError from every method, when the file system refuses */
export class Target {
  readonly #root: string
  readonly #made = new Set<string>()
  readonly #directories = new Map<string, Attributes>()
  readonly #links: Link[] = []
  #hasRoom = false
  #open: { readonly path: string; readonly descriptor: number; readonly attributes: Attributes } | undefined

  /** @param root an existing, empty folder */
  constructor(root: string) {
    this.#root = root
  }

  /** Before anything is written: that there is room for so many bytes. Asks the disk once. */
  requireRoom(bytes: number): void {
    if (this.#hasRoom) return
    this.#hasRoom = true
    const free = freeAt(this.#root)
    const needed = bytes + SPARE
    if (free === undefined || free >= needed) return
    throw new ActionError(
      `The snapshot cannot be extracted: its disk has ${formatBytes(free)} free, and ${formatBytes(needed)} are needed.`,
      { hint: 'Free as much in an earlier step, or give target a folder on a larger disk.' },
    )
  }

  /** Its mode and time are set by `finish`: it may not be open for writing then. */
  directory(path: string, attributes: Attributes): void {
    this.#makeDirectory(path)
    this.#directories.set(path, attributes)
  }

  /** Made by `finish`, so that until then no path leads through one. */
  link(path: string, target: string, modifiedAt: number): void {
    this.#links.push({ path, target, modifiedAt })
  }

  beginFile(path: string, attributes: Attributes): void {
    this.#makeParent(path)
    this.#open = { path, attributes, descriptor: attempt(path, () => openSync(this.#at(path), FLAGS, 0o600)) }
  }

  write(bytes: Buffer): void {
    const { path, descriptor } = this.#file()
    attempt(path, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    })
  }

  endFile(): void {
    const { path, descriptor, attributes } = this.#file()
    attempt(path, () => {
      fchmodSync(descriptor, attributes.mode)
      futimesSync(descriptor, attributes.modifiedAt / 1000, attributes.modifiedAt / 1000)
    })
    this.close()
  }

  /** Links, then the folders' modes and times, the innermost first. */
  finish(): void {
    for (const { path, target, modifiedAt } of this.#links) {
      this.#makeParent(path)
      attempt(path, () => {
        symlinkSync(target, this.#at(path))
        lutimesSync(this.#at(path), modifiedAt / 1000, modifiedAt / 1000)
      })
    }
    const innermost = [...this.#directories].toSorted(([one], [other]) => other.length - one.length)
    for (const [path, { mode, modifiedAt }] of innermost) {
      attempt(path, () => {
        utimesSync(this.#at(path), modifiedAt / 1000, modifiedAt / 1000)
        chmodSync(this.#at(path), mode)
      })
    }
  }

  /** Closes the file that is open, if one is. */
  close(): void {
    const open = this.#open
    this.#open = undefined
    if (open !== undefined) attempt(open.path, () => closeSync(open.descriptor))
  }

  #file() {
    if (this.#open === undefined) throw new Error('No file is open.')
    return this.#open
  }

  #makeParent(path: string): void {
    const end = path.lastIndexOf('/')
    if (end !== -1) this.#makeDirectory(path.slice(0, end))
  }

  #makeDirectory(path: string): void {
    if (this.#made.has(path)) return
    this.#makeParent(path)
    attempt(path, () => mkdirSync(this.#at(path), 0o755))
    this.#made.add(path)
  }

  #at(path: string): string {
    return join(this.#root, path)
  }
}

/** Bytes; undefined where the file system does not tell. */
function freeAt(folder: string): number | undefined {
  try {
    const { bsize, blocks, bavail } = statfsSync(folder)
    return blocks > 0 ? bavail * bsize : undefined
  } catch {
    return undefined // writing there will say why
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new ActionError(`${shown(path)} cannot be written: ${messageOf(cause)}.`, { cause })
  }
}
