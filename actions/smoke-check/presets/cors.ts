/**
 * Cross-origin sharing as browsers judge it (Fetch Standard, CORS protocol): the preset cors-strict and the key cors.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | foreign origin | a foreign Origin is not reflected; `*` only without credentials, and only where allowed | OWASP Web Security Testing Guide, Testing CORS |
 * | null origin | `Origin: null`, which any sandboxed frame has, is not allowed | Fetch Standard; OWASP WSTG |
 * | look-alike origin | an origin that merely begins with the own or the allowed one is not reflected | OWASP WSTG |
 * | preflight | the same for OPTIONS; for an allowed origin a 2xx that allows method and headers | Fetch Standard, CORS-preflight fetch |
 * | allowed origin | Access-Control-Allow-Origin is that origin (or `*` without credentials), once | Fetch Standard, CORS check |
 * | credentials | Access-Control-Allow-Credentials: true where they are wanted, never with `*` | Fetch Standard, CORS check |
 * | vary | `Vary: Origin` where the allowed origin depends on the request, or a cache gives one site another's answer | Fetch Standard, CORS protocol and HTTP caches |
 */
import type { Check, Cors } from '../check.ts'
import type { HttpResponse } from '../exchange.ts'
import { headerLines, headerTokens, headerValue } from '../judge/headers.ts'
import { list } from '../judge/show.ts'
import { describeStatus } from '../judge/status.ts'
import type { Finding } from '../result.ts'
import { ask, found, type Preset, type PresetContext, shown, shownUrl } from './preset.ts'
import type { ProbeChange } from './probe.ts'
import type { Options } from './schemas.ts'

/** Methods that need no allowance, and names of headers that need none (Fetch Standard, safelists). */
const SAFE_METHODS = ['GET', 'HEAD', 'POST']
const SAFE_HEADERS = ['accept', 'accept-language', 'content-language', 'range']
/** Headers that no script of a page can set. */
const FORBIDDEN_HEADERS =
  /^(?:accept-encoding|connection|content-length|cookie|date|dnt|expect|host|origin|referer|te|user-agent|via|proxy-.*|sec-.*)$/

export const corsStrict: Preset<Options<'cors-strict'>> = async (context, options) => {
  const refused = [
    { rule: 'foreign origin', origin: options.origin },
    { rule: 'null origin', origin: 'null' },
    ...lookAlike(context, options),
  ]
  const findings: Finding[] = []
  for (const { rule, origin } of refused) {
    findings.push(...(await judgeRefused(context, rule, origin, options['allow-wildcard'], { headers: { origin } })))
    // One answer of `*` is meant for all of them: it is told once.
    if (findings.some(({ assertion }) => assertion.endsWith('wildcard'))) break
  }
  findings.push(
    ...(await judgeRefused(
      context,
      'preflight',
      options.origin,
      options['allow-wildcard'],
      preflight(context.check, options.origin, 'GET'),
    )),
  )
  const allowed = options['allowed-origin']
  if (allowed !== undefined) findings.push(...(await judgeAllowed(context, { origin: allowed, allowed: true })))
  return findings
}

/** One entry of a check's `cors`. */
export async function judgeCors(context: PresetContext, cors: Cors): Promise<readonly Finding[]> {
  if (cors.allowed) return judgeAllowed(context, cors)
  const { origin } = cors
  return [
    ...(await judgeRefused(context, 'origin', origin, false, { headers: { origin } })),
    ...(await judgeRefused(
      context,
      'preflight',
      origin,
      false,
      preflight(context.check, origin, cors.method ?? 'GET'),
    )),
  ]
}

/** `https://app.example.com` is not to be taken for `https://app.example.com.foreign-origin.example`. */
function lookAlike({ probe }: PresetContext, options: Options<'cors-strict'>) {
  const own = new URL(options['allowed-origin'] ?? probe.url.origin)
  if (own.hostname.startsWith('[')) return []
  return [{ rule: 'look-alike origin', origin: `${own.protocol}//${own.hostname}.${new URL(options.origin).host}` }]
}

/** Frameworks answer some paths only with CORS headers, so that the path is told. */
function answerOf(context: PresetContext): string {
  return `The answer of ${shownUrl(context, context.probe.url.pathname)}`
}

function preflightOf(context: PresetContext): string {
  return `The preflight of ${shownUrl(context, context.probe.url.pathname)}`
}

