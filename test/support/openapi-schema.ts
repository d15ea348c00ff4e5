/** Validates values against schemas of GitHub's description. */
import { Ajv, type ErrorObject, type Options } from 'ajv'
import formats from 'ajv-formats'
import { type Schema, schemaNamed } from './openapi-description.ts'

const options: Options = {
  allErrors: true,
  // OpenAPI has keywords that JSON Schema does not know: example, x-github, …
  strict: false,
  validateSchema: false,
  formats: { 'repo.nwo': true, timestamp: true },
}
/** @returns what is wrong, each as `at/the/field why` */
type Check = (value: unknown) => readonly string[]

interface Checker {
  readonly ajv: Ajv
  /** Whether an object may have the fields only that its schema declares. */
  readonly closed: boolean
  readonly compiled: WeakMap<Schema, Check>
}

const open: Checker = { ajv: configure(new Ajv(options)), closed: false, compiled: new WeakMap() }
const closed: Checker = { ...open, closed: true, compiled: new WeakMap() }
/** What stands in a URL is text; `42` there is as good an integer as any. */
const coercing: Checker = {
  ...open,
  compiled: new WeakMap(),
  ajv: configure(new Ajv({ ...options, coerceTypes: true })),
}

function configure(ajv: Ajv): Ajv {
  formats.default(ajv)
  const uri = formats.default.get('uri')
  // GitHub's own answers hold "" where a URL was not given.
  ajv.addFormat('uri', (text: string) => text === '' || matches(uri, text))
  return ajv
}

function matches(format: ReturnType<typeof formats.default.get>, text: string): boolean {
  if (format instanceof RegExp) return format.test(text)
  if (typeof format === 'function') return format(text) === true
  throw new Error('ajv-formats keeps "uri" in another shape now.')
}

export function checkValue(schema: Schema, value: unknown): readonly string[] {
  return checkOf(open, schema)(value)
}

/** The same, and no field besides those that the schema declares. */
export function checkWhole(schema: Schema, value: unknown): readonly string[] {
  return checkOf(closed, schema)(value)
}

/** @param text as it stands in a path or a query */
export function checkText(schema: Schema, text: string): readonly string[] {
  return checkOf(coercing, withChoices(schema))(text)
}

const choices = new WeakMap<Schema, Schema>()

/** Text that may be an id or a name, as `42`, is both: one of them is enough. */
function withChoices(schema: Schema): Schema {
  const { oneOf, ...others } = schema
  if (oneOf === undefined) return schema
  const known = choices.get(schema) ?? { ...others, anyOf: oneOf }
  choices.set(schema, known)
  return known
}

function checkOf(checker: Checker, schema: Schema): Check {
  const known = checker.compiled.get(schema)
  if (known !== undefined) return known
  const schemas = Object.fromEntries(namedIn(schema).map(([name, named]) => [name, convert(named, checker.closed)]))
  // The wrapper gives coercion a place to write to.
  const validate = checker.ajv.compile({
    properties: { value: convert(schema, checker.closed) },
    components: { schemas },
  })
  const check: Check = (value) => (validate({ value }) ? [] : (validate.errors ?? []).map(describe))
  checker.compiled.set(schema, check)
  return check
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const detail = 'allowedValues' in params ? `: ${JSON.stringify(params['allowedValues'])}` : ''
  const extra = 'additionalProperty' in params ? `: ${params['additionalProperty']}` : ''
  const path = instancePath.replace(/^\/value\/?/, '')
  return `${path === '' ? '' : `${path} `}${message}${detail}${extra}`
}

/** Every schema that this one refers to, directly or not, by its name. */
function namedIn(schema: Schema): readonly (readonly [string, Schema])[] {
  const named = new Map<string, Schema>()
  const visit = (value: Schema) => {
    for (const name of referencesOf(value).filter((candidate) => !named.has(candidate))) {
      const found = schemaNamed(name)
      named.set(name, found)
      visit(found)
    }
  }
  visit(schema)
  return [...named]
}

function referencesOf(value: unknown): readonly string[] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? (inner.split('/').at(-1) ?? []) : referencesOf(inner),
  )
}

/** OpenAPI 3.0 to JSON Schema: `nullable` becomes a choice, also where a sibling `enum` leaves null out. */
function convert(value: unknown, close: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, close))
  if (value === null || typeof value !== 'object') return value
  const { nullable, ...kept } = Object.fromEntries(
    // The parts of an allOf each describe some fields of the same object.
    Object.entries(value).map(([key, inner]) => [key, convert(inner, close && key !== 'allOf')]),
  )
  // A field may be called `nullable`; the keyword is a boolean.
  if (typeof nullable === 'object') return { ...kept, nullable }
  const schema = close && isOpenObject(kept) ? { ...kept, additionalProperties: false } : kept
  return nullable === true ? { anyOf: [{ type: 'null' }, schema] } : schema
}

function isOpenObject({ type, properties, additionalProperties }: Schema): boolean {
  return type === 'object' && typeof properties === 'object' && additionalProperties === undefined
}
