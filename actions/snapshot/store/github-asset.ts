/** The way from GitHub's API to a file, which is elsewhere. */
import { Readable } from 'node:stream'
import type { GitHub } from '../../../src/github.ts'
import { smallText } from './documents.ts'
import type { Opened } from './github-download.ts'
import { Failure, send } from './github-http.ts'
import { get } from './github-send.ts'

/** Where a download of the API is to begin, and what it is asked for besides. */
interface AssetRequest {
  /** As Octokit has it: `GET /repos/{owner}/…`. */
  readonly route: string
  readonly parameters: Readonly<Record<string, string | number>>
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * GitHub's API answers a download with a redirect to signed storage, which is asked without the token. A server of a
 * company may send the content itself.
 */
export async function openAsset(
  github: GitHub,
  asset: AssetRequest,
  offset: number,
  signal: AbortSignal,
): Promise<Opened> {
  const range: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` }
  // A compressed answer would have neither its length nor a byte to go on at.
  const plain = { ...range, 'accept-encoding': 'identity' }
  const answer = await asked(github, asset, plain, signal)
  const location = answer.headers.get('location')
  if (answer.ok && answer.body !== null) {
    return { status: answer.status, headers: answer.headers, body: Readable.fromWeb(answer.body) }
  }
  await answer.body?.cancel()
  if (location === null) throw new Failure(`HTTP ${answer.status} without an address`, undefined)
  return usable(await get(new URL(location, answer.url).href, plain, signal))
}

/** Octokit brings the token, the retries and the rate limits; the answer itself is kept from it. */
async function asked(
  github: GitHub,
  { route, parameters, headers }: AssetRequest,
  more: Record<string, string>,
  signal: AbortSignal,
) {
  let answer: Response | undefined
  const keeping: typeof fetch = async (url, init) => {
    const given = await sendWithin(String(url), init ?? {}, signal)
    if (given.status >= 400) return given
    answer = given
    return new Response(null, { status: 204 })
  }
  await github.request(route, { ...parameters, headers: { ...headers, ...more }, request: { fetch: keeping } })
  if (answer === undefined) throw new Failure('GitHub has not answered', undefined)
  return answer
}

/** A repository that was renamed is redirected to within the API; only there the token goes along. */
async function sendWithin(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const given = await send(url, init, signal)
  const target = URL.parse(given.headers.get('location') ?? '', url)
  if (![301, 307, 308].includes(given.status) || target?.origin !== new URL(url).origin) return given
  await given.body?.cancel()
  return send(target.href, init, signal)
}

/** A signed address lives for minutes, or what it names is new and not everywhere yet: another one may do. */
async function usable(opened: Opened): Promise<Opened> {
  const { status, headers, body } = opened
  if (status === 200 || status === 206) return opened
  const text = await smallText(body, MOST_REFUSAL).catch(() => undefined)
  throw new Failure(
    `GitHub's storage refused a signed address (${status})`,
    { status, headers, body: text ?? '' },
    { passing: [401, 403, 404, 410].includes(status) },
  )
}

/** Of a refusal's text, in bytes. */
const MOST_REFUSAL = 64 * 1024
