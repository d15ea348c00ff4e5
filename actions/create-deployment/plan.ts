/** What is done with the deployments that are there already, decided purely. Every list is newest first. */
import type { Deployment } from './history.ts'
import { type Maker, sameEnvironment, sameExecution, sameStep } from './maker.ts'
import type { State } from './request.ts'

export type Reuse =
  | { readonly kind: 'reuse'; readonly deployment: Deployment }
  /** With a hint it is worth a warning. */
  | { readonly kind: 'create'; readonly reason: string; readonly hint?: string }

/** What the step would deploy. */
export interface Target {
  readonly maker: Maker
  /** As the request for a new deployment would give it. */
  readonly ref: string
  /** Login of whoever the token speaks for; undefined when it is not known. */
  readonly creator: string | undefined
}

/**
 * A re-run takes up the deployment that the same step made in an earlier attempt, unless the environment has moved on
 * since: then the re-run is a rollback, which a new deployment has to record. What the same run has made of the same
 * commit, in another job or for another task, is no such move. Two of one attempt are of two steps, and nothing tells
 * which of them is of this one.
 */
export function planReuse(listed: readonly Deployment[], { maker, ref, creator }: Target): Reuse {
  if (maker.run_attempt === 1) return { kind: 'create', reason: 'This is the first attempt of the run.' }
  const candidates = listed.filter(isMadeHere).filter((one) => isEarlier(one, maker, creator))
  const [own] = candidates
  if (own === undefined) return { kind: 'create', reason: 'No earlier attempt of this run has left one.' }
  if (own.ref !== ref && own.sha !== ref) {
    return { kind: 'create', reason: `Deployment ${own.id} of an earlier attempt is of ${own.ref}.` }
  }
  const newer = listed.find((one) => one.id > own.id && !(one.maker?.run_id === maker.run_id && one.sha === own.sha))
  if (newer !== undefined) {
    return {
      kind: 'create',
      reason: `Deployment ${newer.id} is newer than ${own.id}, which an earlier attempt has left.`,
    }
  }
  const twins = twinsAmong(candidates)
  return twins === undefined ? { kind: 'reuse', deployment: own } : ambiguous(twins)
}

function isEarlier(one: MadeHere, maker: Maker, creator: string | undefined): boolean {
  if (!sameStep(one.maker, maker) || one.maker.run_attempt >= maker.run_attempt) return false
  return creator === undefined || one.creator === creator
}

/** Two deployments of one attempt, if there are any. */
function twinsAmong(candidates: readonly MadeHere[]): readonly [MadeHere, MadeHere] | undefined {
  for (const [index, one] of candidates.entries()) {
    const twin = candidates.slice(0, index).find((other) => other.maker.run_attempt === one.maker.run_attempt)
    if (twin !== undefined) return [one, twin]
  }
  return undefined
}

function ambiguous([one, other]: readonly [MadeHere, MadeHere]): Reuse {
  return {
    kind: 'create',
    reason:
      `Deployments ${one.id} and ${other.id} carry the same key, both from attempt ${one.maker.run_attempt} of this run: ` +
      'which of them this job has made cannot be told, and neither is taken up.',
    hint: 'Where several jobs call one reusable workflow, let each caller pass a name of its own to the input key.',
  }
}

/** The deployment that a request made whose answer was lost: one of this very execution of the step. */
export function findOwn(listed: readonly Deployment[], maker: Maker): Deployment | undefined {
  return listed.find(({ maker: other }) => other !== undefined && sameExecution(other, maker))
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

/** Those worth a closer look: made by this action, for this task, old enough, and not left unfinished on purpose. */
export function reapCandidates(listed: readonly Deployment[], rule: ReapRule): readonly MadeHere[] {
  return listed
    .filter(isMadeHere)
    .filter(({ id, task, createdAt }) => id < rule.before && task === rule.task && createdAt < rule.createdBefore)
    .filter(({ maker }) => maker.finish !== false)
}

export type MadeHere = Deployment & { readonly maker: Maker }

/** A key that names another environment or task than the deployment itself was copied from somewhere. */
function isMadeHere(deployment: Deployment): deployment is MadeHere {
  const { maker, environment, task } = deployment
  return maker !== undefined && maker.task === task && sameEnvironment(maker.environment, environment)
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
  return unfinished.filter(({ maker }) => (runs.get(maker.run_id) ?? 'going on') !== 'going on').slice(0, limit)
}

/** Which deployments a new one takes the place of. */
export interface InactivationRule {
  readonly task: string
  /** The run of the new one: what its other jobs have made stands beside it. */
  readonly runId: number
  /** Only older ones; Infinity before there is a deployment of one's own. */
  readonly before: number
}

/** Those of them that GitHub's auto-inactive passes over. */
export function inactivationCandidates(
  listed: readonly Deployment[],
  { task, runId, before }: InactivationRule,
): readonly Deployment[] {
  return listed
    .filter((one) => one.id < before && one.task === task && one.maker?.run_id !== runId)
    .filter(({ production, transient }) => production || transient)
}

export function planInactivation(observed: readonly Observed[], limit: number): readonly Deployment[] {
  return observed
    .filter(({ state }) => state === 'success')
    .map(({ deployment }) => deployment)
    .slice(0, limit)
}
