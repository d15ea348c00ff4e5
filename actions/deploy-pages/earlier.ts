/**
 * Finds what an earlier attempt of the same run has deployed, so that a re-run finishes it instead of making another: a
 * deployment with this run's mark, made of the very same, that still counts for its branch.
 */
import { type Branch, isLive, lostStageOf, markOf } from './history.ts'
import type { Listed } from './pages.ts'
import type { Plan } from './preflight.ts'
import { isSameMark, type Mark } from './trailer.ts'

/** A deployment to take up, or why there is none, as a whole sentence. */
export type Earlier =
  | { readonly kind: 'found'; readonly deployment: Listed }
  | { readonly kind: 'none'; readonly why: string }

type Now = Pick<Plan, 'project' | 'environment'>

export function isStanding(deployment: Listed): boolean {
  return lostStageOf(deployment) === undefined
}

/** @param branch searched until one is met that isStanding */
export function findEarlier({ project, environment }: Now, { deployments }: Branch, mark: Mark): Earlier {
  const standing = deployments.find(isStanding)
  const own = deployments.find((one) => markOf(one)?.runId === mark.runId)
  if (own === undefined) return none('No earlier attempt of this run has left a deployment.')
  const of = `Deployment ${own.id} of an earlier attempt`
  if (!isSameMark(markOf(own), mark)) return none(`${of} is made of something else: what is deployed has changed.`)
  const lost = lostStageOf(own)
  if (lost !== undefined) return none(`${of} came to nothing: its stage ${lost.name} has the status ${lost.status}.`)
  if (standing !== undefined && standing.id !== own.id) return none(`${of} was followed by ${standing.id}.`)
  const isRolledBack = environment === 'production' && isLive(own) && project.canonical_deployment?.id !== own.id
  return isRolledBack ? none(`${of} is no longer what production shows.`) : { kind: 'found', deployment: own }
}

function none(why: string): Earlier {
  return { kind: 'none', why }
}
