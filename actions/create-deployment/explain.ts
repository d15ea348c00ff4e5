/** GitHub's refusals in words: what failed, why, and what to change. */
import * as v from 'valibot'
import { type GitHubContext, headOf } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import { LED_ELSEWHERE } from '../../src/github.ts'
import { isRateLimit, rateLimitHint } from './rate-limit.ts'
import { isGitHubCom } from './urls.ts'

/** What was asked of GitHub, and on whose behalf. */
export interface Asked {
  /** Completes "GitHub refused to …". */
  readonly doing: string
  /** What the request for a new deployment asked for; without required contexts it asked for all of them. */
  readonly wanted?: { readonly ref: string; readonly required_contexts?: readonly string[] }
  readonly context: GitHubContext
  /** What the request needs, as under `permissions:`. Default: `deployments: write`. */
  readonly permission?: string
  /** Of a write whose answer was lost: what a look-up has found. */
  readonly aftermath?: Aftermath
  /** GITHUB_ACTOR. */
  readonly actor: string | undefined
  readonly signal: AbortSignal
}

/**
 * `absent`: nothing was there after either of two attempts. `unknown`: the look-up after the first one failed.
 * `merged`: nothing was there, which is also what a merge instead of a deployment leaves.
 */
export type Aftermath = 'absent' | 'unknown' | 'merged'

/** What Octokit throws. Without a response the request never reached GitHub, or its answer never came. */
const RequestFailure = v.object({
  status: v.number(),
  message: v.string(),
  cause: v.optional(v.unknown()),
  response: v.optional(v.object({ data: v.unknown(), headers: v.record(v.string(), v.unknown()) })),
})

const LedElsewhere = v.object({ code: v.literal(LED_ELSEWHERE) })

const Contexts = v.array(v.object({ context: v.string(), state: v.string() }))
const Detail = v.object({
  message: v.optional(v.string()),
  field: v.optional(v.string()),
  code: v.optional(v.string()),
  contexts: v.optional(Contexts),
})
const Body = v.object({
  message: v.optional(v.string(), ''),
  errors: v.optional(v.array(v.union([v.string(), Detail])), []),
})
type Body = v.InferOutput<typeof Body>

/** An ActionError for whatever GitHub or the way to it does; the reason of an abort; anything else unchanged. */
export function explain(error: unknown, asked: Asked): unknown {
  if (asked.signal.aborted) return asked.signal.reason
  const parsed = v.safeParse(RequestFailure, error)
  if (!parsed.success) return error
  const { status, message, cause, response } = parsed.output
  const unanswered = () => (v.is(LedElsewhere, cause) ? led(message, asked) : unreachable(message, asked))
  const { text, hint } = response === undefined ? unanswered() : answered(status, response, asked)
  return new ActionError(text, { hint, cause: error })
}

/** A success of GitHub's that says nothing, since it was cut off on its way. */
export function unreadable(status: number, asked: Asked): ActionError {
  return new ActionError(
    `GitHub's answer to the request to ${asked.doing} cannot be read (${status}).${after(asked)}`,
    {
      hint: runAgain(asked, 'Check that nothing between the runner and GitHub changes its answers'),
    },
  )
}

interface Explanation {
  readonly text: string
  readonly hint: string
}

function unreachable(reason: string, asked: Asked): Explanation {
  const { doing, context } = asked
  return {
    text: `GitHub could not be asked to ${doing}: no answer from ${context.apiUrl} (${reason}).${after(asked)}`,
    hint: runAgain(asked, 'Check that the runner reaches this address'),
  }
}

function led(reason: string, { doing, context }: Asked): Explanation {
  return {
    text: `GitHub could not be asked to ${doing}: something stands before ${context.apiUrl}, and ${reason}.`,
    hint: 'Let the runner reach this address without a login page or a proxy that sends it away, then run the job again.',
  }
}

function after({ aftermath }: Asked): string {
  if (aftermath === 'absent') return ' It was asked twice, and nothing was there afterwards.'
  if (aftermath === 'unknown') return ' It was not asked again, since whether it has done so could not be looked up.'
  if (aftermath === 'merged') return ' It was not asked again, since it may have merged the default branch instead.'
  return ''
}

function runAgain({ aftermath }: Asked, check: string): string {
  const then = aftermath === 'unknown' ? ', which takes up what may be there' : ''
  return `${check}, then run the job again${then}.`
}

function answered(
  status: number,
  response: { readonly data: unknown; readonly headers: Readonly<Record<string, unknown>> },
  asked: Asked,
): Explanation {
  const parsed = v.safeParse(Body, response.data)
  const body = parsed.success ? parsed.output : { message: '', errors: [] }
  if (status >= 500) return unwell(status, asked)
  const limit = { status, message: body.message, headers: response.headers }
  if (isRateLimit(limit)) {
    const reason = body.message === '' ? 'a rate limit is used up' : body.message
    return { text: refused(asked, status, reason), hint: rateLimitHint(limit, asked.context, Date.now()) }
  }
  if (status === 401) return badToken(body, asked)
  if (status === 403) return forbidden(body, asked)
  if (status === 404) return notFound(body, asked)
  if (status === 409) return conflict(body, asked)
  if (status === 422) return invalid(body, asked)
  return { text: refused(asked, status, body.message), hint: '' }
}

