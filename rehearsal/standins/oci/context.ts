/** The files of a build context that COPY and ADD find, without those that `.dockerignore` leaves out. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../action.ts'
import { toRegExp } from '../glob.ts'

export interface ContextFile {
  readonly content: Uint8Array
  readonly mode: number
}

/** Paths without a leading slash, in their order. */
export type Files = ReadonlyMap<string, ContextFile>

/** @throws Failure where there is no such folder */
export function readContext(folder: string): Files {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Failure(`unable to prepare context: path "${folder}" not found`)
  }
  const ignored = ignoring(join(folder, '.dockerignore'))
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = paths.filter((path) => !isGit(path) && !ignored(path) && statSync(join(folder, path)).isFile())
  return new Map(files.map((path) => [path, readFile(join(folder, path))]))
}

/** Its owner may run it, or nobody: what a checkout's umask makes of the rest is no part of the image. */
function readFile(file: string): ContextFile {
  return { content: readFileSync(file), mode: statSync(file).mode & 0o100 ? 0o755 : 0o644 }
}

/** Docker would take it; no image of a template has use for it, and it differs in every rehearsal. */
function isGit(path: string): boolean {
  return path === '.git' || path.startsWith('.git/')
}

/** The last pattern that matches decides; one for a folder is for all below it. */
function ignoring(file: string): (path: string) => boolean {
  if (!existsSync(file)) return () => false
  const lines = readFileSync(file, 'utf8').split('\n')
  const patterns = lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      keeps: line.startsWith('!'),
      pattern: toRegExp(line.replace(/^!/, '').replace(/^\/|\/$/g, ''), { below: true }),
    }))
  return (path) => patterns.findLast(({ pattern }) => pattern.test(path))?.keeps === false
}
