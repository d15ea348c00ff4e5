/** What is done with the deployments that are there already, decided purely. Every list is newest first. */
import type { Deployment } from './history.ts'
import { type Origin, sameStep } from './origin.ts'
import type { State } from './request.ts'

export type Reuse =
  | { readonly kind: 'reuse'; readonly deployment: Deployment }
  | { readonly kind: 'create'; readonly reason: string }

/** What the step would deploy. */
export interface Target {
  readonly origin: Origin
  /** As the request for a new deployment would give it. */
  readonly ref: string
}

/**
 * A re-run takes up the deployment that the same step made in an earlier attempt, unless the environment has moved on
 * since: then the re-run is a rollback, which a new deployment has to record. What the same run has made of the same
 * commit, in another job or for another task, is no such move.
 */
export function planReuse(listed: readonly Deployment[], { origin, ref }: Target): Reuse {
  if (origin.run_attempt === 1) return { kind: 'create', reason: 'This is the first attempt of the run.' }
  const own = listed.find((one) => one.origin !== undefined && sameStep(one.origin, origin))
  if (own === undefined) return { kind: 'create', reason: 'No earlier attempt of this run has left one.' }
  if (own.ref !== ref && own.sha !== ref) {
    return { kind: 'create', reason: `Deployment ${own.id} of an earlier attempt is of ${own.ref}.` }
  }
  const newer = listed.find((one) => one.id > own.id && !(one.origin?.run_id === origin.run_id && one.sha === own.sha))
  if (newer === undefined) return { kind: 'reuse', deployment: own }
  return {
    kind: 'create',
    reason: `Deployment ${newer.id} is newer than ${own.id}, which an earlier attempt has left.`,
  }
}

/** The deployment that a request made whose answer was lost: one of this very attempt that was not there before. */
export function findOwn(listed: readonly Deployment[], origin: Origin, newestBefore: number): Deployment | undefined {
  return listed.find(
    ({ id, origin: other }) =>
      id > newestBefore && other?.run_attempt === origin.run_attempt && sameStep(other, origin),
  )
}

/** The newest deployment for a task before a given one; before any to come without one. */
export function previousOf(
  listed: readonly Deployment[],
  task: string,
  id = Number.POSITIVE_INFINITY,
): Deployment | undefined {
  return listed.find((one) => one.id < id && one.task === task)
}

const UNFINISHED: readonly (State | undefined)[] = ['in_progress', 'queued', 'pending', undefined]

/** Which deployments may have been left behind by a run that was lost. */
export interface ReapRule {
  readonly task: string
  /** Only older ones; Infinity before there is a deployment of one's own. */
  readonly before: number
  /** Milliseconds since the epoch: only what was created earlier. */
  readonly createdBefore: number
}

/** Those worth a closer look: made by this action, for this task, old enough. */
export function reapCandidates(listed: readonly Deployment[], rule: ReapRule): readonly MadeHere[] {
  return listed
    .filter(isMadeHere)
    .filter(({ id, task, createdAt }) => id < rule.before && task === rule.task && createdAt < rule.createdBefore)
}

export type MadeHere = Deployment & { readonly origin: Origin }

function isMadeHere(deployment: Deployment): deployment is MadeHere {
  return deployment.origin !== undefined
}

/** A deployment and the state of its newest status, undefined before the first. */
export interface Observed<T extends Deployment = Deployment> {
  readonly deployment: T
  readonly state: State | undefined
}

export function unfinished<T extends Deployment>(observed: readonly Observed<T>[]): readonly T[] {
  return observed.filter(({ state }) => UNFINISHED.includes(state)).map(({ deployment }) => deployment)
}

/** Those whose run will not finish them any more. A run that is not in the map is taken to be going on. */
export function planReap(
  unfinished: readonly MadeHere[],
  runs: ReadonlyMap<number, 'over' | 'going on' | 'gone'>,
  limit: number,
): readonly MadeHere[] {
  return unfinished.filter(({ origin }) => (runs.get(origin.run_id) ?? 'going on') !== 'going on').slice(0, limit)
}

/** Those that GitHub's auto-inactive passes over, older than the given one. */
export function inactivationCandidates(listed: readonly Deployment[], before: number): readonly Deployment[] {
  return listed.filter(({ id, production, transient }) => id < before && (production || transient))
}

export function planInactivation(observed: readonly Observed[], limit: number): readonly Deployment[] {
  return observed
    .filter(({ state }) => state === 'success')
    .map(({ deployment }) => deployment)
    .slice(0, limit)
}
