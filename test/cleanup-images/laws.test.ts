/** What holds for every package, whatever refers to whatever. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Policy } from '../../actions/cleanup-images/inputs.ts'
import { type Plan, planCleanup } from '../../actions/cleanup-images/plan.ts'
import { subjectOfTag, tagPattern } from '../../actions/cleanup-images/tags.ts'
import type { Manifest, Version } from '../../actions/cleanup-images/version.ts'
import { DAY, digestOf, fallbackTag, type Given, manifestsOf, NOW, versionsOf } from './models.ts'

const runs = { numRuns: 500 }
const NAMES = Array.from('abcdefghijkl')
/** One that no version has: it was deleted by somebody else. */
const GONE = 'z'
const anyName = fc.constantFrom(...NAMES, GONE)

const drawnTag = fc.oneof(
  fc.constantFrom('latest', '1.2.3', 'v2', 'sha-1', 'main', 'pr-7'),
  anyName.map((name) => fallbackTag(name)),
  anyName.map((name) => fallbackTag(name, '.sig')),
)
const drawnGiven = (name: string): fc.Arbitrary<Given> =>
  fc.record(
    {
      name: fc.constant(name),
      age: fc.integer({ min: -2, max: 200 }),
      tags: fc.uniqueArray(drawnTag, { maxLength: 2 }),
      parts: fc.uniqueArray(anyName, { maxLength: 3 }),
      about: anyName,
    },
    { requiredKeys: ['name', 'age'] },
  )
const drawnPackage = fc.subarray(NAMES, { minLength: 1 }).chain((names) => fc.tuple(...names.map(drawnGiven)))
const drawnPolicy: fc.Arbitrary<Policy> = fc.record({
  olderThan: fc.integer({ min: 1, max: 150 }).map((days) => days * DAY),
  keepLast: fc.integer({ min: 0, max: 4 }),
  keepTags: fc.subarray(['semver', 'latest', 'sha-*', 'sha256-*']).map((lines) => lines.map(tagPattern)),
  keepDigests: fc.uniqueArray(anyName, { maxLength: 2 }).map((names) => new Set(names.map(digestOf))),
})

interface Case {
  readonly versions: readonly Version[]
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly plan: Plan
  readonly kept: readonly Version[]
  /** What a version is about, by its manifest or its tags. */
  readonly subjectsOf: (version: Version) => readonly Version[]
  /** That, and its parts. */
  readonly targetsOf: (version: Version) => readonly Version[]
}

function solve(given: readonly Given[], policy: Policy, now = NOW): Case {
  const versions = versionsOf(given)
  const manifests = manifestsOf(given)
  const plan = planCleanup(versions, manifests, policy, now)
  const kept = plan.verdicts.filter(({ keep }) => keep).map(({ version }) => version)
  const among = (digests: readonly (string | undefined)[]) => versions.filter(({ digest }) => digests.includes(digest))
  const subjects = ({ digest, tags }: Version) => [manifests.get(digest)?.subject, ...tags.map(subjectOfTag)]
  return {
    versions,
    manifests,
    plan,
    kept,
    subjectsOf: (version) => among(subjects(version)),
    targetsOf: (version) => among([...subjects(version), ...(manifests.get(version.digest)?.parts ?? [])]),
  }
}

function always(law: (solved: Case, policy: Policy) => void): void {
  fc.assert(
    fc.property(drawnPackage, drawnPolicy, (given, policy) => law(solve(given, policy), policy)),
    runs,
  )
}

const byId = (one: Version, other: Version) => one.id - other.id
const isForPeople = (tag: string) => subjectOfTag(tag) === undefined

