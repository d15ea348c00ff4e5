/** What a git repository holds, as the embedded GitHub is told of it. */
import type { Git } from './git.ts'

export interface Commit {
  readonly sha: string
  /** Whole, with body and footers. */
  readonly message: string
  readonly parents: readonly string[]
  readonly tree: string
  readonly author: Person
  readonly committer: Person
}

interface Person {
  readonly name: string
  readonly email: string
  /** ISO 8601. */
  readonly date: string
}

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B']

/** Oldest first, parents before children. @param range default: all */
export async function readCommits(git: Git, range: readonly string[] = ['--all']): Promise<readonly Commit[]> {
  const log = await git('log', '-z', '--topo-order', '--reverse', `--format=${FIELDS.join('%x01')}`, ...range)
  return log.split('\0').flatMap((record) => (record === '' ? [] : commitOf(record.split('\u0001'))))
}

function commitOf(fields: readonly string[]): Commit {
  const [sha = '', tree = '', parents = '', ...rest] = fields
  const [name = '', email = '', date = '', committer = '', committerEmail = '', committed = '', message = ''] = rest
  return {
    sha,
    tree,
    message: message.trimEnd(),
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name, email, date },
    committer: { name: committer, email: committerEmail, date: committed },
  }
}

/** The SHA of each commit that a ref leads to, by the ref without `refs/`. */
export async function readRefs(git: Git): Promise<Readonly<Record<string, string>>> {
  const refs = await git('for-each-ref', '--format=%(refname)%09%(objectname)%09%(*objectname)')
  return Object.fromEntries(
    refs.split('\n').map((line) => {
      const [name = '', sha = '', peeled = ''] = line.split('\t')
      return [name.replace('refs/', ''), peeled || sha]
    }),
  )
}
