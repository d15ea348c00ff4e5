/** Where an answer redirects to, and through which redirects it was reached. */
import type { HttpResponse } from '../exchange.ts'
import { displayUrl } from '../http/display-url.ts'
import { headerLines } from './headers.ts'
import { plain, type Redact } from './show.ts'

export interface RedirectTarget {
  /** undefined where `location` is no URL. */
  readonly url: URL | undefined
  /** Without secrets. */
  readonly shown: string
}

/** undefined where the answer is no redirect. */
export function redirectTarget(response: HttpResponse, redact?: Redact): RedirectTarget | undefined {
  const [location] = headerLines(response, 'location')
  if (location === undefined || response.status < 300 || response.status > 399) return undefined
  const url = URL.parse(location, response.url.href) ?? undefined
  return { url, shown: plain(displayUrl(url ?? location), redact) }
}

/** The first redirect that led to another origin, where headers and cookies of the check were left behind. */
export function originChange(response: HttpResponse): { readonly from: URL; readonly to: URL } | undefined {
  const legs = [...response.hops.map(({ url }) => url), response.url]
  const index = legs.findIndex((url, at) => at > 0 && url.origin !== legs[at - 1]?.origin)
  const [from, to] = [legs[index - 1], legs[index]]
  return from === undefined || to === undefined ? undefined : { from, to }
}

/** A sentence where the answer was reached by redirects, else nothing. */
export function describeRedirects(response: HttpResponse, redact?: Redact): string {
  const { hops, url } = response
  if (hops.length === 0) return ''
  const times = hops.length === 1 ? 'a redirect' : `${hops.length} redirects`
  return `It came after ${times} to ${plain(displayUrl(url), redact)}.`
}
