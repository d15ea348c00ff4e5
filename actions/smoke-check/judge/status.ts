/** Whether the status is one that the check accepts. */
import type { Check, StatusMatch } from '../check.ts'
import type { HttpResponse } from '../exchange.ts'
import type { Finding, Observation } from '../result.ts'
import { describeBody } from './body.ts'
import { finding } from './finding.ts'
import { redirectTarget } from './redirected.ts'
import { remedy } from './remedy.ts'
import { list, plain } from './show.ts'

export function judgeStatus(check: Check, { response, redact }: Observation): readonly Finding[] {
  if (isAccepted(check.status, response.status)) return []
  const target = redirectTarget(response, redact)
  const to = target === undefined ? '' : ` to ${target.shown}`
  const message = `The answer is ${describeStatus(response)}${to}, ${describeBody(response, redact)}; ${describeStatuses(check.status)} was wanted.`
  return [finding(check, 'status', { message, hint: remedy(check, response, redact) })]
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