async function judgeRefused(
  context: PresetContext,
  rule: string,
  origin: string,
  allowWildcard: boolean,
  change: ProbeChange,
): Promise<readonly Finding[]> {
  const answer = await ask(context, rule, change)
  if (!answer.ok) return answer.findings
  const { response } = answer
  const allowed = headerValue(response, 'access-control-allow-origin')
  const credentials = allowsCredentials(response)
  const what = change.method === 'OPTIONS' ? preflightOf(context) : answerOf(context)
  if (allowed === '*') return judgeWildcard(context, what, credentials, allowWildcard)
  if (allowed !== origin) return []
  const visitor = credentials ? ', with the cookies of its visitor' : ''
  const message = `${what} allows the foreign origin ${origin} (Access-Control-Allow-Origin: ${origin}${credentials ? ', Access-Control-Allow-Credentials: true' : ''}), so that such a site reads answers${visitor}.`
  const hint =
    origin === 'null'
      ? 'Take null out of the allowed origins: any sandboxed frame and any local file has that origin.'
      : 'Compare Origin with a list of whole origins, and leave Access-Control-Allow-Origin out for all others.'
  return [found(context, rule, { message, hint })]
}

function judgeWildcard(
  context: PresetContext,
  what: string,
  credentials: boolean,
  allowed: boolean,
): readonly Finding[] {
  if (credentials) {
    const message = `${what} has Access-Control-Allow-Origin: * with Access-Control-Allow-Credentials: true, which browsers refuse.`
    return [found(context, 'wildcard', { message, hint: 'Name the one allowed origin, or take the credentials away.' })]
  }
  if (allowed) return []
  const message = `${what} has Access-Control-Allow-Origin: *, which allows every site.`
  return [
    found(context, 'wildcard', {
      message,
      hint: 'Answer with the allowed origin only, and leave the header out for all others.',
    }),
  ]
}

/** Who is not allowed to read the answer is told so once: the preflight, mostly the same code, is not asked then. */
async function judgeAllowed(context: PresetContext, cors: Cors): Promise<readonly Finding[]> {
  const { origin } = cors
  const simple = await ask(context, 'allowed origin', { headers: { origin } })
  if (!simple.ok) return simple.findings
  const refused = judgeGrant(context, cors, 'allowed origin', simple.response)
  if (refused.length > 0) return refused
  const asked = preflight(context.check, origin, cors.method ?? 'GET')
  const answer = await ask(context, 'preflight', asked)
  return [
    ...(await judgeVary(context, cors, simple.response)),
    ...(answer.ok ? judgePreflight(context, cors, asked, answer.response) : answer.findings),
  ]
}

function judgeGrant(
  context: PresetContext,
  cors: Cors,
  rule: 'allowed origin' | 'preflight',
  response: HttpResponse,
): readonly Finding[] {
  const { origin, credentials = false } = cors
  const lines = headerLines(response, 'access-control-allow-origin')
  const what = rule === 'preflight' ? preflightOf(context) : answerOf(context)
  const set = `Set Access-Control-Allow-Origin: ${origin}${credentials ? ' and Access-Control-Allow-Credentials: true' : ''}.`
  if (lines.length > 1) {
    const message = `${what} has Access-Control-Allow-Origin ${lines.length} times (${shown(context, lines.join(', '))}), which browsers refuse.`
    return [
      found(context, rule, { message, hint: 'Let either the application or what is in front of it set it, not both.' }),
    ]
  }
  const [allowed] = lines
  if (allowed === '*' && credentials) {
    const message = `${what} has Access-Control-Allow-Origin: *, with which browsers send no credentials.`
    return [found(context, 'credentials', { message, hint: set })]
  }
  if (allowed !== '*' && allowed !== origin) {
    const served =
      allowed === undefined
        ? 'no Access-Control-Allow-Origin'
        : `Access-Control-Allow-Origin: ${shown(context, allowed)}`
    const message = `${what} to a page of ${origin} is ${describeStatus(response)} with ${served}; that origin was to be allowed.`
    return [
      found(context, rule, { message, hint: `${set} An origin has scheme, host and port, and no slash at its end.` }),
    ]
  }
  if (!credentials || allowsCredentials(response)) return []
  const served = headerValue(response, 'access-control-allow-credentials')
  const message = `${what} has ${served === undefined ? 'no Access-Control-Allow-Credentials' : `Access-Control-Allow-Credentials: ${shown(context, served)}`}; true (in lower case) was wanted.`
  return [found(context, 'credentials', { message, hint: set })]
}

