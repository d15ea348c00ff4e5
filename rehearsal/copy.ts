/** The repository of a run: the first one's is made, and lives on for those that follow. */
import { defaultBranch } from './choice.ts'
import type { GitHub } from './github/server.ts'
import type { EventPull } from './runner/events.ts'
import { type CopyOptions, continueRepository, makeRepository, type RepositoryCopy } from './runner/repository.ts'
import type { Plan, Stage } from './scene.ts'

/** Of the first run there is neither a GitHub nor a repository yet. */
export type Grounds = Pick<Stage, 'root' | 'date'> & Partial<Pick<Stage, 'origin' | 'github' | 'pushes'>>

interface CopyKey {
  /** Folder of the run. */
  readonly root: string
  /** Those that come to the repository with the rehearsal. */
  readonly workflows: readonly string[]
  readonly pull: EventPull
}

export async function copyRepository(plan: Plan, stage: Grounds, key: CopyKey): Promise<RepositoryCopy> {
  const { source, repository, options, choice } = plan
  const wanted = wantedOf(plan, stage, key)
  if (stage.origin !== undefined) {
    const copy = await continueRepository(wanted, stage.origin)
    const before = choice.event === 'push' && choice.tag === undefined ? stage.pushes?.get(choice.branch) : undefined
    return before === undefined ? copy : { ...copy, before }
  }
  const [owner = ''] = repository.split('/')
  return makeRepository({ ...wanted, source, owner, history: options.history ?? [] })
}

function wantedOf({ choice }: Plan, { date }: Grounds, { root, workflows, pull }: CopyKey): CopyOptions {
  const { event, branch, tag, fork } = choice
  const ofPull =
    event === 'pull_request' || (event === 'workflow_run' && (fork !== undefined || branch !== defaultBranch))
  return {
    root,
    workflows,
    date,
    defaultBranch,
    branch,
    tag,
    pullRequest: ofPull ? pull.number : undefined,
    fork: fork !== undefined,
    runs: event === 'workflow_run' ? 'base' : event === 'pull_request' ? 'merge' : 'head',
  }
}

/** The pull request that the run is about, if it is about one: the branch's that is open, or one of its own. */
export function pullOf({ options, choice: { branch, fork } }: Plan, github: GitHub | undefined): EventPull {
  const open = fork === undefined ? github?.pullRequestOf(branch) : undefined
  if (open !== undefined) return open
  const taken = github?.pulls.some(({ number }) => number === 1)
  const title = options.title ?? `feat: work on ${branch}`
  return { number: taken ? (github?.nextPullRequest() ?? 1) : 1, title }
}
