/** Request bodies, and what GitHub says of one that it cannot read. */
import * as v from 'valibot'
import { type Answer, failure } from './answers.ts'
import type { Call } from './state.ts'

export type Body<T> = { readonly read: true; readonly value: T } | { readonly read: false; readonly answer: Answer }

export function readBody<S extends v.GenericSchema>(call: Call, schema: S): Body<v.InferOutput<S>> {
  const json = parseJson(call.text)
  if (json === undefined) return { read: false, answer: failure(400, 'Problems parsing JSON', call.docs) }
  const parsed = v.safeParse(schema, json, { abortEarly: true })
  if (parsed.success) return { read: true, value: parsed.output }
  return { read: false, answer: failure(422, `Invalid request.\n\n${complaint(parsed.issues[0])}`, call.docs) }
}

/** undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** GitHub's server is written in Ruby and says nil for null. */
function complaint(issue: v.BaseIssue<unknown>): string {
  const key = String(issue.path?.[0]?.key ?? '')
  if (issue.received === 'undefined') return `"${key}" wasn't supplied.`
  if (issue.type === 'picklist') return `${issue.input} is not a member of ${members(issue.expected)}.`
  const value = issue.input === null ? 'nil' : JSON.stringify(issue.input)
  if (issue.type === 'regex') return `For 'properties/${key}', ${value} does not match ${issue.expected}.`
  return `For 'properties/${key}', ${value} is not ${TYPES[issue.type] ?? `a ${issue.type}`}.`
}

const TYPES: Readonly<Record<string, string>> = { array: 'an array', object: 'an object', union: 'an object' }

/** Valibot names the options as `("error" | "failure")`. */
function members(expected: string | null): string {
  return `[${(expected ?? '').replace(/^\(|\)$/g, '').replaceAll(' | ', ', ')}]`
}
