/** Git's own objects, named as Git names them: equal content has equal names. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
import { createHash } from 'node:crypto'
import type { CommitContent, Person } from './graph.ts'
import type { ObjectType, Origin } from './origin.ts'

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
  #origin: Origin | undefined

  /** From now on what is written is there too, and what it has can be read. */
  attach(origin: Origin): void {
    this.#origin = origin
  }

  /** @returns its SHA */
  addBlob(content: Buffer): string {
    const sha = nameOf('blob', content)
    if (!this.#blobs.has(sha)) this.#origin?.write('blob', content)
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
    const bytes = Buffer.concat(sorted.map(entryBytes))
    const sha = nameOf('tree', bytes)
    if (!this.#trees.has(sha)) this.#origin?.write('tree', bytes)
    this.#trees.set(sha, new Map(sorted))
    return sha
  }

  /** @returns its SHA */
  addCommit(commit: NewCommit): string {
    const bytes = commitBytes(commit)
    this.#origin?.write('commit', bytes)
    return nameOf('commit', bytes)
  }

  blob(sha: string): Buffer | undefined {
    return this.#blobs.get(sha) ?? this.#fetch('blob', sha)
  }

  /** What is directly in it, by name. */
  tree(sha: string): Entries | undefined {
    const known = this.#trees.get(sha)
    const content = known ? undefined : this.#fetch('tree', sha)
    if (content === undefined) return known
    const entries = readEntries(content)
    this.#trees.set(sha, entries)
    return entries
  }

  #fetch(type: ObjectType, sha: string): Buffer | undefined {
    if (!/^[0-9a-f]{40}$/.test(sha)) return undefined
    const found = this.#origin?.read(sha)
    return found?.type === type ? found.content : undefined
  }

  /** Everything below it by path, the directories before what is in them. */
  below(sha: string): Entries {
    const found = [...(this.tree(sha) ?? [])].flatMap(([name, entry]): (readonly [string, TreeEntry])[] => {
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

/** Mode, space, name, zero byte and the 20 bytes of the SHA, one after the other. */
function readEntries(content: Buffer): Entries {
  const entries = new Map<string, TreeEntry>()
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at)
    const [, digits = '', name = ''] = /^(\d+) (.*)$/s.exec(content.subarray(at, end).toString()) ?? []
    const mode = MODES.find((candidate) => candidate === digits.padStart(6, '0'))
    if (mode !== undefined) entries.set(name, { mode, sha: content.subarray(end + 1, end + 21).toString('hex') })
    at = end + 21
  }
  return entries
}

function commitBytes({ tree, parents, author, committer, message }: NewCommit): Buffer {
  const head = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${signature(author)}`,
    `committer ${signature(committer)}`,
  ]
  return Buffer.from(`${head.join('\n')}\n\n${message}`)
}

function signature({ name, email, date }: Person): string {
  return `${name} <${email}> ${Date.parse(date) / 1000} +0000`
}

function nameOf(type: 'blob' | 'tree' | 'commit', content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
}
