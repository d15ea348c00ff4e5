/**
 * Which artifacts count. Everybody who can open a pull request can have a run of this repository store an artifact under
 * any name, a false manifest for example; what only maintainers can change is the code on certain branches.
 */
import picomatch from 'picomatch'
import { type GitHubContext, headOf } from '../../../src/context.ts'
import { ActionError } from '../../../src/errors.ts'
import type { Artifact } from './artifact-rest.ts'

/** undefined: it counts. Otherwise where it comes from, for a sentence. */
type Judge = (artifact: Artifact) => string | undefined

/**
 * By what GitHub says of the run alone, where a tag's name stands for a branch's, too.
 *
 * @param patterns of trusted branches; empty: the default branch and the one of the current run
 * @param defaultBranch of the repository
 */
export function judgeBy(patterns: readonly string[], defaultBranch: string, context: GitHubContext): Judge {
  const own = branchOfRun(context)
  const trusted = patterns.length > 0 ? picomatch([...patterns]) : undefined
  const isTrusted = trusted ?? ((branch: string) => branch === defaultBranch || branch === own)
  return ({ workflow_run: run }) => {
    if (run == null) return 'a run that is gone'
    // A fork that was deleted has no id any more.
    if (run.head_repository_id == null || run.head_repository_id !== run.repository_id) return 'a fork'
    // What this very run has stored is its own, on whatever branch.
    if (run.id === context.runId) return undefined
    if (run.head_branch == null) return 'no branch'
    return isTrusted(run.head_branch) ? undefined : `the branch ${run.head_branch}`
  }
}

/** As GitHub names it in `head_branch`, where a tag stands too; undefined for the code of a fork. */
export function branchOfRun(context: GitHubContext): string | undefined {
  const { event, ref } = context
  // A run behind another one has this repository's default branch as its head, whatever was built before.
  if (event.pull_request !== undefined && headOf(context).fork !== undefined) return undefined
  return event.pull_request?.head.ref ?? /^refs\/(?:heads|tags)\/(.+)$/s.exec(ref)?.[1]
}

/**
 * Why nothing is to be kept by the current run, undefined where it may: of a fork's pull request nothing counts later, and
 * what a run with somebody else's code stores under the name of the default branch would.
 */
export function refusalOf(context: GitHubContext, place: string): ActionError | undefined {
  const { fork, doubt } = headOf(context)
  if (fork === undefined && doubt === undefined) return undefined
  if (context.eventName === 'release') return undefined // its tag is what who may write to the repository has released
  const nothing = `Nothing can be kept in ${place}`
  if (context.event.pull_request !== undefined) {
    return new ActionError(
      `${nothing}: this run is of a pull request from a fork, and what it stores counts for no other run.`,
      { hint: 'Skip the step for forks: "if: github.event.pull_request.head.repo.full_name == github.repository".' },
    )
  }
  const why = fork === undefined ? doubt : `the run before was of a fork, that of ${fork}`
  return new ActionError(
    `${nothing}: ${why}, and later runs would trust what this one stores as if it were of its branch.`,
    {
      hint: 'Make the snapshot in a workflow of the branch, as with "on: push", "schedule" or "workflow_dispatch", or use another store. Listing, verifying and restoring work here, too.',
    },
  )
}

/** `3 artifacts of this series are ignored: 2 from a fork, 1 from the branch x.` */
export function describeIgnored(reasons: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const most = [...counts].sort(([, one], [, other]) => other - one)
  const named = most.slice(0, 5).map(([reason, count]) => `${count} from ${reason}`)
  const rest = most.length > 5 ? ['and others'] : []
  const subject =
    reasons.length === 1 ? '1 artifact of this series is' : `${reasons.length} artifacts of this series are`
  return `${subject} ignored, since only runs of trusted branches of this repository count: ${[...named, ...rest].join(', ')}.`
}
