/** Whether the status is one that the check accepts. */
import type { Check, StatusMatch } from '../check.ts'
import type { HttpResponse } from '../exchange.ts'
import type { Finding, Observation } from '../result.ts'
import { describeBody } from './body.ts'
import { finding } from './finding.ts'
import { headerValue } from './headers.ts'
import { list, plain } from './show.ts'

export function judgeStatus(check: Check, { response, redact }: Observation): readonly Finding[] {
  if (isAccepted(check.status, response.status)) return []
  const message = `The answer is ${describeStatus(response)}, ${describeBody(response, redact)}; ${describeStatuses(check.status)} was wanted.`
  return [finding(check, 'status', { message, hint: remedy(check, response) })]
}

export function isAccepted(accepted: readonly StatusMatch[], status: number): boolean {
  return accepted.some((match) =>
    'exact' in match ? match.exact === status : match.class === Math.floor(status / 100),
  )
}

/** As `503 Service Unavailable`. */
export function describeStatus({ status, statusText }: HttpResponse): string {
  return statusText === '' ? String(status) : `${status} ${plain(statusText)}`
}

/** As `401, 403 or 404`. */
export function describeStatuses(accepted: readonly StatusMatch[]): string {
  return list(
    accepted.map((match) => ('exact' in match ? String(match.exact) : `${match.class}xx`)),
    'or',
  )
}

function remedy(check: Check, response: HttpResponse): string {
  const { status } = response
  if (status === 401 || status === 403) return refused(check)
  if (status === 404) return 'Check the path of url, and that this is the host that the deployment serves.'
  if (status === 405) return `Check method: the server does not take ${check.method} here.`
  if (status === 429) return `A rate limit was reached${retryAfter(response)}: raise interval, or ask for less.`
  if (status >= 300 && status < 400) return 'Let redirects be followed (redirects: same-host), or accept this status.'
  if (status === 502 || status === 503 || status === 504) {
    return `Whatever is in front of the application got no answer from it${retryAfter(response)}: is it still starting?`
  }
  return status >= 500 ? 'The application failed: look into its log.' : ''
}

function refused(check: Check): string {
  const sent = check.auth !== undefined || check.requestHeaders.some(([name]) => name.toLowerCase() === 'authorization')
  return sent
    ? 'The server does not accept the credentials that were sent: check that they are of this environment and not expired.'
    : 'No credentials were sent: set auth or an Authorization header, or accept this status.'
}

function retryAfter(response: HttpResponse): string {
  const after = headerValue(response, 'retry-after')
  return after === undefined ? '' : ` (retry-after: ${plain(after)})`
}
