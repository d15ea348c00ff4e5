/** The rehearsed repository: a copy of a folder with a little history, and a bare origin for checkout to clone. */
import { cp, mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf, RehearsalError } from '../errors.ts'
import { type Git, gitIn } from './git.ts'
import { listSource, type SourceFiles } from './source-files.ts'

export interface Commit {
  readonly sha: string
  readonly message: string
  readonly parents: readonly string[]
  readonly tree: string
}

export interface RepositoryCopy {
  /** The work tree, at the commit that the run is for. */
  readonly folder: string
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
  /** What the folder has and the copy has not, each with the reason. */
  readonly leftOut: readonly string[]
}

export interface RepositoryOptions {
  readonly source: string
  readonly root: string
  /** Workflow files, each of which is a commit that puts it at `.github/workflows/`. */
  readonly workflows: readonly string[]
  /** Of every commit: what is copied twice within one rehearsal is the same history. */
  readonly date: Date
  readonly defaultBranch: string
  readonly branch: string
  /** On the default branch's head. */
  readonly tag: string | undefined
  /** With a merge commit at `refs/pull/NUMBER/merge`. */
  readonly pullRequest: number | undefined
  /** Which commit the run is for: the default branch's head, the branch's, or the pull request's trial merge. */
  readonly runs: 'base' | 'head' | 'merge'
}

/**
 * Copies the folder, commits it and then the workflow, and makes the branch and the merge commit that the event needs.
 * @throws RehearsalError when there is no git, or the folder is empty, too large or cannot be read
 */
export async function makeRepository(options: RepositoryOptions): Promise<RepositoryCopy> {
  const folder = join(options.root, 'repository')
  const git = gitIn(folder, options.date)
  await mkdir(folder, { recursive: true })
  const files = await listSource(options.source)
  await copyFiles(files, folder)
  await git('init', '--quiet', '--initial-branch', options.defaultBranch)
  await commitAll(git, 'Add the site')
  for (const file of options.workflows) await addWorkflow(git, file, folder)
  const base = await git('rev-parse', 'HEAD')
  const head = await headOf(git, options)
  const merge = options.pullRequest === undefined ? head : await mergeInto(git, base, head, options.pullRequest)
  if (options.tag !== undefined) await git('tag', options.tag, base)
  const sha = { base, head, merge }[options.runs]
  if (sha !== (await git('rev-parse', 'HEAD'))) await git('checkout', '--quiet', '--detach', sha)
  const origin = join(options.root, 'origin.git')
  await git('clone', '--quiet', '--mirror', folder, origin)
  await gitIn(origin)('symbolic-ref', 'HEAD', `refs/heads/${options.defaultBranch}`)
  await gitIn(origin)('config', 'uploadpack.allowAnySHA1InWant', 'true')
  return { folder, origin, base, head, sha, leftOut: files.leftOut, ...(await history(git)) }
}

async function addWorkflow(git: Git, file: string, folder: string): Promise<void> {
  const workflow = join('.github', 'workflows', basename(file))
  await mkdir(dirname(join(folder, workflow)), { recursive: true })
  await cp(file, join(folder, workflow))
  await commitAll(git, `Add ${workflow}`)
}

async function commitAll(git: Git, message: string): Promise<void> {
  await git('add', '--all', '--force')
  await git('commit', '--quiet', '--allow-empty', '--message', message)
}

async function headOf(git: Git, { branch, defaultBranch, pullRequest }: RepositoryOptions): Promise<string> {
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

async function history(git: Git): Promise<Pick<RepositoryCopy, 'commits' | 'refs'>> {
  const log = await git('log', '--all', '--topo-order', '--reverse', '--format=%H%x09%T%x09%P%x09%s')
  const refs = await git('for-each-ref', '--format=%(refname)%09%(objectname)')
  return {
    commits: log.split('\n').map((line) => {
      const [sha = '', tree = '', parents = '', message = ''] = line.split('\t')
      return { sha, tree, message, parents: parents.split(' ').filter((parent) => parent !== '') }
    }),
    refs: Object.fromEntries(
      refs.split('\n').map((line) => {
        const [name = '', sha = ''] = line.split('\t')
        return [name.replace('refs/', ''), sha]
      }),
    ),
  }
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
