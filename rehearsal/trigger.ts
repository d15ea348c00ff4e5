/** The run that a `workflow_run` event is about. */
import { type Choice, defaultBranch } from './choice.ts'
import type { GitHub } from './github/server.ts'
import type { RepositoryCopy } from './runner/repository.ts'

interface TriggerKey {
  /** Of the run. */
  readonly id: number
  /** The number of the pull request that it was for, if it was. */
  readonly pull: number
}

/** Adds it to the embedded GitHub. @returns it as the API describes it */
export function addTrigger(github: GitHub, choice: Choice, copy: RepositoryCopy, key: TriggerKey): object {
  const { id, pull } = key
  const { workflow, activity, conclusion, branch, fork, actor } = choice
  const name = workflow.on.workflow_run?.workflows?.[0] ?? 'CI'
  const pushed = fork === undefined && branch === defaultBranch
  github.addRun({
    id,
    attempt: 1,
    event: pushed ? 'push' : 'pull_request',
    headBranch: branch,
    headSha: copy.head,
    ...progressOf(activity, conclusion),
    name,
    path: `.github/workflows/${fileName(name)}.yml`,
    actor,
    ...(fork === undefined ? {} : { fork }),
    ...(pushed ? {} : { pullRequest: { number: pull, base: defaultBranch, baseSha: copy.base } }),
  })
  return github.describeRun(id)
}

function progressOf(activity: string, conclusion: Choice['conclusion']) {
  if (activity === 'completed') return { status: 'completed', conclusion } as const
  return { status: activity === 'in_progress' ? 'in_progress' : 'queued', conclusion: null } as const
}

/** GitHub knows the file; of the workflow that listens only the name is known here. */
function fileName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'ci'
  )
}
