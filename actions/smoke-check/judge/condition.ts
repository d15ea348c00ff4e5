/**
 * Conditions, the same for JSON, headers, cookies and text.
 *
 * All operators of a condition must hold. What is absent satisfies `exists: false` and nothing else, not even `not`.
 * Text (a header, a cookie, a body) counts as a number, boolean or null where it reads as one, so that
 * `content-length: { lt: 1000 }` compares numbers; in JSON a string is never a number. Lengths are in characters
 * (Unicode code points), elements or members.
 */
import type { Condition, Json, JsonType } from '../check.ts'
import { fillJson } from '../file/template.ts'
import { count, show } from './show.ts'

/** What a condition is about. */
export type Subject =
  | { readonly kind: 'absent' }
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'text'; readonly value: string }

/** An operator that does not hold. */
export interface Unmet {
  /** Completes "it must …". */
  readonly wanted: string
  /** Why it could not even be judged; what cannot be judged does not hold, and neither does its contrary. */
  readonly problem?: string
  /** What is not plain to see: that a number is text, or how long something is. */
  readonly note?: string
}

export interface Context {
  readonly captures: ReadonlyMap<string, string>
  readonly redact?: (text: string) => string
}

/** The operators that do not hold; none when the condition does. It can be as slow as the regular expressions in it. */
export function unmet(subject: Subject, condition: Condition, context: Context): readonly Unmet[] {
  return operators(condition, context).flatMap(({ wanted, holds, onAbsent, note }): readonly Unmet[] => {
    const answer = subject.kind === 'absent' ? (onAbsent ?? 'absent') : holds(subject)
    if (answer === true) return []
    if (answer !== false) return [{ wanted, problem: problems[answer] }]
    const noted = subject.kind === 'absent' ? undefined : note?.(subject)
    return [noted === undefined ? { wanted } : { wanted, note: noted }]
  })
}

/** `equal "ok" and be of type string`; completes "it must …". */
export function describe(condition: Condition, context: Context): string {
  return operators(condition, context)
    .map(({ wanted }) => wanted)
    .join(' and ')
}

/** Whether anything in it may take long. */
export function hasPattern(condition: Condition): boolean {
  const { not, length, matches } = condition
  if (matches !== undefined) return true
  if (not !== undefined && 'condition' in not && hasPattern(not.condition)) return true
  return typeof length === 'object' && hasPattern(length)
}

const problems = {
  absent: 'there is nothing to judge',
  pattern: 'the regular expression is not valid',
} as const

type Present = Exclude<Subject, { readonly kind: 'absent' }>
type Answer = boolean | keyof typeof problems

interface Operator {
  readonly wanted: string
  readonly holds: (subject: Present) => Answer
  readonly onAbsent?: Answer
  readonly note?: (subject: Present) => string | undefined
}

function operators(condition: Condition, context: Context): readonly Operator[] {
  return [
    ...comparisons(condition, context),
    ...contents(condition, context),
    ...shapes(condition, context),
    ...orders(condition),
  ]
}

function comparisons({ equals, not, oneOf }: Condition, context: Context): readonly Operator[] {
  const found: Operator[] = []
  if (equals !== undefined) {
    const value = fillJson(equals, context.captures)
    found.push({ wanted: `equal ${show(value, context.redact)}`, holds: (subject) => isEqual(subject, value) })
  }
  if (oneOf !== undefined) {
    const values = oneOf.map((template) => fillJson(template, context.captures))
    found.push({
      wanted: `be one of ${values.map((value) => show(value, context.redact)).join(', ')}`,
      holds: (subject) => values.some((value) => isEqual(subject, value)),
    })
  }
  if (not !== undefined)
    found.push('value' in not ? notValue(not.value, context) : notCondition(not.condition, context))
  return found
}

function notValue(template: Parameters<typeof fillJson>[0], context: Context): Operator {
  const value = fillJson(template, context.captures)
  return { wanted: `not equal ${show(value, context.redact)}`, holds: (subject) => !isEqual(subject, value) }
}

function notCondition(condition: Condition, context: Context): Operator {
  const holds = (subject: Subject): Answer => {
    const inner = unmet(subject, condition, context)
    if (inner.some(({ problem }) => problem === undefined)) return true
    if (inner.length === 0) return false
    return inner.some(({ problem }) => problem === problems.pattern) ? 'pattern' : 'absent'
  }
  return { wanted: `not ${describe(condition, context)}`, holds, onAbsent: holds({ kind: 'absent' }) }
}

