/** The run that a step belongs to, as GitHub describes it in the environment and in the event file. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { ActionError } from './errors.ts'

/**
 * The environment variable in which a step says, through GITHUB_ENV, where it has deployed to. deploy-pages sets it,
 * create-deployment reads it when the job ends; any other step may set it, too.
 */
export const DEPLOYMENT_URL_VARIABLE = 'SLIPWAY_DEPLOYMENT_URL'

const Head = v.object({
  ref: v.string(),
  sha: v.string(),
  repo: v.nullish(v.object({ full_name: v.string(), owner: v.object({ login: v.string() }) })),
})

/** The parts of a webhook event that the pack reads; every event has some of them. */
const Event = v.object({
  repository: v.optional(v.object({ default_branch: v.optional(v.string()) })),
  head_commit: v.nullish(v.object({ message: v.optional(v.string()) })),
  pull_request: v.optional(v.object({ title: v.optional(v.string()), head: Head })),
  workflow_run: v.optional(
    v.object({
      event: v.nullish(v.string()),
      head_branch: v.nullable(v.string()),
      head_sha: v.string(),
      head_repository: v.nullish(v.object({ full_name: v.string(), owner: v.object({ login: v.string() }) })),
      head_commit: v.nullish(v.object({ message: v.optional(v.string()) })),
    }),
  ),
})

/** The run as GitHub describes it to a step. */
export interface GitHubContext {
  readonly owner: string
  readonly repo: string
  readonly sha: string
  readonly ref: string
  readonly eventName: string
  readonly event: v.InferOutput<typeof Event>
  /** undefined where the event does not say. */
  readonly defaultBranch?: string | undefined
  readonly runId: number
  readonly runAttempt: number
  /** The job's key in the workflow file. */
  readonly job: string
  readonly apiUrl: string
  readonly serverUrl: string
}

/** Reads the run from the environment and its event file. */
export function readContext(env: Readonly<Record<string, string | undefined>>): GitHubContext {
  const [owner = '', repo = ''] = variable(env, 'GITHUB_REPOSITORY').split('/')
  const event = readEvent(variable(env, 'GITHUB_EVENT_PATH'))
  return {
    owner,
    repo,
    sha: variable(env, 'GITHUB_SHA'),
    ref: env['GITHUB_REF'] ?? '',
    eventName: variable(env, 'GITHUB_EVENT_NAME'),
    event,
    defaultBranch: event.repository?.default_branch,
    runId: Number(variable(env, 'GITHUB_RUN_ID')),
    runAttempt: Number(env['GITHUB_RUN_ATTEMPT'] ?? '1'),
    job: variable(env, 'GITHUB_JOB'),
    apiUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    serverUrl: env['GITHUB_SERVER_URL'] ?? 'https://github.com',
  }
}

function variable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name]
  if (value) return value
  throw new ActionError(`The environment variable ${name} is missing.`, {
    hint: 'GitHub Actions sets it for every step; outside of a workflow run it has to be set by hand.',
  })
}

function readEvent(path: string): v.InferOutput<typeof Event> {
  const parsed = v.safeParse(Event, JSON.parse(readFileSync(path, 'utf8')))
  if (parsed.success) return parsed.output
  throw new ActionError(`The event file of this run has an unexpected shape: ${v.summarize(parsed.issues)}`, {
    hint: 'If a tool made the event, compare it with the webhook payload that GitHub documents for it.',
  })
}

/**
 * The events whose ref is the branch that is built. Under the others, a comment on a pull request say, GITHUB_REF is
 * the default branch whatever the job checks out: that must not become production by itself.
 */
const BRANCH_EVENTS = ['push', 'schedule', 'workflow_dispatch', 'repository_dispatch', 'merge_group']

/**
 * Those and the pull requests' are the events of a run whose `head_branch` and `head_repository` are those of its code.
 * Behind any other, a run that was itself started by `workflow_run` say, they are the default branch and this repository
 * whoever wrote the code (actions/runner#1628).
 */
const TELLING_EVENTS = [...BRANCH_EVENTS, 'pull_request', 'pull_request_target']

/** The commit that a run is about, and where it comes from. */
export interface Head {
  readonly sha: string
  /** Without `refs/heads/`; undefined for a tag, and where an event says nothing about the code that is built. */
  readonly branch: string | undefined
  /** The branch is what GitHub says of the run before: of one for a tag, it is the tag's name. */
  readonly isSecondHand: boolean
  /** The owner of the fork that the commit comes from; undefined when it is this repository's own, or in doubt. */
  readonly fork: string | undefined
  /** Why nobody can say whose code is built, as a sentence without its full stop; undefined where GitHub says it. */
  readonly doubt: string | undefined
  readonly message: string | undefined
}

/**
 * The head that a person means: of a pull request its own head commit, not GitHub's merge commit; under
 * `workflow_run` the head of the run that was completed. A deleted fork counts as a fork.
 */
export function headOf(context: GitHubContext): Head {
  const { event, eventName, sha, ref } = context
  const { pull_request: pullRequest, workflow_run: workflowRun, head_commit: commit } = event
  if (pullRequest !== undefined) {
    const { sha, ref: branch, repo } = pullRequest.head
    const fork = forkOwner(repo, context)
    return { sha, branch, isSecondHand: false, fork, doubt: undefined, message: pullRequest.title }
  }
  if (workflowRun !== undefined) return headBefore(workflowRun, context)
  const isTelling = BRANCH_EVENTS.includes(eventName)
  return {
    sha,
    branch: isTelling ? /^refs\/heads\/(.+)$/s.exec(ref)?.[1] : undefined,
    isSecondHand: false,
    fork: undefined,
    doubt: isTelling ? undefined : `the event ${eventName} does not say whose code is built`,
    message: commit?.message,
  }
}

type WorkflowRun = NonNullable<GitHubContext['event']['workflow_run']>

function headBefore(run: WorkflowRun, context: GitHubContext): Head {
  const { event, head_sha: sha, head_branch: branch, head_repository: repo, head_commit: commit } = run
  const isTelling = event != null && TELLING_EVENTS.includes(event)
  const fork = forkOwner(repo, context)
  const doubt = event == null ? 'GitHub does not say what started the run before' : startedBy(event)
  return {
    sha,
    branch: isTelling || fork !== undefined ? (branch ?? undefined) : undefined,
    isSecondHand: true,
    fork,
    doubt: isTelling || fork !== undefined ? undefined : doubt,
    message: commit?.message,
  }
}

function startedBy(event: string): string {
  return `the run before was started by ${event}, which does not say whose code it built`
}

function forkOwner(
  repo: { readonly full_name: string; readonly owner: { readonly login: string } } | null | undefined,
  { owner, repo: name }: Pick<GitHubContext, 'owner' | 'repo'>,
): string | undefined {
  if (repo == null) return 'unknown'
  return repo.full_name.toLowerCase() === `${owner}/${name}`.toLowerCase() ? undefined : repo.owner.login
}
