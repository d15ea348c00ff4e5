/** Conditions as written to conditions as judged. */
import type { Condition, Json } from '../check.ts'
import { at } from './pointer.ts'
import { isMapping } from './problems.ts'
import type { RawCondition } from './raw.ts'
import { readPattern } from './terms.ts'
import type { Scope } from './variables.ts'

export function readCondition(scope: Scope, pointer: string, raw: RawCondition): Condition {
  reportImpossible(scope, pointer, raw)
  const { equals, not, matches, contains, exists, type, length } = raw
  const notContains = raw['not-contains']
  const oneOf = raw['one-of']
  const value = (json: Json, ...keys: readonly (string | number)[]) =>
    scope.fillJson(at(pointer, ...keys), json, 'secret')
  return {
    ...(equals !== undefined && { equals: value(equals, 'equals') }),
    ...(not !== undefined && { not: readNot(scope, at(pointer, 'not'), not) }),
    ...(matches !== undefined && { matches: readPattern(scope, at(pointer, 'matches'), matches) }),
    ...(contains !== undefined && { contains: value(contains, 'contains') }),
    ...(notContains !== undefined && { notContains: value(notContains, 'not-contains') }),
    ...(exists !== undefined && { exists }),
    ...(type !== undefined && { type }),
    ...(length !== undefined && { length: readLength(scope, at(pointer, 'length'), length) }),
    ...pick(raw, ['lt', 'lte', 'gt', 'gte']),
    ...(oneOf !== undefined && { oneOf: oneOf.map((one, index) => value(one, 'one-of', index)) }),
  }
}

function readNot(scope: Scope, pointer: string, not: Json | RawCondition): NonNullable<Condition['not']> {
  if (isCondition(not)) return { condition: readCondition(scope, pointer, not) }
  return { value: scope.fillJson(pointer, not, 'secret') }
}

/** The schema lets no other mapping through. */
function isCondition(not: Json | RawCondition): not is RawCondition {
  return isMapping(not)
}

function readLength(scope: Scope, pointer: string, length: number | RawCondition): number | Condition {
  return typeof length === 'number' ? length : readCondition(scope, pointer, length)
}

function pick<K extends keyof RawCondition>(raw: RawCondition, keys: readonly K[]): { [key in K]?: number } {
  const result: { [key in K]?: number } = {}
  for (const key of keys) {
    const value = raw[key]
    if (typeof value === 'number') result[key] = value
  }
  return result
}

const NEEDED_TYPES: Readonly<Record<string, readonly string[]>> = {
  matches: ['string'],
  length: ['string', 'array', 'object'],
  contains: ['string', 'array'],
  'not-contains': ['string', 'array'],
  lt: ['number', 'integer'],
  lte: ['number', 'integer'],
  gt: ['number', 'integer'],
  gte: ['number', 'integer'],
}

function reportImpossible(scope: Scope, pointer: string, raw: RawCondition): void {
  const keys = Object.keys(raw).filter((key) => key !== 'max-size')
  if (raw.exists === false && keys.length > 1) {
    scope.report(at(pointer, 'exists'), 'What does not exist meets no other condition.', 'Leave out one or the other.')
  }
  for (const key of keys) {
    const types = NEEDED_TYPES[key]
    if (raw.type === undefined || types === undefined || types.includes(raw.type)) continue
    scope.report(at(pointer, key), `A value of type ${raw.type} never meets it.`, `It is for ${types.join(', ')}.`)
  }
  const least = Math.max(raw.gt ?? -Infinity, raw.gte ?? -Infinity)
  const most = Math.min(raw.lt ?? Infinity, raw.lte ?? Infinity)
  const open = least === raw.gt || most === raw.lt
  if (least > most || (least === most && open && Number.isFinite(least))) {
    scope.report(pointer, `No number is above ${least} and below ${most}.`, 'Check gt, gte, lt and lte.')
  }
}
