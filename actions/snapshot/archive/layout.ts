/**
 * Which paths and links a snapshot may hold: the same for what is written and for what is read, so that no snapshot is
 * made that could not be restored. A problem is a whole sentence that names the path.
 */
import { linkProblem } from './link.ts'
import { pathProblem, shown } from './path.ts'

export type Kind = 'file' | 'directory' | 'link'

interface Node {
  readonly path: string
  /** `implied`: nothing but a folder on the way to another entry. */
  readonly kind: Kind | 'implied'
}

/** Grows by one entry after another, in any order. */
export class Layout {
  readonly #nodes = new Map<string, Node>()
  readonly #links = new Map<string, string>()

  /** @returns why the entry cannot be there */
  add(path: string, kind: Kind): string | undefined {
    return pathProblem(path) ?? this.#addParent(path) ?? this.#addNode(path, kind)
  }

  /** @returns why the link cannot be there; where it leads to is known only when all entries are: `strayLink` */
  addLink(path: string, target: string): string | undefined {
    const problem = this.add(path, 'link')
    this.#links.set(fold(path), target)
    return problem
  }

  /** @returns the problem of the first link that leads out of the snapshot, directly or through others */
  strayLink(): string | undefined {
    for (const [key, target] of this.#links) {
      const path = this.#nodes.get(key)?.path ?? key
      const problem = linkProblem(path, target, (folder) => this.#links.get(fold(folder)))
      if (problem !== undefined) return problem
    }
    return undefined
  }

  #addParent(path: string): string | undefined {
    const end = path.lastIndexOf('/')
    if (end === -1) return undefined
    const parent = path.slice(0, end)
    const there = this.#nodes.get(fold(parent))
    if (there === undefined) return this.#addParent(parent) ?? this.#addNode(parent, 'implied')
    if (there.path !== parent) return collision(parent, there.path)
    if (there.kind === 'directory' || there.kind === 'implied') return undefined
    return `${shown(parent)} is a ${there.kind}, and ${shown(path)} needs a folder there.`
  }

  #addNode(path: string, kind: Node['kind']): string | undefined {
    const key = fold(path)
    const there = this.#nodes.get(key)
    if (there !== undefined && there.path !== path) return collision(path, there.path)
    if (there !== undefined && there.kind !== 'implied') return `${shown(path)} is there twice.`
    if (there !== undefined && kind !== 'directory') return `${shown(path)} is a ${kind} and a folder at once.`
    this.#nodes.set(key, { path, kind })
    return undefined
  }
}

function collision(path: string, there: string): string {
  return `${shown(path)} and ${shown(there)} are the same on a file system that ignores case or Unicode normalization.`
}

/** One text for all that such a file system takes for the same: Apple's also takes `ß` for `ss`. */
function fold(path: string): string {
  if (/^[\0-\x7f]*$/.test(path)) return path.toLowerCase()
  return path.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC')
}