/** An answer that allows the same origin whoever asks needs no Vary: the second request finds that out. */
async function judgeVary(context: PresetContext, cors: Cors, response: HttpResponse): Promise<readonly Finding[]> {
  const allowed = headerValue(response, 'access-control-allow-origin')
  const vary = headerTokens(response, 'vary')
  if (allowed !== cors.origin || vary.includes('origin') || vary.includes('*')) return []
  const other = await ask(context, 'vary', { headers: { origin: null } })
  if (!other.ok) return other.findings
  if (headerValue(other.response, 'access-control-allow-origin') === allowed) return []
  const served = vary.length === 0 ? 'there is no Vary' : `Vary is ${shown(context, vary.join(', '))}`
  const message = `Access-Control-Allow-Origin depends on the Origin of the request, but ${served}: a cache may give one site the answer for another.`
  return [
    found(context, 'vary', { message, hint: 'Set Vary: Origin on every answer, also on those without CORS headers.' }),
  ]
}

/** What a browser asks before a request that a form could not make: without credentials, and without the check's headers. */
function preflight(check: Check, origin: string, method: string): ProbeChange {
  const own = ['authorization', ...check.requestHeaders.map(([name]) => name.toLowerCase())]
  const dropped = own.filter((name) => !FORBIDDEN_HEADERS.test(name) || name === 'cookie')
  const asked = unsafeHeaders(check)
  return {
    method: 'OPTIONS',
    headers: {
      ...Object.fromEntries(dropped.map((name) => [name, null])),
      origin,
      'access-control-request-method': method,
      ...(asked.length === 0 ? {} : { 'access-control-request-headers': asked.join(',') }),
    },
    jar: 'none',
    redirects: 'none',
  }
}

/** Names, lower case and in order, as browsers send them. */
function unsafeHeaders(check: Check): readonly string[] {
  const names = check.requestHeaders.map(([name]) => name.toLowerCase())
  const json = check.requestBody !== undefined && 'json' in check.requestBody ? ['content-type'] : []
  const auth = check.auth === undefined ? [] : ['authorization']
  return [...new Set([...names, ...json, ...auth])]
    .filter((name) => !SAFE_HEADERS.includes(name) && !FORBIDDEN_HEADERS.test(name))
    .sort()
}

function judgePreflight(
  context: PresetContext,
  cors: Cors,
  asked: ProbeChange,
  response: HttpResponse,
): readonly Finding[] {
  const { method = 'GET', credentials = false } = cors
  if (response.status < 200 || response.status > 299) {
    const message = `${preflightOf(context)} (OPTIONS, without credentials) is answered with ${describeStatus(response)}; browsers want a 2xx.`
    const hint = 'Answer OPTIONS before authentication and routing, with 204 and the Access-Control headers.'
    return [found(context, 'preflight', { message, hint })]
  }
  const granted = judgeGrant(context, cors, 'preflight', response)
  if (granted.length > 0) return granted
  const wildcard = !credentials
  const methods = headerTokens(response, 'access-control-allow-methods')
  const methodAllowed =
    SAFE_METHODS.includes(method) || methods.includes(method.toLowerCase()) || (wildcard && methods.includes('*'))
  const headers = headerTokens(response, 'access-control-allow-headers')
  const wanted = asked.headers?.['access-control-request-headers']?.split(',') ?? []
  const missing = wanted.filter(
    (name) => !headers.includes(name) && !(wildcard && headers.includes('*') && name !== 'authorization'),
  )
  return [
    ...(methodAllowed ? [] : [notAllowed(context, 'method', method, 'Access-Control-Allow-Methods', methods)]),
    ...(missing.length === 0
      ? []
      : [notAllowed(context, 'header', list(missing), 'Access-Control-Allow-Headers', headers)]),
  ]
}

function notAllowed(
  context: PresetContext,
  what: string,
  wanted: string,
  header: string,
  served: readonly string[],
): Finding {
  const has = served.length === 0 ? `no ${header}` : `${header}: ${shown(context, served.join(', '))}`
  const message = `${preflightOf(context)} does not allow the ${what} ${wanted}: it has ${has}.`
  return found(context, 'preflight', { message, hint: `Add ${wanted} to ${header}.` })
}

function allowsCredentials(response: HttpResponse): boolean {
  return headerValue(response, 'access-control-allow-credentials') === 'true'
}
