/** Git's own objects, named as Git names them: equal content has equal names. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
import { createHash } from 'node:crypto'
import type { CommitContent, Person } from './graph.ts'

export const MODES = ['100644', '100755', '040000', '160000', '120000'] as const
export type Mode = (typeof MODES)[number]

export interface TreeEntry {
  readonly mode: Mode
  /** 40 hexadecimal digits. */
  readonly sha: string
}

/** Entries by name or by path. */
export type Entries = ReadonlyMap<string, TreeEntry>

export class GitObjects {
  readonly #blobs = new Map<string, Buffer>()
  readonly #trees = new Map<string, Entries>()

  /** @returns its SHA */
  addBlob(content: Buffer): string {
    const sha = nameOf('blob', content)
    this.#blobs.set(sha, content)
    return sha
  }

  /** Makes a tree for each directory too. @param files by path; none of them is a directory @returns the SHA of the root */
  addTree(files: Entries): string {
    const entries = new Map([...files].filter(([path]) => !path.includes('/')))
    for (const [directory, inner] of directoriesOf(files)) {
      entries.set(directory, { mode: '040000', sha: this.addTree(inner) })
    }
    const sorted = [...entries].sort((one, other) => Buffer.compare(sortKey(one), sortKey(other)))
    const sha = nameOf('tree', Buffer.concat(sorted.map(entryBytes)))
    this.#trees.set(sha, new Map(sorted))
    return sha
  }

  blob(sha: string): Buffer | undefined {
    return this.#blobs.get(sha)
  }

  /** What is directly in it, by name. */
  tree(sha: string): Entries | undefined {
    return this.#trees.get(sha)
  }

  /** Everything below it by path, the directories before what is in them. */
  below(sha: string): Entries {
    const found = [...(this.#trees.get(sha) ?? [])].flatMap(([name, entry]): (readonly [string, TreeEntry])[] => {
      const inner = entry.mode === '040000' ? [...this.below(entry.sha)] : []
      return [[name, entry], ...inner.map(([path, below]) => [`${name}/${path}`, below] as const)]
    })
    return new Map(found)
  }
}

function directoriesOf(files: Entries): ReadonlyMap<string, Entries> {
  const found = new Map<string, Map<string, TreeEntry>>()
  for (const [path, entry] of files) {
    const end = path.indexOf('/')
    if (end < 0) continue
    const name = path.slice(0, end)
    const inner = found.get(name) ?? new Map<string, TreeEntry>()
    found.set(name, inner.set(path.slice(end + 1), entry))
  }
  return found
}

/** Git sorts a directory as if its name ended in a slash. */
function sortKey([name, { mode }]: readonly [string, TreeEntry]): Buffer {
  return Buffer.from(mode === '040000' ? `${name}/` : name)
}

function entryBytes([name, { mode, sha }]: readonly [string, TreeEntry]): Buffer {
  return Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(sha, 'hex')])
}

interface NewCommit extends CommitContent {
  readonly message: string
  readonly parents: readonly string[]
}

/** @returns its SHA */
export function commitName({ tree, parents, author, committer, message }: NewCommit): string {
  const head = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${signature(author)}`,
    `committer ${signature(committer)}`,
  ]
  return nameOf('commit', Buffer.from(`${head.join('\n')}\n\n${message}`))
}

function signature({ name, email, date }: Person): string {
  return `${name} <${email}> ${Date.parse(date) / 1000} +0000`
}

function nameOf(type: 'blob' | 'tree' | 'commit', content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
}
