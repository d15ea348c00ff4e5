/**
 * Which paths and links a snapshot may hold: the same for what is written and for what is read, so that no snapshot is
 * made that could not be restored. A problem is a whole sentence that names the path.
 */
import { MANIFEST_FILE } from '../manifest.ts'
import { fold, withoutCase } from './fold.ts'
import { LARGEST_MANIFEST, MOST_ENTRIES, MOST_PARTS_OF_LINKS } from './limits.ts'
import { Links } from './link.ts'
import { countParts, pathProblem, shown } from './path.ts'

export type Kind = 'file' | 'directory' | 'link'

interface Node {
  /** undefined: the snapshot's own folder. */
  readonly parent: Node | undefined
  /** One part of a path: whole paths, one for each folder on the way, would be many times as much as the archive. */
  readonly name: string
  /** 0 for what is not there. */
  readonly id: number
  /** `implied`: nothing but a folder on the way to another entry. */
  kind: Kind | 'implied'
  /** Of a link. */
  readonly target?: string
}

/** What a line of the manifest has beside path and target, in bytes, at least. */
const LEAST_LINE = 50

/** Grows by one entry after another, in any order. The snapshot's manifest is in it from the start. */
export class Layout {
  readonly #root: Node = { parent: undefined, name: '', id: 1, kind: 'directory' }
  /** By the parent's id and the folded name. */
  readonly #nodes = new Map<string, Node>()
  readonly #links: Node[] = []
  #entries = 0
  /** Bytes of manifest that the entries come to, at least. */
  #listed = 0
  #partsOfLinks = 0
  /** The folder of the entry before: most have the same. */
  #last: { readonly path: string; readonly folder: Node } = { path: '', folder: this.#root }

  constructor() {
    this.#make(this.#root, MANIFEST_FILE, { kind: 'file' })
  }

  /** How many were added. */
  get entries(): number {
    return this.#entries
  }

  /** @returns why the entry cannot be there */
  add(path: string, kind: Kind): string | undefined {
    return pathProblem(path) ?? this.#add(path, { kind })
  }

  /** @returns why the link cannot be there; where it leads to is known only when all entries are: `strayLink` */
  addLink(path: string, target: string): string | undefined {
    this.#partsOfLinks += countParts(target)
    if (this.#partsOfLinks > MOST_PARTS_OF_LINKS) return 'There are too many links, or their targets are too long.'
    return pathProblem(path) ?? this.#add(path, { kind: 'link', target })
  }

  /** @returns the problem of the first link that leads out of the snapshot, directly or through others */
  strayLink(): string | undefined {
    const links = new Links<Node>({
      parentOf: (node) => node.parent,
      childOf: (node, name) => this.#child(node, name) ?? { parent: node, name, id: 0, kind: 'implied' },
      targetAt: (node) => node.target,
    })
    for (const link of this.#links) {
      const problem = links.problem(pathOf(link), link.parent ?? this.#root, link.target ?? '')
      if (problem !== undefined) return problem
    }
    return undefined
  }

  #add(path: string, what: Pick<Node, 'kind' | 'target'>): string | undefined {
    this.#entries += 1
    this.#listed += LEAST_LINE + path.length + (what.target?.length ?? 0)
    if (this.#nodes.size > MOST_ENTRIES) return `There are more than ${MOST_ENTRIES} files, folders and links.`
    if (this.#listed > LARGEST_MANIFEST) return 'There are more and longer paths than a manifest can list.'
    const end = path.lastIndexOf('/')
    const folder = this.#folderOf(path, end)
    return typeof folder === 'string' ? folder : this.#put(folder, path.slice(end + 1), what)
  }

  /** @returns the folder, or why there can be none */
  #folderOf(path: string, end: number): Node | string {
    if (end === -1) return this.#root
    const folderPath = path.slice(0, end)
    if (folderPath === this.#last.path) return this.#last.folder
    let folder = this.#root
    for (const name of folderPath.split('/')) {
      const next = this.#enter(folder, name, path)
      if (typeof next === 'string') return next
      folder = next
    }
    this.#last = { path: folderPath, folder }
    return folder
  }

  /** @returns the folder of that name, or why there can be none */
  #enter(parent: Node, name: string, path: string): Node | string {
    const there = this.#child(parent, name)
    if (there === undefined) return this.#make(parent, name, { kind: 'implied' })
    if (there.name !== name) return collision(parent, name, there)
    if (there.kind === 'directory' || there.kind === 'implied') return there
    return `${shown(pathOf(there))} is a ${there.kind}, and ${shown(path)} needs a folder there.`
  }

  #put(parent: Node, name: string, what: Pick<Node, 'kind' | 'target'>): string | undefined {
    const there = this.#child(parent, name)
    if (there === undefined) {
      const node = this.#make(parent, name, what)
      if (what.kind === 'link') this.#links.push(node)
      return undefined
    }
    if (there.name !== name) return collision(parent, name, there)
    if (there.kind !== 'implied') return `${shown(pathOf(there))} is there twice.`
    if (what.kind !== 'directory') return `${shown(pathOf(there))} is a ${what.kind} and a folder at once.`
    there.kind = 'directory'
    return undefined
  }

  #child(parent: Node, name: string): Node | undefined {
    return parent.id === 0 ? undefined : this.#nodes.get(keyOf(parent, name))
  }

  #make(parent: Node, name: string, what: Pick<Node, 'kind' | 'target'>): Node {
    const node = { parent, name, id: this.#nodes.size + 2, ...what }
    this.#nodes.set(keyOf(parent, name), node)
    return node
  }
}

function keyOf(parent: Node, name: string): string {
  return `${parent.id}/${fold(name)}`
}

function pathOf(node: Node): string {
  const names: string[] = []
  for (let at: Node | undefined = node; at?.parent !== undefined; at = at.parent) names.push(at.name)
  return names.toReversed().join('/')
}

function collision(parent: Node, name: string, there: Node): string {
  const folder = pathOf(parent)
  const path = folder === '' ? name : `${folder}/${name}`
  const ignored =
    withoutCase(name) === withoutCase(there.name)
      ? 'ignores case or Unicode normalization'
      : 'ignores dots and blanks at the end of a name, or characters that nobody sees'
  return `${shown(path)} and ${shown(pathOf(there))} are the same on a file system that ${ignored}.`
}
