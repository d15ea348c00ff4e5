/** How old the newest snapshot is that can be relied on. Times are ms since 1970, spans are ms. */
import { formatDuration } from '../../../src/duration.ts'
import { ActionError } from '../../../src/errors.ts'
import type { Listing, Snapshot } from '../store/store.ts'
import { createdAt, isCounted, isGood, type Judged, judge } from './judge.ts'

/** The newest whose last check did not fail, and whose date is not in the future. */
export function newestGood({ snapshots }: Listing, now: number): Snapshot | undefined {
  return judge(snapshots, now).find((one) => isGood(one) && !one.inFuture)?.snapshot
}

export function newestVerified({ snapshots }: Listing, now: number): Snapshot | undefined {
  return judge(snapshots, now).find(isCounted)?.snapshot
}

/** 0 for one whose clock was ahead. */
export function ageOf(snapshot: Snapshot, now: number): number {
  return Math.max(0, now - createdAt(snapshot))
}

/**
 * The newest verified snapshot.
 * @param limit how old it may be
 * @throws ActionError when it is older, or when there is none
 */
export function requireFresh(listing: Listing, limit: number, now: number): Snapshot {
  const judged = judge(listing.snapshots, now)
  const newest = judged.find(isCounted)
  const unverified = sayUnverified(newest === undefined ? judged : judged.slice(0, judged.indexOf(newest)))
  if (newest === undefined) {
    const fact = 'The series has no verified snapshot, and fail-if-older-than is set.'
    throw new ActionError(`${fact}${unverified}`, { hint: CAUSES })
  }
  const age = ageOf(newest.snapshot, now)
  if (age <= limit) return newest.snapshot
  const fact = `The newest verified snapshot, ${newest.id}, is ${formatDuration(age)} old`
  throw new ActionError(`${fact}; fail-if-older-than is ${formatDuration(limit)}.${unverified}`, { hint: CAUSES })
}

/** What stands before the newest verified one, newest first. */
function sayUnverified([newest, ...others]: readonly Judged[]): string {
  if (newest === undefined) return ''
  const fact = newest.inFuture
    ? 'is dated in the future'
    : isGood(newest)
      ? 'was never verified'
      : 'has failed its last check'
  const rest =
    others.length === 0 ? '' : `, and ${others.length} more ${others.length === 1 ? 'does' : 'do'} not count either`
  return ` ${newest.id} ${fact}${rest}.`
}

const CAUSES =
  "Look at the last runs of the workflow that creates the snapshots, on the repository's Actions tab: one that failed says " +
  'why. If there is none, its schedule was dropped: GitHub delays or drops runs when it is busy, and switches schedules off ' +
  'after 60 days without activity in a public repository.'
