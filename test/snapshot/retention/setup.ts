import type { Manifest, Verification } from '../../../actions/snapshot/manifest.ts'
import { archiveName, snapshotId } from '../../../actions/snapshot/names.ts'
import type { Policy } from '../../../actions/snapshot/retention/policy.ts'
import type { Leftover, Listing, Snapshot } from '../../../actions/snapshot/store/store.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

export const nothing: Policy = { last: 0, within: undefined, daily: 0, weekly: 0, monthly: 0, reasons: [] }

export interface Fields {
  readonly reason?: Manifest['reason']
  /** 40 digits; the first 7 tell snapshots of one moment apart. */
  readonly commit?: string
  /** What stands in the manifest: made and read back, or never. */
  readonly verified?: boolean
  /** What a later check has found, and how many ms after the snapshot was made. */
  readonly check?: {
    readonly ok: boolean
    readonly after?: number
    readonly problem?: string
    readonly digest?: string
  }
  /** Its archive is this one's. */
  readonly of?: Snapshot
  readonly needs?: string
}

/** @param created as Date.parse knows it, or ms since 1970 */
export function snapshot(created: string | number, fields: Fields = {}): Snapshot {
  const { reason = 'scheduled', commit = 'a'.repeat(40), verified = true, check, of, needs } = fields
  const at = new Date(created)
  const id = snapshotId('production', at, commit)
  const digest = `sha256:${Buffer.from(id).toString('hex').padStart(64, '0').slice(-64)}`
  const archive = of?.manifest.archive ?? { name: archiveName(id, false), size: 100, digest }
  const manifest: Manifest = {
    format: 1,
    id,
    series: 'production',
    reason,
    created_at: at.toISOString(),
    commit,
    archive,
    content: { files: 1, bytes: 10 },
    recipients: [],
    verified_at: verified ? at.toISOString() : null,
    verified_by: verified ? 'read-back' : null,
    ...(needs !== undefined && { needs }),
  }
  const verification: Verification | undefined = check && {
    format: 1,
    id,
    archive_digest: check.digest ?? archive.digest,
    at: new Date(at.getTime() + (check.after ?? HOUR)).toISOString(),
    verified_by: check.ok ? 'files' : null,
    problem: check.ok ? null : (check.problem ?? 'The archive is damaged.'),
  }
  return { manifest, verification, url: undefined, expiresAt: undefined }
}

export function listingOf(
  snapshots: readonly Snapshot[],
  rest: { readonly leftovers?: readonly Leftover[]; readonly problems?: readonly string[] } = {},
): Listing {
  return { snapshots, leftovers: rest.leftovers ?? [], problems: rest.problems ?? [] }
}

export function idsOf(snapshots: readonly Snapshot[]): readonly string[] {
  return snapshots.map(({ manifest }) => manifest.id)
}
