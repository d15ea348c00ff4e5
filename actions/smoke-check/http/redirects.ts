/** Where an answer sends a request on to, and what may go along. Pure. */
import type { Redirects } from '../exchange.ts'
import { plain } from '../judge/show.ts'
import { displayUrl, placeOf } from './display-url.ts'
import { Failure } from './failure.ts'
import { type Headers, type Leg, valuesOf } from './headers.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Of `same-host`. */
const MOST_ON_ONE_HOST = 10

/**
 * The next request; undefined when the answer is not to be followed, and is itself the end.
 *
 * @param followed how many redirects have been followed so far
 * @throws Failure when it has to be followed and must not be
 */
export function nextLeg(
  leg: Leg,
  status: number,
  headers: Headers,
  redirects: Redirects,
  followed: number,
): Leg | undefined {
  const [location] = valuesOf(headers, 'location')
  if (redirects === 'none' || !REDIRECTS.has(status) || location === undefined) return undefined
  const url = target(leg.url, location)
  if (redirects === 'same-host' && url.hostname !== leg.url.hostname) return undefined
  const most = redirects === 'same-host' ? MOST_ON_ONE_HOST : redirects
  if (followed >= most) throw tooMany(leg.url, url, most)
  refuseDowngrade(leg.url, url)
  return carry(leg, url, status)
}

function target(from: URL, location: string): URL {
  const url = URL.parse(fromUtf8(location), from.href)
  const place = placeOf(from)
  if (url === null) {
    const hint = 'Let the server send a URL, or a path.'
    throw new Failure(
      'redirect',
      `${place} redirects to something that is no URL: ${plain(displayUrl(location))}`,
      hint,
    )
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const hint = 'Only http and https are followed; with redirects: none the answer itself is checked.'
    throw new Failure('redirect', `${place} redirects to a URL of the scheme ${url.protocol}`, hint)
  }
  // Credentials that a server puts into a location are its own, and are not used.
  url.username = ''
  url.password = ''
  url.hash = ''
  return url
}

/** Node reads headers as latin1; browsers take a location's bytes for UTF-8. */
function fromUtf8(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  return bytes.toString('latin1') === text ? bytes.toString('utf8') : text
}

function refuseDowngrade(from: URL, to: URL): void {
  if (from.protocol !== 'https:' || to.protocol !== 'http:') return
  throw new Failure(
    'redirect',
    `${placeOf(from)} redirects from https down to ${displayUrl(to)}; that was not followed.`,
    'Let the server redirect to https, often by telling the application that TLS ends at the proxy (X-Forwarded-Proto).',
  )
}

function tooMany(from: URL, to: URL, most: number): Failure {
  const hint = 'Check the URL that it leads to, or raise redirects.'
  const times = most === 1 ? '1 redirect' : `${most} redirects`
  return new Failure(
    'redirect',
    `${placeOf(from)} redirects on to ${displayUrl(to)} after ${times}, the most allowed.`,
    hint,
  )
}

/** The same request again with the same cookies can only give the same answer. */
export function loop(url: URL): Failure {
  return new Failure(
    'redirect',
    `${placeOf(url)} redirects in a circle, back to ${displayUrl(url)}.`,
    'Look at rules for https, www and trailing slashes that contradict each other, and at a login that loses its cookie.',
  )
}

/**
 * Methods as browsers and curl change them (fetch.spec.whatwg.org, "HTTP-redirect fetch"). When scheme, host or port
 * change, every header of the check stays behind: which of them is a credential cannot be known.
 */
function carry(leg: Leg, url: URL, status: number): Leg {
  const becomesGet =
    status === 303 ? leg.method !== 'GET' && leg.method !== 'HEAD' : status < 303 && leg.method === 'POST'
  const leaves = url.origin !== leg.url.origin
  const foreign = leg.foreign || leaves
  if (leaves && !becomesGet && leg.body !== undefined) refuseBody(leg.url, url, status)
  const headers = leaves ? leg.headers.filter(([name]) => leg.body !== undefined && describesBody(name)) : leg.headers
  if (!becomesGet) return { ...leg, url, headers, foreign }
  return { url, method: 'GET', headers: headers.filter(([name]) => !describesBody(name)), body: undefined, foreign }
}

function describesBody(name: string): boolean {
  return /^content-(type|encoding|language|location)$/i.test(name)
}

/**
 * Browsers and curl send the body of a 307 or 308 on to whatever origin it names. The body of a check is written by its
 * author for one server, and is where a login form has its password, so it goes no further than to https on the same host,
 * and between the usual ports: whatever listens on another one may be somebody else.
 */
function refuseBody(from: URL, to: URL, status: number): void {
  const usual = from.port === '' && to.port === ''
  if (usual && to.hostname === from.hostname && from.protocol === 'http:' && to.protocol === 'https:') return
  throw new Failure(
    'redirect',
    `${placeOf(from)} redirects with ${status} to ${displayUrl(to)}, another origin, which would get the body of the request; that was not followed.`,
    'Give that URL as the url of the check, or check the redirect itself with redirects: none.',
  )
}
