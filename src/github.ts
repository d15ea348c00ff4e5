import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { Octokit } from '@octokit/rest'
import type { Log } from './action.ts'

/** One request, its connection included, in milliseconds. GitHub itself gives up on a request after 10 s. */
const REQUEST_TIMEOUT = 20_000
/** A rate limit that asks for a longer wait is an error: a job's minutes cost more. */
const LONGEST_RATE_LIMIT_SECONDS = 60
/** How often one request waits for a rate limit. */
const MOST_WAITS = 2

const ResilientOctokit = Octokit.plugin(retry, throttling)
export type GitHub = Octokit

/**
 * A client for one token. Reads are retried after 5xx answers and lost connections; a write is sent once, since a
 * lost answer does not mean a lost write. Rate limits are waited for up to a minute. Every request has a deadline.
 */
export function createGitHub(
  token: string,
  { apiUrl, log, signal }: { readonly apiUrl: string; readonly log: Log; readonly signal: AbortSignal },
): GitHub {
  const onLimit =
    (kind: string) =>
    (retryAfter: number, { method, url }: { method: string; url: string }, _: unknown, retryCount: number) => {
      const wait = retryAfter <= LONGEST_RATE_LIMIT_SECONDS && retryCount < MOST_WAITS
      log.warning(
        `GitHub's ${kind} rate limit was hit by ${method} ${url}: ` +
          (wait ? `waiting ${retryAfter} s.` : `given up, since it asks to wait ${retryAfter} s more.`),
      )
      return wait
    }
  const octokit = new ResilientOctokit({
    auth: token,
    baseUrl: apiUrl,
    userAgent: 'slipway',
    request: { fetch: fetchWithin(signal) },
    log: { debug: log.debug, info: log.debug, warn: log.debug, error: log.debug },
    throttle: { onRateLimit: onLimit('primary'), onSecondaryRateLimit: onLimit('secondary') },
    retry: { doNotRetry: [400, 401, 403, 404, 409, 410, 422, 451] },
  })
  // A hook cannot hand other options to the plugins inside it: it has to change these.
  octokit.hook.before('request', (options) => {
    if (options.method !== 'GET') options.request = { ...options.request, retries: 0 }
  })
  return octokit
}

/** Inside the plugins, so that each attempt has a deadline of its own and a wait for a rate limit has none. */
function fetchWithin(signal: AbortSignal): typeof fetch {
  return async (url, init) => {
    try {
      const signals = [signal, AbortSignal.timeout(REQUEST_TIMEOUT), ...(init?.signal ? [init.signal] : [])]
      return await fetchFrom(url, { ...init, signal: AbortSignal.any(signals) })
    } catch (error) {
      // The one kind of error that is not retried whatever the plugins think of its cause.
      if (signal.aborted) throw new DOMException('The request was cancelled.', 'AbortError')
      throw error
    }
  }
}

/** The code of an error: something before GitHub has answered and sends the request to another server. */
export const LED_ELSEWHERE = 'LED_ELSEWHERE'

/** Of redirects; GitHub sends one, from a repository's old name to its new one. */
const MOST_HOPS = 3

/** GitHub redirects within itself alone, where a repository was renamed; a company's login page stands elsewhere. */
const fetchFrom: typeof fetch = async (url, init) => {
  const asked = new URL(url instanceof Request ? url.url : url.toString())
  let at = asked.href
  for (let hop = 0; hop <= MOST_HOPS; hop += 1) {
    const answer = await fetch(hop === 0 ? url : at, { ...init, redirect: 'manual' })
    const location = answer.headers.get('location')
    if (answer.status < 300 || answer.status >= 400 || location === null) return answer
    const target = URL.parse(location, at)
    await answer.body?.cancel()
    if (target?.origin !== asked.origin) throw led(target === null ? 'nowhere' : target.origin, answer.status)
    at = target.href
  }
  throw led('one address after the other', 302)
}

function led(where: string, status: number): Error {
  return Object.assign(new Error(`it answers with a redirect to ${where} (${status})`), { code: LED_ELSEWHERE })
}
