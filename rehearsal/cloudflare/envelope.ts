/** The shape of every answer of Cloudflare's API, and how a request's body and credentials are read. */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import * as v from 'valibot'
import { malformedCredentials, missingCredentials, type Refusal, unknownError } from './errors.ts'

export const API_PATH = '/client/v4'

/** Counts of a list, 1-based pages. */
export interface ResultInfo {
  readonly page: number
  readonly per_page: number
  readonly count: number
  readonly total_count: number
  readonly total_pages: number
}

export function succeed(c: Context, result: unknown, extra: { readonly result_info?: ResultInfo } = {}): Response {
  return c.json({ result, success: true, errors: [], messages: [], ...extra })
}

export function refuse(c: Context, { status, errors }: Refusal): Response {
  return c.json({ result: null, success: false, errors, messages: [] }, v.parse(Status, status))
}

const Status = v.custom<ContentfulStatusCode>((value) => typeof value === 'number' && value >= 400 && value < 600)

/** The token of `Authorization: Bearer TOKEN`. */
export function bearer(c: Context): string {
  const header = c.req.header('authorization')
  if (header === undefined) throw missingCredentials()
  const token = /^Bearer (?<token>[\w.~+/=-]+)$/i.exec(header)?.groups?.['token']
  if (token === undefined) throw malformedCredentials()
  return token
}

export async function readJson<Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), await c.req.text())
  if (!read.success) throw unknownError(`The request body cannot be read: ${read.issues[0]?.message}`)
  return read.output
}

export function paginate<Item>(items: readonly Item[], page: number, perPage: number) {
  const shown = items.slice((page - 1) * perPage, page * perPage)
  const info: ResultInfo = {
    page,
    per_page: perPage,
    count: shown.length,
    total_count: items.length,
    total_pages: Math.ceil(items.length / perPage),
  }
  return { shown, info }
}
