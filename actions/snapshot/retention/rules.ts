/** What each rule of a policy keeps. All count back from the newest verified snapshot, the anchor, and never from now. */
import { formatDuration } from '../../../src/duration.ts'
import { dayOf, monthOf, weekOf } from './calendar.ts'
import { isCounted, type Judged } from './judge.ts'
import type { Policy } from './policy.ts'

export interface Keep {
  readonly id: string
  /** For people. */
  readonly reason: string
}

/** @param judged newest first */
export function keepByRules(judged: readonly Judged[], anchor: Judged, policy: Policy): readonly Keep[] {
  const counted = judged.filter(isCounted)
  return [
    { id: anchor.id, reason: 'the last verified one' },
    ...keepLast(counted, policy.last),
    ...keepWithin(judged, anchor, policy.within),
    ...keepPeriods(counted, policy.daily, 'daily', dayOf),
    ...keepPeriods(counted, policy.weekly, 'weekly', weekOf),
    ...keepPeriods(counted, policy.monthly, 'monthly', monthOf),
    ...judged
      .filter(({ snapshot }) => policy.reasons.includes(snapshot.manifest.reason))
      .map(({ id, snapshot }) => ({ id, reason: `the reason ${snapshot.manifest.reason} is always kept` })),
    ...keepUnjudged(judged, anchor),
  ]
}

function keepLast(counted: readonly Judged[], count: number): readonly Keep[] {
  const reason = count === 1 ? 'the newest' : `the newest ${count}`
  return counted.slice(0, count).map(({ id }) => ({ id, reason }))
}

/** Those that are not verified too: it is the only rule for them, and they take nobody's place. */
function keepWithin(judged: readonly Judged[], anchor: Judged, within: number | undefined): readonly Keep[] {
  if (within === undefined) return []
  const reason = `within ${formatDuration(within)} of the newest verified one (${dayOf(anchor.createdAt)})`
  return judged
    .filter(({ createdAt }) => createdAt <= anchor.createdAt && createdAt >= anchor.createdAt - within)
    .map(({ id }) => ({ id, reason }))
}

/** The newest of each of the last `count` periods that have any. */
function keepPeriods(
  counted: readonly Judged[],
  count: number,
  rule: string,
  periodOf: (time: number) => string,
): readonly Keep[] {
  const newest = new Map<string, Judged>()
  for (const one of counted) {
    const period = periodOf(one.createdAt)
    if (!newest.has(period)) newest.set(period, one)
  }
  return [...newest].slice(0, count).map(([period, { id }]) => ({ id, reason: `${rule}: ${period}` }))
}

/** Those of which nothing can be said yet: newer than the anchor, they are not verified or of a date that cannot be. */
function keepUnjudged(judged: readonly Judged[], anchor: Judged): readonly Keep[] {
  return judged.slice(0, judged.indexOf(anchor)).map((one) => ({ id: one.id, reason: explainUnjudged(one) }))
}

function explainUnjudged({ inFuture, createdAt, standing }: Judged): string {
  if (inFuture) return `its date, ${dayOf(createdAt)}, is in the future: no rule can count it`
  return standing.kind === 'failed'
    ? `newer than the last verified one; its check failed on ${dayOf(standing.at)}`
    : 'newer than the last verified one, and not verified yet'
}
