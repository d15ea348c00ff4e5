/** Where a symbolic link of a snapshot leads to, followed as a kernel does it. */
import { shown, textProblem } from './path.ts'

/** As many as Linux follows for one path. */
const MOST_HOPS = 40

/** What links are followed through. What is not there counts as a folder: it may be one later. */
export interface Tree<Place> {
  /** undefined for the snapshot's own folder. */
  parentOf(place: Place): Place | undefined
  childOf(place: Place, name: string): Place
  /** The target, if it is a link. */
  targetAt(place: Place): string | undefined
}

/** Where one leads, and how many it took. */
type End<Place> = { readonly place: Place; readonly hops: number } | 'outside' | 'nowhere'

export class Links<Place> {
  readonly #asWritten: Follower<Place>
  /** A backslash separates on the system that it may be restored on. */
  readonly #onWindows: Follower<Place>

  constructor(tree: Tree<Place>) {
    this.#asWritten = new Follower(tree, (target) => target)
    this.#onWindows = new Follower(tree, (target) => target.replaceAll('\\', '/'))
  }

  /**
   * @param folder in which the link is
   * @returns why the link cannot be there, as a whole sentence
   */
  problem(path: string, folder: Place, target: string): string | undefined {
    const link = () => `The link ${shown(path)} to ${shown(target)}`
    const problem = textProblem(target)
    if (problem !== undefined) return `${link()} has a target that ${problem}.`
    if (/^[\\/]/.test(target)) return `${link()} is absolute.`
    const leads = this.#asWritten.follow(folder, target)
    if (leads === 'outside' || this.#onWindows.follow(folder, target) === 'outside') {
      return `${link()} leads out of the snapshot.`
    }
    return leads === 'nowhere' ? `${link()} leads through more than ${MOST_HOPS} links, or in a circle.` : undefined
  }
}

/**
 * @param linkAt the target of the link at a path, if there is one
 * @returns why the link cannot be there, as a whole sentence
 */
export function linkProblem(
  path: string,
  target: string,
  linkAt: (path: string) => string | undefined,
): string | undefined {
  const folderOf = (place: string) => place.slice(0, Math.max(place.lastIndexOf('/'), 0))
  const links = new Links<string>({
    parentOf: (place) => (place === '' ? undefined : folderOf(place)),
    childOf: (place, name) => (place === '' ? name : `${place}/${name}`),
    targetAt: linkAt,
  })
  return links.problem(path, folderOf(path), target)
}

class Follower<Place> {
  readonly #tree: Tree<Place>
  readonly #separated: (target: string) => string
  /** Each link is followed once: otherwise one that leads through forty others would follow them all again. */
  readonly #ends = new Map<Place, End<Place>>()

  /** @param separated the target with `/` between its names */
  constructor(tree: Tree<Place>, separated: (target: string) => string) {
    this.#tree = tree
    this.#separated = separated
  }

  follow(folder: Place, target: string, depth = 1): End<Place> {
    let place = folder
    let hops = 1 // to follow the link itself
    for (const name of this.#separated(target).split('/')) {
      const next = this.#step(place, name)
      if (next === undefined) return 'outside'
      const end = next === place ? undefined : this.#endOf(next, name, depth)
      if (typeof end === 'string') return end
      hops += end?.hops ?? 0
      if (hops > MOST_HOPS) return 'nowhere'
      place = end?.place ?? next
    }
    return { place, hops }
  }

  #step(place: Place, name: string): Place | undefined {
    if (name === '' || name === '.') return place
    return name === '..' ? this.#tree.parentOf(place) : this.#tree.childOf(place, name)
  }

  /** Where the link at that place leads; undefined where there is none. */
  #endOf(link: Place, name: string, depth: number): End<Place> | undefined {
    const target = name === '..' ? undefined : this.#tree.targetAt(link)
    if (target === undefined) return undefined
    if (this.#separated(target).startsWith('/')) return 'outside'
    if (depth === MOST_HOPS) return 'nowhere'
    const folder = this.#tree.parentOf(link)
    const end = this.#ends.get(link) ?? (folder === undefined ? 'outside' : this.follow(folder, target, depth + 1))
    this.#ends.set(link, end)
    return end
  }
}
