/** What to do about a status that was not wanted: the likely cause first. */
import type { Check } from '../check.ts'
import type { HttpResponse } from '../exchange.ts'
import { displayUrl } from '../http/display-url.ts'
import { isHtml, readJson } from './body.ts'
import { headerValue } from './headers.ts'
import { originChange, redirectTarget } from './redirected.ts'
import { list, plain, type Redact } from './show.ts'
import { decodeText } from './text.ts'

export function remedy(check: Check, response: HttpResponse, redact?: Redact): string {
  const { status } = response
  if (status === 401 || status === 403) return refused(check, response, redact)
  if (status === 404) return 'Check the path of url, and that this is the host that the deployment serves.'
  if (status === 405) return `Check method: the server does not take ${check.method} here.`
  if (status === 429) return `A rate limit was reached${retryAfter(response)}: raise interval, or ask for less.`
  if (status >= 300 && status < 400) return redirected(check, response, redact)
  if (status === 502 || status === 503 || status === 504) return unavailable(response)
  return status >= 500 ? 'The application failed: look into its log.' : ''
}

function redirected({ redirects }: Check, response: HttpResponse, redact: Redact | undefined): string {
  const target = redirectTarget(response, redact)
  if (target === undefined) return 'It names no address to go on to: mend the redirect, or accept this status.'
  if (target.url !== undefined && target.url.hostname !== response.url.hostname) {
    return `It redirects to ${target.shown}, another host: give that address as url or base-url, or set redirects: 5.`
  }
  if (redirects === 'none') return 'Let redirects be followed (redirects: same-host), or accept this status.'
  return 'It is not a redirect that clients follow: mend it, or accept this status.'
}

/** A gateway that got no answer says so itself, mostly with a page; an application that is not ready has one of its own. */
function unavailable(response: HttpResponse): string {
  const json = response.status === 503 ? readJson(response) : undefined
  if (json?.ok && typeof json.value === 'object') {
    return `The application says that it is not ready${retryAfter(response)}: see its answer.`
  }
  return `Whatever is in front of the application got no answer from it${retryAfter(response)}: is it still starting?`
}

function refused(check: Check, response: HttpResponse, redact: Redact | undefined): string {
  const sent = credentialsOf(check)
  const change = originChange(response)
  if (sent.length > 0 && change !== undefined) {
    const [from, to] = [change.from, change.to].map((url) => plain(displayUrl(url), redact))
    const upgrade = change.from.hostname === change.to.hostname && change.to.protocol === 'https:'
    const instead = upgrade ? 'write https:// in url or base-url' : 'give that address as url or base-url'
    return `${list(sent)} ${sent.length === 1 ? 'was' : 'were'} dropped on the redirect from ${from} to ${to}: ${instead}.`
  }
  if (response.status === 403 && isFormPost(check, response)) {
    return 'A form is mostly refused for its CSRF protection: is its token captured from the page of the form, in the same session, and is Referer (or Origin) an address that the application trusts?'
  }
  if (sent.length > 0) {
    return `The server does not accept the credentials that were sent (${list(sent)}): check that they are of this environment and not expired.`
  }
  return response.status === 401
    ? 'No credentials were sent: set auth or a header such as Authorization; where strangers are to be refused, set status: 401.'
    : 'No credentials were sent: set auth or a header such as Authorization; or let whatever guards the application (an allow list, a firewall, protection from bots) admit the runner.'
}

function isFormPost({ method, requestBody }: Check, response: HttpResponse): boolean {
  if (/^(?:GET|HEAD|OPTIONS)$/i.test(method)) return false
  if (requestBody !== undefined && 'form' in requestBody) return true
  const decoded = decodeText(response)
  return decoded.ok && isHtml(response, decoded.text) && /csrf/i.test(decoded.text.slice(0, 65_536))
}

/** Headers that say nothing of who asks; what a project calls its own credentials cannot be known. */
const IMPERSONAL =
  /^(?:accept(?:-.+)?|cache-control|connection|content-.+|dnt|expect|forwarded|from|host|if-.+|origin|pragma|prefer|priority|range|referer|sec-.+|te|traceparent|tracestate|upgrade-insecure-requests|user-agent|via|x-forwarded-.+|x-real-ip|x-request-id|x-requested-with)$/i

function credentialsOf({ auth, requestHeaders }: Check): readonly string[] {
  const names = requestHeaders.map(([name]) => name).filter((name) => !IMPERSONAL.test(name))
  const named = names.some((name) => name.toLowerCase() === 'authorization')
  return auth === undefined || named ? names : ['Authorization', ...names]
}

function retryAfter(response: HttpResponse): string {
  const after = headerValue(response, 'retry-after')
  return after === undefined ? '' : ` (retry-after: ${plain(after)})`
}
