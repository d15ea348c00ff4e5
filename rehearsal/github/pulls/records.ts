/** Pull requests and labels, as the embedded GitHub remembers them. */
import { type State, timestamp } from '../state.ts'

export interface PullRecord {
  /** Of the repository's pull requests and issues together; there are no issues here. */
  readonly number: number
  readonly title: string
  readonly body: string | null
  /** Branches of the own repository. */
  readonly base: string
  readonly head: string
  readonly draft: boolean
  /** Names, in the order in which they were put on. */
  readonly labels: readonly string[]
  /** Login; undefined: github-actions[bot]. */
  readonly author: string | undefined
  readonly createdAt: string
  readonly updatedAt: string
  /** undefined while it is open. */
  readonly closed: Closed | undefined
}

interface Closed {
  readonly at: string
  /** The branches' heads at that moment. */
  readonly baseSha: string
  readonly headSha: string
  /** undefined where it was closed without. */
  readonly merge: { readonly sha: string; readonly by: string | undefined } | undefined
}

export interface LabelRecord {
  readonly id: number
  readonly name: string
  /** Six hexadecimal digits. */
  readonly color: string
  /** GitHub has null for none, but describes lists of pull requests as if it had text. */
  readonly description: string
}

export interface Comment {
  readonly id: number
  /** Of the pull request. */
  readonly number: number
  readonly body: string
  readonly author: string | undefined
  readonly createdAt: string
}

export interface Pulls {
  /** Oldest first. */
  readonly all: PullRecord[]
  readonly labels: LabelRecord[]
  readonly comments: Comment[]
  /** "Allow GitHub Actions to create and approve pull requests", a setting of the repository. */
  allowActions: boolean
}

export interface NewPull {
  readonly title: string
  readonly body?: string | null | undefined
  readonly base: string
  readonly head: string
  readonly draft?: boolean | undefined
  readonly labels?: readonly string[] | undefined
  readonly number?: number | undefined
}

export function newPulls(): Pulls {
  return { all: [], labels: [], comments: [], allowActions: true }
}

/** After all that there are, those that are known by their refs alone included. */
export function nextNumber({ pulls, graph }: State): number {
  const known = pulls.all.map(({ number }) => number)
  let next = Math.max(0, ...known) + 1
  while (graph.ref(`pull/${next}/head`) !== undefined) next += 1
  return next
}

/** @param author login; undefined: github-actions[bot] */
export function addPull(state: State, pull: NewPull, author: string | undefined): PullRecord {
  const { title, body = null, base, head, draft = false, labels = [], number = nextNumber(state) } = pull
  const at = timestamp(state.clock.now())
  for (const label of labels) labelNamed(state, label)
  const record = { number, title, body, base, head, draft, labels, author, createdAt: at, updatedAt: at }
  const kept: PullRecord = { ...record, closed: undefined }
  state.pulls.all.push(kept)
  return kept
}

export function findPull({ pulls }: State, number: number): PullRecord | undefined {
  return pulls.all.find((pull) => pull.number === number)
}

export function changePull(state: State, pull: PullRecord, changes: Partial<PullRecord>): PullRecord {
  const changed = { ...pull, ...changes, updatedAt: timestamp(state.clock.now()) }
  const { all } = state.pulls
  all.splice(
    all.findIndex(({ number }) => number === pull.number),
    1,
    changed,
  )
  return changed
}

export function closePull(state: State, pull: PullRecord, merge?: NonNullable<Closed['merge']>): PullRecord {
  const at = timestamp(state.clock.now())
  return changePull(state, pull, { closed: { at, ...endsOf(state, pull), merge } })
}

interface Ends {
  readonly baseSha: string
  readonly headSha: string
}

/** The commits that it is about: the branches' heads, or what they were when it was closed. */
export function endsOf({ graph }: State, { closed, base, head }: PullRecord): Ends {
  if (closed) return closed
  return { baseSha: graph.ref(`heads/${base}`) ?? '', headSha: graph.ref(`heads/${head}`) ?? '' }
}

/** What the head has and the base has not, oldest first. */
export function commitsOf(state: State, pull: PullRecord): readonly string[] {
  const { baseSha, headSha } = endsOf(state, pull)
  const had = state.graph.history(baseSha)
  return [...state.graph.history(headSha)].filter((sha) => !had.has(sha) && state.graph.commit(sha) !== undefined)
}

/** Names of labels have no case. */
export function findLabel({ pulls }: State, name: string): LabelRecord | undefined {
  return pulls.labels.find((label) => label.name.toLowerCase() === name.toLowerCase())
}

/** The label, which is made where there is none. */
export function labelNamed(state: State, name: string, color = 'ededed'): LabelRecord {
  const known = findLabel(state, name)
  if (known) return known
  const label = { id: state.nextId(), name, color, description: '' }
  state.pulls.labels.push(label)
  return label
}
