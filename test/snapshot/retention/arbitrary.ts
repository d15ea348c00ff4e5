/** Series and policies for laws: few days, so that moments, archives and checks often meet. */
import fc from 'fast-check'

import { REASONS } from '../../../actions/snapshot/names.ts'
import type { Policy } from '../../../actions/snapshot/retention/policy.ts'
import type { Snapshot } from '../../../actions/snapshot/store/store.ts'
import { DAY, HOUR, snapshot } from './setup.ts'

/** Later than every date that is not in the future. */
export const NOW = Date.parse('2026-11-27T03:00:00Z')

const drawnReason = fc.constantFrom(...REASONS)
const drawnCheck = fc.record({ ok: fc.boolean(), after: fc.integer({ min: 0, max: 40 }).map((days) => days * DAY) })

const drawnSnapshot = fc.record({
  daysAgo: fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0, max: 45 }) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 800 }) },
    { weight: 1, arbitrary: fc.constant(-2000) },
  ),
  hour: fc.integer({ min: 0, max: 2 }),
  verified: fc.integer({ min: 0, max: 4 }).map((number) => number > 0),
  check: fc.option(drawnCheck, { freq: 2, nil: undefined }),
  reason: drawnReason,
  of: fc.option(fc.nat(), { freq: 2, nil: undefined }),
  needs: fc.option(fc.nat(), { freq: 4, nil: undefined }),
})
type Drawn = typeof drawnSnapshot extends fc.Arbitrary<infer T> ? T : never

/** In any order. */
export const drawnSeries: fc.Arbitrary<readonly Snapshot[]> = fc
  .array(drawnSnapshot, { maxLength: 16, size: 'max' })
  .map((drawn) => {
    const made: Snapshot[] = []
    for (const one of drawn) made.push(realize(one, made))
    return made
  })

function realize({ daysAgo, hour, of, needs, check, ...fields }: Drawn, made: readonly Snapshot[]): Snapshot {
  const pick = (number: number | undefined) => (number === undefined ? undefined : made[number % made.length])
  const [original, needed] = [pick(of), pick(needs)]
  return snapshot(NOW - daysAgo * DAY - hour * HOUR, {
    ...fields,
    commit: made.length.toString(16).padStart(7, '0').padEnd(40, '0'),
    ...(check !== undefined && { check }),
    ...(original !== undefined && { of: original }),
    ...(needed !== undefined && { needs: needed.manifest.id }),
  })
}

const drawnCount = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 }))

export const drawnPolicy: fc.Arbitrary<Policy> = fc
  .record({
    last: drawnCount,
    within: fc.option(
      fc.integer({ min: 1, max: 50 }).map((days) => days * DAY),
      { freq: 1, nil: undefined },
    ),
    daily: drawnCount,
    weekly: drawnCount,
    monthly: drawnCount,
    reasons: fc.uniqueArray(drawnReason, { maxLength: 1 }),
  })
  .map((policy) => (sizeOf(policy) === 0 ? { ...policy, last: 1 } : policy))

function sizeOf({ last, within = 0, daily, weekly, monthly, reasons }: Policy): number {
  return last + within + daily + weekly + monthly + reasons.length
}
