/** A version of a container package: one manifest in the registry, with or without tags. */
export interface Version {
  readonly id: number
  /** `sha256:` and hexadecimal digits. */
  readonly digest: string
  readonly tags: readonly string[]
  /** When it was made, or when its tags changed last, in ms since 1970. */
  readonly changedAt: number
}

/** What a manifest says of others. */
export interface Manifest {
  /** The digests of what an index lists: images of its platforms, attestations, or what refers to something else. */
  readonly parts: readonly string[]
  /** The digest of what it is about. */
  readonly subject: string | undefined
}

/** As people recognize it: a tag, or the beginning of its digest. */
export function label({ digest, tags }: Version): string {
  return tags[0] ?? digest.slice(0, 'sha256:'.length + 12)
}
