/** What is known of each snapshot of a series: whether its archive can be relied on, and when it was made. */
import type { Verification } from '../manifest.ts'
import type { Snapshot } from '../store/store.ts'

const DAY = 86_400_000

export type Standing =
  | { readonly kind: 'verified' }
  /** `at`: ms since 1970. */
  | { readonly kind: 'failed'; readonly at: number; readonly problem: string | null }
  /** No check has said anything yet. */
  | { readonly kind: 'unchecked' }

export interface Judged {
  readonly snapshot: Snapshot
  readonly id: string
  /** ms since 1970 */
  readonly createdAt: number
  /** By a clock that was wrong: no rule can count from it. */
  readonly inFuture: boolean
  readonly standing: Standing
  /** The newest check of its archive, whichever snapshot it was made through; undefined: none since it was made. */
  readonly record: Verification | undefined
}

/** Newest first; of two that were made at the same moment the one with the greater id. */
export function judge(snapshots: readonly Snapshot[], now: number): readonly Judged[] {
  const records = newestRecords(snapshots)
  return snapshots
    .map((snapshot) => {
      const record = records.get(archiveOf(snapshot))
      return {
        snapshot,
        id: snapshot.manifest.id,
        createdAt: createdAt(snapshot),
        inFuture: createdAt(snapshot) > now + DAY,
        standing: standingOf(snapshot, record),
        record,
      }
    })
    .toSorted((one, other) => other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1))
}

/** Whether the rules count it. */
export function isCounted({ standing, inFuture }: Judged): boolean {
  return standing.kind === 'verified' && !inFuture
}

/** Whether no check has found it broken. */
export function isGood({ standing }: Judged): boolean {
  return standing.kind !== 'failed'
}

/** ms since 1970 */
export function createdAt({ manifest }: Snapshot): number {
  return timeOf(manifest.created_at)
}

/** ISO 8601 has zones of whole hours, as in `+01`, which Date.parse does not know. */
function timeOf(text: string): number {
  return Date.parse(text.replace(/ ?([+-]\d\d)$/, '$1:00'))
}

function standingOf({ manifest }: Snapshot, record: Verification | undefined): Standing {
  if (record === undefined) return { kind: manifest.verified_at === null ? 'unchecked' : 'verified' }
  if (record.verified_by !== null) return { kind: 'verified' }
  return { kind: 'failed', at: timeOf(record.at), problem: record.problem }
}

/**
 * The newest record of each archive, which counts for every snapshot that refers to it: what was found broken through
 * one is broken for all. A manifest's own `verified_at` may have been copied from another, and counts only where there
 * is no record.
 */
function newestRecords(snapshots: readonly Snapshot[]): ReadonlyMap<string, Verification> {
  const newest = new Map<string, Verification>()
  for (const snapshot of snapshots) {
    const record = snapshot.verification
    if (record === undefined || record.archive_digest !== snapshot.manifest.archive.digest) continue
    const archive = archiveOf(snapshot)
    const known = newest.get(archive)
    if (known === undefined || isNewer(record, known)) newest.set(archive, record)
  }
  return newest
}

/** Of two of the same moment a failure counts, then the greater id. */
function isNewer(record: Verification, known: Verification): boolean {
  const later = timeOf(record.at) - timeOf(known.at)
  if (later !== 0) return later > 0
  const [failed, knownFailed] = [record.verified_by === null, known.verified_by === null]
  return failed === knownFailed ? record.id > known.id : failed
}

function archiveOf({ manifest: { archive } }: Snapshot): string {
  return `${archive.name} ${archive.digest}`
}
