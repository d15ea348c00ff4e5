/** GitHub's OpenAPI description (`@octokit/openapi`), read once in each worker and parsed where it is looked at. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as v from 'valibot'

const Schema = v.record(v.string(), v.unknown())
/** A JSON schema as OpenAPI 3.0 writes it, with `$ref`s into the description. */
export type Schema = v.InferOutput<typeof Schema>

const Json = v.object({ 'application/json': v.optional(v.object({ schema: Schema })) })
const Parameter = v.object({
  name: v.string(),
  in: v.picklist(['path', 'query', 'header']),
  required: v.optional(v.boolean(), false),
  schema: Schema,
  'x-multi-segment': v.optional(v.boolean(), false),
})
export type Parameter = v.InferOutput<typeof Parameter>
const RequestBody = v.object({ required: v.optional(v.boolean(), false), content: Json })
const Response = v.object({ content: v.optional(Json) })
const RawOperation = v.object({
  operationId: v.string(),
  parameters: v.optional(v.array(v.unknown()), []),
  requestBody: v.optional(v.unknown()),
  responses: v.record(v.string(), v.unknown()),
})

export interface Operation {
  /** `repos/create-deployment` */
  readonly id: string
  readonly parameters: readonly Parameter[]
  /** What the request's path holds in the place of each path parameter. */
  readonly path: Readonly<Record<string, string>>
  readonly body: { readonly required: boolean; readonly schema: Schema } | undefined
  /** By status; without a schema where the answer has no body. */
  readonly answers: ReadonlyMap<number, Schema | undefined>
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

let read: Described | undefined

function description(): Described {
  const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json')
  // 13 MB of JSON: only what an exchange touches is parsed by a schema.
  read ??= JSON.parse(readFileSync(file, 'utf8')) as Described
  return read
}

/** @param path below the API's base, without a query @returns undefined where GitHub has no such operation */
export function findOperation(method: string, path: string): Operation | undefined {
  const key = method.toLowerCase()
  const [best] = Object.entries(description().paths)
    .filter(([template, methods]) => key in methods && mayMatch(template, path))
    .sort(([one], [other]) => literalLength(other) - literalLength(one))
    .flatMap(([template, methods]) => matched(parsed(template, key, methods[key]), path) ?? [])
  return best
}

const placeholder = /\{([^}]+)\}/
const loose = new Map<string, RegExp>()

/** Before anything is parsed: most of the operations are ruled out by their literal segments. */
function mayMatch(template: string, path: string): boolean {
  const pattern = loose.get(template) ?? toRegExp(template, () => true)
  loose.set(template, pattern)
  return pattern.test(path)
}

/** `…/commits/{ref}/status` comes before `…/commits/{ref}`, whose ref may have slashes. */
function literalLength(template: string): number {
  return template.replaceAll(/\{[^}]+\}/g, '').length
}

function toRegExp(template: string, mayHaveSlashes: (name: string) => boolean): RegExp {
  const parts = template.split(/(\{[^}]+\})/).map((part) => {
    const [, name] = placeholder.exec(part) ?? []
    if (name === undefined) return part.replace(/[.+*?^$()[\]|\\]/g, '\\$&')
    return mayHaveSlashes(name) ? '(.+)' : '([^/]+)'
  })
  return new RegExp(`^${parts.join('')}$`)
}

interface Parsed extends Omit<Operation, 'path'> {
  readonly template: string
}

const operations = new Map<string, Parsed>()

/** Once for each operation: compiled schemas are kept by the identity of what is parsed here. */
function parsed(template: string, method: string, raw: unknown): Parsed {
  const known = operations.get(`${method} ${template}`)
  if (known !== undefined) return known
  const { operationId, parameters, requestBody, responses } = v.parse(RawOperation, raw)
  const operation: Parsed = {
    template,
    id: operationId,
    parameters: parameters.map((item) => v.parse(Parameter, resolve(item))),
    body: requestBody === undefined ? undefined : bodyOf(requestBody),
    answers: new Map(Object.entries(responses).map(([status, answer]) => [Number(status), answerOf(answer)])),
  }
  operations.set(`${method} ${template}`, operation)
  return operation
}

function matched({ template, ...operation }: Parsed, path: string): Operation | undefined {
  const slashes = operation.parameters.filter((item) => item['x-multi-segment']).map(({ name }) => name)
  const values = toRegExp(template, (name) => slashes.includes(name)).exec(path)
  if (values === null) return undefined
  const names = [...template.matchAll(new RegExp(placeholder, 'g'))].map(([, name = '']) => name)
  return { ...operation, path: Object.fromEntries(names.map((name, at) => [name, decoded(values[at + 1])])) }
}

function decoded(segment = ''): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function bodyOf(raw: unknown): Operation['body'] {
  const { required, content } = v.parse(RequestBody, resolve(raw))
  return { required, schema: content['application/json']?.schema ?? {} }
}

function answerOf(raw: unknown): Schema | undefined {
  return v.parse(Response, resolve(raw)).content?.['application/json']?.schema
}

/** Follows a `$ref` such as `#/components/parameters/owner`. */
function resolve(value: unknown): unknown {
  const reference = v.safeParse(v.object({ $ref: v.string() }), value)
  if (!reference.success) return value
  const [, , kind = '', name = ''] = reference.output.$ref.split('/')
  return description().components[kind]?.[name]
}

const schemas = new Map<string, Schema>()

/** @returns the same object each time @throws where the description has no schema of this name */
export function schemaNamed(name: string): Schema {
  const schema = schemas.get(name) ?? v.parse(Schema, description().components['schemas']?.[name])
  schemas.set(name, schema)
  return schema
}
