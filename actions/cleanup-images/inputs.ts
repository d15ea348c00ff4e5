import { ActionError } from '../../src/errors.ts'
import type { InputReader } from '../../src/input.ts'
import { type TagPattern, tagPattern } from './tags.ts'

/** What stays, as far as the inputs say it. */
export interface Policy {
  /** Milliseconds since the last change. */
  readonly olderThan: number
  /** Of versions with a tag. */
  readonly keepLast: number
  readonly keepTags: readonly TagPattern[]
  /** `sha256:` and hexadecimal digits. */
  readonly keepDigests: ReadonlySet<string>
}

export interface Inputs {
  readonly package: string | undefined
  readonly owner: string | undefined
  readonly policy: Policy
  readonly allowMassDeletion: boolean
  readonly dryRun: boolean
  readonly githubToken: string
}

export function parseInputs(input: InputReader): Inputs {
  return {
    package: input.optional('package'),
    owner: input.optional('owner'),
    policy: {
      olderThan: input.duration('older-than', { min: 1 }),
      keepLast: parseCount(input.required('keep-last')),
      keepTags: input.lines('keep-tags').map(parsePattern),
      keepDigests: new Set(input.lines('keep-digests').map(parseDigest)),
    },
    allowMassDeletion: input.boolean('allow-mass-deletion'),
    dryRun: input.boolean('dry-run'),
    githubToken: input.requiredSecret('github-token'),
  }
}

function parseCount(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw new ActionError(`Input keep-last is "${text}", which is not a number of versions.`, {
    hint: 'Give it a whole number from 0 to 9999.',
  })
}

/** What no tag can look like is a mistake that would delete what was meant to stay. */
function parsePattern(line: string): TagPattern {
  if (/^[A-Za-z0-9_.*?-]{1,128}$/.test(line)) return tagPattern(line)
  throw new ActionError(`Input keep-tags has the line "${line}", which matches no tag.`, {
    hint: 'A tag has letters, digits, ".", "_" and "-"; write "*" for any characters and "?" for one, and each pattern on a line of its own.',
  })
}

/** A name before the digest is what deployments write down; the digest alone tells the version. */
function parseDigest(line: string): string {
  const [, digest] = /^(?:[^@\s]+@)?(sha256:[0-9a-f]{64})$/.exec(line) ?? []
  if (digest !== undefined) return digest
  throw new ActionError(`Input keep-digests has the line "${line}", which is no digest.`, {
    hint: 'Write sha256: and 64 hexadecimal digits, or the image with its digest: ghcr.io/owner/app@sha256:….',
  })
}
