/** The container packages of the repository's owner: what the registry is pushed, and what the packages API tells of it. */
import { createHash } from 'node:crypto'
import type { Spooled } from '../storage/spool.ts'

/** One manifest. Dates are ms since 1970. */
export interface PackageVersion {
  readonly id: number
  /** `sha256:` and hexadecimal digits: its name in the API. */
  readonly digest: string
  readonly mediaType: string
  readonly content: Buffer
  readonly createdAt: number
  updatedAt: number
  readonly tags: Set<string>
  /** Of the last 30 days it can be restored. */
  deletedAt: number | undefined
  downloads: number
}

export interface PackageRecord {
  readonly id: number
  /** Below the owner's, in lower case: `site`, `site/api`. */
  readonly name: string
  readonly visibility: 'private' | 'public'
  /** Whether the repository may administer it, as it may when one of its workflows has made it. */
  readonly linked: boolean
  readonly createdAt: number
  updatedAt: number
  /** Oldest first, deleted ones included. */
  readonly versions: PackageVersion[]
}

export interface Packages {
  readonly all: PackageRecord[]
  /** By the registry's `owner/name`, then by digest. A blob may come before its package, which begins with a manifest. */
  readonly blobs: Map<string, Map<string, Spooled>>
}

export function newPackages(): Packages {
  return { all: [], blobs: new Map() }
}

export function findPackage({ all }: Packages, name: string): PackageRecord | undefined {
  return all.find((known) => known.name === name.toLowerCase() && activeVersions(known).length > 0)
}

export function activeVersions({ versions }: PackageRecord): readonly PackageVersion[] {
  return versions.filter(({ deletedAt }) => deletedAt === undefined)
}

/** @param reference a tag or a digest */
export function findVersion(known: PackageRecord | undefined, reference: string): PackageVersion | undefined {
  if (known === undefined) return undefined
  return activeVersions(known).find(({ digest, tags }) => digest === reference || tags.has(reference))
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

export interface NewManifest {
  readonly content: Buffer
  readonly mediaType: string
  readonly tags: readonly string[]
  readonly id: number
  readonly at: number
}

/** What has been pushed before is the same version; its tags are taken from whatever had them. */
export function keepManifest(known: PackageRecord, { content, mediaType, tags, id, at }: NewManifest): PackageVersion {
  const digest = digestOf(content)
  for (const tag of tags) {
    for (const version of activeVersions(known)) {
      if (version.digest !== digest && version.tags.delete(tag)) version.updatedAt = at
    }
  }
  known.updatedAt = at
  const same = findVersion(known, digest)
  if (same !== undefined) {
    for (const tag of tags) same.tags.add(tag)
    same.updatedAt = at
    return same
  }
  const fresh = { id, digest, mediaType, content, createdAt: at, updatedAt: at, tags: new Set(tags) }
  const version: PackageVersion = { ...fresh, deletedAt: undefined, downloads: 0 }
  known.versions.push(version)
  return version
}
