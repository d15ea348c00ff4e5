/** GitHub's refusals in words, for the stores that GitHub keeps: what failed, why, and what to change. */
import * as v from 'valibot'
import { type GitHubContext, headOf } from '../../../src/context.ts'
import { formatDuration } from '../../../src/duration.ts'
import { ActionError, messageOf } from '../../../src/errors.ts'
import { LED_ELSEWHERE } from '../../../src/github.ts'
import { jsonOf } from './documents.ts'
import { failureOf } from './github-http.ts'

/** What was asked of GitHub, and on whose behalf. */
export interface Asked {
  /** Completes "GitHub refused to …". */
  readonly doing: string
  /** What the request needs, as under `permissions:`. */
  readonly permission: 'actions: read' | 'actions: write' | 'contents: read' | 'contents: write' | 'metadata: read'
  /** What it needs that for, where nobody would guess it. */
  readonly purpose?: string
  readonly context: GitHubContext
  readonly signal: AbortSignal
}

/** Does the work. @throws ActionError for whatever GitHub or the way to it does; the reason of an abort */
export async function ask<T>(asked: Asked, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw explain(error, asked)
  }
}

/** An ActionError, the reason of an abort; what is no answer of GitHub's is unchanged. */
export function explain(error: unknown, asked: Asked): unknown {
  if (asked.signal.aborted) return asked.signal.reason
  const failure = failureOf(error)
  if (failure === undefined) return error
  const reason = failure.status === undefined ? failure.message : reasonIn(jsonOf(failure.body))
  const { text, hint } = explanationOf({ status: failure.status, reason, headers: failure.headers }, error, asked)
  return new ActionError(text, { hint, cause: error })
}

/** GitHub's refusal; without a status there was no answer. */
interface Answer {
  readonly status: number | undefined
  /** GitHub's own words; may be empty. */
  readonly reason: string
  readonly headers: Headers
}

const Detail = v.object({
  message: v.optional(v.string()),
  code: v.optional(v.string()),
  field: v.optional(v.string()),
})
/** `message` is the API's word for it, `msg` the artifact service's. */
const Body = v.object({
  message: v.optional(v.string()),
  msg: v.optional(v.string()),
  errors: v.optional(v.array(v.union([v.string(), Detail])), []),
})

function reasonIn(data: unknown): string {
  const parsed = v.safeParse(Body, data)
  if (!parsed.success) return ''
  const { message, msg, errors } = parsed.output
  const details = errors.map((detail) =>
    typeof detail === 'string' ? detail : (detail.message ?? [detail.field, detail.code].filter(Boolean).join(' ')),
  )
  return [message ?? msg ?? '', ...details].filter(Boolean).join(': ')
}

interface Explanation {
  readonly text: string
  readonly hint: string
}

function explanationOf(answer: Answer, error: unknown, asked: Asked): Explanation {
  const { status } = answer
  if (status === undefined) return unreachable(answer, error, asked)
  if (status >= 500) return unwell(status, asked)
  if (isRateLimit(answer)) return limited(answer, asked)
  if (status === 401) return badToken(answer, asked)
  if (status === 403) return forbidden(answer, asked)
  if (status === 404 || status === 410) return notFound(answer, asked)
  return { text: refused(asked, answer), hint: '' }
}

function refused({ doing }: Asked, { status, reason }: Answer): string {
  const why = reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`
  return `GitHub refused to ${doing}${why} (${status}).`
}

const LedElsewhere = v.object({ cause: v.object({ code: v.literal(LED_ELSEWHERE) }) })

function unreachable({ reason }: Answer, error: unknown, { doing, context }: Asked): Explanation {
  const text = `GitHub could not be asked to ${doing}: `
  if (v.is(LedElsewhere, error)) {
    return {
      text: `${text}something stands before ${context.apiUrl}, and ${reason}.`,
      hint: 'Let the runner reach this address without a login page or a proxy that sends it away, then run the job again.',
    }
  }
  return {
    text: `${text}no answer (${reason || messageOf(error)}).`,
    hint: 'Check that the runner reaches GitHub, then run the job again.',
  }
}

function unwell(status: number, { doing, context }: Asked): Explanation {
  const look =
    context.serverUrl === 'https://github.com' ? 'See https://www.githubstatus.com' : `Check ${context.serverUrl}`
  return { text: `GitHub failed to ${doing} (${status}).`, hint: `${look}, then run the job again.` }
}

function isRateLimit({ status, reason, headers }: Answer): boolean {
  return (
    status === 429 || (status === 403 && (headers.get('x-ratelimit-remaining') === '0' || /rate limit/i.test(reason)))
  )
}

function limited(answer: Answer, asked: Asked): Explanation {
  const reset = Number(answer.headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000 - Date.now()
  const after = Number(answer.headers.get('retry-after') ?? Number.NaN) * 1000
  const wait = [after, reset].find((milliseconds) => milliseconds > 0)
  return {
    text: refused(asked, { ...answer, reason: answer.reason || 'a rate limit is used up' }),
    hint: `Run the job again ${wait === undefined ? 'later' : `in ${formatDuration(wait)}`}. The jobs of a repository share 1,000 requests an hour, and one is needed for each snapshot that is listed: fewer snapshots need fewer.`,
  }
}

function badToken(answer: Answer, asked: Asked): Explanation {
  return {
    text: refused(asked, { ...answer, reason: `it does not know the token, "${answer.reason}"` }),
    hint: 'Leave github-token at its default, or give it a token that has neither expired nor been revoked.',
  }
}

/** Under `pull_request_target` and `workflow_run` the token is the repository's own. */
const READ_ONLY_FOR_FORKS = ['pull_request', 'pull_request_review', 'pull_request_review_comment']

function forbidden(answer: Answer, asked: Asked): Explanation {
  const { context, permission, purpose } = asked
  const why = purpose === undefined ? '' : `: ${purpose}`
  if (!/not accessible by integration/i.test(answer.reason)) {
    return {
      text: refused(asked, answer),
      hint: `Give the token in github-token the permission "${permission}" for this repository${why}.`,
    }
  }
  const isWrite = permission.endsWith('write')
  if (isWrite && READ_ONLY_FOR_FORKS.includes(context.eventName) && headOf(context).fork !== undefined) {
    return {
      text: refused(asked, { ...answer, reason: 'the pull request comes from a fork, where the token can only read' }),
      hint: 'Skip the job for forks: "if: github.event_name != \'pull_request\' || github.event.pull_request.head.repo.full_name == github.repository".',
    }
  }
  return {
    text: refused(asked, { ...answer, reason: `the token lacks a permission, "${answer.reason}"` }),
    hint: `Add "${permission}" to the job's permissions${why}.`,
  }
}

function notFound(answer: Answer, asked: Asked): Explanation {
  const { owner, repo } = asked.context
  return {
    text: refused(asked, {
      ...answer,
      reason: `there is no such thing in ${owner}/${repo}, or the token may not see it`,
    }),
    hint: `Check that the token in github-token is for this repository and has the permission "${asked.permission}".`,
  }
}
