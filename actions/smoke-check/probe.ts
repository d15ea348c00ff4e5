/** The port through which presets ask further questions with what the check itself was asked with. */
import { CookieJar } from 'tough-cookie'
import type { HttpClient, HttpRequest } from './exchange.ts'
import type { PresetProbe, ProbeChange } from './presets/probe.ts'
import { pageOf } from './request.ts'
import type { Observation } from './result.ts'

export function createProbe(
  request: HttpRequest,
  observation: Observation,
  { client, signal }: { readonly client: HttpClient; readonly signal: AbortSignal },
): PresetProbe {
  return {
    url: request.url,
    observation,
    signal,
    request: (change) => client.request(changed(request, change), signal),
  }
}

/** On another origin nothing of the check is sent: its headers, its body and its cookies belong to its own. */
export function changed(request: HttpRequest, change: ProbeChange): HttpRequest {
  const { jar: ownJar, body: ownBody, headers: ownHeaders, ...rest } = request
  const url = change.url ?? request.url
  const foreign = url.origin !== request.url.origin
  const same = change.url === undefined && change.method === undefined && change.body === undefined
  const body = change.body ?? (same ? ownBody : undefined)
  const headers = mergeHeaders(foreign ? [] : withoutBodyHeaders(ownHeaders, same, request.url), change.headers ?? {})
  const jar = jarFor(change.jar ?? 'session', foreign ? undefined : ownJar)
  return {
    ...rest,
    url,
    method: change.method ?? request.method,
    redirects: change.redirects ?? request.redirects,
    headers,
    ...(body !== undefined && { body }),
    ...(jar !== undefined && { jar }),
  }
}

function jarFor(wanted: 'none' | 'fresh' | 'session', own: CookieJar | undefined): CookieJar | undefined {
  if (wanted === 'fresh') return createJar()
  return wanted === 'none' ? undefined : own
}

/** Servers set cookies that a browser would take and a strict parser would not. */
export function createJar(): CookieJar {
  return new CookieJar(undefined, { looseMode: true })
}

type Headers = readonly (readonly [name: string, value: string])[]

/** What describes a body, or the page that a form was posted from, is of no use without it. */
function withoutBodyHeaders(headers: Headers, same: boolean, url: URL): Headers {
  if (same) return headers
  const page = pageOf(url)
  const isPage = ([name, value]: Headers[number]) => page.some(([own, its]) => own === name && its === value)
  return headers.filter((header) => !/^content-(?:type|encoding)$/i.test(header[0]) && !isPage(header))
}

function mergeHeaders(headers: Headers, changes: Readonly<Record<string, string | null>>): Headers {
  const changedNames = new Set(Object.keys(changes).map((name) => name.toLowerCase()))
  const kept = headers.filter(([name]) => !changedNames.has(name.toLowerCase()))
  const added = Object.entries(changes).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
  return [...kept, ...added]
}
