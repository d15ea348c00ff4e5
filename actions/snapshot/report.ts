/** What the operations say alike: of a listing in the log, of a snapshot in the outputs. */
import type { Outputs } from '../../src/action.ts'
import type { Ports } from './ports.ts'
import { ageOf, newestVerified } from './retention/freshness.ts'
import type { Listing, Snapshot } from './store/store.ts'

/** Says what stands in the way of a whole view, as warnings; what is whole goes to the log, a line each. */
export function report(listing: Listing, { runner, seen }: Ports): void {
  const { snapshots, problems } = listing
  seen.listing = listing
  for (const problem of problems) runner.log.warning(problem)
  for (const { manifest } of snapshots) {
    runner.log.debug(`${manifest.id} ${manifest.reason} ${manifest.archive.name} ${manifest.archive.digest}`)
  }
}

/** Seconds, as text; undefined when there is no verified snapshot. */
export function ageOutput(listing: Listing, now: number): string | undefined {
  const newest = newestVerified(listing, now)
  return newest === undefined ? undefined : String(Math.max(0, Math.floor(ageOf(newest, now) / 1000)))
}

export function outputsOf({ manifest, url }: Snapshot): Outputs {
  const { id, archive, content } = manifest
  return {
    'snapshot-id': id,
    digest: archive.digest,
    size: String(archive.size),
    files: String(content.files),
    url,
  }
}
