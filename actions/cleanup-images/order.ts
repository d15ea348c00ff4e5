/** In which order versions are deleted. */
import type { Relations } from './relations.ts'
import type { Version } from './version.ts'

/**
 * What points before what it points to: attestations before their image, an index before its parts. A run that is cut off
 * anywhere then leaves no index without parts, and what it leaves the next run deletes.
 * @param doomed in the order that is kept where nothing points to anything
 */
export function pointingFirst(doomed: readonly Version[], relations: Relations): readonly Version[] {
  const isDoomed = new Set(doomed)
  const ordered = new Set<Version>()
  const path = new Set<Version>()
  const visit = (version: Version): void => {
    if (ordered.has(version) || path.has(version)) return // the latter: a circle, which digests rule out
    path.add(version)
    for (const pointing of relations.pointingTo(version)) if (isDoomed.has(pointing)) visit(pointing)
    path.delete(version)
    ordered.add(version)
  }
  for (const version of doomed) visit(version)
  return [...ordered]
}
