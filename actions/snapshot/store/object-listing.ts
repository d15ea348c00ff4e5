/** What the names in a place, and the documents among them, say together. */
import type { Verification } from '../manifest.ts'
import { type Read, readManifest, readRecord, writtenAt } from './object-documents.ts'
import { type Role, roleOf } from './object-names.ts'
import type { Objects, StoredObject } from './objects.ts'
import { inParallel } from './pool.ts'
import type { Leftover, Listing, Snapshot } from './store.ts'

/** Documents that are read at once. */
const CONCURRENCY = 8

type Named<R extends Role['role']> = { readonly object: StoredObject; readonly role: Extract<Role, { role: R }> }

interface Sorted {
  readonly manifests: readonly Named<'manifest'>[]
  readonly archives: readonly Named<'archive'>[]
  /** By id, newest first. */
  readonly records: ReadonlyMap<string, readonly Named<'record'>[]>
}

interface Found {
  /** undefined: a prune has taken the manifest since the names were listed. */
  readonly snapshot: Snapshot | undefined
  readonly problems: readonly string[]
}

/** @throws whatever the place throws */
export async function listSnapshots(objects: Objects, series: string): Promise<Listing> {
  // First: what is finished meanwhile is listed twice, and not in neither.
  const unfinished = await objects.unfinished()
  const sorted = sort(await objects.list())
  const found = await inParallel(sorted.manifests, CONCURRENCY, (manifest) => find(objects, series, manifest, sorted))
  const snapshots = found.flatMap(({ snapshot }) => snapshot ?? [])
  return {
    snapshots: snapshots.toSorted((a, b) => compare(a.manifest.created_at, b.manifest.created_at) || byId(a, b)),
    leftovers: [...leftoversOf(sorted, found), ...unfinished.map(toLeftover)],
    problems: found.flatMap(({ problems }) => problems),
  }
}

function sort(objects: readonly StoredObject[]): Sorted {
  const named = objects.flatMap((object) => {
    const role = roleOf(object.name)
    return role === undefined ? [] : [{ object, role }]
  })
  const of = <R extends Role['role']>(wanted: R): readonly Named<R>[] =>
    named.filter((each): each is Named<R> => each.role.role === wanted)
  const newestFirst = of('record').toSorted(
    (a, b) => timeThatCounts(b) - timeThatCounts(a) || b.role.time - a.role.time,
  )
  const records = Map.groupBy(newestFirst, ({ role }) => role.id)
  return { manifests: of('manifest'), archives: of('archive'), records }
}

/** Not one later than the record is there: whoever writes it could make it the newest for ever. */
function timeThatCounts({ object, role }: Named<'record'>): number {
  return Math.min(role.time, writtenAt(object) ?? role.time)
}

async function find(objects: Objects, series: string, named: Named<'manifest'>, sorted: Sorted): Promise<Found> {
  const { object, role } = named
  const read = await readManifest(objects, object, { id: role.id, series })
  if (read.kind === 'gone') return { snapshot: undefined, problems: [] }
  if (read.kind === 'problem') return { snapshot: undefined, problems: [read.problem] }
  const { digest } = read.value.archive
  const { verification, problems } = await newestRecord(objects, digest, sorted.records.get(role.id) ?? [])
  const { url, expiresAt } = object
  return { snapshot: { manifest: read.value, verification, url, expiresAt }, problems }
}

async function newestRecord(objects: Objects, digest: string, newestFirst: readonly Named<'record'>[]) {
  const problems: string[] = []
  for (const { object, role } of newestFirst) {
    const read: Read<Verification> = await readRecord(objects, object, role.id)
    if (read.kind === 'problem') problems.push(read.problem)
    if (read.kind === 'read' && read.value.archive_digest === digest) return { verification: read.value, problems }
  }
  return { verification: undefined, problems }
}

/** Beside a manifest that cannot be read stands an archive that may be somebody's only copy. */
function leftoversOf({ manifests, archives, records }: Sorted, found: readonly Found[]): readonly Leftover[] {
  const gone = (index: number) => found[index]?.snapshot === undefined && found[index]?.problems.length === 0
  const ids = new Set(manifests.flatMap(({ role }, index) => (gone(index) ? [] : [role.id])))
  const referred = new Set(found.flatMap(({ snapshot }) => snapshot?.manifest.archive.name ?? []))
  const unreadable = new Set(manifests.flatMap(({ role }, index) => (found[index]?.snapshot ? [] : [role.id])))
  const orphans = archives.filter(({ object, role }) => !referred.has(object.name) && !unreadable.has(role.id))
  const lost = [...records.values()].flat().filter(({ role }) => !ids.has(role.id))
  return [...orphans, ...lost].map(({ object }) => toLeftover(object))
}

function toLeftover({ name, size, writtenAt }: StoredObject): Leftover {
  return { name, size, writtenAt }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byId = (a: Snapshot, b: Snapshot): number => compare(a.manifest.id, b.manifest.id)
