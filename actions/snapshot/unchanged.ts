/** A snapshot of what has not changed: a marker that takes up the archive of the newest one, instead of an upload. */
import { messageOf } from '../../src/errors.ts'
import { openArchive } from './fetch.ts'
import type { CreateInputs } from './inputs.ts'
import type { Manifest } from './manifest.ts'
import { isEncrypted } from './names.ts'
import type { Ports } from './ports.ts'
import { newestGood } from './retention/freshness.ts'
import type { Listing, Published, Store } from './store/store.ts'

export interface Question {
  readonly store: Store
  readonly listing: Listing
  /** Of what was just gathered. */
  readonly contentDigest: string
  readonly inputs: CreateInputs
}

export interface Marked {
  readonly manifest: Manifest
  readonly published: Published
}

/**
 * Publishes a marker, where the newest snapshot has this very content. Its archive is read to the end, every file of it. Once
 * the marker stands, a second look shows whether the manifest that it was made from still does: a prune beside may have
 * taken it, and then takes the archive, too, if its own second look was before the marker (prune.ts).
 *
 * @param draft the manifest that it would have with an archive of its own
 * @returns undefined when the archive has to be uploaded
 */
export async function mark(draft: Manifest, question: Question, ports: Ports): Promise<Marked | undefined> {
  const { store } = question
  const before = await unchanged(question, ports)
  if (before === undefined) return undefined
  const { archive, recipients } = before
  const verified_at = new Date(ports.now()).toISOString()
  const marker: Manifest = { ...draft, archive, recipients, verified_at, verified_by: 'files' }
  const published = await store.publish(marker)
  const { snapshots } = await store.list()
  if (snapshots.some(({ manifest: { id } }) => id === before.id)) return { manifest: marker, published }
  ports.runner.log.info(`${before.id} was pruned meanwhile: the archive is uploaded after all.`)
  await store.unpublish(marker)
  return undefined
}

/** The newest snapshot, if it has the same content for the same recipients, and its archive is whole and has life ahead. */
async function unchanged(question: Question, ports: Ports): Promise<Manifest | undefined> {
  const { listing, inputs, store } = question
  const newest = newestGood(listing, ports.now())?.manifest
  if (newest === undefined || sorted(inputs.recipients) !== sorted(newest.recipients)) return undefined
  try {
    if (!(await hasLife(newest, store, ports))) return undefined
    return (await hasSameContent(newest, question, ports)) ? newest : undefined
  } catch (error) {
    if (ports.runner.signal.aborted) throw error
    ports.runner.log.warning(`The snapshot before, ${newest.id}, cannot be relied on: ${messageOf(error)}`)
    return undefined
  }
}

function sorted(keys: readonly string[]): string {
  return keys.toSorted().join()
}

/** What expires by itself is uploaded again in the second half of its life. */
async function hasLife({ archive }: Manifest, store: Store, { now }: Ports): Promise<boolean> {
  const stored = await store.inspect(archive.name)
  if (stored === undefined) return false
  const { writtenAt, expiresAt } = stored
  return expiresAt === undefined || now() <= writtenAt + (expiresAt - writtenAt) / 2
}

/**
 * Opens the archive and holds every file in it against its manifest: what stands beside it says only what whoever wrote it
 * says. Of an encrypted one the digest of the content stands inside only, so that it takes the identity to compare.
 */
async function hasSameContent(
  manifest: Manifest,
  { inputs, store, contentDigest }: Question,
  { runner }: Ports,
): Promise<boolean> {
  const { identities } = inputs
  const closed = isEncrypted(manifest.archive.name) && identities.length === 0
  if (closed || (manifest.content.digest ?? contentDigest) !== contentDigest) return false
  return (await openArchive(store, manifest, { identities, runner })).contentDigest === contentDigest
}
