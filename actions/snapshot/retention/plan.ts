/** Which snapshots of a series are deleted and why, decided purely. */
import { ActionError } from '../../../src/errors.ts'
import type { Leftover, Listing, Snapshot } from '../store/store.ts'
import { dayOf } from './calendar.ts'
import { isCounted, type Judged, judge } from './judge.ts'
import { followNeeds } from './needs.ts'
import { isEmpty, type Policy } from './policy.ts'
import { keepByRules } from './rules.ts'

const DAY = 86_400_000

export interface Verdict {
  readonly snapshot: Snapshot
  readonly keep: boolean
  /** For people: why it is kept, or why not; never empty. */
  readonly reasons: readonly string[]
}

export interface PrunePlan {
  /** Newest first. */
  readonly verdicts: readonly Verdict[]
  /**
   * The snapshots to unpublish, in this order, one after the other: a prune that is killed half-way then leaves a series
   * of which the next prune makes the same choice.
   */
  readonly deletions: readonly Snapshot[]
  /** The names of archives that no kept snapshot refers to: to be removed after the manifests. */
  readonly archives: readonly string[]
  /** To be removed as well: no create can still be at work on them. */
  readonly leftovers: readonly Leftover[]
  /** What a person has to know about the plan as a whole, each as a whole sentence. */
  readonly notes: readonly string[]
}

/**
 * @param now ms since 1970. It decides about leftovers, and which dates are in the future; no rule counts from it, so
 *   that a schedule that has stopped erases nothing.
 * @throws ActionError for a policy without any rule
 */
export function planPrune(listing: Listing, policy: Policy, now: number): PrunePlan {
  if (isEmpty(policy)) throw emptyPolicy()
  const judged = judge(listing.snapshots, now)
  const anchor = judged.find(isCounted)
  if (anchor === undefined) return keepEverything(judged, listing)

  const reasons = followNeeds(judged, keepByRules(judged, anchor, policy))
  const kept = judged.filter(({ id }) => reasons.has(id))
  const deleted = judged.filter(({ id }) => !reasons.has(id))
  const readable = listing.problems.length === 0
  return {
    verdicts: judged.map((one) => {
      const given = reasons.get(one.id)
      return { snapshot: one.snapshot, keep: given !== undefined, reasons: given ?? [explainDelete(one, kept)] }
    }),
    deletions: inOrder(deleted),
    archives: readable ? unused(deleted, kept) : [],
    leftovers: readable ? oldLeftovers(listing, now) : [],
    notes: [...noteFuture(judged), ...noteProblems(listing)],
  }
}

function emptyPolicy(): ActionError {
  return new ActionError('No rule says which snapshots to keep: all but the last verified one would be deleted.', {
    hint:
      'Set at least one of keep-last, keep-within, keep-daily, keep-weekly, keep-monthly and keep-reason, as in ' +
      'keep-within: 30d with keep-last: 3. To keep all of them, do not prune.',
  })
}

/** Orphans of such a series may be the only copies that there are, so that leftovers stay as well. */
function keepEverything(judged: readonly Judged[], listing: Listing): PrunePlan {
  const reason = 'no snapshot of the series is verified, so that none is deleted'
  return {
    verdicts: judged.map(({ snapshot }) => ({ snapshot, keep: true, reasons: [reason] })),
    deletions: [],
    archives: [],
    leftovers: [],
    notes: [
      'Nothing is deleted: no snapshot of the series is verified.',
      ...noteFuture(judged),
      ...noteProblems(listing),
    ],
  }
}

function explainDelete({ standing, createdAt }: Judged, kept: readonly Judged[]): string {
  if (standing.kind === 'failed') return `its check failed on ${dayOf(standing.at)}, and a newer one is verified`
  if (standing.kind === 'unchecked') return 'never verified, and a newer one is'
  return kept.every((one) => one.createdAt > createdAt) ? 'older than all that is kept' : 'no rule keeps it'
}

/**
 * Newest first, since a snapshot goes before the one that it needs; and last those whose record tells about an archive
 * that others share: without it a broken archive would count as a good one, and take the place of one.
 */
function inOrder(deleted: readonly Judged[]): readonly Snapshot[] {
  const witnesses = new Set(deleted.map(({ record }) => record?.id))
  const [first, last] = [deleted.filter(({ id }) => !witnesses.has(id)), deleted.filter(({ id }) => witnesses.has(id))]
  return [...first, ...last].map(({ snapshot }) => snapshot)
}

function unused(deleted: readonly Judged[], kept: readonly Judged[]): readonly string[] {
  const used = new Set(kept.map(archiveName))
  return [...new Set(deleted.map(archiveName))].filter((name) => !used.has(name)).toSorted()
}

function archiveName({ snapshot }: Judged): string {
  return snapshot.manifest.archive.name
}

/** A day is longer than any job of GitHub's own runners. */
function oldLeftovers({ leftovers }: Listing, now: number): readonly Leftover[] {
  return leftovers
    .filter(({ writtenAt }) => writtenAt < now - DAY)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

function noteFuture(judged: readonly Judged[]): readonly string[] {
  return judged
    .filter(({ inFuture }) => inFuture)
    .map(
      ({ id, createdAt }) =>
        `${id} is dated ${dayOf(createdAt)}, in the future: a clock was wrong. It stays and counts for no rule; ` +
        'delete it by hand when it is of no use.',
    )
}

/** What cannot be read may be a snapshot's manifest, and any archive may be that one's. */
function noteProblems({ problems }: Listing): readonly string[] {
  if (problems.length === 0) return []
  const what = problems.length === 1 ? 'One manifest' : `${problems.length} manifests`
  return [`${what} cannot be read, so that archives and leftovers stay: they may belong to it. ${problems[0]}`]
}
