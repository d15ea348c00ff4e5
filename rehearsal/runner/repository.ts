/** The rehearsed repository: a copy of a folder with a little history, and a bare origin for checkout to clone. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { RehearsalError } from '../errors.ts'

const exec = promisify(execFile)

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
}

export interface RepositoryOptions {
  readonly source: string
  readonly root: string
  /** The workflow file; it is put at `.github/workflows/`. */
  readonly workflow: string
  readonly defaultBranch: string
  readonly branch: string
  /** With a merge commit at `refs/pull/NUMBER/merge`. */
  readonly pullRequest: number | undefined
}

export async function makeRepository(options: RepositoryOptions): Promise<RepositoryCopy> {
  const folder = join(options.root, 'repository')
  const git = gitIn(folder)
  await mkdir(folder, { recursive: true })
  await copyFiles(options.source, folder)
  await git('init', '--quiet', '--initial-branch', options.defaultBranch)
  await commitAll(git, 'Add the site')
  const workflow = join('.github', 'workflows', basename(options.workflow))
  await mkdir(dirname(join(folder, workflow)), { recursive: true })
  await cp(options.workflow, join(folder, workflow))
  await commitAll(git, `Add ${workflow}`)
  const base = await git('rev-parse', 'HEAD')
  const head = await headOf(git, options)
  const sha = options.pullRequest === undefined ? head : await mergeInto(git, base, head, options.pullRequest)
  const origin = join(options.root, 'origin.git')
  await git('clone', '--quiet', '--mirror', folder, origin)
  await gitIn(origin)('symbolic-ref', 'HEAD', `refs/heads/${options.defaultBranch}`)
  await gitIn(origin)('config', 'uploadpack.allowAnySHA1InWant', 'true')
  return { folder, origin, base, head, sha, ...(await history(git)) }
}

type Git = (...args: readonly string[]) => Promise<string>

/** Nothing of the caller's git configuration takes part, and the commits are nobody's. */
function gitIn(cwd: string): Git {
  const [name, email] = ['Rehearsal', 'rehearsal@users.noreply.github.com']
  const env = {
    ...process.env,
    ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_DIR: undefined, GIT_WORK_TREE: undefined },
    ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email },
  }
  return async (...args) => {
    try {
      return (await exec('git', [...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
    } catch (error) {
      throw isMissing(error) ? new RehearsalError('A rehearsal needs git, and there is none on PATH.') : error
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
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

const generated = new Set(['node_modules', '.git', '.wrangler'])

/** What git would have of the folder; without git everything but what builds and installs leave behind. */
async function copyFiles(source: string, target: string): Promise<void> {
  const files = (await listWithGit(source)) ?? (await listPlain(source))
  if (files.length === 0) throw new RehearsalError(`${source} has no files, so there is no repository to rehearse.`)
  for (const file of files) {
    await mkdir(dirname(join(target, file)), { recursive: true })
    await cp(join(source, file), join(target, file), { verbatimSymlinks: true })
  }
}

async function listWithGit(source: string): Promise<readonly string[] | undefined> {
  try {
    const list = await gitIn(source)('ls-files', '-z', '--cached', '--others', '--exclude-standard')
    return list
      .split('\0')
      .filter((file) => file !== '' && !file.split('/').some((part) => generated.has(part)))
      .filter((file) => existsSync(join(source, file)))
  } catch {
    return undefined
  }
}

async function listPlain(source: string): Promise<readonly string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const skipped = new Set([...generated, 'dist', 'build'])
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(source.length + 1))
    .filter((file) => !file.split('/').some((part) => skipped.has(part)))
}
