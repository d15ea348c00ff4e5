/** What the reviewers of an environment say to a job that wants to use it. */
import { RehearsalError } from '../errors.ts'
import { type Scope, text } from './expressions.ts'
import { environmentOf } from './job-settings.ts'
import { isMapping, isString } from './library.ts'
import { find, type Job, type Workflow } from './workflow.ts'

export const reviews = ['approved', 'rejected'] as const
export type Review = (typeof reviews)[number]

/** By the environment's name, whose case does not count. */
export type Approvals = Readonly<Record<string, Review>>

/** GitHub's one annotation for a rejection and for a protection rule that does not hold. */
export const REJECTED = "The deployment was rejected or didn't satisfy other protection rules."

/** Of an environment with `deployment: false` too: it only makes no deployment. @returns undefined where nobody has to */
export function reviewOf(job: Job, scope: Scope, approvals: Approvals): Review | undefined {
  const name = environmentOf(job, scope)?.name.toLowerCase()
  return Object.entries(approvals).find(([environment]) => environment.toLowerCase() === name)?.[1]
}

/** @throws RehearsalError for an environment that no job can have */
export function checkApprovals({ jobs }: Workflow, approvals: Approvals): void {
  const names = jobs.flatMap((job) => writtenNames(job))
  if (names.includes(undefined)) return
  for (const environment of Object.keys(approvals)) {
    if (names.some((name) => name?.toLowerCase() === environment.toLowerCase())) continue
    const known = [...new Set(names)].join(', ') || 'none'
    throw new RehearsalError(`No job has the environment '${environment}'. The workflow's environments: ${known}.`)
  }
}

/** undefined for one that is an expression. */
function writtenNames({ environment }: Job): readonly (string | undefined)[] {
  const name = environment !== undefined && isMapping(environment) ? find(environment, 'name') : environment
  if (name === undefined) return []
  return [isString(name) ? text(name, { contexts: {}, functions: [] }) : undefined]
}
