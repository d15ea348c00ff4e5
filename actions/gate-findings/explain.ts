/** GitHub's refusals to list alerts: those that mean that there are none, and the others in words. */
import * as v from 'valibot'
import { ActionError } from '../../src/errors.ts'
import type { Ports } from './ports.ts'
import { shown } from './show.ts'

/** What Octokit throws. Without a response the request never reached GitHub, or its answer never came. */
const Failure = v.object({
  status: v.number(),
  message: v.string(),
  response: v.optional(v.object({ data: v.unknown(), headers: v.record(v.string(), v.unknown()) })),
})
const Body = v.object({ message: v.optional(v.string(), '') })

const DOING = 'list the code scanning alerts'
const PERMISSION = 'security-events: read'

/** Only what GitHub says in so many words: a token that may not look gets a 403 or a 404, too. */
export function kindOfRefusal(error: unknown): 'no-analysis' | 'off' | undefined {
  const { status, said } = readFailure(error) ?? {}
  if (status === 404 && /no analysis found/i.test(said ?? '')) return 'no-analysis'
  const isOff = /(?:not enabled|must be enabled|not available|disabled)/i.test(said ?? '')
  if (status === 403 && isOff && /code scanning|advanced security|code security/i.test(said ?? '')) return 'off'
  return undefined
}

/** An ActionError for whatever GitHub or the way to it does; anything else unchanged. */
export function explain(error: unknown, ports: Ports): unknown {
  const failure = readFailure(error)
  if (failure === undefined) return error
  const { status, said, headers } = failure
  if (headers === undefined) {
    return new ActionError(`GitHub could not be asked to ${DOING}: ${shown(said, 300).replace(/\.$/, '')}.`, {
      hint: `Check that the runner reaches ${ports.context.apiUrl}, then run the job again.`,
      cause: error,
    })
  }
  const reason = said === '' ? '' : `: ${shown(said, 300).replace(/\.$/, '')}`
  const text = `GitHub ${status >= 500 ? 'failed' : 'refused'} to ${DOING}${reason} (${status}).`
  return new ActionError(text, { hint: hintFor(failure, ports), cause: error })
}

/** A success of GitHub's that is no list of alerts. */
export function unreadable({ context }: Ports): ActionError {
  return new ActionError(`GitHub was asked to ${DOING}, and its answer cannot be read.`, {
    hint: `Check that nothing between the runner and ${context.apiUrl} changes its answers, then run the job again.`,
  })
}

interface Read {
  readonly status: number
  readonly said: string
  readonly headers: Readonly<Record<string, unknown>> | undefined
}

function readFailure(error: unknown): Read | undefined {
  const parsed = v.safeParse(Failure, error)
  if (!parsed.success) return undefined
  const { status, message, response } = parsed.output
  if (response === undefined) return { status, said: message, headers: undefined }
  const body = v.safeParse(Body, response.data)
  return { status, said: body.success ? body.output.message : '', headers: response.headers }
}

function hintFor({ status, said, headers }: Read, { context }: Ports): string {
  const repository = `${context.owner}/${context.repo}`
  if (status === 429 || (status === 403 && /rate limit/i.test(said))) {
    const wait = Number(headers?.['retry-after'])
    return `Run the job again ${Number.isFinite(wait) ? `in ${wait} s` : 'in an hour'}: the tokens of all jobs of a repository share their requests.`
  }
  if (status === 401)
    return 'Leave github-token at its default, or give it a token that has neither expired nor been revoked.'
  if (status === 403 && /by integration/i.test(said)) {
    return `Add "${PERMISSION}" to the job's permissions; "security-events: write", which the upload needs, will do.`
  }
  if (status === 403 || status === 404) {
    return `Give the token in github-token the permission "${PERMISSION}" for ${repository}. Where code scanning is not to be had, set baseline to none.`
  }
  if (status >= 500) return 'See https://www.githubstatus.com, then run the job again.'
  return 'Correct what GitHub names.'
}
