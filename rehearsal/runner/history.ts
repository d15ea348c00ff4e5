/** A history for the rehearsed repository: commits, branches, merges and tags, made with real git. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import * as v from 'valibot'
import { RehearsalError } from '../errors.ts'
import type { Git } from './git.ts'

const Files = v.record(v.string(), v.nullable(v.string()))
const PullRequestFacts = v.strictObject({
  number: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  title: v.string(),
  body: v.optional(v.string()),
  labels: v.optional(v.array(v.string())),
})
const HistoryCommitSchema = v.strictObject({
  message: v.optional(v.string()),
  branch: v.optional(v.string()),
  from: v.optional(v.string()),
  files: v.optional(Files),
  merge: v.optional(v.string()),
  pullRequest: v.optional(PullRequestFacts),
  tag: v.optional(v.string()),
})
export const HistorySchema = v.array(HistoryCommitSchema)

/** Text by path; null takes the file away. */
export type FileChanges = Readonly<Record<string, string | null>>

/** The pull request that a merge was of. */
export interface PullRequestFacts {
  /** Default: the next one. */
  readonly number?: number | undefined
  readonly title: string
  readonly body?: string | undefined
  readonly labels?: readonly string[] | undefined
}

export interface HistoryCommit {
  /** Whole, with body and footers. Default for a merge: what GitHub or git writes. */
  readonly message?: string | undefined
  /** Default: the default branch. One that is not there yet begins at `from`. */
  readonly branch?: string | undefined
  /** The branch, tag or commit that a new branch begins at. Default: the default branch. */
  readonly from?: string | undefined
  readonly files?: FileChanges | undefined
  /** The branch that is merged into it, with a merge commit. */
  readonly merge?: string | undefined
  readonly pullRequest?: PullRequestFacts | undefined
  /** Set on this commit. */
  readonly tag?: string | undefined
}

/** A merged pull request of the history. */
export interface MergedPullRequest extends PullRequestFacts {
  readonly base: string
  readonly baseSha: string
  readonly head: string
  readonly headSha: string
  readonly mergeSha: string
}

export interface Desk {
  readonly git: Git
  /** The work tree. */
  readonly folder: string
  readonly defaultBranch: string
  /** OWNER of the repository, as messages of merges have it. */
  readonly owner: string
}

/** @returns the pull requests that were merged @throws RehearsalError that says which commit cannot be made, and why */
export async function makeHistory(
  desk: Desk,
  history: readonly HistoryCommit[],
): Promise<readonly MergedPullRequest[]> {
  const merged: MergedPullRequest[] = []
  for (const [index, commit] of history.entries()) {
    try {
      const pull = await makeCommit(desk, commit, merged.length + 1)
      if (pull !== undefined) merged.push(pull)
    } catch (error) {
      if (!(error instanceof RehearsalError)) throw error
      throw new RehearsalError(`The history's commit ${index + 1} cannot be made: ${error.message}`)
    }
  }
  return merged
}

async function makeCommit(desk: Desk, commit: HistoryCommit, next: number): Promise<MergedPullRequest | undefined> {
  const { git, defaultBranch } = desk
  const { branch = defaultBranch, from = defaultBranch, files = {}, merge, message, tag } = commit
  await checkOut(git, branch, from)
  const made = merge === undefined ? undefined : await mergeBranch(desk, { ...commit, branch, merge }, next)
  if (merge === undefined) {
    if (message === undefined) throw new RehearsalError(`it has neither a 'message' nor a 'merge'.`)
    await commitFiles(desk, files, message)
  }
  if (tag !== undefined) await git('tag', tag)
  return made
}

/** The branch as it is, or a new one. @param from where a new one begins */
export async function checkOut(git: Git, branch: string, from: string): Promise<void> {
  if (await hasBranch(git, branch)) await git('checkout', '--quiet', branch)
  else await git('checkout', '--quiet', '-b', branch, '--no-track', from)
}

export async function hasBranch(git: Git, branch: string): Promise<boolean> {
  return (await git('for-each-ref', `refs/heads/${branch}`)) !== ''
}

/** One commit on what is checked out, made even where it changes nothing. */
export async function commitFiles({ git, folder }: Desk, files: FileChanges, message: string): Promise<void> {
  for (const [path, content] of Object.entries(files)) await writeText(folder, path, content)
  await git('add', '--all', '--force')
  await git('commit', '--quiet', '--allow-empty', '--cleanup=whitespace', '--message', message)
}

async function writeText(folder: string, path: string, content: string | null): Promise<void> {
  const file = resolve(folder, path)
  const parts = path.split('/')
  if (!file.startsWith(folder + sep) || parts.includes('..') || parts[0]?.toLowerCase() === '.git') {
    throw new RehearsalError(`'${path}' is no path of a file in the repository.`)
  }
  if (content === null) return rm(file)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}

type Merge = HistoryCommit & { readonly branch: string; readonly merge: string }

async function mergeBranch(desk: Desk, { branch, merge, message, files = {}, pullRequest }: Merge, next: number) {
  const { git } = desk
  if (!(await hasBranch(git, merge))) throw new RehearsalError(`there is no branch '${merge}' to merge.`)
  const number = pullRequest?.number ?? next
  const usual = pullRequest
    ? mergeMessage({ owner: desk.owner, number, head: merge, title: pullRequest.title })
    : undefined
  const [baseSha, headSha] = [await git('rev-parse', branch), await git('rev-parse', merge)]
  await mergeCommit(git, merge, message ?? usual ?? `Merge branch '${merge}' into ${branch}`)
  if (Object.keys(files).length > 0) throw new RehearsalError(`a merge has no 'files' of its own.`)
  if (pullRequest === undefined) return undefined
  const mergeSha = await git('rev-parse', 'HEAD')
  return { ...pullRequest, number, base: branch, baseSha, head: merge, headSha, mergeSha }
}

/** @throws RehearsalError when both sides have changed the same lines */
export async function mergeCommit(git: Git, head: string, message: string): Promise<void> {
  try {
    await git('merge', '--quiet', '--no-ff', '--message', message, head)
  } catch {
    await git('merge', '--abort').catch(() => '')
    throw new RehearsalError(`'${head}' does not merge without conflicts. Change the same lines on one side only.`)
  }
}

interface Merged {
  readonly owner: string
  readonly number: number
  readonly head: string
  readonly title: string
}

/** What GitHub writes for a merge commit unless the repository's settings say otherwise. */
export function mergeMessage({ owner, number, head, title }: Merged): string {
  return `Merge pull request #${number} from ${owner}/${head}\n\n${title}`
}
