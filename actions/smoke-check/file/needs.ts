/** Which checks come before which: what `needs` says, held against the captures that are used. */
import type { Check } from '../check.ts'
import { suggest } from './nearest.ts'
import { at } from './pointer.ts'
import type { Scope } from './variables.ts'

/** A check together with what is needed to tell of it. */
export interface Written {
  readonly check: Check
  readonly scope: Scope
  readonly pointer: string
}

/** @param names of all checks, those that have mistakes of their own included */
export function reportNeeds(written: readonly Written[], names: readonly string[]): void {
  const known = new Set(names)
  for (const { check, scope, pointer } of written) {
    for (const [index, need] of check.needs.entries()) {
      const place = at(pointer, 'needs', index)
      if (need === check.name) scope.report(place, 'The check needs itself.', 'Remove this.')
      else if (!known.has(need)) scope.report(place, 'There is no check of this name.', suggest(need, names))
    }
  }
}

/** Checks in the order of the file, except that each comes after those that it needs; a cycle is reported. */
export function inOrder(written: readonly Written[]): readonly Check[] {
  const byName = new Map(written.map((one) => [one.check.name, one]))
  const waiting = new Map(written.map((one) => [one, one.check.needs.filter((need) => byName.has(need)).length]))
  const dependents = Map.groupBy(
    written.flatMap((one) => one.check.needs.map((need) => ({ need, one }))),
    ({ need }) => need,
  )
  const ordered: Check[] = []
  const ready = written.filter((one) => waiting.get(one) === 0)
  for (const one of ready) {
    ordered.push(one.check)
    for (const { one: dependent } of dependents.get(one.check.name) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1
      waiting.set(dependent, left)
      if (left === 0) ready.push(dependent)
    }
  }
  const first = written.find((one) => (waiting.get(one) ?? 0) > 0)
  if (first !== undefined) reportCycle(first, byName, waiting)
  return ordered
}

function reportCycle(
  first: Written,
  byName: ReadonlyMap<string, Written>,
  waiting: ReadonlyMap<Written, number>,
): void {
  const path: Written[] = []
  let one: Written | undefined = first
  while (one !== undefined && !path.includes(one)) {
    path.push(one)
    one = one.check.needs
      .map((need) => byName.get(need))
      .find((needed) => needed !== undefined && (waiting.get(needed) ?? 0) > 0)
  }
  const cycle = one === undefined ? path : path.slice(path.indexOf(one))
  const [start] = cycle
  if (start === undefined || cycle.length === 1) return // one that needs itself, which is told already
  const names = [...cycle, start].map(({ check }) => check.name).join('" needs "')
  start.scope.report(
    at(start.pointer, 'needs'),
    `The checks need each other: "${names}".`,
    'Remove one of these needs.',
    'key',
  )
}

/** A capture has a value only in a check that needs the one which captures it, directly or through others. */
export function reportCaptures(written: readonly Written[]): void {
  const byName = new Map(written.map((one) => [one.check.name, one]))
  for (const one of written) {
    if (one.scope.used.size === 0) continue
    const before = allNeeds(one, byName)
    for (const [capture, place] of one.scope.used) {
      const owner = ownerOf(capture, one, written)
      if (owner !== undefined && !before.has(owner)) reportCapture(one, capture, place, owner)
    }
  }
}

function ownerOf(capture: string, one: Written, written: readonly Written[]): string | undefined {
  return written.find(
    ({ check, scope }) => scope.source === one.scope.source && check.capture.some(([name]) => name === capture),
  )?.check.name
}

function reportCapture({ check, scope }: Written, capture: string, place: string, owner: string): void {
  const where = place.startsWith('/defaults') ? `, which defaults give check "${check.name}",` : ''
  if (owner === check.name) {
    scope.report(
      place,
      `The capture \${${capture}}${where} is taken from the answer of this very check.`,
      'Use it in a later one.',
    )
  } else {
    const message = `The capture \${${capture}}${where} comes from check "${owner}", which need not have run before.`
    scope.report(place, message, `Add needs: [${JSON.stringify(owner)}].`)
  }
}

function allNeeds({ check }: Written, byName: ReadonlyMap<string, Written>): ReadonlySet<string> {
  const found = new Set(check.needs)
  for (const name of found) for (const need of byName.get(name)?.check.needs ?? []) found.add(need)
  return found
}
