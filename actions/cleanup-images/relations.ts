/** How the versions of a package refer to each other. */
import { subjectOfTag } from './tags.ts'
import { label, type Manifest, type Version } from './version.ts'

const NOTHING: Manifest = { parts: [], subject: undefined }

export class Relations {
  readonly #versions: ReadonlyMap<string, Version>
  readonly #manifests: ReadonlyMap<string, Manifest>
  readonly #indexes: ReadonlyMap<string, readonly Version[]>
  readonly #referrers: ReadonlyMap<string, readonly Version[]>

  constructor(versions: readonly Version[], manifests: ReadonlyMap<string, Manifest>) {
    this.#versions = new Map(versions.map((version) => [version.digest, version]))
    this.#manifests = manifests
    this.#indexes = inverse(versions, (version) => this.#manifest(version).parts)
    this.#referrers = inverse(versions, (version) => this.#subjectDigests(version))
  }

  /** Whether people pull it by a tag; the tags of signatures and attestations are not for people. */
  isImage({ tags }: Version): boolean {
    return tags.some((tag) => subjectOfTag(tag) === undefined)
  }

  /** Whether it is a signature, an attestation or a list of them, and what it is about is there. */
  isAboutAnother(version: Version): boolean {
    return !this.isImage(version) && this.subjectsOf(version).length > 0
  }

  /** What it is about. */
  subjectsOf(version: Version): readonly Version[] {
    return this.#known(this.#subjectDigests(version))
  }

  /** Those that it is a part of. */
  indexesOf({ digest }: Version): readonly Version[] {
    return this.#indexes.get(digest) ?? []
  }

  /** Everything that it refers to, as far as the package has it. */
  targetsOf(version: Version): readonly Version[] {
    return this.#known([...this.#manifest(version).parts, ...this.#subjectDigests(version)])
  }

  /** What refers to it. */
  pointingTo({ digest }: Version): readonly Version[] {
    return [...(this.#referrers.get(digest) ?? []), ...(this.#indexes.get(digest) ?? [])]
  }

  /** Digests of parts that the package does not have. */
  missingParts(version: Version): readonly string[] {
    return this.#manifest(version).parts.filter((digest) => !this.#versions.has(digest))
  }

  /**
   * The reasons of everything that is kept: those that were given, and those that follow from them over any number of steps.
   * A kept version keeps what it refers to and what is about it.
   */
  follow(own: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
    const reasons = new Map([...own].map(([digest, given]): [string, string[]] => [digest, [...given]]))
    const waiting = this.#known([...own.keys()])
    for (const version of waiting) {
      const keep = (other: Version, reason: string) => {
        if (reasons.has(other.digest)) return
        reasons.set(other.digest, [reason])
        waiting.push(other)
      }
      for (const part of this.#known(this.#manifest(version).parts)) keep(part, `a part of ${label(version)}`)
      for (const subject of this.subjectsOf(version)) keep(subject, `${label(version)} is about it`)
      for (const referrer of this.#referrers.get(version.digest) ?? []) keep(referrer, `is about ${label(version)}`)
    }
    return reasons
  }

  #manifest({ digest }: Version): Manifest {
    return this.#manifests.get(digest) ?? NOTHING
  }

  #subjectDigests(version: Version): readonly string[] {
    const { subject } = this.#manifest(version)
    const tagged = version.tags.flatMap((tag) => subjectOfTag(tag) ?? [])
    return [...new Set([...(subject === undefined ? [] : [subject]), ...tagged])]
  }

  #known(digests: readonly string[]): Version[] {
    return digests.flatMap((digest) => this.#versions.get(digest) ?? [])
  }
}

/** Who refers to a digest. */
function inverse(
  versions: readonly Version[],
  digestsOf: (version: Version) => readonly string[],
): ReadonlyMap<string, readonly Version[]> {
  const found = new Map<string, Version[]>()
  for (const version of versions) {
    for (const digest of new Set(digestsOf(version))) found.set(digest, [...(found.get(digest) ?? []), version])
  }
  return found
}
