/** Snapshots as `create` makes them, with archives that only look like some. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Manifest, Verification } from '../../../actions/snapshot/manifest.ts'
import { archiveName, snapshotId } from '../../../actions/snapshot/names.ts'
import type { LocalArchive, Store } from '../../../actions/snapshot/store/store.ts'

export interface Draft {
  readonly manifest: Manifest
  readonly archive: LocalArchive
  readonly bytes: Buffer
}

export const COMMIT = '1f3a5c7e9b1d3f5a7c9e1b3d5f7a9c1e3b5d7f91'
/** The time of the snapshot number 0; each is a minute after the one before. */
export const START = Date.UTC(2024, 10, 27, 2, 17)

export interface DraftOptions {
  readonly series?: string
  readonly number?: number
  readonly bytes?: Buffer
  readonly commit?: string
}

/** An archive on this disk, where the store likes it best, and its manifest. Nothing of it is in the store. */
export async function draft(store: Store, options: DraftOptions = {}): Promise<Draft> {
  const { series = 'production', number = 0, bytes = randomBytes(1000), commit = COMMIT } = options
  const created = new Date(START + number * 60_000)
  const id = snapshotId(series, created, commit)
  const name = archiveName(id, false)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const file = join(store.spool ?? (await mkdtemp(join(tmpdir(), 'slipway-store-'))), name)
  await writeFile(file, bytes)
  const manifest: Manifest = {
    format: 1,
    id,
    series,
    reason: 'scheduled',
    created_at: created.toISOString(),
    commit,
    archive: { name, size: bytes.length, digest },
    content: { files: 1, bytes: bytes.length, digest },
    recipients: [],
    verified_at: null,
    verified_by: null,
  }
  return { manifest, archive: { file, name, size: bytes.length, digest }, bytes }
}

/** A snapshot in the store, made as `create` makes one. */
export async function stored(store: Store, options: DraftOptions = {}): Promise<Draft> {
  const made = await draft(store, options)
  await store.upload(made.archive)
  await store.publish(made.manifest)
  return made
}

/** What a check has found, as many minutes after the snapshot as `minutes` says. */
export function verification({ id, archive, created_at }: Manifest, minutes = 60): Verification {
  const at = new Date(Date.parse(created_at) + minutes * 60_000).toISOString()
  return { format: 1, id, archive_digest: archive.digest, at, verified_by: 'files', problem: null }
}

export async function bytesOf(stream: Promise<Readable>): Promise<Buffer> {
  return buffer(await stream)
}

/** Ids, in the order of the listing. */
export async function idsIn(store: Store): Promise<readonly string[]> {
  const { snapshots } = await store.list()
  return snapshots.map(({ manifest }) => manifest.id)
}
