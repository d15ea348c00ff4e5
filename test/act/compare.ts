/** Lays two accounts side by side. */
import type { Account, JobAccount, StepAccount } from './account.ts'

export interface Comparison {
  /** One line for each thing that was compared, equal or not. */
  readonly lines: readonly string[]
  readonly steps: number
  readonly writes: number
  readonly differences: number
}

export function compare(rehearsed: Account, acted: Account): Comparison {
  const jobs = pairs(rehearsed.jobs, acted.jobs, ({ id }) => id).map(([ours, acts]) => compareJob(ours, acts))
  const writes = compareLists(rehearsed.writes, acted.writes)
  const ends = compareLists(rehearsed.ends, acted.ends)
  const lines = [
    ...jobs.flatMap(({ lines: own }) => own),
    ...[`writes (${writes.length})`, ...writes.flatMap(render)],
    ...[`what is left at GitHub and Cloudflare (${ends.length})`, ...ends.flatMap(render)],
  ]
  return {
    lines,
    steps: jobs.reduce((sum, { steps }) => sum + steps, 0),
    writes: writes.length,
    differences: [...jobs.flatMap(({ rows }) => rows), ...writes, ...ends].filter(isDifferent).length,
  }
}

/** One thing in both accounts; undefined where one of them has none. */
type Row = readonly [rehearsed: string | undefined, acted: string | undefined]

function compareJob(ours: JobAccount | undefined, acts: JobAccount | undefined) {
  const result: Row = [ours?.result, acts?.result]
  const steps = compareLists((ours?.steps ?? []).map(describeStep), (acts?.steps ?? []).map(describeStep))
  const id = ours?.id ?? acts?.id
  return { steps: steps.length, rows: [result, ...steps], lines: [`job ${id}`, ...[result, ...steps].flatMap(render)] }
}

function describeStep({ stage, name, outcome, conclusion }: StepAccount): string {
  const ending = outcome === conclusion ? outcome : `${outcome}, continued as ${conclusion}`
  return `${stage.padEnd(4)} ${name}: ${ending}`
}

function pairs<T>(ours: readonly T[], acts: readonly T[], key: (item: T) => string) {
  const keys = [...new Set([...ours, ...acts].map(key))]
  const find = (list: readonly T[], wanted: string) => list.find((item) => key(item) === wanted)
  return keys.map((wanted) => [find(ours, wanted), find(acts, wanted)] as const)
}

/** Position by position: order matters. */
function compareLists(ours: readonly string[], acts: readonly string[]): readonly Row[] {
  return Array.from({ length: Math.max(ours.length, acts.length) }, (_, index) => [ours[index], acts[index]] as const)
}

function isDifferent([rehearsed, acted]: Row): boolean {
  return rehearsed !== acted
}

/** What differs is shown whole. */
const WIDTH = 110

function render(row: Row): readonly string[] {
  if (!isDifferent(row)) return [`  = ${shorten(row[0] ?? '')}`]
  const [rehearsed = '(nothing)', acted = '(nothing)'] = row
  return [`  ≠ rehearsal: ${rehearsed}`, `    act:       ${acted}`]
}

function shorten(text: string): string {
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH)}…`
}
