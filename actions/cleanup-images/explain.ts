/** GitHub's refusals in words: what failed, why, and what to change. */
import * as v from 'valibot'
import type { GitHubContext } from '../../src/context.ts'
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import { type PackageName, pathOf } from './names.ts'

export interface Asked {
  /** Completes "GitHub refused to …". */
  readonly doing: string
  readonly name: PackageName
  readonly context: GitHubContext
  readonly signal: AbortSignal
}

/** What Octokit throws. Without a response the request never reached GitHub, or its answer never came. */
const Failure = v.object({
  status: v.number(),
  message: v.string(),
  response: v.optional(v.object({ data: v.unknown(), headers: v.record(v.string(), v.unknown()) })),
})
const Body = v.object({ message: v.optional(v.string(), '') })

/** undefined for what is no answer of GitHub's. */
export function statusOf(error: unknown): number | undefined {
  const parsed = v.safeParse(Failure, error)
  return parsed.success && parsed.output.response !== undefined ? parsed.output.status : undefined
}

export function isRateLimited(error: unknown): boolean {
  const parsed = v.safeParse(Failure, error)
  if (!parsed.success || parsed.output.response === undefined) return false
  const { status, response } = parsed.output
  if (status === 429) return true
  return (
    status === 403 && (response.headers['x-ratelimit-remaining'] === '0' || /rate limit/i.test(saidBy(response.data)))
  )
}

/** Whether GitHub may have done what it was asked for: it has not answered, or only that something went wrong. */
export function isUnanswered(error: unknown): boolean {
  const parsed = v.safeParse(Failure, error)
  return parsed.success && (parsed.output.response === undefined || parsed.output.status >= 500)
}

/** What GitHub deletes for nobody, in its words: the last version, or one with many downloads. */
export function refusalOf(error: unknown): string | undefined {
  const parsed = v.safeParse(Failure, error)
  const said = parsed.success ? saidBy(parsed.output.response?.data) : ''
  return /last (?:tagged )?version|5,?000 downloads/i.test(said) ? said : undefined
}

/** An ActionError for whatever GitHub or the way to it does; the reason of an abort; anything else unchanged. */
export function explain(error: unknown, asked: Asked): unknown {
  if (asked.signal.aborted) return asked.signal.reason
  const parsed = v.safeParse(Failure, error)
  if (!parsed.success) return error
  const { status, message, response } = parsed.output
  if (response === undefined) {
    return new ActionError(`GitHub could not be asked to ${asked.doing}: ${message.replace(/\.$/, '')}.`, {
      hint: `Check that the runner reaches ${asked.context.apiUrl}, then run the job again: it goes on where this one stopped.`,
      cause: error,
    })
  }
  const said = saidBy(response.data)
  const verb = status >= 500 ? 'failed' : 'refused'
  const reason = said === '' ? '' : `: ${said.replace(/\.$/, '')}`
  const hint = isRateLimited(error) ? limitHint(response.headers) : hintFor(status, asked)
  return new ActionError(`GitHub ${verb} to ${asked.doing}${reason} (${status}).`, { hint, cause: error })
}

function saidBy(data: unknown): string {
  const parsed = v.safeParse(Body, data)
  return parsed.success ? parsed.output.message.replace(/\s+/g, ' ').trim().slice(0, 500) : ''
}

function limitHint(headers: Readonly<Record<string, unknown>>): string {
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1000 - Date.now()
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Number.isFinite(reset) ? Math.max(reset, 0) : undefined
  return `Run the job again ${wait === undefined ? 'later' : `in ${formatDuration(wait)}`}: it goes on where this one stopped.`
}

function hintFor(status: number, { name, context }: Asked): string {
  if (status === 401) {
    return 'Leave github-token at its default, or give it a token that has neither expired nor been revoked.'
  }
  if (status === 403) return accessHint(name, context)
  if (status === 404) {
    return `Check that ${name.owner} has a container package "${name.package}". GitHub answers the same where the token may not see it. ${accessHint(name, context)}`
  }
  if (status >= 500)
    return 'See https://www.githubstatus.com, then run the job again: it goes on where this one stopped.'
  return 'Change what GitHub names, then run the job again.'
}

/** Three things have to be right, and GitHub's answer names none of them. */
export function accessHint(
  name: PackageName,
  { owner, repo }: { readonly owner: string; readonly repo: string },
): string {
  return (
    `The job needs "packages: write" in its permissions, and ${owner}/${repo} needs the role Admin on ${pathOf(name)}: it has it ` +
    'where a workflow of this repository has pushed the package first; otherwise give it under "Manage Actions access" in the ' +
    'settings of the package. A package of another owner needs a classic personal access token with read:packages and delete:packages.'
  )
}
