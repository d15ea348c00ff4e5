/** Everything that a plan is made from, read until nothing changes any more. */
import { ActionError } from '../../src/errors.ts'
import { pathOf } from './names.ts'
import type { Ports } from './ports.ts'
import type { Manifest, Version } from './version.ts'

const MOST_ROUNDS = 3

export interface Survey {
  readonly versions: readonly Version[]
  /** One for each version, by digest. */
  readonly manifests: ReadonlyMap<string, Manifest>
}

/**
 * The list is read again once the manifests are known: what was pushed meanwhile may need an old version, and of a list
 * whose pages moved while they were read one may be missing.
 */
export async function survey({ packages, registry, name }: Ports): Promise<Survey> {
  const manifests = new Map<string, Manifest>()
  let versions = await packages.list()
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const unknown = versions.map(({ digest }) => digest).filter((digest) => !manifests.has(digest))
    for (const [digest, manifest] of await registry.readAll(unknown)) manifests.set(digest, manifest)
    const again = await packages.list()
    if (sameVersions(versions, again)) return { versions, manifests }
    versions = again
  }
  throw new ActionError(`The versions of ${pathOf(name)} changed each time they were looked at. Nothing was deleted.`, {
    hint: 'Give the jobs that push this package and the one that cleans it up the same concurrency group, then run this one again.',
  })
}

function sameVersions(one: readonly Version[], other: readonly Version[]): boolean {
  const known = new Map(one.map((version) => [version.id, version]))
  return one.length === other.length && other.every((version) => sameTags(known.get(version.id), version))
}

export function sameTags(one: Version | undefined, other: Version): boolean {
  if (one === undefined || one.digest !== other.digest || one.tags.length !== other.tags.length) return false
  return one.tags.every((tag) => other.tags.includes(tag))
}
