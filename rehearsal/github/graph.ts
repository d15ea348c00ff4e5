/** Commits, refs and checks: what the far side knows about the repository's history. */
import { createHash } from 'node:crypto'

export interface Commit {
  /** 40 hexadecimal digits. */
  readonly sha: string
  readonly message: string
  /** Full SHAs, the first parent first; one that was never added ends the history there, as in a shallow clone. */
  readonly parents: readonly string[]
  /** ISO 8601, UTC, whole seconds. */
  readonly date: string
  /** Of one that was written through the API. */
  readonly content?: CommitContent
}

export interface CommitContent {
  /** 40 hexadecimal digits. */
  readonly tree: string
  readonly author: Person
  readonly committer: Person
}

export interface Person {
  readonly name: string
  readonly email: string
  /** ISO 8601, UTC, whole seconds. */
  readonly date: string
}

/** A commit status or a check run, by the name that `required_contexts` knows it under. */
export interface Check {
  readonly context: string
  readonly state: 'success' | 'pending' | 'failure' | 'error' | 'cancelled' | 'skipped' | 'neutral' | 'timed_out'
}

export interface Resolved {
  readonly sha: string
  /** `main` for a branch, undefined for a tag, another ref or a SHA. */
  readonly branch?: string
}

export class CommitGraph {
  readonly #commits = new Map<string, Commit>()
  readonly #refs = new Map<string, string>()
  readonly #tagObjects = new Map<string, string>()
  readonly #checks = new Map<string, Map<string, Check>>()
  readonly #conflicts = new Set<string>()

  /** Called for each ref that has moved, with its name without `refs/`. */
  onRef: (name: string, sha: string) => void = () => {}

  add(commit: Commit): void {
    if (!/^[0-9a-f]{40}$/.test(commit.sha)) {
      throw new Error(`"${commit.sha}" is not a commit SHA. Give all 40 lower-case hexadecimal digits.`)
    }
    this.#commits.set(commit.sha, commit)
  }

  /** @param name `heads/main`, `tags/v1`, `pull/7/merge`; a leading `refs/` is dropped */
  setRef(name: string, sha: string): void {
    if (!this.#commits.has(sha)) throw new Error(`No commit ${sha} for the ref "${name}". Add the commit first.`)
    const bare = name.replace(/^refs\//, '')
    const moved = this.#refs.get(bare) !== sha
    this.#refs.set(bare, sha)
    if (moved) this.onRef(bare, sha)
    this.#tagObjects.delete(bare)
  }

  /** An annotated tag: its ref is at an object of its own, which is at the commit. */
  setTag(tag: string, sha: string): void {
    this.setRef(`tags/${tag}`, sha)
    this.#tagObjects.set(`tags/${tag}`, createHash('sha1').update(`tag ${tag} at ${sha}`).digest('hex'))
  }

  /** The SHA of the tag's own object; undefined for a ref that is at a commit. @param name without `refs/` */
  tagObject(name: string): string | undefined {
    return this.#tagObjects.get(name)
  }

  /** A later report of the same context replaces the earlier one. */
  addCheck(sha: string, check: Check): void {
    const known = this.#checks.get(sha) ?? new Map<string, Check>()
    this.#checks.set(sha, known.set(check.context, check))
  }

  /** From now on the default branch does not merge into this branch cleanly. */
  addConflict(branch: string): void {
    this.#conflicts.add(branch)
  }

  checks(sha: string): readonly Check[] {
    return [...(this.#checks.get(sha)?.values() ?? [])]
  }

  conflicts(branch: string): boolean {
    return this.#conflicts.has(branch)
  }

  /** Every one that was added, in that order. */
  commits(): readonly Commit[] {
    return [...this.#commits.values()]
  }

  commit(sha: string): Commit | undefined {
    return this.#commits.get(sha)
  }

  /** @param name without `refs/` */
  ref(name: string): string | undefined {
    return this.#refs.get(name)
  }

  /** A branch, a tag, a qualified ref, a SHA or the unique beginning of one (4 digits or more). */
  resolve(ref: string): Resolved | undefined {
    const bare = ref.replace(/^refs\//, '')
    const name = [`heads/${ref}`, `tags/${ref}`, bare].find((candidate) => this.#refs.has(candidate))
    const sha = name === undefined ? this.#unabbreviate(ref) : this.#refs.get(name)
    if (sha === undefined) return undefined
    return name?.startsWith('heads/') ? { sha, branch: name.slice('heads/'.length) } : { sha }
  }

  /** The commit and all its ancestors, parents before children. */
  history(sha: string): ReadonlySet<string> {
    const entered = new Set<string>()
    const done = new Set<string>()
    const stack = [sha]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (entered.has(top)) {
        done.add(top)
        stack.pop()
      } else {
        entered.add(top)
        stack.push(...this.#knownParents(top).filter((parent) => !entered.has(parent)))
      }
    }
    return done
  }

  /** The best common ancestor: a common one that no other common one descends from. */
  mergeBase(base: string, head: string): string | undefined {
    const ofHead = this.history(head)
    const common = [...this.history(base)].filter((sha) => ofHead.has(sha))
    const inner = new Set(common.flatMap((sha) => this.#knownParents(sha)))
    return common.findLast((sha) => !inner.has(sha))
  }

  /** Moves the branch to a merge of its head and the other commit. */
  merge(branch: string, other: { readonly branch: string; readonly sha: string }, date: string): void {
    const message = `Merge branch '${other.branch}' into ${branch}`
    const parents = [this.#refs.get(`heads/${branch}`) ?? '', other.sha]
    const sha = createHash('sha1').update(JSON.stringify({ message, parents, date })).digest('hex')
    this.add({ sha, message, parents, date })
    this.setRef(`heads/${branch}`, sha)
  }

  #knownParents(sha: string): readonly string[] {
    return (this.#commits.get(sha)?.parents ?? []).filter((parent) => this.#commits.has(parent))
  }

  #unabbreviate(text: string): string | undefined {
    if (!/^[0-9a-f]{4,40}$/i.test(text)) return undefined
    const found = [...this.#commits.keys()].filter((sha) => sha.startsWith(text.toLowerCase()))
    return found.length === 1 ? found[0] : undefined
  }
}
