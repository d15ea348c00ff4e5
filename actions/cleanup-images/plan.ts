/** Which versions of a package are deleted and why, decided purely. Times are ms since 1970. */
import { formatDuration } from '../../src/duration.ts'
import type { Policy } from './inputs.ts'
import { pointingFirst } from './order.ts'
import { Relations } from './relations.ts'
import { label, type Manifest, type Version } from './version.ts'

export interface Verdict {
  readonly version: Version
  readonly keep: boolean
  /** For people: why it is kept, or why not; never empty. */
  readonly reasons: readonly string[]
}

export interface Plan {
  /** Newest first. */
  readonly verdicts: readonly Verdict[]
  /** In the order in which they are deleted: nothing goes before what points to it. */
  readonly deletions: readonly Version[]
  /** What a person has to know about the package as a whole, each as a whole sentence. */
  readonly notes: readonly string[]
  /** What a version refers to, as far as the package has it. */
  targetsOf(version: Version): readonly Version[]
}

/** @param manifests one for each version, by digest */
export function planCleanup(
  versions: readonly Version[],
  manifests: ReadonlyMap<string, Manifest>,
  policy: Policy,
  now: number,
): Plan {
  const newestFirst = versions.toSorted(byAge)
  const relations = new Relations(newestFirst, manifests)
  const reasons = keptWithAll(newestFirst, relations, ownReasons(newestFirst, relations, policy, now))
  const deleted = newestFirst.filter(({ digest }) => !reasons.has(digest))
  return {
    verdicts: newestFirst.map((version) => {
      const given = reasons.get(version.digest)
      return { version, keep: given !== undefined, reasons: given ?? [whyDeleted(version, relations, policy, now)] }
    }),
    deletions: pointingFirst(deleted.toReversed(), relations),
    notes: noteBroken(newestFirst, relations, reasons),
    targetsOf: (version) => relations.targetsOf(version),
  }
}

/** Of two that changed in the same second the one that came later. */
function byAge(one: Version, other: Version): number {
  return other.changedAt - one.changedAt || other.id - one.id
}

type Reasons = Map<string, string[]>

/** The reasons that a version has by itself; what is only about another version has none. */
function ownReasons(newestFirst: readonly Version[], relations: Relations, policy: Policy, now: number): Reasons {
  const reasons: Reasons = new Map()
  const images = newestFirst.filter((version) => relations.isImage(version))
  const last = new Set(images.slice(0, policy.keepLast))
  for (const version of newestFirst) {
    const found = [
      ...policy.keepTags.flatMap((pattern) => {
        const tag = version.tags.find((one) => pattern.matches(one))
        return tag === undefined ? [] : [`its tag ${tag} is kept (${pattern.text})`]
      }),
      ...(policy.keepDigests.has(version.digest) ? ['its digest is kept'] : []),
      ...(last.has(version) ? [`among the newest ${policy.keepLast} with a tag`] : []),
      ...(isYoung(version, policy, now) && !relations.isAboutAnother(version) ? [young(version, policy, now)] : []),
    ]
    if (found.length > 0) reasons.set(version.digest, found)
  }
  return reasons
}

function isYoung({ changedAt }: Version, { olderThan }: Policy, now: number): boolean {
  return now - changedAt < olderThan
}

function young({ changedAt }: Version, { olderThan }: Policy, now: number): string {
  return `changed ${age(changedAt, now)} ago, and only what is older than ${formatDuration(olderThan)} goes`
}

function age(changedAt: number, now: number): string {
  return formatDuration(Math.max(0, now - changedAt))
}

/** With everything that follows from them, and never without at least one version: GitHub refuses to delete the last one. */
function keptWithAll(newestFirst: readonly Version[], relations: Relations, own: Reasons): Reasons {
  const reasons = relations.follow(own)
  const last = lastOne(newestFirst, relations, reasons)
  if (last === undefined) return reasons
  return relations.follow(new Map([...own, [last.digest, ['the newest stays: a package is never emptied']]]))
}

/** "You cannot delete the last tagged version of a package" is GitHub's answer (400), and it counts every tag. */
function lastOne(newestFirst: readonly Version[], relations: Relations, kept: Reasons): Version | undefined {
  const tagged = newestFirst.filter(({ tags }) => tags.length > 0)
  if (tagged.some(({ digest }) => kept.has(digest))) return undefined
  const image = tagged.find((version) => relations.isImage(version)) ?? tagged[0]
  if (image !== undefined) return image
  return kept.size === 0 ? newestFirst[0] : undefined
}

function whyDeleted(version: Version, relations: Relations, policy: Policy, now: number): string {
  const subject = relations.subjectsOf(version)[0]
  if (subject !== undefined && relations.isAboutAnother(version))
    return `goes with ${label(subject)}, which it is about`
  const whole = relations.indexesOf(version)[0]
  if (whole !== undefined) return `a part of ${label(whole)}, which goes`
  const limit = formatDuration(policy.olderThan)
  return `changed ${age(version.changedAt, now)} ago, which is more than ${limit}, and nothing keeps it`
}

/** Something else has deleted parts of an image: whoever pulls it fails, and nothing here can mend it. */
function noteBroken(newestFirst: readonly Version[], relations: Relations, kept: Reasons): readonly string[] {
  return newestFirst
    .filter(({ digest }) => kept.has(digest))
    .flatMap((version) => {
      const missing = relations.missingParts(version)
      if (missing.length === 0) return []
      const what = missing.length === 1 ? 'a part' : `${missing.length} parts`
      return [
        `${label(version)} refers to ${what} that the package does not have: ${missing.join(', ')}. Push it again.`,
      ]
    })
}
