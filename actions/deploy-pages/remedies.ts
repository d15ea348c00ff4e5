/** Why Cloudflare's API did not do what the action itself asked it for, in words. */

import type { Answer } from '../../src/cloudflare.ts'
import { formatDuration } from '../../src/duration.ts'
import { TRUST_HINT, UNTRUSTED } from './classify.ts'
import { explainCode, LIMIT_HINT, type Subject, TOKEN_HINT } from './codes.ts'
import type { Problem } from './problem.ts'

type Failed = Exclude<Answer<unknown>, { kind: 'ok' }>

export function explainRefusal(answer: Failed, subject: Subject): Problem {
  if (answer.kind === 'unavailable') return unavailable(answer)
  const { code, status, message } = answer
  const known = explainCode(code, subject)
  if (known !== undefined) return known
  const { project, asked = `read project "${project}"` } = subject
  return {
    message: `Cloudflare refused to ${asked}: ${message} (${code === undefined ? `HTTP ${status}` : `code ${code}`}).`,
    hint: TOKEN_HINT,
  }
}

function unavailable({ status, code, message, retryAfter }: Extract<Failed, { kind: 'unavailable' }>): Problem {
  const wait = retryAfter === undefined ? '' : ` It asks to wait ${formatDuration(retryAfter)}.`
  const isLimit = status === 429
  const what = isLimit ? 'Cloudflare limits the rate of requests' : 'The Cloudflare API is not available'
  // Without an envelope the status is all that there is to say.
  const isBare = status === undefined || message === `HTTP ${status}`
  const said = isBare ? message : `${message} (HTTP ${status}${code === undefined ? '' : `, code ${code}`})`
  const hint = isLimit ? LIMIT_HINT : UNTRUSTED.test(message) ? TRUST_HINT : OUTAGE_HINT
  return { message: `${what}: ${said}.${wait}`, hint }
}

const OUTAGE_HINT = 'Try again later; look at www.cloudflarestatus.com, and on a self-hosted runner at its network.'
