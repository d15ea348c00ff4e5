/**
 * Snapshots as objects of a place: the archive under its name, then `<id>.json`, whose appearance is the commit point,
 * and `<id>.verified-<UTC time>.json` for what a check has found.
 */
import type { Readable } from 'node:stream'
import type { Manifest, Verification } from '../manifest.ts'
import { documentBytes } from './documents.ts'
import { listSnapshots } from './object-listing.ts'
import { manifestName, recordName, roleOf } from './object-names.ts'
import type { Objects } from './objects.ts'
import { type Listing, type LocalArchive, type Published, type Store, type StoredArchive, TakenError } from './store.ts'

export class ObjectStore implements Store {
  readonly #objects: Objects
  readonly #series: string

  constructor(objects: Objects, series: string) {
    this.#objects = objects
    this.#series = series
  }

  get place(): string {
    return this.#objects.place
  }

  get spool(): string | undefined {
    return this.#objects.spool
  }

  isPublic(): Promise<boolean> {
    return this.#objects.isPublic()
  }

  list(): Promise<Listing> {
    return listSnapshots(this.#objects, this.#series)
  }

  upload({ name, file, size }: LocalArchive): Promise<void> {
    return this.#objects.put(name, { file, size })
  }

  download(name: string): Promise<Readable> {
    return this.#objects.get(name)
  }

  fetchByHand(name: string): Promise<readonly string[]> {
    return this.#objects.fetchByHand(name)
  }

  async inspect(name: string): Promise<StoredArchive | undefined> {
    const object = await this.#objects.stat(name)
    if (object === undefined) return undefined
    const { size, writtenAt, expiresAt } = object
    return { size, writtenAt, expiresAt }
  }

  async publish(manifest: Manifest): Promise<Published> {
    const name = manifestName(manifest.id)
    await this.#objects.put(name, documentBytes(manifest))
    const object = await this.#objects.stat(name)
    return { url: object?.url, expiresAt: object?.expiresAt }
  }

  /** The older ones go last: at no moment is the newest check one that is out of date. */
  async record(verification: Verification): Promise<void> {
    const name = recordName(verification.id, verification.at)
    try {
      await this.#objects.put(name, documentBytes(verification))
    } catch (error) {
      if (!(error instanceof TakenError)) throw error // it is this very check, recorded before
    }
    for (const older of await this.#records(verification.id)) if (older < name) await this.#objects.delete(older)
  }

  async unpublish({ id }: Manifest): Promise<void> {
    await this.#objects.delete(manifestName(id))
    for (const record of await this.#records(id)) await this.#objects.delete(record)
  }

  remove(name: string): Promise<void> {
    return this.#objects.delete(name)
  }

  async #records(id: string): Promise<readonly string[]> {
    const names = (await this.#objects.list()).map(({ name }) => name)
    return names.filter((name) => {
      const role = roleOf(name)
      return role?.role === 'record' && role.id === id
    })
  }
}