describe('every plan', () => {
  it('deletes nothing that a kept manifest refers to', () => {
    always(({ kept, targetsOf }) => {
      for (const version of kept) expect(kept).toEqual(expect.arrayContaining([...targetsOf(version)]))
    })
  })

  it('keeps what is about something that is kept', () => {
    always(({ versions, kept, subjectsOf }) => {
      for (const version of versions) {
        if (subjectsOf(version).some((subject) => kept.includes(subject))) expect(kept).toContain(version)
      }
    })
  })

  it('keeps the newest with a tag for people, as many as asked for', () => {
    always(({ plan, kept }, { keepLast }) => {
      const images = plan.verdicts.map(({ version }) => version).filter(({ tags }) => tags.some(isForPeople))
      expect(kept).toEqual(expect.arrayContaining(images.slice(0, keepLast)))
    })
  })

  it('keeps the tags and digests that it is told to', () => {
    always(({ versions, kept }, { keepTags, keepDigests }) => {
      const wanted = versions.filter(
        ({ digest, tags }) => keepDigests.has(digest) || tags.some((tag) => keepTags.some((one) => one.matches(tag))),
      )
      expect(kept).toEqual(expect.arrayContaining(wanted))
    })
  })

  it('keeps everything young but what goes with an image', () => {
    always(({ plan, targetsOf }, { olderThan }) => {
      for (const version of plan.deletions) {
        if (NOW - version.changedAt >= olderThan) continue
        expect(version.tags.filter(isForPeople)).toEqual([])
        expect(targetsOf(version).some((target) => plan.deletions.includes(target))).toBe(true)
      }
    })
  })

  it('leaves a version, and one with a tag where there was one', () => {
    always(({ versions, kept }) => {
      expect(kept.length).toBeGreaterThan(0)
      const tagged = ({ tags }: Version) => tags.length > 0
      expect(kept.some(tagged)).toBe(versions.some(tagged))
    })
  })

  it('gives each version one verdict with a reason, and deletes exactly the others', () => {
    always(({ versions, plan, kept }) => {
      expect(plan.verdicts.map(({ version }) => version.id).toSorted()).toEqual(versions.map(({ id }) => id).toSorted())
      for (const { reasons } of plan.verdicts) expect(reasons.join('')).not.toBe('')
      expect([...kept, ...plan.deletions].map(({ id }) => id).toSorted()).toEqual(
        versions.map(({ id }) => id).toSorted(),
      )
    })
  })

  it('leaves nothing to do for the next one', () => {
    fc.assert(
      fc.property(drawnPackage, drawnPolicy, (given, policy) => {
        const { kept, manifests } = solve(given, policy)
        expect(planCleanup(kept, manifests, policy, NOW).deletions).toEqual([])
      }),
      runs,
    )
  })

  it('is the same for every order of the list', () => {
    const shuffled = drawnPackage.chain((given) => {
      const versions = [...versionsOf(given)]
      return fc.tuple(fc.constant(given), fc.shuffledSubarray(versions, { minLength: versions.length }))
    })
    fc.assert(
      fc.property(shuffled, drawnPolicy, ([given, versions], policy) => {
        const { plan, manifests } = solve(given, policy)
        const other = planCleanup(versions, manifests, policy, NOW)
        expect(other.verdicts).toEqual(plan.verdicts)
      }),
      runs,
    )
  })

  it('deletes no less later, unless nothing but the last one would stay', () => {
    fc.assert(
      fc.property(drawnPackage, drawnPolicy, fc.integer({ min: 0, max: 300 }), (given, policy, days) => {
        const later = solve(given, policy, NOW + days * DAY).plan
        fc.pre(later.verdicts.every(({ reasons }) => !reasons.join('').includes('never emptied')))
        expect(later.deletions).toEqual(expect.arrayContaining([...solve(given, policy).plan.deletions]))
      }),
      runs,
    )
  })
})

describe('the order of deletions', () => {
  /** Digests cannot go round in circles, so that no package can: names refer to earlier ones only. */
  const drawnAcyclic = drawnPackage.map((given) =>
    given.map((one) => ({
      ...one,
      tags: (one.tags ?? []).filter(isForPeople),
      parts: (one.parts ?? []).filter((part) => part < one.name),
      ...(one.about !== undefined && one.about >= one.name ? { about: GONE } : {}),
    })),
  )

  it('has nothing before what refers to it, so that any beginning of it breaks no index', () => {
    fc.assert(
      fc.property(drawnAcyclic, drawnPolicy, (given, policy) => {
        const { plan, targetsOf } = solve(given, policy)
        plan.deletions.forEach((version, position) => {
          for (const target of targetsOf(version)) {
            if (plan.deletions.includes(target)) expect(plan.deletions.indexOf(target)).toBeGreaterThan(position)
          }
        })
      }),
      runs,
    )
  })

  it('can be cut off anywhere: the next plan deletes exactly the rest', () => {
    fc.assert(
      fc.property(drawnAcyclic, drawnPolicy, fc.nat(), (given, policy, cut) => {
        const { plan, versions, manifests } = solve(given, policy)
        const done = plan.deletions.slice(0, cut % (plan.deletions.length + 1))
        const left = versions.filter((version) => !done.includes(version))
        const rest = planCleanup(left, manifests, policy, NOW).deletions
        const wanted = plan.deletions.filter((version) => !done.includes(version))
        expect(rest.toSorted(byId)).toEqual(wanted.toSorted(byId))
      }),
      runs,
    )
  })
})
