/** What a rehearsal or a test tells of packages, and asks of them. */
import * as v from 'valibot'
import { type State, timestamp } from '../state.ts'
import { activeVersions, digestOf, findPackage, findVersion, keepManifest, type PackageRecord } from './records.ts'

export interface NewPackageVersion {
  /** Below the owner's, in lower case: `site`, `site/api`. */
  readonly name: string
  /** Its tags; those that other versions have move here. Default: none. */
  readonly tags?: readonly string[]
  /** The manifest. Default: an image without layers that no other version has. */
  readonly manifest?: object
  /** Default: the manifest's own `mediaType`, or that of an image. */
  readonly mediaType?: string
  /** Default: now. */
  readonly createdAt?: Date
  readonly downloads?: number
  /** What the version's package is, where this is its first version. Default: as the repository is. */
  readonly visibility?: PackageRecord['visibility']
  /** False: nobody has given the repository access to the package. Default: true. */
  readonly linked?: boolean
}

export interface TaughtVersion {
  readonly id: number
  readonly digest: string
}

/** Answered by the API as if it had been pushed; blobs that the manifest names are not there. */
export function addPackageVersion(state: State, version: NewPackageVersion): TaughtVersion {
  const at = version.createdAt?.getTime() ?? state.clock.now()
  const id = state.nextId()
  const manifest = version.manifest ?? emptyImage(id)
  const known = packageNamed(state, version.name, at, version)
  const named = v.safeParse(v.object({ mediaType: v.string() }), manifest)
  const mediaType = version.mediaType ?? (named.success ? named.output.mediaType : IMAGE)
  const content = Buffer.from(JSON.stringify(manifest))
  const kept = keepManifest(known, { content, mediaType, tags: version.tags ?? [], id, at })
  kept.downloads = version.downloads ?? kept.downloads
  return { id: kept.id, digest: kept.digest }
}

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY = Buffer.from('{}')

function emptyImage(id: number): object {
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(EMPTY),
    size: EMPTY.length,
  }
  return { schemaVersion: 2, mediaType: IMAGE, config, layers: [], annotations: { 'example.number': `${id}` } }
}

type Beginning = Pick<NewPackageVersion, 'visibility' | 'linked'>

/** Found, or made as a push makes it. */
export function packageNamed(state: State, name: string, at: number, beginning: Beginning = {}): PackageRecord {
  const known = findPackage(state.packages, name)
  if (known !== undefined) return known
  const { visibility = state.repository.private ? 'private' : 'public', linked = true } = beginning
  const dates = { createdAt: at, updatedAt: at }
  const fresh = { id: state.nextId(), name: name.toLowerCase(), visibility, linked, ...dates, versions: [] }
  state.packages.all.push(fresh)
  return fresh
}

/** One version, in the words of a report. */
export interface ImageReport {
  readonly package: string
  readonly id: number
  readonly digest: string
  readonly mediaType: string
  readonly tags: readonly string[]
  readonly createdAt: string
  readonly updatedAt: string
}

/** Oldest first, without those that are deleted. */
export function imageReports({ packages }: State): readonly ImageReport[] {
  return packages.all.flatMap((known) =>
    activeVersions(known).map(({ id, digest, mediaType, tags, createdAt, updatedAt }) => ({
      package: known.name,
      id,
      digest,
      mediaType,
      tags: [...tags],
      createdAt: timestamp(createdAt),
      updatedAt: timestamp(updatedAt),
    })),
  )
}

/** @param reference a tag or a digest @returns undefined where there is none */
export function manifestOf({ packages }: State, name: string, reference: string): unknown {
  const version = findVersion(findPackage(packages, name), reference)
  return version && JSON.parse(version.content.toString())
}
