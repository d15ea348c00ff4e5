/** Turns what the validator of JSON Schema finds into sentences for the person who wrote the file. */
import type { Ajv, AnySchemaObject, ErrorObject } from 'ajv'
import schema from '../checks.schema.json' with { type: 'json' }
import { nearest, suggest } from './nearest.ts'
import { at, shorten } from './pointer.ts'

export type Tell = (pointer: string, message: string, hint: string, part: 'key' | 'value') => void

export type IsOpen = (pointer: string, data: unknown) => boolean

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'null',
}

/**
 * @param base pointer that the errors' own paths are relative to
 * @param isOpen whether a value cannot be judged yet
 */
export function explain(ajv: Ajv, errors: readonly ErrorObject[], base: string, isOpen: IsOpen, tell: Tell): void {
  // The last one of a value is the outermost: the validator goes from within to without.
  const choices = new Map(errors.filter(isChoice).map((error) => [error.instancePath, error]))
  const paths = [...choices.keys()]
  const outer = [...choices.values()].filter(({ instancePath }) => !paths.some((path) => isAbove(path, instancePath)))
  for (const choice of outer) explainChoice(ajv, choice, base, isOpen, tell)
  for (const error of errors) {
    const { instancePath } = error
    const isPart = outer.some((one) => one.instancePath === instancePath || isAbove(one.instancePath, instancePath))
    if (!isPart && !isOpen(base + instancePath, error.data)) explainOne(error, base, tell)
  }
}

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf'
}

function isAbove(path: string, other: string): boolean {
  return other.startsWith(`${path}/`)
}

/** Of several shapes the one was meant that has the type of what is written; its mistakes are told, not those of all. */
function explainChoice(ajv: Ajv, choice: ErrorObject, base: string, isOpen: IsOpen, tell: Tell): void {
  const pointer = base + choice.instancePath
  if (isOpen(pointer, choice.data)) return
  const branches = branchesOf(choice.parentSchema ?? {}).map((branch) => resolve(ajv, branch))
  const meant = branches.filter((branch) => accepts(ajv, branch, choice.data))
  const [only] = meant
  if (meant.length === 1 && only !== undefined && typeof choice.data === 'object') {
    const validate = ajv.compile(only)
    validate(choice.data)
    explain(ajv, validate.errors ?? [], pointer, isOpen, tell)
    return
  }
  const expected = [...new Set(branches.map(titleOf))].join(', or ')
  const shown = typeof choice.data === 'object' ? kindOf(choice.data) : quoted(choice.data)
  tell(pointer, `Expected ${expected}, not ${shown}.`, choiceHint(branches, choice.data), 'value')
}

function branchesOf({ anyOf, oneOf }: AnySchemaObject): readonly AnySchemaObject[] {
  return anyOf ?? oneOf ?? []
}

function choiceHint(branches: readonly AnySchemaObject[], data: unknown): string {
  if (typeof data !== 'string') return ''
  for (const { properties } of branches) {
    const required: unknown = properties?.[data]?.required
    if (Array.isArray(required))
      return `It needs options: ${data}: { ${required.map((key) => `${key}: …`).join(', ')} }.`
  }
  const word = nearest(data, [...branches.flatMap((branch) => branch['enum'] ?? [])].map(String))
  return word === undefined ? '' : `Did you mean "${word}"?`
}

/** A schema that stands alone: what it refers to put in its place, and references below made absolute. */
function resolve(ajv: Ajv, node: AnySchemaObject): AnySchemaObject {
  const { $ref: reference, ...own } = node
  if (typeof reference !== 'string') return absolute(node)
  const target = ajv.getSchema(reference.startsWith('#') ? schema.$id + reference : reference)?.schema
  return typeof target === 'object' ? { ...resolve(ajv, target), ...own } : node
}

