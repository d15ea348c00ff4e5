/**
 * Decides what a run does, out of what is there: nothing, a new rotation, the rest of one that has stopped, or the end of a
 * previous value. Pure; what it decides is carried out in apply.ts.
 *
 * The order of a rotation is what survives a crash at any point. The new value is kept first (`pending`), since it cannot
 * be read back from anywhere else; then the old one as `previous` everywhere; then what verifies values has the new one,
 * before anything uses it; last the secret that runs read, whose date tells that the rotation is complete.
 */
import type { Names, Slot } from './names.ts'
import { pendingGone, pendingNotGiven, previousInGrace, runIsStale, someoneElses } from './refusals.ts'

export interface Policy {
  readonly names: Names
  /** Milliseconds; 0: always due. */
  readonly maxAge: number
  /** Milliseconds; 0: none. */
  readonly grace: number
  readonly force: boolean
}

/** Times in ms since 1970, all by GitHub's clock and exact to the second. */
export interface Facts {
  readonly now: number
  readonly runCreatedAt: number
  /** When each slot was last written, in the place that tells the age; absent: nothing is there. */
  readonly writtenAt: Readonly<Partial<Record<Slot, number>>>
  readonly given: {
    readonly current: boolean
    readonly pending: boolean
    readonly previous: boolean
    /** The two values are the same, so that the rotation that made it was completed. */
    readonly pendingIsCurrent: boolean
  }
}

/** `unfinished`: an earlier rotation has replaced the previous value, and never the current one. */
export type Why = 'age' | 'force' | 'missing' | 'unfinished'

export type Decision =
  | { readonly kind: 'not-due' }
  /** The previous value has had its time. */
  | { readonly kind: 'retire' }
  | {
      readonly kind: 'rotate'
      readonly why: Why
      /** Whether the old value can become the previous one. */
      readonly keepsOld: boolean
    }
  /** Everything has the new value; what is left is to clean up, and perhaps to end the previous value, too. */
  | { readonly kind: 'finish'; readonly retires: boolean }
  /** A rotation has stopped before its end: go on with the value that it has begun with. */
  | { readonly kind: 'resume'; readonly keepsOld: boolean }

/** @throws ActionError where going on could lose a value, or spread one that is out of date */
export function decide(policy: Policy, facts: Facts): Decision {
  const { pending } = facts.writtenAt
  if (pending !== undefined && pending > facts.runCreatedAt)
    throw someoneElses(policy.names, pending, facts.runCreatedAt)
  // What has lain in a secret is as suspect as the current value, and an emergency needs neither.
  if (isEmergency(policy)) return { kind: 'rotate', why: 'force', keepsOld: false }
  if (pending !== undefined) return decidePending(policy, facts, pending)
  const why = reason(policy, facts)
  if (why === undefined) return graceIsOver(policy, facts) ? { kind: 'retire' } : { kind: 'not-due' }
  requireFresh(policy, facts)
  if (facts.given.pending) throw pendingGone(policy.names)
  const until = previousUntil(policy, facts)
  // Where there is no current value, none takes the place of the previous one.
  if (why !== 'missing' && until !== undefined && isInGrace(policy, facts)) {
    throw previousInGrace(policy.names, until, isUnfinished(facts))
  }
  return { kind: 'rotate', why, keepsOld: keepsOld(policy, facts) }
}

function decidePending(policy: Policy, facts: Facts, writtenAt: number): Decision {
  const { given } = facts
  if (!given.pending) throw pendingNotGiven(policy.names)
  if (isCommitted(facts, writtenAt)) return decideCommitted(policy, facts)
  requireFresh(policy, facts)
  // The same value as the current one that was given, and not the home's: that one is of another place.
  return { kind: 'resume', keepsOld: keepsOld(policy, facts) && !given.pendingIsCurrent }
}

function isCommitted({ given, writtenAt: { current } }: Facts, pendingWrittenAt: number): boolean {
  return given.pendingIsCurrent && current !== undefined && current >= pendingWrittenAt
}

/** The rotation was complete but for its end, and may be due again by now: what has begun it is overwritten then. */
function decideCommitted(policy: Policy, facts: Facts): Decision {
  const why = reason(policy, facts)
  if (why === undefined || isInGrace(policy, facts)) return { kind: 'finish', retires: graceIsOver(policy, facts) }
  requireFresh(policy, facts)
  return { kind: 'rotate', why, keepsOld: keepsOld(policy, facts) }
}

/** Whether it is the rotation after a leak, which nothing but a failure may hold up. */
export function isEmergency({ force, grace }: Pick<Policy, 'force' | 'grace'>): boolean {
  return force && grace === 0
}

function reason(policy: Policy, facts: Facts): Why | undefined {
  const { now, writtenAt } = facts
  if (writtenAt.current === undefined) return 'missing'
  if (now - writtenAt.current >= policy.maxAge) return 'age'
  if (policy.force) return 'force'
  return isUnfinished(facts) && !isInGrace(policy, facts) ? 'unfinished' : undefined
}

/** The previous value was written after the current one: the rotation that did so has not come to its end. */
function isUnfinished({ writtenAt: { current, previous } }: Facts): boolean {
  return current !== undefined && previous !== undefined && previous > current
}

/** The value that this run was given is of when it was created, or later: what was written since may not be it. */
function requireFresh({ names }: Policy, { runCreatedAt, writtenAt: { current } }: Facts): void {
  if (current !== undefined && current > runCreatedAt) throw runIsStale(names.current, current, runCreatedAt)
}

/** Whether another rotation would take a previous value away that has to work still. */
function isInGrace(policy: Policy, facts: Facts): boolean {
  const { names } = policy
  const until = previousUntil(policy, facts)
  if (until === undefined || facts.now >= until || names.previous === undefined) return false
  // Without a pending value nothing else tells that a rotation has stopped: then it is begun again.
  return !(isUnfinished(facts) && names.pending === undefined)
}

function graceIsOver(policy: Policy, facts: Facts): boolean {
  const until = previousUntil(policy, facts)
  return until !== undefined && facts.now >= until
}

/** ms since 1970 until which a previous value has to work; undefined: there is none. */
export function previousUntil({ grace }: Policy, { writtenAt }: Pick<Facts, 'writtenAt'>): number | undefined {
  const { current = 0, previous } = writtenAt
  return previous === undefined ? undefined : Math.max(current, previous) + grace
}

function keepsOld({ names, grace }: Policy, { given, writtenAt }: Facts): boolean {
  return names.previous !== undefined && grace > 0 && given.current && writtenAt.current !== undefined
}
