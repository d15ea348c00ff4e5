import { describe, expect, it } from 'vitest'
import { planPrune } from '../../../actions/snapshot/retention/plan.ts'
import type { Policy } from '../../../actions/snapshot/retention/policy.ts'
import type { Snapshot } from '../../../actions/snapshot/store/store.ts'
import { DAY, HOUR, listingOf, nothing, snapshot } from './setup.ts'

const policy: Policy = { ...nothing, within: 30 * DAY, daily: 7, weekly: 8, monthly: 12 }

/** One a day at 02:17 UTC, from 2024 to 2026; `passes` says of a day whether its check went well, undefined: no run. */
function dailies(passes: (day: string) => boolean | undefined): readonly Snapshot[] {
  const first = Date.parse('2024-01-01T02:17:00Z')
  return Array.from({ length: 1096 }, (_, day) => first + day * DAY).flatMap((time) => {
    const passed = passes(new Date(time).toISOString().slice(0, 10))
    return passed === undefined ? [] : [snapshot(time, passed ? {} : { check: { ok: false } })]
  })
}

function kept(series: readonly Snapshot[], now: number): readonly Snapshot[] {
  const { verdicts } = planPrune(listingOf(series), policy, now)
  return verdicts.flatMap(({ keep, snapshot: one }) => (keep ? [one] : [])).toReversed()
}

/** As a schedule does it: each create is followed by a prune. */
function prunedEachDay(series: readonly Snapshot[]): readonly Snapshot[] {
  return series.reduce<readonly Snapshot[]>((left, one) => {
    const now = Date.parse(one.manifest.created_at) + HOUR
    return kept(left.concat(one), now)
  }, [])
}

const daysOf = (series: readonly Snapshot[]) => series.map(({ manifest }) => manifest.created_at.slice(0, 10))
const isSunday = (day: string) => new Date(day).getUTCDay() === 0

/**
 * The last day is a Thursday. 31 days lie within 30 d of it, both ends included; 3 Sundays of the last 8 weeks lie
 * before; 11 ends of months, none of which is one of those.
 */
describe('three years of a daily snapshot', () => {
  it.each<readonly [string, (day: string) => boolean | undefined, number, readonly string[]]>([
    [
      'without a gap',
      () => true,
      31 + 3 + 11,
      [
        ...['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31', '2026-06-30', '2026-07-31'],
        ...['2026-08-31', '2026-09-30', '2026-10-31', '2026-11-15', '2026-11-22', '2026-11-29', '2026-11-30'],
      ],
    ],
    [
      'that does not run at weekends', // 31 days less 4 Saturdays and 4 Sundays; the weeks end on Fridays
      (day) => (isSunday(day) || new Date(day).getUTCDay() === 6 ? undefined : true),
      23 + 3 + 11,
      [
        ...['2026-01-30', '2026-02-27', '2026-03-31', '2026-04-30', '2026-05-29', '2026-06-30', '2026-07-31'],
        ...['2026-08-31', '2026-09-30', '2026-10-30', '2026-11-13', '2026-11-20', '2026-11-27', '2026-11-30'],
      ],
    ],
    [
      'whose schedule stood still from June to August: the months go further back', // for three that are missing
      (day) => (day >= '2026-06-01' && day < '2026-09-01' ? undefined : true),
      31 + 3 + 11,
      [
        ...['2025-10-31', '2025-11-30', '2025-12-31', '2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30'],
        ...['2026-05-31', '2026-09-30', '2026-10-31', '2026-11-15', '2026-11-22', '2026-11-29', '2026-11-30'],
      ],
    ],
    [
      'that stopped in March: nothing more is deleted however long it is over', // the last one is of a Sunday
      (day) => (day > '2026-03-15' ? undefined : true),
      31 + 3 + 10, // the end of February is within 30 d
      [
        ...['2025-04-30', '2025-05-31', '2025-06-30', '2025-07-31', '2025-08-31', '2025-09-30', '2025-10-31'],
        ...['2025-11-30', '2025-12-31', '2026-01-25', '2026-01-31', '2026-02-01', '2026-02-08'],
      ],
    ],
    [
      'whose checks fail on Sundays and at the ends of months: the day before stands for them',
      (day) => !(isSunday(day) || day.slice(0, 7) !== new Date(Date.parse(day) + DAY).toISOString().slice(0, 7)),
      32 + 3 + 10, // the last day has failed, too, and is newer; 28 November ends a week and stands for its month
      [
        ...['2026-01-30', '2026-02-27', '2026-03-30', '2026-04-29', '2026-05-30', '2026-06-29', '2026-07-30'],
        ...['2026-08-29', '2026-09-29', '2026-10-30', '2026-11-14', '2026-11-21', '2026-11-28'],
      ],
    ],
  ])('%s', (_, passes, count, older) => {
    const series = dailies(passes)
    const left = daysOf(kept(series, Date.parse('2026-12-31T12:00:00Z')))
    expect(left).toHaveLength(count)
    expect(left.slice(0, older.length)).toEqual(older)
    expect(daysOf(prunedEachDay(series))).toEqual(left)
  })
})
