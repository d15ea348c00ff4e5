/** What people do to the rehearsed repository between its runs: they push commits, open pull requests and merge them. */
import { join } from 'node:path'
import { defaultBranch } from './choice.ts'
import { messageOf, RehearsalError } from './errors.ts'
import { teach } from './far-side.ts'
import { gitIn } from './runner/git.ts'
import {
  checkOut,
  commitFiles,
  type Desk,
  type FileChanges,
  hasBranch,
  mergeCommit,
  mergeMessage,
} from './runner/history.ts'
import { contentsOf, nothing } from './runner/repository.ts'
import { readCommits } from './runner/repository-contents.ts'
import type { Stage } from './scene.ts'

export interface PushedCommit {
  /** Whole, with body and footers. */
  readonly message: string
  /** Default: the default branch. One that is not there yet begins at `from`. */
  readonly branch?: string
  /** Default: the default branch. */
  readonly from?: string
  readonly files?: FileChanges
  readonly actor?: string
}

export interface OpenedPullRequest {
  readonly head: string
  /** Default: the default branch. */
  readonly base?: string
  readonly title: string
  readonly body?: string
  readonly labels?: readonly string[]
  readonly actor?: string
}

export const mergeMethods = ['merge', 'squash', 'rebase'] as const
export type MergeMethod = (typeof mergeMethods)[number]

export interface MergeOptions {
  /** Default: `merge`. */
  readonly method?: MergeMethod
  readonly actor?: string
}

export interface Pushed {
  /** The head of the branch now. */
  readonly sha: string
  readonly branch: string
}

export interface ByHand {
  /**
   * Pushes one commit. A `push` run of the branch is then the one of this push.
   * @throws RehearsalError for a path outside of the repository
   */
  commit(commit: PushedCommit): Promise<Pushed>
  /** @returns its number @throws RehearsalError when there is no such branch */
  openPullRequest(pull: OpenedPullRequest): Promise<number>
  /**
   * Merges an open pull request, whoever has opened it, and deletes nothing. A `push` run of its base is then the one of
   * this merge.
   * @throws RehearsalError when it is not open, or has conflicts
   */
  merge(number: number, options?: MergeOptions): Promise<Pushed>
}

export function byHand(stage: Stage): ByHand {
  let desks = 0
  const sit = async (actor = 'octocat') => {
    desks += 1
    return openDesk(stage, join(stage.root, `desk-${desks}`), actor)
  }
  return {
    async commit({ message, branch = defaultBranch, from = defaultBranch, files = {}, actor }) {
      const desk = await sit(actor)
      const before = (await hasBranch(desk.git, branch)) ? await desk.git('rev-parse', `refs/heads/${branch}`) : nothing
      await checkOut(desk.git, branch, from)
      await commitFiles(desk, files, message)
      return push(stage, desk, branch, before)
    },
    async openPullRequest({ actor = 'octocat', base = defaultBranch, ...pull }) {
      return told(() => stage.github.openPullRequest({ ...pull, base }, actor))
    },
    async merge(number, { method = 'merge', actor = 'octocat' } = {}) {
      const { base, head, title } = told(() => stage.github.openPullRequestNumbered(number))
      const desk = await sit(actor)
      const [baseSha, headSha] = await Promise.all(
        [base, head].map((name) => desk.git('rev-parse', `refs/heads/${name}`)),
      )
      await desk.git('checkout', '--quiet', base)
      await merging[method](desk, { number, base, head, title })
      const pushed = await push(stage, desk, base, baseSha ?? nothing)
      const before = { ...(baseSha && { baseSha }), ...(headSha && { headSha }) }
      told(() => stage.github.mergePullRequest(number, { sha: pushed.sha, by: actor, ...before }))
      return pushed
    },
  }
}

async function openDesk(stage: Stage, folder: string, actor: string): Promise<Desk> {
  await gitIn(stage.root)('clone', '--quiet', stage.origin, folder)
  const git = gitIn(folder, stage.date, actor)
  const remote = await git('for-each-ref', '--format=%(refname:lstrip=3)', 'refs/remotes/origin')
  for (const name of remote.split('\n').filter((branch) => branch !== '' && branch !== 'HEAD')) {
    await git('update-ref', `refs/heads/${name}`, `refs/remotes/origin/${name}`)
  }
  return { git, folder, defaultBranch, owner: stage.github.repository.owner }
}

async function push(stage: Stage, { git }: Desk, branch: string, before: string): Promise<Pushed> {
  await git('push', '--quiet', stage.origin, `refs/heads/${branch}`)
  teach(stage.github, await contentsOf(stage.origin))
  stage.pushes.set(branch, before)
  return { branch, sha: await git('rev-parse', `refs/heads/${branch}`) }
}

interface Merged {
  readonly number: number
  readonly base: string
  readonly head: string
  readonly title: string
}

/** On the base, which is checked out. */
const merging: Readonly<Record<MergeMethod, (desk: Desk, merged: Merged) => Promise<void>>> = {
  merge: ({ git, owner }, merged) => mergeCommit(git, merged.head, mergeMessage({ owner, ...merged })),
  async squash({ git }, merged) {
    const message = await squashMessage(git, merged)
    await orConflict(merged, () => git('merge', '--quiet', '--squash', merged.head))
    await git('commit', '--quiet', '--allow-empty', '--cleanup=whitespace', '--message', message)
  },
  async rebase({ git }, merged) {
    await orConflict(merged, () => git('cherry-pick', '--allow-empty', `${merged.base}..${merged.head}`))
  },
}

/** One commit keeps its own message; of several each has its part (docs.github.com, "About merge methods on GitHub"). */
async function squashMessage(git: Desk['git'], { number, base, head, title }: Merged): Promise<string> {
  const messages = (await readCommits(git, [`${base}..${head}`])).map(({ message }) => message)
  const [only = '', ...others] = messages
  if (others.length > 0) return `${title} (#${number})\n\n${messages.map((message) => `* ${message}`).join('\n\n')}`
  const [subject = title, ...body] = only.split('\n')
  return [`${subject} (#${number})`, ...body].join('\n')
}

async function orConflict({ number, head }: Merged, attempt: () => Promise<unknown>): Promise<void> {
  try {
    await attempt()
  } catch {
    throw new RehearsalError(`Pull request ${number} ('${head}') does not merge without conflicts.`)
  }
}

/** The embedded GitHub's refusals are the user's here. */
function told<T>(attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    throw new RehearsalError(messageOf(error))
  }
}
