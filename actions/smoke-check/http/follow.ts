/** A request with its redirects, one hop after another. */
import type { HttpRequest, HttpResponse } from '../exchange.ts'
import { type Body, readBody } from './body.ts'
import { keepCookies, readCookie } from './cookies.ts'
import { basicCredentials } from './credentials.ts'
import { placeOf } from './display-url.ts'
import { type Leg, requestHeaders, valuesOf } from './headers.ts'
import type { Lease, Pool } from './pool.ts'
import { loop, nextLeg } from './redirects.ts'
import { type Answer, send } from './send.ts'
import type { Watch } from './watch.ts'

type Hop = HttpResponse['hops'][number]

/** Bytes of a redirect's own body that are read to be able to use its connection again. */
const MOST_UNREAD = 64 * 1024

/** @throws Failure */
export async function follow(request: HttpRequest, pool: Pool, watch: Watch): Promise<HttpResponse> {
  const hops: Hop[] = []
  const seen = new Set<string>()
  let leg = firstLeg(request)
  let publicOnly = false
  let cold = false
  for (;;) {
    const headers = requestHeaders(leg, request.jar)
    if (hops.length > 0 && seen.has(keyOf(leg, headers))) throw loop(leg.url)
    watch.place = placeOf(leg.url)
    const lease = await pool.take({ url: leg.url, resolve: request.resolve, ip: request.ip, publicOnly }, watch)
    cold ||= lease.fresh
    try {
      const answer = await exchange(leg, headers, request, lease, watch)
      const next = nextLeg(leg, answer.status, answer.headers, request.redirects, hops.length)
      if (next === undefined) return { ...(await finish(request, leg, answer, lease, watch)), cold, hops }
      seen.add(keyOf(leg, headers))
      hops.push({ url: leg.url, status: answer.status, location: valuesOf(answer.headers, 'location')[0] ?? '' })
      publicOnly = await lease.connection.isPublic()
      if (pool.keeps) await readBody({ ...answer, place: watch.place }, MOST_UNREAD, watch)
      leg = next
    } catch (failure) {
      lease.connection.socket.destroy()
      throw failure
    } finally {
      if (!pool.keeps) lease.connection.socket.destroy()
    }
    watch.enter(undefined)
  }
}

function keyOf({ method, url }: Leg, headers: readonly string[]): string {
  return JSON.stringify([method, url.href, headers])
}

function firstLeg({ url, method, headers, body }: HttpRequest): Leg {
  return {
    url: plainUrl(url),
    method: method.toUpperCase(),
    headers: [...credentials(url, headers), ...headers],
    body,
    foreign: false,
  }
}

/** Without what is not sent as part of it. */
function plainUrl(url: URL): URL {
  if (url.username === '' && url.password === '' && url.hash === '') return url
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  plain.hash = ''
  return plain
}

/** As in https://USER:PASSWORD@example.com, unless the check says otherwise. */
function credentials(url: URL, headers: HttpRequest['headers']): HttpRequest['headers'] {
  const given = headers.some(([name]) => name.toLowerCase() === 'authorization')
  const basic = basicCredentials(url)
  return given || basic === undefined ? [] : [['Authorization', basic]]
}

async function exchange(
  leg: Leg,
  headers: readonly string[],
  { jar, cookieSet }: HttpRequest,
  { connection, via }: Lease,
  watch: Watch,
): Promise<Answer> {
  const answer = await send({ leg, headers, via, forward: connection.forward }, watch)
  const setCookies = valuesOf(answer.headers, 'set-cookie')
  if (jar !== undefined) keepCookies(jar, leg.url, setCookies)
  if (cookieSet !== undefined) for (const line of setCookies) tell(line, cookieSet)
  return answer
}

function tell(line: string, cookieSet: NonNullable<HttpRequest['cookieSet']>): void {
  const cookie = readCookie(line)
  if (cookie !== undefined) cookieSet(cookie.name, cookie.value)
}

async function finish(request: HttpRequest, leg: Leg, answer: Answer, { connection }: Lease, watch: Watch) {
  const body = await bodyOf(answer, leg, request.maxBody, watch)
  watch.enter(undefined)
  const { status, statusText, httpVersion, headers } = answer
  const { address, throughProxy, tls } = connection
  const figures = { phases: watch.phases, total: watch.total }
  return { url: leg.url, status, statusText, httpVersion, headers, ...body, ...figures, address, throughProxy, tls }
}

async function bodyOf(
  answer: Answer,
  leg: Leg,
  most: number,
  watch: Watch,
): Promise<Pick<HttpResponse, 'body' | 'truncated'>> {
  const place = placeOf(leg.url)
  if (answer.status === 101) return { body: new Uint8Array(), truncated: false }
  const sent: Body = await readBody({ ...answer, place }, most, watch)
  const encodings = valuesOf(answer.headers, 'content-encoding')
  if (sent.bytes.length === 0 || encodings.length === 0) return { body: sent.bytes, truncated: sent.truncated }
  const { decode, encodingsOf } = await import(/* webpackMode: "eager" */ './decode.ts') // node:zlib takes long to load
  const { bytes, truncated } = await decode(sent, encodingsOf(encodings, place), most, place, watch)
  return { body: bytes, truncated }
}
