/** A folder: of this machine, which a self-hosted runner keeps, or of a share that is mounted there. */
import { randomUUID } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { ActionError } from '../../../src/errors.ts'
import { codeOf, explain } from './directory-explain.ts'
import { moveOnce, requireSize, sync, write } from './directory-files.ts'
import type { LocalFile, Objects, StoredObject } from './objects.ts'
import { quote } from './shell.ts'
import { MissingError, TakenError } from './store.ts'

/** What is being written, or was when a step was killed. */
const INCOMING = '.incoming'
const CHUNK = 256 * 1024

/**
 * The folder of a series, which is made if it is not there.
 *
 * @param path absolute, or relative to the workspace; its parent folder has to be there: of a share that is not mounted
 *   nothing would be
 */
export async function openDirectory(
  path: string,
  options: { readonly series: string; readonly workspace: string; readonly signal: AbortSignal },
): Promise<Objects> {
  const root = resolve(options.workspace, path)
  const folder = join(root, options.series)
  const objects = new DirectoryObjects(folder, options.signal)
  await objects.attempt('cannot be used', async () => {
    const found = await fs.stat(root).catch(unlessGone)
    if (found === undefined) await fs.mkdir(root, { mode: 0o700 }).catch(unlessTaken)
    else if (!found.isDirectory()) {
      throw new ActionError(`The store ${root} is no folder.`, { hint: 'Give input store the path of a folder.' })
    }
    await fs.mkdir(join(folder, INCOMING), { recursive: true, mode: 0o700 }).catch(unlessReadOnly)
  })
  return objects
}

class DirectoryObjects implements Objects {
  readonly place: string
  readonly spool: string
  readonly #folder: string
  readonly #signal: AbortSignal

  constructor(folder: string, signal: AbortSignal) {
    this.place = `the folder ${folder}`
    this.spool = join(folder, INCOMING)
    this.#folder = folder
    this.#signal = signal
  }

  /** Who can read a mounted folder is beyond what its permission bits say. */
  isPublic(): Promise<boolean> {
    return Promise.resolve(false)
  }

  list(): Promise<readonly StoredObject[]> {
    return this.attempt('could not be listed', () => this.#read(''))
  }

  unfinished(): Promise<readonly StoredObject[]> {
    return this.attempt('could not be listed', () => this.#read(`${INCOMING}/`))
  }

  async put(name: string, content: LocalFile | Uint8Array): Promise<void> {
    const moved = await this.attempt(`could not take ${name}`, async () => {
      const source = await this.#stage(name, content)
      const done = await moveOnce(source, this.#path(name))
      if (!done && !isThere(source, content)) await fs.rm(source, { force: true })
      await sync(this.#folder)
      return done
    })
    if (!moved) throw new TakenError(`There is a ${name} in ${this.place} already.`)
  }

  get(name: string): Promise<Readable> {
    return this.attempt(`could not give ${name}`, async () => {
      const handle = await fs.open(this.#path(name)).catch(unlessGone)
      if (handle === undefined) throw new MissingError(`There is no ${name} in ${this.place}.`)
      return addAbortSignal(this.#signal, handle.createReadStream({ highWaterMark: CHUNK }))
    })
  }

  async fetchByHand(name: string): Promise<readonly string[]> {
    return [`cp -- ${quote(this.#path(name))} .`]
  }

  stat(name: string): Promise<StoredObject | undefined> {
    return this.attempt('could not be read', () => this.#look(name))
  }

  async delete(name: string): Promise<void> {
    await this.attempt(`could not lose ${name}`, async () => {
      const recursive = name.startsWith(`${INCOMING}/`) // a claim is a folder
      await fs.rm(this.#path(name), { force: true, recursive })
      await sync(this.#folder).catch(unlessGone)
    })
  }

  /** @throws ActionError that begins with the folder and `what` */
  async attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      this.#signal.throwIfAborted()
      throw explain(error, `The folder ${this.#folder} ${what}`)
    }
  }

  /** @returns a file in the incoming folder that is whole and on the disk */
  async #stage(name: string, content: LocalFile | Uint8Array): Promise<string> {
    const local = content instanceof Uint8Array ? undefined : content
    if (local !== undefined && dirname(resolve(local.file)) === this.spool) {
      await requireSize(local.file, local.size)
      await sync(local.file)
      return local.file
    }
    await fs.mkdir(this.spool, { recursive: true, mode: 0o700 })
    const path = join(this.spool, `${name}.${randomUUID()}`)
    try {
      await write(path, content, this.#signal)
      if (local !== undefined) await requireSize(path, local.size)
      return path
    } catch (error) {
      await fs.rm(path, { force: true })
      throw error
    }
  }

  async #read(prefix: string): Promise<readonly StoredObject[]> {
    const names = (await fs.readdir(join(this.#folder, prefix)).catch(unlessGone)) ?? []
    const objects: StoredObject[] = []
    for (const name of names) {
      const object = await this.#look(`${prefix}${name}`)
      if (object !== undefined) objects.push(object)
    }
    return objects
  }

  async #look(name: string): Promise<StoredObject | undefined> {
    const found = await fs.lstat(this.#path(name)).catch(unlessGone)
    const counts = found?.isFile() || (found?.isDirectory() && name.startsWith(`${INCOMING}/`))
    return found !== undefined && counts ? { name, size: found.size, writtenAt: found.mtimeMs } : undefined
  }

  #path(name: string): string {
    const plain = name.startsWith(`${INCOMING}/`) ? name.slice(INCOMING.length + 1) : name
    if (plain !== basename(plain) || /^\.{0,2}$/.test(plain)) throw new Error(`${name} is no name of an object.`)
    return join(this.#folder, name)
  }
}

const isThere = (source: string, content: LocalFile | Uint8Array): boolean =>
  !(content instanceof Uint8Array) && content.file === source

/** For `catch`: undefined where there is nothing. */
function unlessGone(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

function unlessTaken(error: unknown): undefined {
  if (codeOf(error) !== 'EEXIST') throw error
}

/** What only reads needs no folder to write in; what writes is told by its own attempt. */
function unlessReadOnly(error: unknown): undefined {
  if (!['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error))) throw error
}
