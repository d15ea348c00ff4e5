/** The storage behind artifacts and release assets: blobs, and the signed URLs that are the only way to them. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Bytes, Spool, Spooled } from './spool.ts'

/** Below this path the double speaks as Azure Blob Storage does. */
export const STORAGE = '/storage/'

const UPLOAD_SECONDS = 3600

export interface Blob extends Spooled {
  readonly contentType: string
  readonly etag: string
  /** ms since 1970. */
  readonly modifiedAt: number
}

/** What a signed URL allows. */
export interface Grant {
  /** `container/name` */
  readonly path: string
  readonly permission: 'read' | 'write'
  /** ms since 1970. */
  readonly expiresAt: number
}

export interface Download {
  readonly seconds: number
  readonly contentType: string
  readonly fileName: string
}

export class BlobStore {
  readonly spool: Spool
  readonly #clock: Clock
  readonly #origin: string
  readonly #grants = new Map<string, Grant>()
  readonly #blobs = new Map<string, Blob>()
  /** By the path, then by the block's id; not committed yet. */
  readonly #blocks = new Map<string, Map<string, Spooled>>()

  constructor(spool: Spool, clock: Clock, origin: string) {
    this.spool = spool
    this.#clock = clock
    this.#origin = origin
  }

  /** @param path `container/name` */
  signUpload(path: string): string {
    return this.#sign({ path, permission: 'write', expiresAt: this.#after(UPLOAD_SECONDS) }, { sp: 'cw' })
  }

  signDownload(path: string, { seconds, contentType, fileName }: Download): string {
    const disposition = `attachment; filename="${fileName}"; filename*=UTF-8''${encodeURIComponent(fileName)}`
    const overrides = { sp: 'r', rscd: disposition, rsct: contentType }
    return this.#sign({ path, permission: 'read', expiresAt: this.#after(seconds) }, overrides)
  }

  #after(seconds: number): number {
    return this.#clock.now() + seconds * 1000
  }

  #sign(grant: Grant, query: Readonly<Record<string, string>>): string {
    const sig = randomBytes(32).toString('base64')
    this.#grants.set(sig, grant)
    const url = new URL(`${STORAGE}${grant.path}`, this.#origin)
    const expiry = new Date(grant.expiresAt).toISOString().replace(/\.\d+Z$/, 'Z')
    const all = { ...query, se: expiry, sig, spr: 'https', sr: 'b', sv: '2025-11-05' }
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value)
    return url.href
  }

  /** undefined where the signature is none of this store's, is for another blob, or is too old. */
  grant(path: string, sig: string): Grant | undefined {
    const grant = this.#grants.get(sig)
    return grant?.path === path && this.#clock.now() < grant.expiresAt ? grant : undefined
  }

  get(path: string): Blob | undefined {
    return this.#blobs.get(path)
  }

  /**
   * Replaces what was there.
   * @param md5 what the content must have, base64 @returns undefined where it has another
   * @throws what the source fails with
   */
  async put(path: string, source: Bytes, contentType: string, md5?: string): Promise<Blob | undefined> {
    const spooled = await this.#receive(source, md5)
    return spooled && this.#keep(path, spooled, contentType)
  }

  /** As {@link put} does, without showing it to anybody. */
  async putBlock(path: string, id: string, source: Bytes, md5?: string): Promise<Spooled | undefined> {
    const block = await this.#receive(source, md5)
    if (block === undefined) return undefined
    const blocks = this.#blocks.get(path) ?? new Map<string, Spooled>()
    this.#blocks.set(path, blocks)
    const earlier = blocks.get(id)
    blocks.set(id, block)
    if (earlier) await this.spool.remove(earlier)
    return block
  }

  /** @returns undefined where one of the blocks is not there */
  async commit(path: string, ids: readonly string[], contentType: string): Promise<Blob | undefined> {
    const blocks = this.#blocks.get(path) ?? new Map<string, Spooled>()
    const parts = ids.flatMap((id) => blocks.get(id) ?? [])
    if (parts.length !== ids.length) return undefined
    const blob = await this.#keep(path, await this.spool.join(parts), contentType)
    this.#blocks.delete(path)
    await this.spool.remove(...blocks.values())
    return blob
  }

  async remove(path: string): Promise<void> {
    const blob = this.#blobs.get(path)
    const blocks = this.#blocks.get(path)?.values() ?? []
    this.#blobs.delete(path)
    this.#blocks.delete(path)
    await this.spool.remove(...(blob ? [blob] : []), ...blocks)
  }

  async #receive(source: Bytes, md5: string | undefined): Promise<Spooled | undefined> {
    const spooled = await this.spool.write(source)
    if (md5 === undefined || md5 === spooled.md5) return spooled
    await this.spool.remove(spooled)
    return undefined
  }

  async #keep(path: string, spooled: Spooled, contentType: string): Promise<Blob> {
    const earlier = this.#blobs.get(path)
    const etag = `"0x8${randomBytes(7).toString('hex').toUpperCase()}"`
    const blob = { ...spooled, contentType, etag, modifiedAt: this.#clock.now() }
    this.#blobs.set(path, blob)
    if (earlier) await this.spool.remove(earlier)
    return blob
  }
}
