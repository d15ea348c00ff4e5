/**
 * Plain http goes to https: permanently, to the same host, path and query.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | redirect | 301 or 308 at the first answer | OWASP Transport Layer Security Cheat Sheet; RFC 9110, sections 15.4.2 and 15.4.9 |
 * | target | https, first of all on the same host, with path and query unchanged | MDN HTTP Observatory, redirection |
 *
 * The request over http has neither headers, auth nor cookies of the check: it could be overheard.
 */
import type { HttpResponse } from '../exchange.ts'
import { headerLines } from '../judge/headers.ts'
import { describeStatus } from '../judge/status.ts'
import type { Finding } from '../result.ts'
import { found, type Preset, type PresetContext, shownUrl } from './preset.ts'
import type { Options } from './schemas.ts'

export const httpsRedirect: Preset<Options<'https-redirect'>> = async (context, options) => {
  const { url } = context.probe
  const http = new URL(url.href)
  const https = new URL(url.href)
  http.protocol = 'http:'
  https.protocol = 'https:'
  http.hash = ''
  https.hash = ''
  if (url.protocol === 'https:') http.port = String(options['http-port'])
  else https.port = String(options['https-port'])
  const headers = Object.fromEntries(
    ['authorization', ...context.check.requestHeaders.map(([name]) => name)].map((name) => [name, null]),
  )
  const change = { url: http, method: 'GET', headers, jar: 'none', redirects: 'none' } as const
  const answer = await context.probe.request(change)
  if (answer.ok) return judgeRedirect(context, http, https, answer.response)
  const message = `Over plain http there is no answer from ${shownUrl(context, http.href)}: ${answer.problem.message}`
  const hint = `Redirect it to https, or leave https-redirect out where only https is served. ${answer.problem.hint}`
  return [found(context, 'redirect', { message, hint: hint.trim() })]
}

function judgeRedirect(context: PresetContext, http: URL, https: URL, response: HttpResponse): readonly Finding[] {
  const from = shownUrl(context, http.href)
  const to = shownUrl(context, https.href)
  const hint = `Redirect ${http.protocol}//${http.host}/… with 301 or 308 to ${https.origin} and the same path and query.`
  const [location] = headerLines(response, 'location')
  if (location === undefined || response.status < 300 || response.status > 399) {
    const message = `${from} is answered with ${describeStatus(response)} over plain http; a redirect to ${to} was wanted.`
    return [found(context, 'redirect', { message, hint })]
  }
  const target = URL.parse(location, http.href)
  const findings: Finding[] = []
  if (response.status !== 301 && response.status !== 308) {
    const message = `${from} redirects with ${describeStatus(response)}, which browsers ask for again each time; 301 or 308 was wanted.`
    findings.push(found(context, 'redirect', { message, hint }))
  }
  const wrong = wrongTarget(target, https)
  if (wrong !== undefined) {
    const message = `${from} redirects to ${shownUrl(context, location)}, ${wrong}; ${to} was wanted.`
    findings.push(found(context, 'target', { message, hint }))
  }
  return findings
}

function wrongTarget(target: URL | null, https: URL): string | undefined {
  if (target === null) return 'which is not a URL'
  if (target.protocol !== 'https:') return 'which is not https'
  if (target.host !== https.host) return 'which is another host'
  if (target.pathname !== https.pathname) return 'which has another path'
  return target.search === https.search ? undefined : 'which has another query'
}
