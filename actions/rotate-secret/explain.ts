/** GitHub's refusals in words: what failed, why, and what to change. They never hold what was sent. */
import * as v from 'valibot'
import { ActionError } from '../../src/errors.ts'
import type { Asked } from './api.ts'
import type { Redact } from './redact.ts'

const Failure = v.object({
  status: v.number(),
  message: v.string(),
  response: v.optional(v.object({ data: v.unknown(), headers: v.record(v.string(), v.unknown()) })),
})
const Body = v.object({
  message: v.optional(v.string(), ''),
  errors: v.optional(v.array(v.union([v.string(), v.object({ message: v.optional(v.string()) })])), []),
})

/** An ActionError for whatever GitHub or the way to it does; anything else unchanged. */
export function explain(error: unknown, asked: Asked, redact: Redact): unknown {
  const parsed = v.safeParse(Failure, error)
  if (!parsed.success) return error
  const { status, message, response } = parsed.output
  if (response === undefined) {
    return new ActionError(`GitHub could not be asked to ${asked.doing}: ${redact(message).replace(/\.$/, '')}.`, {
      hint: 'Check that the runner reaches GitHub, then start a new run: it goes on where this one stopped.',
      cause: error,
    })
  }
  const said = saidBy(response.data, redact)
  const limited = status === 429 || (status === 403 && /rate limit/i.test(said))
  const hint = limited ? limitHint(response.headers) : hintFor(status, said, asked)
  const reason = said === '' ? '' : `: ${said.replace(/\.$/, '')}`
  const verb = status >= 500 ? 'failed' : 'refused'
  return new ActionError(`GitHub ${verb} to ${asked.doing}${reason} (${status}).`, { hint, cause: error })
}

/** Values are taken out before anything is cut off: of a part of one nobody could tell what it is. */
function saidBy(data: unknown, redact: Redact): string {
  const parsed = v.safeParse(Body, data)
  if (!parsed.success) return ''
  const { message, errors } = parsed.output
  const details = errors.map((one) => (typeof one === 'string' ? one : (one.message ?? '')))
  const text = [message, ...details].filter((part) => part !== '').join(': ')
  return redact(text).replace(/\s+/g, ' ').trim().slice(0, 500)
}

function limitHint(headers: Readonly<Record<string, unknown>>): string {
  const wait = Number(headers['retry-after'])
  return `Start a new run ${Number.isFinite(wait) ? `in ${wait} s` : 'in an hour'}: it goes on where this one stopped.`
}

function hintFor(status: number, said: string, { permission, token }: Asked): string {
  const isJobs = token === 'job-token'
  const need = isJobs ? `Add ${permission} to the job's permissions.` : `Give it ${permission}.`
  const holder = isJobs ? "The job's own token" : `The token in ${token}`
  if (status === 401) {
    return isJobs
      ? `${holder} is unknown to GitHub: it has expired. Start a new run.`
      : `${holder} is unknown to GitHub: it has expired, was revoked, or is not whole. Make a new one and put it into the secret that ${token} reads.`
  }
  if (status === 403 && token === 'github-token' && /by integration/i.test(said)) {
    return `The token in github-token is the workflow's own, or an App's that lacks a permission. The workflow's own can never write secrets: use a fine-grained personal token or an App's. ${need}`
  }
  if (status === 403) return `${holder} lacks a permission. ${need}`
  if (status === 404) {
    return `It does not exist, or ${isJobs ? "the job's own token" : `the token in ${token}`} cannot see it. Check the name; if that is right, the token lacks a permission. ${need}`
  }
  if (status === 422 && /encrypted/i.test(said)) return 'Its public key has changed meanwhile. Start a new run.'
  if (status >= 500) return 'Start a new run: it goes on where this one stopped. See https://www.githubstatus.com.'
  return 'Correct what GitHub names.'
}
