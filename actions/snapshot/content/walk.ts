/** The files, folders and links of the workspace that the input `paths` names. No link is followed on the way. */
import { type Dirent, realpathSync, type Stats } from 'node:fs'
import { setImmediate as pause } from 'node:timers/promises'
import { ActionError } from '../../../src/errors.ts'
import { byPath } from '../archive/order.ts'
import { shown } from '../archive/path.ts'
import { checkLayout } from './check.ts'
import { childrenOf, entryAt, lookAt, RENAME } from './disk.ts'
import type { Entry } from './entry.ts'
import { looseLinks } from './links.ts'
import { listed } from './listed.ts'
import { nothingFound } from './nothing-found.ts'
import { type Pattern, parsePatterns } from './patterns.ts'

export interface Collected {
  /** Sorted by path; the parents of everything are there, and come first. */
  readonly entries: readonly Entry[]
  /** What a person should know, each as a whole sentence. */
  readonly notes: readonly string[]
}

/**
 * @param lines globs relative to the workspace; `!` excludes, wherever it stands, with everything below
 * @param workspace absolute
 * @throws ActionError for a line that finds nothing, for what cannot be read, and for what a restore would refuse
 */
export async function collectPaths(lines: readonly string[], workspace: string): Promise<Collected> {
  const { taken, excluded } = parsePatterns(lines, workspace)
  const root = `${realpathSync(workspace)}/`
  const walk = new Walk(root, excluded)
  for (const pattern of taken) await walk.take(pattern)
  const entries = [...walk.entries.values()].sort(byPath)
  checkLayout(entries, () => RENAME)
  return { entries, notes: [...walk.notes(), ...looseLinks(root, walk.entries)] }
}

/** How far one line has come. */
interface Turn {
  readonly pattern: Pattern
  readonly source: string
  /** Files and links. */
  files: number
  folders: number
  excluded: number
}

class Walk {
  readonly entries = new Map<string, Entry>()
  readonly #root: string
  readonly #exclusions: readonly Pattern[]
  /** The exclusions that have left something out. */
  readonly #used = new Set<Pattern>()
  readonly #git = new Set<string>()
  /** Lines that have taken folders and nothing in them. */
  readonly #hollow: string[] = []

  /** @param root with `/` at its end */
  constructor(root: string, exclusions: readonly Pattern[]) {
    this.#root = root
    this.#exclusions = exclusions
  }

  async take(pattern: Pattern): Promise<void> {
    const { line, base, isLiteral } = pattern
    const turn: Turn = { pattern, source: `path: ${line}`, files: 0, folders: 0, excluded: 0 }
    const start = this.#enter(turn)
    if (start !== undefined && isLiteral && base !== '') this.#add(base, start, turn)
    if (start?.isDirectory()) await this.#descend(base, isLiteral, turn)
    if (turn.files + turn.folders === 0) throw nothingFound(pattern, this.#root, turn.excluded > 0)
    if (turn.files === 0) this.#hollow.push(line)
  }

  notes(): readonly string[] {
    const unused = this.#exclusions.filter((pattern) => !this.#used.has(pattern))
    return [
      ...(this.#git.size === 0 ? [] : [gitNote([...this.#git])]),
      ...this.#hollow.map((line) => `The line "${line}" has taken no file, only empty folders.`),
      ...unused.map(({ line }) => `The line "${line}" has excluded nothing.`),
    ]
  }

  /** What a line begins at, reached one name after the other; undefined when it is not there, or excluded. */
  #enter(turn: Turn): Stats | undefined {
    const { base, isLiteral, foldersOnly, line } = turn.pattern
    const names = base === '' ? [] : base.split('/')
    let stats = lookAt(this.#root, '')
    for (const index of names.keys()) {
      if (stats?.isDirectory() !== true) return undefined
      const path = names.slice(0, index + 1).join('/')
      stats = lookAt(this.#root, path)
      if (stats === undefined || this.#isExcluded(path, stats.isDirectory(), turn)) return undefined
      const isMeantItself = isLiteral && !foldersOnly && index === names.length - 1
      if (stats.isSymbolicLink() && !isMeantItself) throw throughLink(line, path)
    }
    return isLiteral && foldersOnly && stats?.isDirectory() !== true ? undefined : stats
  }

  /** @param isTaken whether the folder is, so that everything below it is, too */
  async #descend(folder: string, isTaken: boolean, turn: Turn): Promise<void> {
    const { pattern } = turn
    for (const child of childrenOf(this.#root, folder)) {
      const path = folder === '' ? child.name : `${folder}/${child.name}`
      const isFolder = child.isDirectory()
      const isMeant = isTaken || pattern.matches(path, isFolder)
      const isOpened = isFolder && (isMeant || pattern.mayLeadTo(path))
      if (!isMeant && !isOpened) continue
      if (this.#isExcluded(path, isFolder, turn) || this.#isGit(path, child)) continue
      if (isMeant) this.#add(path, child, turn)
      if (isOpened) await this.#descend(path, isMeant, turn)
    }
    await pause() // for signals: the file system is asked synchronously, several times faster for many small files
  }

  /** Every exclusion is asked, so that none counts as useless since another was quicker. */
  #isExcluded(path: string, isFolder: boolean, turn: Turn): boolean {
    const hits = this.#exclusions.filter((exclusion) => exclusion.matches(path, isFolder))
    for (const hit of hits) this.#used.add(hit)
    if (hits.length > 0) turn.excluded += 1
    return hits.length > 0
  }

  /** Its configuration may hold a token. A line that names it has it in its base and begins inside of it. */
  #isGit(path: string, { name }: Dirent): boolean {
    const isGit = name.toLowerCase() === '.git' // where case does not count it is git's folder, however it is written
    if (isGit) this.#git.add(path)
    return isGit
  }

  #add(path: string, kind: Dirent | Stats, turn: Turn): void {
    if (kind.isDirectory()) turn.folders += 1
    else turn.files += 1
    this.#keep(path, turn.source)
  }

  /** With its parents. What an earlier line has taken stays that line's. */
  #keep(path: string, source: string): void {
    if (this.entries.has(path)) return
    const end = path.lastIndexOf('/')
    if (end !== -1) this.#keep(path.slice(0, end), source)
    this.entries.set(path, entryAt(this.#root, path, source))
  }
}

function gitNote(paths: readonly string[]): string {
  return `Left out, since it may hold a token: ${listed(paths)}. A line of its own takes it.`
}

function throughLink(line: string, path: string): ActionError {
  return new ActionError(`Input paths has the line "${line}", which goes through ${shown(path)}, a symbolic link.`, {
    hint: 'No link is followed, so that nothing is taken twice or from outside of the workspace. Name the folder that it leads to, and the link itself with a line of its own if it is wanted, too.',
  })
}
