/** Reading a stored archive: its bytes only, or everything in it. */
import { createHash } from 'node:crypto'
import type { Runner } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { CorruptError, type ReadArchive, readArchive } from './archive/read.ts'
import type { Manifest } from './manifest.ts'
import { idOfArchive, isEncrypted } from './names.ts'
import { MissingError, type Store } from './store/store.ts'

/**
 * Recomputes the digest of an archive from what the store gives.
 *
 * @throws CorruptError when these are not the bytes of the manifest; MissingError when there are none
 */
export async function readBack(
  store: Store,
  { name, size, digest }: Manifest['archive'],
  runner: Runner,
): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of await store.download(name)) {
    runner.signal.throwIfAborted()
    hash.update(chunk)
    bytes += chunk.length
    if (bytes > size) break // more of it would not make it right
  }
  const found = `sha256:${hash.digest('hex')}`
  if (bytes === size && found === digest) return
  throw new CorruptError(
    `What ${store.place} gives as ${name} is not what was kept there: ${bytes} bytes with ${found} instead of ${size} bytes with ${digest}.`,
    {
      hint: 'The store, or something before it, has changed the bytes. Run the step again; if that stays so, use another store.',
    },
  )
}

/**
 * Reads an archive to its end and holds every file in it against its manifest.
 *
 * @param into an empty folder to extract into
 * @throws CorruptError, MissingError, and ActionError when an identity is missing or wrong
 */
export async function openArchive(
  store: Store,
  manifest: Manifest,
  {
    identities,
    into,
    runner,
  }: { readonly identities: readonly string[]; readonly into?: string; readonly runner: Runner },
): Promise<ReadArchive> {
  const { archive, content } = manifest
  const encrypted = isEncrypted(archive.name)
  if (encrypted && identities.length === 0) throw needsIdentity(manifest)
  const expect = { size: archive.size, digest: archive.digest, files: content.files, bytes: content.bytes }
  const options = { expect, encrypted, identities, signal: runner.signal, ...(into !== undefined && { into }) }
  const read = await readArchive(await store.download(archive.name), options)
  requireSame(read, manifest)
  return read
}

/** Whether it is the archive's own fault, and not that of a key or of the way to the store. */
export function isDamage(error: unknown): error is ActionError {
  return error instanceof CorruptError || error instanceof MissingError
}

/**
 * @param instead the id of the snapshot to take then, if there is one
 * @returns the error as a person needs it: which snapshot it is, and where; the archive itself knows neither
 */
export function located(
  error: ActionError,
  { id, archive }: Manifest,
  { place }: Store,
  instead?: string,
): ActionError {
  const other =
    instead === undefined
      ? 'There is no other good one.'
      : `The newest other good one is ${instead}: give it as the input snapshot.`
  const gone = 'Somebody has deleted its archive, or it has expired.'
  const hint = error instanceof MissingError ? `${gone} ${other}` : other
  const text = error instanceof MissingError ? 'its archive is gone.' : error.message
  return new ActionError(`Snapshot ${id}, ${archive.name} in ${place}: ${text}`, { hint, cause: error })
}

function needsIdentity({ id, recipients }: Manifest): ActionError {
  return new ActionError(`The snapshot ${id} is encrypted, and no identity was given.`, {
    hint: `Give identity a secret with the AGE-SECRET-KEY that belongs to ${recipients.length === 1 ? 'the recipient' : 'one of the recipients'} ${recipients.join(', ')}.`,
  })
}

/** Both manifests speak of one archive; a marker of unchanged content has an id of its own. */
function requireSame({ manifest: inner, contentDigest }: ReadArchive, outer: Manifest): void {
  const differing = [
    inner.id === outer.id && inner.commit !== outer.commit && `its commit is ${inner.commit}`,
    inner.id === outer.id && inner.reason !== outer.reason && `its reason is ${inner.reason}`,
    inner.id !== idOfArchive(outer.archive.name) && `its id is ${inner.id}`,
    inner.series !== outer.series && `its series is ${inner.series}`,
    outer.content.digest !== undefined && contentDigest !== outer.content.digest && `its content is ${contentDigest}`,
  ].filter((difference) => difference !== false)
  if (differing.length === 0) return
  throw new CorruptError(
    `The archive ${outer.archive.name} is not the one of snapshot ${outer.id}: ${differing.join(', ')}.`,
  )
}
