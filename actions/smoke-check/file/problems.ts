/** Mistakes in checks: collected, so that all of them are told at once. */
import { ActionError } from '../../../src/errors.ts'
import type { Json } from '../check.ts'
import { dotted, segmentsOf, shorten } from './pointer.ts'

const SHOWN = 10

/** Where checks are written: a file, an input, or the defaults of this action. */
export interface Source {
  /** As `smoke-checks.yml`, `Input urls`. */
  readonly name: string
  readonly value: Json
  /** As `smoke-checks.yml:12:7`, or less where nothing is known; the nearest key above stands in for a missing one. */
  place(pointer: string, part: 'key' | 'value'): string
  /** As `smoke-checks.yml:12`. */
  origin(pointer: string): string
  /** What to do about the key of that pointer, behind which nothing stands. */
  emptyHint(pointer: string): string
}

export interface Problem {
  readonly source: string
  /** As `smoke-checks.yml:12:7`. */
  readonly place: string
  /** The key, as `latency.p95 of check "api"`; empty where there is none. */
  readonly key: string
  readonly message: string
  readonly hint: string
}

export class Problems {
  readonly #problems = new Map<string, Problem>()
  readonly #deferred: (() => Promise<void>)[] = []

  get count(): number {
    return this.#problems.size
  }

  /** The same mistake in the same place is one, however often an alias repeats it. */
  add(problem: Problem): void {
    const identity = `${problem.place} ${problem.message}`
    if (!this.#problems.has(identity)) this.#problems.set(identity, problem)
  }

  addAt(source: Source, pointer: string, message: string, hint = '', part: 'key' | 'value' = 'value'): void {
    const place = source.place(pointer, part)
    this.add({ source: source.name, place, key: keyText(source, pointer), message, hint })
  }

  /** Work that looks for more of them once everything is read. */
  defer(work: () => Promise<void>): void {
    this.#deferred.push(work)
  }

  async settle(): Promise<void> {
    for (const work of this.#deferred.splice(0)) await work()
  }

  throwIfAny(): void {
    const problems = [...this.#problems.values()].sort((one, other) => comparePlaces(one.place, other.place))
    const [first] = problems
    if (first === undefined) return
    if (problems.length === 1) throw new ActionError(`${placeAndKey(first)}: ${first.message}`, { hint: first.hint })
    const sources = new Set(problems.map(({ source }) => source))
    const whose = sources.size === 1 ? `${first.source} has` : 'The checks have'
    const lines = problems.slice(0, SHOWN).map((one) => `${placeAndKey(one)}: ${one.message} ${one.hint}`.trimEnd())
    const more = problems.length > SHOWN ? [`… and ${problems.length - SHOWN} more.`] : []
    throw new ActionError([`${whose} ${problems.length} mistakes.`, ...lines, ...more].join('\n'))
  }
}

/** By file, line and column, as they are met when reading. */
function comparePlaces(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}

function placeAndKey({ place, key }: Problem): string {
  return key === '' ? place : `${place}, ${key}`
}

function keyText(source: Source, pointer: string): string {
  const [top, index, ...rest] = segmentsOf(pointer)
  if (top === undefined) return ''
  if (top !== 'checks' || index === undefined) return dotted(segmentsOf(pointer))
  const check = checkText(source, Number(index))
  return rest.length === 0 ? check : `${dotted(rest)} of ${check}`
}

function checkText({ value }: Source, index: number): string {
  const checks = isMapping(value) ? value['checks'] : undefined
  const check = Array.isArray(checks) ? checks[index] : undefined
  const name = isMapping(check) ? check['name'] : undefined
  return typeof name === 'string' && name !== '' ? `check ${JSON.stringify(shorten(name))}` : `checks[${index}]`
}

export function isMapping(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
