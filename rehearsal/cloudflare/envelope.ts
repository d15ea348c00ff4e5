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

interface Extra {
  readonly result_info?: ResultInfo
  readonly messages?: readonly { readonly code: number; readonly message: string; readonly type: null }[]
}

export function succeed(c: Context, result: unknown, extra: Extra = {}): Response {
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

/** @param refusal what a body that does not fit is refused with; that of Pages when not given */
export async function readJson<Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
  refusal: (detail: string) => Refusal = unknownError,
): Promise<v.InferOutput<Schema>> {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), await c.req.text())
  if (!read.success) throw refusal(`The request body cannot be read: ${read.issues[0]?.message}`)
  return read.output
}

/** A list in pages of 20, by the query's `page`. */
export function listed(c: Context, items: readonly unknown[]): Response {
  const { shown, info } = paginate(items, Number(c.req.query('page') ?? 1), 20)
  return succeed(c, shown, { result_info: info })
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