function contents({ matches, contains, notContains }: Condition, context: Context): readonly Operator[] {
  const found: Operator[] = []
  if (matches !== undefined) {
    found.push({ wanted: `match /${matches}/`, holds: (subject) => isMatch(subject, matches) })
  }
  if (contains !== undefined) {
    const part = fillJson(contains, context.captures)
    found.push({ wanted: `contain ${show(part, context.redact)}`, holds: (subject) => hasPart(subject, part) })
  }
  if (notContains !== undefined) {
    const part = fillJson(notContains, context.captures)
    found.push({ wanted: `not contain ${show(part, context.redact)}`, holds: (subject) => !hasPart(subject, part) })
  }
  return found
}

function shapes({ exists, type, length }: Condition, context: Context): readonly Operator[] {
  const found: Operator[] = []
  if (exists !== undefined) {
    found.push({ wanted: exists ? 'exist' : 'be absent', holds: () => exists, onAbsent: !exists })
  }
  if (type !== undefined) found.push({ wanted: `be of type ${type}`, holds: (subject) => hasType(subject, type) })
  if (length !== undefined) {
    const condition = typeof length === 'number' ? { equals: length } : length
    found.push({
      wanted: `${describe(condition, context)} in length`,
      holds: (subject) => {
        const value = lengthOf(subject)
        return value !== undefined && unmet({ kind: 'json', value }, condition, context).length === 0
      },
      note: describeLength,
    })
  }
  return found
}

function orders({ lt, lte, gt, gte }: Condition): readonly Operator[] {
  const compare = (wanted: string, holds: (value: number) => boolean): Operator => ({
    wanted,
    holds: (subject) => {
      const value = numberOf(subject)
      return value !== undefined && holds(value)
    },
    note: (subject) => (numberOf(subject) === undefined ? `it is ${kindOf(subject)}, not a number` : undefined),
  })
  return [
    ...(lt === undefined ? [] : [compare(`be less than ${lt}`, (value) => value < lt)]),
    ...(lte === undefined ? [] : [compare(`be at most ${lte}`, (value) => value <= lte)]),
    ...(gt === undefined ? [] : [compare(`be greater than ${gt}`, (value) => value > gt)]),
    ...(gte === undefined ? [] : [compare(`be at least ${gte}`, (value) => value >= gte)]),
  ]
}

function isEqual(subject: Present, wanted: Json): boolean {
  if (subject.kind === 'json') return equalJson(subject.value, wanted)
  if (typeof wanted === 'number') return numberOf(subject) === wanted
  if (typeof wanted === 'object' && wanted !== null) return false
  return subject.value === String(wanted)
}

function equalJson(one: Json, other: Json): boolean {
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false
    return one.every((element: Json, index) => equalJson(element, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return one === other
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => {
    const [left, right] = [member(one, key), member(other, key)]
    return left !== undefined && right !== undefined && equalJson(left, right)
  })
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function member(object: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function isMatch(subject: Present, pattern: string): Answer {
  const text = scalarText(subject)
  try {
    const expression = new RegExp(pattern, 'u')
    return text !== undefined && expression.test(text)
  } catch (error) {
    if (error instanceof SyntaxError) return 'pattern'
    throw error
  }
}

function scalarText({ value }: Present): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

function hasPart({ value }: Present, part: Json): boolean {
  if (Array.isArray(value)) return value.some((element: Json) => equalJson(element, part))
  if (typeof value !== 'string' || (typeof part === 'object' && part !== null)) return false
  return value.includes(String(part))
}

function hasType(subject: Present, type: JsonType): boolean {
  if (subject.kind === 'json') return typesOf(subject.value).includes(type)
  const { value } = subject
  if (type === 'number') return numberOf(subject) !== undefined
  if (type === 'integer') return Number.isInteger(numberOf(subject))
  if (type === 'boolean') return value === 'true' || value === 'false'
  return type === 'string' || (type === 'null' && value === 'null')
}

function typesOf(value: Json): readonly JsonType[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  if (typeof value === 'number') return Number.isInteger(value) ? ['number', 'integer'] : ['number']
  if (typeof value === 'boolean') return ['boolean']
  return typeof value === 'string' ? ['string'] : ['object']
}

function lengthOf({ value }: Present): number | undefined {
  if (typeof value === 'string') return [...value].length
  if (Array.isArray(value)) return value.length
  return isObject(value) ? Object.keys(value).length : undefined
}

function describeLength({ value }: Present): string {
  if (typeof value === 'string') return `it has ${count([...value].length, 'character')}`
  if (Array.isArray(value)) return `it has ${count(value.length, 'element')}`
  return isObject(value) ? `it has ${count(Object.keys(value).length, 'member')}` : 'it has no length'
}

function kindOf({ value }: Present): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return 'text'
  return Array.isArray(value) ? 'an array' : 'an object'
}

function numberOf(subject: Present): number | undefined {
  if (subject.kind === 'json') return typeof subject.value === 'number' ? subject.value : undefined
  const text = subject.value.trim()
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}
