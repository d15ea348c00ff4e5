/**
 * The two manifests of a snapshot, as docs/snapshot-format.md describes them: a full one inside the archive, and a small
 * one beside it, which is what makes the snapshot visible and tells nothing about an encrypted content.
 */
import * as v from 'valibot'
import { idOfArchive, parseId, REASONS } from './names.ts'

export const FORMAT = 1

/** The name of the full manifest inside the archive. */
export const MANIFEST_FILE = '.slipway-snapshot.json'

const Id = v.pipe(
  v.string(),
  v.check((id) => parseId(id) !== undefined, 'not the id of a snapshot'),
)
const ArchiveName = v.pipe(
  v.string(),
  v.check((name) => idOfArchive(name) !== undefined, 'not the name of an archive'),
)
const Digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/))
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const Time = v.pipe(v.string(), v.isoTimestamp())
const Commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/))

/** `read-back`: the archive's digest was recomputed from the store; `files`: each file's; `drill`: it was restored. */
export const VERIFICATIONS = ['read-back', 'files', 'drill'] as const
export type VerifiedBy = (typeof VERIFICATIONS)[number]

/** What stands beside the archive. An id says series, time and commit once more: a manifest that says two things is none. */
export const Manifest = v.pipe(
  v.object({
    format: v.literal(FORMAT),
    id: Id,
    series: v.string(),
    reason: v.picklist(REASONS),
    created_at: Time,
    commit: Commit,
    /** Of another snapshot's name where the content was the same: that archive is this one's too. */
    archive: v.object({ name: ArchiveName, size: Count, digest: Digest }),
    /** `digest` only where the archive is not encrypted: it would let anybody check a guess of the content. */
    content: v.object({ files: Count, bytes: Count, digest: v.optional(Digest) }),
    /** age public keys; empty where the archive is not encrypted. */
    recipients: v.array(v.string()),
    verified_at: v.nullable(Time),
    verified_by: v.nullable(v.picklist(VERIFICATIONS)),
    /** The id of a snapshot that has to be kept as long as this one: what a rollback goes back to. */
    needs: v.optional(Id),
  }),
  v.check((manifest) => isOneThing(manifest), 'id, series, archive, time and commit do not belong together'),
)
export type Manifest = v.InferOutput<typeof Manifest>

interface Identified {
  readonly id: string
  readonly series: string
  readonly created_at: string
  readonly commit: string
  readonly archive: { readonly name: string }
}

function isOneThing({ id, series, created_at, commit, archive }: Identified): boolean {
  const own = parseId(id)
  const its = parseId(idOfArchive(archive.name) ?? '')
  return (
    own?.series === series &&
    its?.series === series &&
    own.commit === commit.slice(0, 7) &&
    own.created.getTime() === Date.parse(created_at)
  )
}

/** One entry of the archive. Modes are permission bits, octal, as `0644`. */
export const ArchivedEntry = v.variant('type', [
  v.object({
    type: v.literal('file'),
    path: v.string(),
    size: Count,
    mode: v.string(),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    source: v.string(),
  }),
  v.object({ type: v.literal('directory'), path: v.string(), mode: v.string(), source: v.string() }),
  v.object({ type: v.literal('link'), path: v.string(), target: v.string(), source: v.string() }),
])
export type ArchivedEntry = v.InferOutput<typeof ArchivedEntry>

const Head = {
  format: v.literal(FORMAT),
  id: Id,
  series: v.string(),
  reason: v.picklist(REASONS),
  created_at: Time,
  commit: Commit,
  /** As `refs/heads/main`; empty where the run has none. */
  ref: v.string(),
  run: v.object({ repository: v.string(), id: v.number(), attempt: v.number() }),
  deployment_id: v.nullable(v.string()),
  metadata: v.record(v.string(), v.string()),
  /** Name and version of what made it. */
  made_by: v.string(),
}
/** What the full manifest says of the snapshot as a whole. */
export const ManifestHead = v.object(Head)
export type ManifestHead = v.InferOutput<typeof ManifestHead>

/** What is inside the archive, under the name MANIFEST_FILE. */
export const FullManifest = v.object({ ...Head, entries: v.array(ArchivedEntry) })
export type FullManifest = v.InferOutput<typeof FullManifest>

/** What a later check has found. It never changes: each check adds one. */
export const Verification = v.object({
  format: v.literal(FORMAT),
  id: Id,
  /** The archive that was checked, by digest: a record about other bytes counts for nothing. */
  archive_digest: Digest,
  at: Time,
  /** null: it failed, and `problem` says why. */
  verified_by: v.nullable(v.picklist(VERIFICATIONS)),
  problem: v.nullable(v.string()),
})
export type Verification = v.InferOutput<typeof Verification>
