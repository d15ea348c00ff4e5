/** The rehearsed repository: a copy of a folder with a little history, and a bare origin for checkout to clone. */
import { cp, mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf, RehearsalError } from '../errors.ts'
import { type Git, gitIn } from './git.ts'
import { type HistoryCommit, hasBranch, type MergedPullRequest, makeHistory } from './history.ts'
import { type Commit, readCommits, readRefs } from './repository-contents.ts'
import { listSource, type SourceFiles } from './source-files.ts'

export type { Commit } from './repository-contents.ts'

export interface RepositoryCopy {
  /** The work tree, at the commit that the run is for. */
  readonly folder: string
  /** Lives as long as the rehearsal. */
  readonly origin: string
  /** Oldest first, parents before children. */
  readonly commits: readonly Commit[]
  /** Ref without `refs/`, and its SHA. */
  readonly refs: Readonly<Record<string, string>>
  /** The default branch's head. */
  readonly base: string
  /** The head of the branch that the event is about. */
  readonly head: string
  /** The commit of the run: the head, or for a pull request GitHub's trial merge. */
  readonly sha: string
  /** Where the branch or tag was before the push; zeros where it was not there. */
  readonly before: string
  /** What the folder has and the copy has not, each with the reason. */
  readonly leftOut: readonly string[]
  /** Pull requests that the given history has merged. */
  readonly merged: readonly MergedPullRequest[]
}

export interface CopyOptions {
  /** Of this run. */
  readonly root: string
  /** Workflow files, each of which is a commit that puts it at `.github/workflows/` unless it is there already. */
  readonly workflows: readonly string[]
  /** Of every commit: what is copied twice within one rehearsal is the same history. */
  readonly date: Date
  readonly defaultBranch: string
  readonly branch: string
  /** On the default branch's head. */
  readonly tag: string | undefined
  /** With a merge commit at `refs/pull/NUMBER/merge`. */
  readonly pullRequest: number | undefined
  /** Whether the branch is of a fork. */
  readonly fork: boolean
  /** Which commit the run is for: the default branch's head, the branch's, or the pull request's trial merge. */
  readonly runs: 'base' | 'head' | 'merge'
}

export interface RepositoryOptions extends CopyOptions {
  readonly source: string
  /** On top of the folder's files and the workflows. */
  readonly history: readonly HistoryCommit[]
  /** Of the repository. */
  readonly owner: string
}

/**
 * Copies the folder, commits it and then the workflow, and makes the branch and the merge commit that the event needs.
 * @throws RehearsalError when there is no git, or the folder is empty, too large or cannot be read
 */
export async function makeRepository(options: RepositoryOptions): Promise<RepositoryCopy> {
  const { defaultBranch, owner, root, date, source } = options
  const folder = join(root, 'repository')
  const git = gitIn(folder, date)
  await mkdir(folder, { recursive: true })
  const files = await listSource(source)
  await copyFiles(files, folder)
  await git('init', '--quiet', '--initial-branch', defaultBranch)
  await commitAll(git, 'Add the site')
  for (const file of options.workflows) await addWorkflow(git, file, folder)
  const merged = await makeHistory({ git, folder, defaultBranch, owner }, options.history)
  await git('checkout', '--quiet', defaultBranch)
  const subject = await subjectOf(git, options)
  const origin = join(root, 'origin.git')
  await git('clone', '--quiet', '--mirror', folder, origin)
  await gitIn(origin)('symbolic-ref', 'HEAD', `refs/heads/${defaultBranch}`)
  await gitIn(origin)('config', 'uploadpack.allowAnySHA1InWant', 'true')
  return { folder, origin, ...subject, leftOut: files.leftOut, merged, ...(await contentsOf(origin)) }
}

/**
 * The same repository for another run, with all that has come to it since.
 * @param origin of the first run
 * @throws RehearsalError when git refuses
 */
export async function continueRepository(options: CopyOptions, origin: string): Promise<RepositoryCopy> {
  const { defaultBranch, root, date } = options
  const folder = join(root, 'repository')
  const before = await readRefs(gitIn(origin))
  await gitIn(root)('clone', '--quiet', origin, folder)
  const git = gitIn(folder, date)
  await git('checkout', '--quiet', defaultBranch)
  for (const name of await branchesOf(git)) await git('update-ref', `refs/heads/${name}`, `origin/${name}`)
  for (const file of options.workflows) await addWorkflow(git, file, folder, true)
  const subject = await subjectOf(git, options)
  await pushChanges(git, origin, before)
  return { folder, origin, ...subject, leftOut: [], merged: [], ...(await contentsOf(origin)) }
}

