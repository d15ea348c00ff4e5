/** Which files of a folder stand for the repository. */
import type { Stats } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, RehearsalError } from '../errors.ts'
import { gitIn } from './git.ts'

export interface SourceFiles {
  readonly source: string
  /** Relative to it. */
  readonly files: readonly string[]
  /** What is not among them although a person may expect it, each with the reason: `vendor/lib (a repository of its own)`. */
  readonly leftOut: readonly string[]
}

/** For a folder that git does not know; what git lists is what GitHub would have, however much it is. */
const limits = { files: 20_000, bytes: 200_000_000 }

/**
 * What git has of the folder and what it would add; without git every file outside of `node_modules` and `.git`.
 * @throws RehearsalError when the folder cannot be read, or is not under git and too large to be a project
 */
export async function listSource(source: string): Promise<SourceFiles> {
  const [tracked, others] = await Promise.all([listWithGit(source, '--cached'), listWithGit(source, '--others')])
  const untracked = others.filter((file) => !isGenerated(file))
  // Git lists nothing of a folder that a repository further up ignores.
  if (tracked.length === 0 && untracked.length === 0) return listWithoutGit(source)
  const wrangler = others.some((file) => file.split('/').includes('.wrangler')) ? ['.wrangler (not committed)'] : []
  const listed = await sort(source, [...tracked, ...untracked])
  return { ...listed, leftOut: [...listed.leftOut, ...wrangler] }
}

/** What installs and wrangler leave behind; a repository may well have committed it. */
function isGenerated(file: string): boolean {
  return file.split('/').some((part) => part === 'node_modules' || part === '.wrangler')
}

async function listWithGit(source: string, which: '--cached' | '--others'): Promise<readonly string[]> {
  try {
    // The caller may rehearse a folder of another user; the copy that is worked on is its own.
    const list = await gitIn(source)('-c', 'safe.directory=*', 'ls-files', '-z', which, '--exclude-standard')
    return list.split('\0').filter((file) => file !== '')
  } catch {
    return []
  }
}

async function sort(source: string, names: readonly string[]): Promise<SourceFiles> {
  const files: string[] = []
  const leftOut: string[] = []
  for (const name of new Set(names)) {
    const stats = await lstat(join(source, name)).catch(() => undefined)
    // Deleted and not committed yet.
    if (stats === undefined) continue
    const reason = stats.isDirectory() ? 'a repository of its own' : oddity(stats)
    if (reason === undefined) files.push(name)
    else leftOut.push(`${name.replace(/\/$/, '')} (${reason})`)
  }
  return { source, files, leftOut }
}

async function listWithoutGit(source: string): Promise<SourceFiles> {
  const files: string[] = []
  const leftOut: string[] = []
  let bytes = 0
  for await (const { name, stats } of walk(source, '')) {
    const reason = oddity(stats)
    if (reason === undefined) files.push(name)
    else leftOut.push(`${name} (${reason})`)
    bytes += stats.size
    if (files.length > limits.files || bytes > limits.bytes) throw tooLarge(source)
  }
  return { source, files: files.toSorted(), leftOut }
}

interface Entry {
  readonly name: string
  readonly stats: Stats
}

async function* walk(source: string, below: string): AsyncGenerator<Entry> {
  try {
    for await (const entry of await opendir(join(source, below))) {
      if (entry.name === 'node_modules' || entry.name === '.git') continue
      const name = join(below, entry.name)
      if (entry.isDirectory()) yield* walk(source, name)
      else yield { name, stats: await lstat(join(source, name)) }
    }
  } catch (error) {
    if (error instanceof RehearsalError) throw error
    // It was there a moment ago: another program is at work in the folder.
    if (isGone(error)) return
    throw new RehearsalError(`${source} cannot be read whole: ${messageOf(error)}`)
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function oddity(stats: Stats): string | undefined {
  return stats.isFile() || stats.isSymbolicLink() ? undefined : 'neither a file nor a link'
}

function tooLarge(source: string): RehearsalError {
  const { files, bytes } = limits
  return new RehearsalError(
    `${source} is not under git and holds more than ${files.toLocaleString('en')} files or ${bytes / 1_000_000} MB, ` +
      "which is too much to copy for a rehearsal. Give --repository the project's own folder, or put it under git: " +
      'then only what is not ignored is copied.',
  )
}