function refused({ doing }: Asked, status: number, reason: string): string {
  return reason === ''
    ? `GitHub refused to ${doing} (${status}).`
    : `GitHub refused to ${doing}: ${reason.replace(/\.$/, '')} (${status}).`
}

function unwell(status: number, asked: Asked): Explanation {
  const { context } = asked
  return {
    text: `GitHub failed to ${asked.doing} (${status}).${after(asked)}`,
    hint: runAgain(asked, isGitHubCom(context) ? 'See https://www.githubstatus.com' : `Check ${context.serverUrl}`),
  }
}

function badToken(body: Body, asked: Asked): Explanation {
  return {
    text: refused(asked, 401, `it does not know the token, "${body.message}"`),
    hint: 'Leave github-token at its default, or give it a token that has neither expired nor been revoked.',
  }
}

/** Under `pull_request_target` and `workflow_run` the token is the repository's own. */
const READ_ONLY_FOR_FORKS = ['pull_request', 'pull_request_review', 'pull_request_review_comment']

function forbidden(body: Body, asked: Asked): Explanation {
  const { context, actor, permission = 'deployments: write' } = asked
  if (!/not accessible by integration/i.test(body.message)) {
    const hint = `Give the token in github-token the permission "${permission}" for this repository.`
    return { text: refused(asked, 403, body.message), hint }
  }
  const written = permission.endsWith('write')
  if (written && READ_ONLY_FOR_FORKS.includes(context.eventName) && headOf(context).fork !== undefined) {
    return {
      text: refused(asked, 403, 'the pull request comes from a fork, where the token can only read'),
      hint: 'Skip the job for forks: "if: github.event_name != \'pull_request\' || github.event.pull_request.head.repo.full_name == github.repository".',
    }
  }
  if (written && actor === 'dependabot[bot]') {
    return {
      text: refused(asked, 403, 'Dependabot started the run, and its token can only read by default'),
      hint: 'Skip the job for pull requests of Dependabot: "if: github.event.pull_request.user.login != \'dependabot[bot]\'". Or add "deployments: write" to its permissions, and what it needs to Dependabot\'s own secrets.',
    }
  }
  return {
    text: refused(asked, 403, `the token lacks a permission, "${body.message}"`),
    hint: `Add "${permission}" to the job's permissions.`,
  }
}

function notFound(body: Body, asked: Asked): Explanation {
  const { context, permission } = asked
  const text = refused(
    asked,
    404,
    `there is no such thing in ${context.owner}/${context.repo}, or the token may not see it`,
  )
  if (body.message === '') {
    return { text, hint: 'Check GITHUB_API_URL: the answer does not look like one of the API.' }
  }
  return {
    text,
    hint:
      permission === undefined
        ? 'Check that the token in github-token is for this repository, and that nothing deletes deployments meanwhile.'
        : `Give the token in github-token the permission "${permission}" for this repository.`,
  }
}

function conflict(body: Body, asked: Asked): Explanation {
  const details = body.errors.filter((error) => typeof error !== 'string')
  const checks = details.find((error) => error.field === 'required_contexts' || error.contexts !== undefined)
  if (checks !== undefined || /status checks failed/i.test(body.message)) {
    const list = describeContexts(checks?.contexts ?? [], asked.wanted?.required_contexts)
    return {
      text: refused(asked, 409, `required contexts have not passed${list === '' ? '' : `: ${list}`}`),
      hint: 'Run this job after them, or name fewer in required-contexts.',
    }
  }
  return {
    text: refused(asked, 409, body.message),
    hint: /merg/i.test(body.message)
      ? 'Merge the default branch by hand and push, or set auto-merge to false.'
      : 'Change what GitHub names, then run the job again.',
  }
}

/**
 * The contexts that stand in the way, each with its state. GitHub lists every context that was reported, passed
 * ones too, and none that was required and never reported (drevops/vortex#1903).
 */
function describeContexts(reported: v.InferOutput<typeof Contexts>, required: readonly string[] | undefined): string {
  const stateOf = (name: string) => reported.find(({ context }) => context === name)?.state ?? 'not reported'
  const relevant = required?.map((context) => ({ context, state: stateOf(context) })) ?? reported
  return relevant
    .filter(({ state }) => state !== 'success')
    .map(({ context, state }) => `${context}: ${state}`)
    .join(', ')
}

function invalid(body: Body, asked: Asked): Explanation {
  if (asked.wanted !== undefined && /no ref found/i.test(body.message)) {
    return {
      text: refused(asked, 422, `the repository has no ref "${asked.wanted.ref}"`),
      hint: 'Give ref a branch, a tag or a full SHA that has been pushed to this repository.',
    }
  }
  const details = body.errors.map((error) =>
    typeof error === 'string'
      ? error
      : (error.message ?? `${error.field ?? 'something'} is ${error.code ?? 'invalid'}`),
  )
  return {
    text: refused(asked, 422, [body.message, ...details].filter((text) => text !== '').join(': ')),
    hint: 'Correct the input that GitHub names.',
  }
}

/** 202: GitHub has moved the branch, so that the commit of this run is not what a deployment would be of. */
export function autoMerged(ref: string, message: string | undefined): ActionError {
  return new ActionError(`GitHub created no deployment of ${ref} but moved the branch (202: ${message ?? 'merged'}).`, {
    hint:
      'The commit that this run built is no longer the head: deploy with a new run, which builds the merge commit. ' +
      'With auto-merge set to false GitHub leaves the branch alone.',
  })
}
