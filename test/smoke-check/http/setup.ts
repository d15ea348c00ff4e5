/** What the tests of the client have in common. */
import { CookieJar } from 'tough-cookie'
import type { Exchange, HttpProblem, HttpRequest, HttpResponse } from '../../../actions/smoke-check/exchange.ts'
import { type ClientOptions, createClient } from '../../../actions/smoke-check/http/client.ts'
import type { Identity } from '../../support/tls.ts'

export interface RequestOptions extends Partial<Omit<HttpRequest, 'url' | 'headers' | 'resolve' | 'body'>> {
  readonly headers?: Readonly<Record<string, string>>
  readonly resolve?: Readonly<Record<string, string>>
  readonly body?: string
}

export function requestTo(url: string, { headers, resolve, body, ...options }: RequestOptions = {}): HttpRequest {
  return {
    url: new URL(url),
    method: 'GET',
    headers: Object.entries(headers ?? {}),
    redirects: 10,
    resolve: new Map(Object.entries(resolve ?? {})),
    ip: 'auto',
    connectTimeout: 2000,
    timeout: 5000,
    maxBody: 1_000_000,
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
    ...options,
  }
}

const never = new AbortController().signal

export interface GetOptions extends RequestOptions {
  readonly client?: Partial<ClientOptions>
  readonly signal?: AbortSignal
}

export function exchange(url: string, { client = {}, signal = never, ...options }: GetOptions = {}): Promise<Exchange> {
  return createClient({ env: {}, ...client }).request(requestTo(url, options), signal)
}

/** @throws when there is no answer */
export async function get(url: string, options?: GetOptions): Promise<HttpResponse> {
  return answered(await exchange(url, options))
}

/** @throws when there is an answer */
export async function problem(url: string, options?: GetOptions): Promise<HttpProblem> {
  const result = await exchange(url, options)
  if (!result.ok) return result.problem
  throw new Error(`There was an answer: HTTP ${result.response.status}`)
}

export function answered(result: Exchange): HttpResponse {
  if (result.ok) return result.response
  throw new Error(`${result.problem.kind}: ${result.problem.message}`)
}

export function textOf({ body }: HttpResponse): string {
  return Buffer.from(body).toString('utf8')
}

export function newJar(): CookieJar {
  return new CookieJar()
}

/** A resolver that knows these names only. */
export function names(known: Readonly<Record<string, readonly string[]>>): NonNullable<ClientOptions['lookup']> {
  return async (host) => {
    const addresses = known[host]
    if (addresses !== undefined) return addresses
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' })
  }
}

export type { Identity }
