/** The folder as wrangler will see it: which files it uploads, and what it would stumble over. */
import type { Dirent } from 'node:fs'
import { constants, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { findStrayLinks } from './code.ts'
import { exists } from './files.ts'
import { isInGit, isWithin } from './location.ts'
import { checkName, escapeControls } from './names.ts'
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

export interface ReadSiteOptions {
  readonly signal?: AbortSignal
  /** Absolute; without it, links in code must stay in the folder. */
  readonly workspace?: string
}

/** 25 MiB (developers.cloudflare.com/pages/platform/limits). */
const LARGEST_FILE = 25 * 1024 * 1024
/** Few links can make a folder with billions of paths. Twice the files that Pages takes from any account, */
const MOST_ENTRIES = 200_000
/** and far more links to folders than any site has. */
const MOST_LINKS = 10_000
/** A folder in which everything is wrong need not fill the log. */
const MOST_PROBLEMS = 20

/** wrangler uploads none of these (validate.ts in cloudflare/workers-sdk): the first only at the top, the others anywhere. */
const SKIPPED_AT_TOP = ['_worker.js', '_redirects', '_headers', '_routes.json', 'functions', '.wrangler']
const SKIPPED_ANYWHERE = ['.DS_Store', 'node_modules', '.git']

/** What wrangler reads and sends apart from the files. */
export const CONFIGURATION = ['_redirects', '_headers', '_routes.json'] as const
export type Configuration = (typeof CONFIGURATION)[number]

interface SiteRead {
  readonly site: Site
  readonly problems: readonly Problem[]
  /** Those that are there and can be read without harm: a pipe would never end. */
  readonly configuration: readonly Configuration[]
}

/**
 * Everything that will be uploaded, and every problem with it. A folder that is not there is a problem, too.
 *
 * @throws the signal's reason when aborted
 */
export async function readSite(directory: string, options: ReadSiteOptions = {}): Promise<SiteRead> {
  const walk = new Walk(directory, options)
  await walk.start()
  options.signal?.throwIfAborted()
  const files = walk.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const hasWorker = await exists(join(directory, '_worker.js'))
  if (walk.problems.length === 0 && files.length === 0 && !hasWorker) walk.problems.push(empty(directory))
  const problems = walk.isEndless ? [ENDLESS] : summed(walk.problems)
  return { site: { directory, files, bytes, hasWorker }, problems, configuration: walk.configuration }
}

function summed(problems: readonly Problem[]): readonly Problem[] {
  const more = problems.length - MOST_PROBLEMS
  if (more <= 0) return problems
  const rest = { message: `The folder has ${more} more problems like these.`, hint: 'Correct these first.' }
  return [...problems.slice(0, MOST_PROBLEMS), rest]
}

class Walk {
  readonly files: SiteFile[] = []
  readonly problems: Problem[] = []
  readonly configuration: Configuration[] = []
  readonly #directory: string
  readonly #options: ReadSiteOptions
  #root = ''
  /** Files, folders and links; what several links lead to is counted each time. */
  #entries = 0
  #folderLinks = 0

  constructor(directory: string, options: ReadSiteOptions) {
    this.#directory = directory
    this.#options = options
  }

  get isEndless(): boolean {
    return this.#entries > MOST_ENTRIES || this.#folderLinks > MOST_LINKS
  }

  async start(): Promise<void> {
    const found = await stat(this.#directory).catch(() => undefined)
    if (found === undefined) return this.#add(missing(this.#directory))
    if (!found.isDirectory()) return this.#add(notAFolder(this.#directory))
    this.#root = await realpath(this.#directory)
    await this.#folder(this.#directory, [this.#root])
    await Promise.all(CONFIGURATION.map((name) => this.#configuration(name)))
    const { workspace = this.#directory } = this.#options
    for (const problem of await findStrayLinks(this.#directory, '_worker.js', workspace)) this.#add(problem)
  }

  /** @param ancestors the real paths of this folder and of those above it */
  async #folder(folder: string, ancestors: readonly string[]): Promise<void> {
    if (this.isEndless) return
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
    if (entries === undefined) return this.#add(unreadable(this.#shown(folder)))
    await Promise.all(entries.map((entry) => this.#entry(entry, join(folder, entry.name), ancestors)))
  }

  async #entry(entry: Dirent, path: string, ancestors: readonly string[]): Promise<void> {
    if (SKIPPED_ANYWHERE.includes(entry.name)) return
    if (ancestors.length === 1 && SKIPPED_AT_TOP.includes(entry.name)) return
    this.#entries += 1
    if (this.isEndless || this.#options.signal?.aborted) return
    const misnamed = checkName(undefined, entry.name)
    if (misnamed !== undefined) this.#add(misnamed)
    if (entry.isSymbolicLink()) return this.#link(path, ancestors)
    if (entry.isDirectory()) return this.#folder(path, [...ancestors, join(ancestors.at(-1) ?? '', entry.name)])
    if (entry.isFile()) return this.#file(path)
    this.#add(special(this.#shown(path)))
  }

  /** wrangler follows links, also out of the folder: what they lead to would be published. */
  async #link(path: string, ancestors: readonly string[]): Promise<void> {
    const target = await this.#target(path)
    if (target === undefined) return
    const found = await stat(target).catch(() => undefined)
    if (found?.isFile()) return this.#file(path)
    if (!found?.isDirectory()) return this.#add(special(this.#shown(path)))
    if (ancestors.includes(target)) return this.#add(circular(this.#shown(path)))
    this.#folderLinks += 1
    await this.#folder(path, [...ancestors, target])
  }

  /** Where a link in the folder leads, unless it leads where it must not. */
  async #target(path: string): Promise<string | undefined> {
    const target = await realpath(path).catch(() => undefined)
    if (target === undefined) this.#add(broken(this.#shown(path)))
    else if (!isWithin(this.#root, target)) this.#add(leaving(this.#shown(path), escapeControls(target)))
    else if (isInGit(this.#root, target)) this.#add(intoGit(this.#shown(path)))
    else return target
    return undefined
  }

  async #configuration(name: Configuration): Promise<void> {
    const path = join(this.#directory, name)
    const entries = await readdir(this.#directory, { withFileTypes: true }).catch(() => [])
    const entry = entries.find((candidate) => candidate.name === name)
    if (entry === undefined || (entry.isSymbolicLink() && (await this.#target(path)) === undefined)) return
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile()) return this.#add(noFile(name))
    if (await this.#isTakable(path, found.size)) this.configuration.push(name)
  }

  async #file(path: string): Promise<void> {
    const found = await stat(path).catch(() => undefined)
    if (found === undefined) return this.#add(unreadable(this.#shown(path)))
    const { size } = found
    if (await this.#isTakable(path, size)) this.files.push({ path: this.#name(path), size })
  }

  async #isTakable(path: string, size: number): Promise<boolean> {
    const isReadable = await exists(path, constants.R_OK)
    if (!isReadable) this.#add(unreadable(this.#shown(path)))
    else if (size > LARGEST_FILE) this.#add(tooLarge(this.#shown(path), size))
    return isReadable && size <= LARGEST_FILE
  }

  #name(path: string): string {
    return relative(this.#directory, path).split(sep).join('/')
  }

  #shown(path: string): string {
    return escapeControls(this.#name(path))
  }

  #add(problem: Problem): void {
    this.problems.push(problem)
  }
}

const missing = (directory: string): Problem => ({
  message: `The folder to deploy does not exist: ${directory}.`,
  hint: 'Check that the build ran, or that the artifact was downloaded to this place, and that the input directory names its output.',
})

const notAFolder = (directory: string): Problem => ({
  message: `What is to be deployed is not a folder: ${directory}.`,
  hint: 'Set the input directory to the folder that holds the built site.',
})

const empty = (directory: string): Problem => ({
  message: `The folder to deploy holds no file: ${directory}.`,
  hint: 'Check that the build wrote its output there.',
})

const ENDLESS: Problem = {
  message: `The folder to deploy has over ${MOST_ENTRIES} entries or ${MOST_LINKS} links to folders, each path through its links counted.`,
  hint: 'Check that the input directory names the output of the build, and remove links to folders from it.',
}

const unreadable = (name: string): Problem => ({
  message: `"${name}" cannot be read.`,
  hint: 'Give the user that runs this job read access to it.',
})

const special = (name: string): Problem => ({
  message: `"${name}" is neither a file nor a folder.`,
  hint: 'Remove it from the folder; pipes, sockets and devices cannot be uploaded.',
})

const noFile = (name: string): Problem => ({
  message: `"${name}" is no file.`,
  hint: 'Pages reads a file of this name; give another name to anything else.',
})

const broken = (name: string): Problem => ({
  message: `"${name}" is a link to something that does not exist.`,
  hint: 'Remove the link or create what it points to.',
})

const leaving = (name: string, target: string): Problem => ({
  message: `"${name}" is a link that leaves the folder, to ${target}, and would publish what is there.`,
  hint: 'Copy the content into the folder instead of linking to it.',
})

const intoGit = (name: string): Problem => ({
  message: `"${name}" is a link into .git, which may hold a token, and would publish what is there.`,
  hint: 'Copy the content into the folder instead of linking to it.',
})

const circular = (name: string): Problem => ({
  message: `"${name}" is a link to a folder that contains it.`,
  hint: 'Remove the link.',
})

const tooLarge = (name: string, size: number): Problem => ({
  message: `"${name}" is ${(size / 2 ** 20).toFixed(1)} MiB (${size} bytes); Pages takes files up to 25 MiB (${LARGEST_FILE} bytes).`,
  hint: 'Make it smaller, or serve it from elsewhere, R2 for example.',
})
