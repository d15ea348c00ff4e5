/** The request of a check with everything filled in that earlier checks of its round have captured. */
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { messageOf } from '../../src/errors.ts'
import type { Check, RequestBody } from './check.ts'
import type { HttpRequest } from './exchange.ts'
import { fillUrl } from './file/fill-url.ts'
import { fill, fillJson } from './file/template.ts'

/** Bytes of a decoded body that are read where a check sets no limit of its own. */
const MOST_BODY = 4 * 1024 * 1024

type Headers = readonly (readonly [name: string, value: string])[]

export type Filled = Omit<HttpRequest, 'ip' | 'jar'>

export type Prepared =
  | { readonly ok: true; readonly request: Filled; readonly secrets: readonly string[] }
  | { readonly ok: false; readonly message: string; readonly hint: string }

export function prepare(check: Check, values: ReadonlyMap<string, string>): Prepared {
  const filled = fillUrl(check.url, values)
  if (!filled.ok) return filled
  const { url } = filled
  const headers = headersOf(check, url, values)
  const broken = headers.map(brokenHeader).find((message) => message !== undefined)
  if (broken !== undefined) {
    return { ok: false, message: broken, hint: 'Look at the capture or the variable that it is made of.' }
  }
  const request: Filled = {
    url,
    method: check.method,
    headers,
    ...(check.requestBody !== undefined && { body: bodyOf(check.requestBody, values) }),
    redirects: check.redirects,
    resolve: check.resolve,
    timeout: check.timeout,
    connectTimeout: check.connectTimeout,
    maxBody: check.maxBodySize ?? MOST_BODY,
  }
  return { ok: true, request, secrets: [...querySecrets(url), ...credentials(headers)] }
}

function headersOf(check: Check, url: URL, values: ReadonlyMap<string, string>): Headers {
  const headers = check.requestHeaders.map(([name, value]) => [name, fill(value, values)] as const)
  const has = (wanted: string) => headers.some(([name]) => name.toLowerCase() === wanted)
  const { auth, requestBody } = check
  return [
    ...headers,
    ...(auth === undefined || has('authorization') ? [] : [['Authorization', basic(auth, values)] as const]),
    ...(requestBody === undefined || has('content-type') ? [] : [['Content-Type', contentType(requestBody)] as const]),
    ...(requestBody === undefined || !('form' in requestBody)
      ? []
      : pageOf(url).filter(([name]) => !has(name.toLowerCase()))),
  ]
}

/**
 * Where a form is posted from, as a browser says it: its own page, where the check says nothing else. Django, Rails and
 * SvelteKit refuse a post over https without it, as one from a foreign site.
 */
export function pageOf({ origin, pathname, search }: URL): Headers {
  return [
    ['Origin', origin],
    ['Referer', `${origin}${pathname}${search}`],
  ]
}

function basic(auth: NonNullable<Check['auth']>, values: ReadonlyMap<string, string>): string {
  return `Basic ${Buffer.from(`${fill(auth.username, values)}:${fill(auth.password, values)}`).toString('base64')}`
}

function contentType(body: RequestBody): string {
  if ('json' in body) return 'application/json'
  return 'form' in body ? 'application/x-www-form-urlencoded' : 'text/plain; charset=utf-8'
}

function bodyOf(body: RequestBody, values: ReadonlyMap<string, string>): Uint8Array {
  if ('json' in body) return Buffer.from(JSON.stringify(fillJson(body.json, values)))
  if ('text' in body) return Buffer.from(fill(body.text, values))
  const fields = body.form.map(([name, value]): [string, string] => [name, fill(value, values)])
  return Buffer.from(new URLSearchParams(fields).toString())
}

function brokenHeader([name, value]: readonly [string, string]): string | undefined {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return undefined
  } catch (error) {
    return `The request header ${name} cannot be sent: ${messageOf(error)}.`
  }
}

/** Query values of four characters and more; shorter ones are hidden in URLs only, they would ruin every text. */
function querySecrets(url: URL): readonly string[] {
  if (url.search === '') return []
  return [...url.searchParams.values()].filter((value) => value.length >= 4)
}

/** What proves who asks, with and without the scheme before it. */
function credentials(headers: readonly (readonly [string, string])[]): readonly string[] {
  return headers.flatMap(([name, value]) => {
    if (!/^(?:proxy-)?authorization$/i.test(name)) return []
    const scheme = /^\S+\s+(.+)$/.exec(value)
    return [value, ...(scheme?.[1] === undefined ? [] : [scheme[1]])]
  })
}
