/** Turns what the validator of JSON Schema finds into sentences for the person who wrote the file. */
import type { Ajv, AnySchemaObject, ErrorObject } from 'ajv'
import schema from '../checks.schema.json' with { type: 'json' }
import { explainUnknown } from './explain-key.ts'
import { nearest } from './nearest.ts'
import { segmentsOf, shorten } from './pointer.ts'

export type Tell = (pointer: string, message: string, hint: string, part: 'key' | 'value') => void

/** What is known of a file apart from its values. */
export interface Written {
  /** Whether a value cannot be judged yet. */
  readonly isOpen: (pointer: string, data: unknown) => boolean
  /** What to do about a key that nothing stands behind. */
  readonly emptyHint: (pointer: string) => string
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'null',
}

/** @param base pointer that the errors' own paths are relative to */
export function explain(ajv: Ajv, errors: readonly ErrorObject[], base: string, written: Written, tell: Tell): void {
  // The last one of a value is the outermost: the validator goes from within to without.
  const choices = new Map(errors.filter(isChoice).map((error) => [error.instancePath, error]))
  const paths = [...choices.keys()]
  const outer = [...choices.values()].filter(({ instancePath }) => !paths.some((path) => isAbove(path, instancePath)))
  for (const choice of outer) explainChoice(ajv, choice, base, written, tell)
  for (const error of errors) {
    const { instancePath } = error
    const isPart = outer.some((one) => one.instancePath === instancePath || isAbove(one.instancePath, instancePath))
    if (!isPart && !written.isOpen(base + instancePath, error.data)) explainOne(error, base, written, tell)
  }
}

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf'
}

function isAbove(path: string, other: string): boolean {
  return other.startsWith(`${path}/`)
}

/** Of several shapes the one was meant that has the type of what is written; its mistakes are told, not those of all. */
function explainChoice(ajv: Ajv, choice: ErrorObject, base: string, written: Written, tell: Tell): void {
  const pointer = base + choice.instancePath
  if (written.isOpen(pointer, choice.data)) return
  const branches = branchesOf(choice.parentSchema ?? {}).map((branch) => resolve(ajv, branch))
  const meant = branches.filter((branch) => accepts(ajv, branch, choice.data))
  const [only] = meant
  if (meant.length === 1 && only !== undefined && typeof choice.data === 'object') {
    const validate = ajv.compile(only)
    validate(choice.data)
    explain(ajv, validate.errors ?? [], pointer, written, tell)
    return
  }
  const expected = [...new Set(branches.map(titleOf))].join(', or ')
  const shown = typeof choice.data === 'object' ? kindOf(choice.data) : quoted(choice.data)
  const hint = choice.data === null ? written.emptyHint(pointer) : choiceHint(branches, choice.data)
  tell(pointer, `Expected ${expected}, not ${shown}.`, hint, 'value')
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

function explainOne(error: ErrorObject, base: string, { emptyHint }: Written, tell: Tell): void {
  const pointer = base + error.instancePath
  const node: AnySchemaObject = error.parentSchema ?? {}
  if (error.keyword === 'additionalProperties') {
    explainUnknown(pointer, String(error.params['additionalProperty']), { node, owner: error.data }, tell)
  } else if (error.keyword === 'maxProperties' && Object.values(Object(error.data)).includes(null)) {
    return // what belongs to the one without a value stands beside it, which is told of that
  } else if (error.keyword === 'required') {
    const name = String(error.params['missingProperty'])
    const about: unknown = node['properties']?.[name]?.description
    tell(
      pointer,
      `The key "${name}" is missing.`,
      typeof about === 'string' ? `${name}: ${uncapitalized(about)}` : '',
      'key',
    )
  } else {
    const hint = error.data === null ? emptyHint(pointer) : hintFor(error, node, pointer)
    tell(pointer, sentenceFor(error, node), hint, 'value')
  }
}

function uncapitalized(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
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

function hintFor({ keyword, data }: ErrorObject, node: AnySchemaObject, pointer: string): string {
  if (keyword === 'enum' && typeof data === 'string') {
    const word = nearest(data, [node['enum']].flat().map(String))
    return word === undefined ? '' : `Did you mean "${word}"?`
  }
  if (keyword !== 'type') return ''
  if (node['type'] === 'array') return listHint(pointer, data)
  if (node['title'] === schema.definitions.condition.title) return 'Write { equals: … }.'
  const wantsText = node['type'] === 'string' && node['pattern'] === undefined
  return wantsText && typeof data !== 'object' ? 'Put it in quotes.' : ''
}

function listHint(pointer: string, data: unknown): string {
  if (pointer === '/checks') return 'Begin each check with "- name: …", and indent its other keys as far as name.'
  if (typeof data !== 'string') return 'Begin each item with "- ".'
  const shown = /^[\w-]+$/.test(data) ? data : JSON.stringify(shorten(data))
  return `Write ${segmentsOf(pointer).at(-1)}: [${shown}].`
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
