/** What a rehearsal or a test does to the pull requests in the name of a person. */
import type { State } from '../state.ts'
import { pullBody } from './bodies.ts'
import { addPull, closePull, endsOf, findPull, type NewPull, nextNumber, type PullRecord } from './records.ts'

export type Pull = ReturnType<typeof pullBody>

/** @returns its number @throws Error when there is no such branch */
export function openPull(state: State, pull: NewPull, author: string): number {
  requireBranch(state, pull.head)
  requireBranch(state, pull.base)
  if (pull.number !== undefined && findPull(state, pull.number)) {
    throw new Error(`There is a pull request ${pull.number} already.`)
  }
  return addPull(state, pull, author).number
}

export interface Merge {
  /** Of the merge, on the base. */
  readonly sha: string
  readonly by: string
  /** The branches before; default: as they are now. */
  readonly baseSha?: string
  readonly headSha?: string
}

/** Notes that it was merged; the branches are moved by who says so. @throws Error when it is not open */
export function mergePull(state: State, number: number, { sha, by, ...before }: Merge): void {
  const pull = requireOpen(state, number)
  const closed = closePull(state, pull, { sha, by })
  const ends = { ...endsOf(state, closed), ...before }
  const { all } = state.pulls
  if (closed.closed) all.splice(all.indexOf(closed), 1, { ...closed, closed: { ...closed.closed, ...ends } })
}

/** @throws Error that says which are open */
export function requireOpen(state: State, number: number): PullRecord {
  const pull = findPull(state, number)
  if (pull && !pull.closed) return pull
  const open = state.pulls.all.filter(({ closed }) => !closed).map((known) => known.number)
  throw new Error(`No pull request ${number} is open. Open: ${open.join(', ') || 'none'}.`)
}

/** An open one of this head, for the default branch. */
export function pullOfHead(state: State, head: string): PullRecord | undefined {
  const { defaultBranch } = state.repository
  return state.pulls.all.find((pull) => !pull.closed && pull.head === head && pull.base === defaultBranch)
}

export function describePulls(state: State): readonly Pull[] {
  return state.pulls.all.toReversed().map((pull) => pullBody(state, pull))
}

export { nextNumber }

function requireBranch({ graph }: State, branch: string): void {
  if (graph.ref(`heads/${branch}`) === undefined) throw new Error(`There is no branch "${branch}".`)
}