function absolute(node: AnySchemaObject): AnySchemaObject {
  return JSON.parse(JSON.stringify(node), (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#') ? schema.$id + value : value,
  )
}

function accepts(ajv: Ajv, node: AnySchemaObject, data: unknown): boolean {
  const branches = branchesOf(node)
  if (branches.length > 0) return branches.some((branch) => accepts(ajv, resolve(ajv, branch), data))
  const types = [node['type'] ?? []].flat()
  if (types.includes('integer') && typeof data === 'number') return true
  if (types.length > 0) return types.includes(typeOf(data))
  const values: unknown = node['enum']
  return !Array.isArray(values) || values.some((value) => typeof value === typeof data)
}

function explainOne(error: ErrorObject, base: string, tell: Tell): void {
  const pointer = base + error.instancePath
  const node: AnySchemaObject = error.parentSchema ?? {}
  if (error.keyword === 'additionalProperties') {
    explainUnknown(pointer, String(error.params['additionalProperty']), node, tell)
  } else if (error.keyword === 'required') {
    const name = String(error.params['missingProperty'])
    const about: unknown = node['properties']?.[name]?.description
    tell(pointer, `The key "${name}" is missing.`, typeof about === 'string' ? `It says: ${about}` : '', 'key')
  } else {
    tell(pointer, sentenceFor(error, node), hintFor(error, node), 'value')
  }
}

function explainUnknown(pointer: string, key: string, node: AnySchemaObject, tell: Tell): void {
  const known = Object.keys(node['properties'] ?? {})
  const near = nearest(key, known)
  const hint = near === undefined ? (belongsTo(key) ?? suggest(key, known)) : `Did you mean "${near}"?`
  tell(at(pointer, key), `The key "${shorten(key)}" is not known here.`, hint, 'key')
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

function sentenceFor({ keyword, data, params }: ErrorObject, node: AnySchemaObject): string {
  const expected = titleOf(node)
  switch (keyword) {
    case 'type':
      return `Expected ${expected}, not ${kindOf(data)}.`
    case 'enum':
    case 'pattern':
    case 'const':
      return `Expected ${expected}, not ${quoted(data)}.`
    case 'minProperties':
    case 'minItems':
    case 'minLength':
      return `It is empty. Expected ${expected}.`
    case 'maxProperties':
      return `Expected ${expected}, not several.`
    case 'maxLength':
      return `It has more than ${params['limit']} characters.`
    case 'minimum':
      return `Expected ${expected} of at least ${params['limit']}, not ${quoted(data)}.`
    case 'maximum':
      return `Expected ${expected} of at most ${params['limit']}, not ${quoted(data)}.`
    case 'uniqueItems':
      return 'It holds the same value twice.'
    default:
      return `It breaks the rule "${keyword}": expected ${expected}.`
  }
}

function hintFor({ keyword, data }: ErrorObject, node: AnySchemaObject): string {
  if (keyword === 'enum' && typeof data === 'string') {
    const word = nearest(data, [node['enum']].flat().map(String))
    return word === undefined ? '' : `Did you mean "${word}"?`
  }
  if (keyword !== 'type') return ''
  if (data === null) return 'A value that begins with # is a comment; put it in quotes.'
  if (node['title'] === schema.definitions.condition.title) return 'Write { equals: … }.'
  const wantsText = node['type'] === 'string' && node['pattern'] === undefined
  return wantsText && typeof data !== 'object' ? 'Put it in quotes.' : ''
}

/** What the schema wants, as part of a sentence; titles of whole parts of a file are headings for editors instead. */
function titleOf({ title, description, type, pattern, enum: values, const: value }: AnySchemaObject): string {
  if (typeof title === 'string' && !/^[A-Z]/.test(title)) return title
  if (value !== undefined) return JSON.stringify(value)
  if (Array.isArray(values)) return `one of ${values.join(', ')}`
  if (pattern !== undefined && typeof description === 'string') return `another text: ${description.replace(/\.$/, '')}`
  if (type === undefined) return 'another value'
  return [type]
    .flat()
    .map((one) => TYPES[one] ?? String(one))
    .join(' or ')
}

function typeOf(data: unknown): string {
  if (data === null) return 'null'
  return Array.isArray(data) ? 'array' : typeof data
}

function kindOf(data: unknown): string {
  return data === null ? 'nothing' : (TYPES[typeOf(data)] ?? 'something else')
}

function quoted(data: unknown): string {
  return typeof data === 'object' ? kindOf(data) : shorten(JSON.stringify(data))
}