/** Of what has changed here only: a run that goes on at the same time may move something else. */
async function pushChanges(git: Git, origin: string, before: RepositoryCopy['refs']): Promise<void> {
  const here = await readRefs(git)
  const changed = Object.keys(here).filter((name) => !name.startsWith('remotes/') && here[name] !== before[name])
  if (changed.length > 0) await git('push', '--quiet', '--force', origin, ...changed.map((name) => `refs/${name}`))
}

/** What the repository holds at this moment. */
export async function contentsOf(origin: string): Promise<Pick<RepositoryCopy, 'commits' | 'refs'>> {
  const git = gitIn(origin)
  return { commits: await readCommits(git), refs: await readRefs(git) }
}

async function branchesOf(git: Git): Promise<readonly string[]> {
  const names = await git('for-each-ref', '--format=%(refname:lstrip=3)', 'refs/remotes/origin')
  return names.split('\n').filter((name) => name !== '' && name !== 'HEAD')
}

type Subject = Pick<RepositoryCopy, 'base' | 'head' | 'sha' | 'before'>

/** Makes what the event is about, and checks out the commit of the run. */
async function subjectOf(git: Git, options: CopyOptions): Promise<Subject> {
  const { tag, pullRequest, runs } = options
  const base = await git('rev-parse', options.defaultBranch)
  const isNew = tag !== undefined || !(await isThere(git, options))
  const head = tag === undefined ? await headOf(git, options) : await taggedBy(git, tag, base)
  const merge = pullRequest === undefined ? head : await mergeInto(git, base, head, pullRequest)
  const sha = { base, head, merge }[runs]
  if (sha !== (await git('rev-parse', 'HEAD'))) await git('checkout', '--quiet', '--detach', sha)
  return { base, head, sha, before: isNew ? nothing : await parentOf(git, head) }
}

/** Instead of a SHA, where there is none. */
export const nothing = '0'.repeat(40)

async function parentOf(git: Git, sha: string): Promise<string> {
  const [parent = ''] = (await git('log', '-1', '--format=%P', sha)).split(' ')
  return parent === '' ? nothing : parent
}

async function isThere(git: Git, { branch, defaultBranch, fork }: CopyOptions): Promise<boolean> {
  return branch === defaultBranch || (!fork && (await hasBranch(git, branch)))
}

/** A tag that is there already was pushed with its commit. */
async function taggedBy(git: Git, tag: string, base: string): Promise<string> {
  if ((await git('tag', '--list', tag)) === '') await git('tag', tag, base)
  return git('rev-parse', `refs/tags/${tag}^{commit}`)
}

/** @param ifNew makes no commit where the repository has the same file already */
async function addWorkflow(git: Git, file: string, folder: string, ifNew = false): Promise<void> {
  const workflow = join('.github', 'workflows', basename(file))
  await mkdir(dirname(join(folder, workflow)), { recursive: true })
  await cp(file, join(folder, workflow))
  if (!ifNew || (await git('status', '--porcelain')) !== '') await commitAll(git, `Add ${workflow}`)
}

async function commitAll(git: Git, message: string): Promise<void> {
  await git('add', '--all', '--force')
  await git('commit', '--quiet', '--allow-empty', '--message', message)
}

/** The branch as it is where the repository has it, else with a commit of its own. */
async function headOf(git: Git, { branch, defaultBranch, pullRequest, fork }: CopyOptions): Promise<string> {
  if (!fork && branch !== defaultBranch && (await hasBranch(git, branch)))
    return git('rev-parse', `refs/heads/${branch}`)
  await git('checkout', '--quiet', defaultBranch)
  // A fork may well use the default branch's name, so a pull request's head has no branch of its own here.
  if (pullRequest !== undefined) await git('checkout', '--quiet', '--detach')
  else if (branch === defaultBranch) return git('rev-parse', 'HEAD')
  else await git('checkout', '--quiet', '-b', branch)
  await git('commit', '--quiet', '--allow-empty', '--message', `Work on ${branch}`)
  return git('rev-parse', 'HEAD')
}

async function mergeInto(git: Git, base: string, head: string, pullRequest: number): Promise<string> {
  await git('checkout', '--quiet', '--detach', base)
  await git('merge', '--quiet', '--no-ff', '--message', `Merge ${head} into ${base}`, head)
  const merge = await git('rev-parse', 'HEAD')
  await git('update-ref', `refs/pull/${pullRequest}/head`, head)
  await git('update-ref', `refs/pull/${pullRequest}/merge`, merge)
  return merge
}

async function copyFiles({ source, files }: SourceFiles, target: string): Promise<void> {
  if (files.length === 0) throw new RehearsalError(`${source} has no files, so there is no repository to rehearse.`)
  for (const file of files) {
    try {
      await mkdir(dirname(join(target, file)), { recursive: true })
      await cp(join(source, file), join(target, file), { verbatimSymlinks: true })
    } catch (error) {
      throw new RehearsalError(`${join(source, file)} cannot be copied for the rehearsal: ${messageOf(error)}`)
    }
  }
}
