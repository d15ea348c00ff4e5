/** Compares what an archive holds with what its two manifests say of it. */
import type { ArchivedEntry } from '../manifest.ts'
import { damaged } from './corrupt.ts'
import { mostAhead } from './limits.ts'
import { shown } from './path.ts'

/** What the outer manifest says. */
export interface Expected {
  /** Bytes of the archive. */
  readonly size: number
  readonly digest: string
  readonly files: number
  /** Of all files' content. */
  readonly bytes: number
}

/** An entry as it was found in the archive. */
export type Found = { readonly path: string } & (
  | { readonly type: 'file'; readonly mode: number; readonly size: number; readonly sha256: string }
  | { readonly type: 'directory'; readonly mode: number }
  | { readonly type: 'link'; readonly target: string }
)

/** Holds what is in the archive against what its manifest lists, and forgets each entry once both sides have named it. */
export class Comparison {
  readonly #found = new Map<string, Found>()
  /** Listed, but not found so far: the manifest may come first. */
  readonly #ahead: ArchivedEntry[] = []
  readonly #mostAhead: number
  readonly #sources = new Map<string, string>()

  constructor(expected: Expected) {
    this.#mostAhead = mostAhead(expected)
  }

  find(found: Found): void {
    this.#found.set(found.path, found)
  }

  /**
   * @returns the entry, made of texts that are in memory anyway: of a hundred thousand, 17 MB would be there twice
   * @throws CorruptError when what was found is something else
   */
  list(entry: ArchivedEntry): ArchivedEntry {
    const found = this.#found.get(entry.path)
    if (!this.#settle(entry)) this.#ahead.push(entry)
    if (this.#ahead.length > this.#mostAhead) throw damaged('Its manifest lists more than can be in it.')
    if (found === undefined) return entry
    const shared = { path: found.path, source: this.#sourceOf(entry) }
    return entry.type === 'file' && found.type === 'file'
      ? { ...entry, ...shared, sha256: found.sha256 }
      : { ...entry, ...shared }
  }

  /** @throws CorruptError when one side has what the other has not */
  finish(entries: readonly ArchivedEntry[]): void {
    for (const entry of this.#ahead) {
      if (!this.#settle(entry)) throw damaged(`${shown(entry.path)} is ${whyUnsettled(entry, entries)}.`)
    }
    const [extra] = this.#found.keys()
    if (extra !== undefined) throw damaged(`${shown(extra)} is in it, and not in its manifest.`)
  }

  #sourceOf({ source }: ArchivedEntry): string {
    const known = this.#sources.get(source)
    if (known === undefined) this.#sources.set(source, source)
    return known ?? source
  }

  #settle(entry: ArchivedEntry): boolean {
    const found = this.#found.get(entry.path)
    if (found === undefined) return false
    const difference = differenceOf(entry, found)
    if (difference !== undefined) throw damaged(`${shown(entry.path)} ${difference}.`)
    return this.#found.delete(entry.path)
  }
}

function whyUnsettled({ path }: ArchivedEntry, entries: readonly ArchivedEntry[]): string {
  return entries.filter((entry) => entry.path === path).length > 1 ? 'listed twice in its manifest' : 'missing in it'
}

function differenceOf(entry: ArchivedEntry, found: Found): string | undefined {
  if (entry.type === 'file' && found.type === 'file') {
    if (entry.size !== found.size) return `has ${found.size} bytes, and its manifest says ${entry.size}`
    if (entry.sha256 !== found.sha256) return 'does not have the SHA-256 that its manifest says'
    return modeDifference(entry.mode, found.mode)
  }
  if (entry.type === 'directory' && found.type === 'directory') return modeDifference(entry.mode, found.mode)
  if (entry.type === 'link' && found.type === 'link') {
    if (entry.target === found.target) return undefined
    return `leads to ${shown(found.target)}, and its manifest says ${shown(entry.target)}`
  }
  return `is a ${found.type}, and its manifest says ${entry.type}`
}

/** Permission bits alone: no snapshot carries setuid, setgid or the sticky bit. */
function modeDifference(listed: string, found: number): string | undefined {
  const mode = /^[0-7]{3,5}$/.test(listed) ? Number.parseInt(listed, 8) & 0o777 : undefined
  if (mode === (found & 0o777)) return undefined
  return `has the mode ${(found & 0o777).toString(8).padStart(4, '0')}, and its manifest says ${shown(listed)}`
}
