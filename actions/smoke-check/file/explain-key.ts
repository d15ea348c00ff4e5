/** What was meant by a key that checks.schema.json does not know. */
import type { AnySchemaObject } from 'ajv'
import schema from '../checks.schema.json' with { type: 'json' }
import type { Tell } from './explain.ts'
import { nearest, suggest } from './nearest.ts'
import { at, shorten } from './pointer.ts'
import { isMapping } from './problems.ts'

/** Words of other tools and languages. */
const SYNONYMS: Readonly<Record<string, string>> = {
  '==': 'equals',
  eq: 'equals',
  is: 'equals',
  '!=': 'not',
  ne: 'not',
  'not-equals': 'not',
  regex: 'matches',
  regexp: 'matches',
  pattern: 'matches',
  includes: 'contains',
  in: 'one-of',
  'any-of': 'one-of',
  '<': 'lt',
  '<=': 'lte',
  le: 'lte',
  max: 'lte',
  '>': 'gt',
  '>=': 'gte',
  ge: 'gte',
  min: 'gte',
  present: 'exists',
  size: 'length',
  uri: 'url',
  href: 'url',
  path: 'url',
  endpoint: 'url',
  title: 'name',
  verb: 'method',
  data: 'request-body',
  payload: 'request-body',
  form: 'request-body',
  ssl: 'tls',
  certificate: 'tls',
  extract: 'capture',
  save: 'capture',
  'depends-on': 'needs',
  requires: 'needs',
  'follow-redirects': 'redirects',
}

interface Place {
  /** Schema of the mapping that the key stands in. */
  readonly node: AnySchemaObject
  readonly owner: unknown
}

export function explainUnknown(pointer: string, key: string, { node, owner }: Place, tell: Tell): void {
  const known = Object.keys(node['properties'] ?? {})
  const meant = synonym(key, known) ?? nearest(key, known)
  const hint =
    displaced(key, known, owner) ??
    sent(pointer, key) ??
    (meant === undefined ? (belongsTo(key) ?? suggest(key, known)) : `Did you mean "${meant}"?`)
  tell(at(pointer, key), `The key "${shorten(key)}" is not known here.`, hint, 'key')
}

/** It stands below a key without a value, as far to the left as that one. */
function displaced(key: string, known: readonly string[], owner: unknown): string | undefined {
  if (!isMapping(owner)) return undefined
  const keys = Object.keys(owner)
  const above = keys.slice(0, keys.indexOf(key)).findLast((one) => known.includes(one))
  if (above === undefined || owner[above] !== null) return undefined
  return `Indent it, so that it belongs to "${above}".`
}

function synonym(key: string, known: readonly string[]): string | undefined {
  const word = key.toLowerCase().replaceAll('_', '-')
  const meant = Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : undefined
  return meant !== undefined && known.includes(meant) ? meant : undefined
}

function sent(pointer: string, key: string): string | undefined {
  if (!pointer.endsWith('/body') || !['json', 'form', 'text', 'data'].includes(key)) return undefined
  return 'What is sent stands under request-body; body is what the answer must be.'
}

/** A key that is right in another place. */
function belongsTo(key: string): string | undefined {
  const { check, defaults, condition, body, latency, cors } = schema.definitions
  const places = { 'a check': check, defaults, latency, body, cors, 'json, headers, cookies or body': condition }
  for (const [place, { properties }] of Object.entries(places)) {
    const found = nearest(key, Object.keys(properties))
    if (found !== undefined) return `The key "${found}" belongs under ${place}.`
  }
  return undefined
}
