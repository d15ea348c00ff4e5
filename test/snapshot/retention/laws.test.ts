import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newestVerified } from '../../../actions/snapshot/retention/freshness.ts'
import { type PrunePlan, planPrune } from '../../../actions/snapshot/retention/plan.ts'
import type { Policy } from '../../../actions/snapshot/retention/policy.ts'
import type { Snapshot } from '../../../actions/snapshot/store/store.ts'
import { drawnPolicy, drawnSeries, NOW } from './arbitrary.ts'
import { DAY, HOUR, idsOf, listingOf, snapshot } from './setup.ts'

const runs = { numRuns: 400 }

function plan(snapshots: readonly Snapshot[], policy: Policy, now = NOW): PrunePlan {
  return planPrune(listingOf(snapshots), policy, now)
}

function kept({ verdicts }: PrunePlan): readonly Snapshot[] {
  return verdicts.filter(({ keep }) => keep).map(({ snapshot }) => snapshot)
}

function expectSuperset(larger: PrunePlan, smaller: PrunePlan): void {
  expect(idsOf(kept(larger))).toEqual(expect.arrayContaining([...idsOf(kept(smaller))]))
}

describe('every plan', () => {
  it('keeps the newest verified snapshot, or all of them', () => {
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, (series, policy) => {
        const newest = newestVerified(listingOf(series), NOW)
        const ids = idsOf(kept(plan(series, policy)))
        if (newest === undefined) expect(ids).toHaveLength(series.length)
        else expect(ids).toContain(newest.manifest.id)
      }),
      runs,
    )
  })

  it('gives each snapshot one verdict with a reason, newest first, and deletes exactly the others', () => {
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, (series, policy) => {
        const { verdicts, deletions } = plan(series, policy)
        expect(idsOf(verdicts.map(({ snapshot }) => snapshot)).toSorted()).toEqual(idsOf(series).toSorted())
        const dates = verdicts.map(({ snapshot }) => snapshot.manifest.created_at)
        expect(dates).toEqual(dates.toSorted().toReversed())
        for (const { reasons } of verdicts) expect(reasons.length).toBeGreaterThan(0)
        const doomed = verdicts.filter(({ keep }) => !keep).map(({ snapshot }) => snapshot)
        expect(idsOf(deletions).toSorted()).toEqual(idsOf(doomed).toSorted())
      }),
      runs,
    )
  })

  it('removes exactly the archives of what it deletes that nothing kept refers to', () => {
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, (series, policy) => {
        const made = plan(series, policy)
        const used = kept(made).map(({ manifest }) => manifest.archive.name)
        const all = series.map(({ manifest }) => manifest.archive.name)
        expect(made.archives).toEqual([...new Set(all.filter((name) => !used.includes(name)))].toSorted())
      }),
      runs,
    )
  })

  it('is the same for every order of the input', () => {
    const shuffled = drawnSeries.chain((series) =>
      fc.tuple(fc.constant(series), fc.shuffledSubarray([...series], { minLength: series.length })),
    )
    fc.assert(
      fc.property(shuffled, drawnPolicy, ([series, other], policy) => {
        expect(plan(other, policy)).toEqual(plan(series, policy))
      }),
      runs,
    )
  })

  it('leaves nothing to do for the next one', () => {
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, (series, policy) => {
        const left = kept(plan(series, policy))
        expect(plan(left, policy)).toMatchObject({ deletions: [], archives: [] })
      }),
      runs,
    )
  })

  it('keeps whatever a smaller policy keeps', () => {
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, drawnPolicy, (series, one, other) => {
        expectSuperset(plan(series, union(one, other)), plan(series, one))
      }),
      runs,
    )
  })

  it('deletes no more when a newer snapshot is there that is not verified', () => {
    const newer = fc.record({ failed: fc.boolean(), reason: fc.constantFrom('pre-rollback', 'manual') })
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, newer, (series, policy, { failed, reason }) => {
        const check = { ...(failed && { check: { ok: false } }) }
        const added = snapshot(NOW + HOUR, { commit: 'f'.repeat(40), verified: failed, reason, ...check })
        const made = plan([...series, added], policy)
        expect(idsOf(kept(made))).toContain(added.manifest.id)
        expectSuperset(made, plan(series, policy))
      }),
      runs,
    )
  })

  it('is the same at any later time', () => {
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, fc.nat({ max: 1500 }), (series, policy, days) => {
        expect(plan(series, policy, NOW + days * DAY)).toEqual(plan(series, policy))
      }),
      runs,
    )
  })

  it('deletes no more when the clock is behind', () => {
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, fc.nat({ max: 60 }), (series, policy, days) => {
        expectSuperset(plan(series, policy, NOW - days * DAY), plan(series, policy))
      }),
      runs,
    )
  })

  it('keeps what every kept snapshot needs', () => {
    fc.assert(
      fc.property(drawnSeries, drawnPolicy, (series, policy) => {
        const ids = idsOf(kept(plan(series, policy)))
        const needed = series.filter(({ manifest }) => ids.includes(manifest.id)).map(({ manifest }) => manifest.needs)
        expect(ids).toEqual(expect.arrayContaining(needed.filter((id) => id !== undefined)))
      }),
      runs,
    )
  })
})

function union(one: Policy, other: Policy): Policy {
  const within = Math.max(one.within ?? 0, other.within ?? 0)
  return {
    last: Math.max(one.last, other.last),
    within: within === 0 ? undefined : within,
    daily: Math.max(one.daily, other.daily),
    weekly: Math.max(one.weekly, other.weekly),
    monthly: Math.max(one.monthly, other.monthly),
    reasons: [...one.reasons, ...other.reasons],
  }
}
