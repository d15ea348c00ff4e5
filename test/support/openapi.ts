/**
 * Compares an exchange with the embedded GitHub with GitHub's OpenAPI description: neither may an action ask for what
 * api.github.com does not have, nor may the double answer what it would not.
 */
import * as v from 'valibot'
import { findOperation, type Operation, type Schema, schemaNamed } from './openapi-description.ts'
import { checkText, checkValue, checkWhole } from './openapi-schema.ts'

/** What of a recorded request is compared. */
const Exchange = v.object({
  method: v.string(),
  path: v.string(),
  query: v.record(v.string(), v.string()),
  body: v.unknown(),
  status: v.number(),
  response: v.unknown(),
  /** The rehearsal itself stepped in, so that the answer may be none of GitHub's. */
  fault: v.optional(v.string()),
})
export type Exchange = v.InferOutput<typeof Exchange>

/** @throws where it is no recorded request */
export function readExchange(value: unknown): Exchange {
  return v.parse(Exchange, value)
}

/** @returns one line for each departure from the description; none where the exchange is as described */
export function departures(exchange: Exchange): readonly string[] {
  const name = `${exchange.method} ${exchange.path} (${exchange.status})`
  const operation = findOperation(exchange.method, exchange.path)
  if (operation === undefined) return [`${name}: GitHub has no such operation.`]
  const found = [
    ...inPath(exchange, operation),
    ...inQuery(exchange, operation),
    ...inBody(exchange, operation),
    ...inAnswer(exchange, operation),
  ]
  return found.map((departure) => `${name}, ${operation.id}: ${departure}.`)
}

/** What GitHub refuses may be wrong on purpose; what it takes, or what a fault hit, may not. */
function isRefused({ status, fault }: Exchange): boolean {
  return status >= 400 && fault === undefined
}

function inPath(exchange: Exchange, { parameters, path }: Operation): readonly string[] {
  if (isRefused(exchange)) return []
  return parameters
    .filter((parameter) => parameter.in === 'path')
    .flatMap(({ name, schema }) => checkText(schema, path[name] ?? '').map((why) => `path parameter ${name} ${why}`))
}

function inQuery({ query }: Exchange, operation: Operation): readonly string[] {
  const parameters = operation.parameters.filter((parameter) => parameter.in === 'query')
  const undeclared = Object.keys(query).filter(
    (key) => !parameters.some(({ name }) => name === key) && !isUndescribedPage(operation.id, key),
  )
  const missing = parameters.filter(({ name, required }) => required && !(name in query))
  return [
    ...undeclared.map((name) => `query parameter ${name} is not declared`),
    ...missing.map(({ name }) => `query parameter ${name} is required`),
    ...parameters.flatMap(({ name, schema }) => {
      const text = query[name]
      return text === undefined || isDateRange(operation.id, name, text)
        ? []
        : checkText(schema, text).map((why) => `query parameter ${name} ${why}`)
    }),
  ]
}

/** A user's versions come in pages as an organization's do, whose description alone says so (snok/container-retention-policy). */
function isUndescribedPage(id: string, name: string): boolean {
  const pages = ['page', 'per_page']
  return id === 'packages/get-all-package-versions-for-package-owned-by-user' && pages.includes(name)
}

/**
 * The `created` filter of a workflow's runs is a time in the schema, and a range of a search in the text:
 * https://docs.github.com/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax#query-for-dates
 */
function isDateRange(id: string, name: string, text: string): boolean {
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
  const range = new RegExp(`^(?:[<>]=?${time}|(?:\\*|${time})\\.\\.(?:\\*|${time}))$`)
  return id === 'actions/list-workflow-runs' && name === 'created' && range.test(text)
}

function inBody(exchange: Exchange, { body: declared }: Operation): readonly string[] {
  if (isRefused(exchange)) return []
  const { body } = exchange
  if (declared === undefined) return body === null ? [] : ['takes no body']
  if (body === null) return declared.required ? ['needs a body'] : []
  // GitHub ignores what it does not know, so a misspelt field would be an input without effect.
  return checkWhole(declared.schema, body).map((why) => `request body: ${why}`)
}

function inAnswer(exchange: Exchange, { id, answers }: Operation): readonly string[] {
  const { status, fault } = exchange
  const response = withListedStates(exchange.response)
  if (response === null && (fault !== undefined || isUnparsableStatus(exchange, id))) return []
  const schema = answers.get(status)
  if (status >= 400) return checkError(schema, response)
  // GitHub may send more than it describes; the double may not, or an action could come to need it.
  if (schema !== undefined) return checkWhole(schema, response).map((why) => `answer: ${why}`)
  if (!answers.has(status)) return ['the answer has a status that is not described']
  return response === null ? [] : ['the answer has a body and none is described']
}

/**
 * A broken upload leaves an asset in the state `starter`: so says the text of repos/upload-release-asset, and the schema
 * of an asset does not list it.
 */
function withListedStates(response: unknown): unknown {
  const text = JSON.stringify(response) ?? 'null'
  return text.includes('"state":"starter"')
    ? JSON.parse(text.replaceAll('"state":"starter"', '"state":"open"'))
    : response
}

/** The other exemption: an empty `environment_url` is answered with nothing at all (bobheadxi/deployments#172). */
function isUnparsableStatus({ body, status }: Exchange, id: string): boolean {
  return id === 'repos/create-deployment-status' && status === 201 && Object(body).environment_url === ''
}

/**
 * Errors have a `status` that their descriptions leave out, so they are compared as open objects. Where the status, or
 * its body, is not described at all it is `basic-error`, which requires nothing; GitHub's errors have a message.
 */
function checkError(schema: Schema | undefined, response: unknown): readonly string[] {
  const missing = Object(response).message === undefined ? ['answer: an error without a message'] : []
  const found = checkValue(schema ?? schemaNamed('basic-error'), response).map((why) => `answer: ${why}`)
  return [...missing, ...found]
}
