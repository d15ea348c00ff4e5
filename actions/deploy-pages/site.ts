/** The folder as wrangler will see it: which files it uploads, and what it would stumble over. */
import type { Dirent } from 'node:fs'
import { access, constants, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { formatBytes } from '../../src/summary.ts'
import type { Problem } from './problem.ts'

export interface SiteFile {
  /** Below the folder, with slashes: `assets/app.js`. */
  readonly path: string
  readonly size: number
}

export interface Site {
  /** Absolute. */
  readonly directory: string
  readonly files: readonly SiteFile[]
  readonly bytes: number
  /** A `_worker.js` file or folder, which then answers every request. */
  readonly hasWorker: boolean
}

/** 25 MiB (developers.cloudflare.com/pages/platform/limits). */
export const LARGEST_FILE = 25 * 1024 * 1024

/** wrangler uploads none of these (validate.ts in cloudflare/workers-sdk): the first only at the top, the others anywhere. */
const SKIPPED_AT_TOP = ['_worker.js', '_redirects', '_headers', '_routes.json', 'functions', '.wrangler']
const SKIPPED_ANYWHERE = ['.DS_Store', 'node_modules', '.git']

/** Everything that will be uploaded, and every problem with it. A folder that is not there is a problem, too. */
export async function readSite(directory: string): Promise<{ readonly site: Site; readonly problems: Problem[] }> {
  const walk = new Walk(directory)
  await walk.start()
  const files = walk.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const hasWorker = await exists(join(directory, '_worker.js'))
  if (walk.problems.length === 0 && files.length === 0 && !hasWorker) walk.problems.push(empty(directory))
  return { site: { directory, files, bytes, hasWorker }, problems: walk.problems }
}

class Walk {
  readonly files: SiteFile[] = []
  readonly problems: Problem[] = []
  readonly #directory: string
  #root = ''

  constructor(directory: string) {
    this.#directory = directory
  }

  async start(): Promise<void> {
    const found = await stat(this.#directory).catch(() => undefined)
    if (found === undefined) return this.#add(missing(this.#directory))
    if (!found.isDirectory()) return this.#add(notAFolder(this.#directory))
    this.#root = await realpath(this.#directory)
    await this.#folder(this.#directory, [this.#root])
  }

  /** @param ancestors the real paths of this folder and of those above it */
  async #folder(folder: string, ancestors: readonly string[]): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
    if (entries === undefined) return this.#add(unreadable(this.#name(folder)))
    await Promise.all(entries.map((entry) => this.#entry(entry, join(folder, entry.name), ancestors)))
  }

  async #entry(entry: Dirent, path: string, ancestors: readonly string[]): Promise<void> {
    if (SKIPPED_ANYWHERE.includes(entry.name)) return
    if (ancestors.length === 1 && SKIPPED_AT_TOP.includes(entry.name)) return
    if (entry.isSymbolicLink()) return this.#link(path, ancestors)
    if (entry.isDirectory()) return this.#folder(path, [...ancestors, path])
    if (entry.isFile()) return this.#file(path)
    this.#add(special(this.#name(path)))
  }

  /** wrangler follows links, also out of the folder: what they lead to would be published. */
  async #link(path: string, ancestors: readonly string[]): Promise<void> {
    const target = await realpath(path).catch(() => undefined)
    if (target === undefined) return this.#add(broken(this.#name(path)))
    if (target !== this.#root && !target.startsWith(this.#root + sep))
      return this.#add(leaving(this.#name(path), target))
    const found = await stat(target)
    if (found.isFile()) return this.#file(path)
    if (!found.isDirectory()) return this.#add(special(this.#name(path)))
    const real = await Promise.all(ancestors.map((ancestor) => realpath(ancestor)))
    if (real.includes(target)) return this.#add(circular(this.#name(path)))
    await this.#folder(path, [...ancestors, path])
  }

  async #file(path: string): Promise<void> {
    const [{ size }, readable] = await Promise.all([stat(path), exists(path, constants.R_OK)])
    if (!readable) return this.#add(unreadable(this.#name(path)))
    if (size > LARGEST_FILE) return this.#add(tooLarge(this.#name(path), size))
    this.files.push({ path: this.#name(path), size })
  }

  #name(path: string): string {
    return relative(this.#directory, path).split(sep).join('/')
  }

  #add(problem: Problem): void {
    this.problems.push(problem)
  }
}

export async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}

const missing = (directory: string): Problem => ({
  message: `The folder to deploy does not exist: ${directory}.`,
  hint: 'Check that the build ran, or that the artifact was downloaded to this place, and that directory names its output.',
})

const notAFolder = (directory: string): Problem => ({
  message: `What is to be deployed is not a folder: ${directory}.`,
  hint: 'Set directory to the folder that holds the built site.',
})

const empty = (directory: string): Problem => ({
  message: `The folder to deploy holds no file: ${directory}.`,
  hint: 'Check that the build wrote its output there.',
})

const unreadable = (name: string): Problem => ({
  message: `"${name}" cannot be read.`,
  hint: 'Give the user that runs this job read access to it.',
})

const special = (name: string): Problem => ({
  message: `"${name}" is neither a file nor a folder.`,
  hint: 'Remove it from the folder; pipes, sockets and devices cannot be uploaded.',
})

const broken = (name: string): Problem => ({
  message: `"${name}" is a link to something that does not exist.`,
  hint: 'Remove the link or create what it points to.',
})

const leaving = (name: string, target: string): Problem => ({
  message: `"${name}" is a link that leaves the folder, to ${target}, and would publish what is there.`,
  hint: 'Copy the content into the folder instead of linking to it.',
})

const circular = (name: string): Problem => ({
  message: `"${name}" is a link to a folder that contains it.`,
  hint: 'Remove the link.',
})

const tooLarge = (name: string, size: number): Problem => ({
  message: `"${name}" is ${formatBytes(size)} (${size} bytes); Pages takes files up to 25 MiB (${LARGEST_FILE} bytes).`,
  hint: 'Make it smaller, or serve it from elsewhere, R2 for example.',
})
