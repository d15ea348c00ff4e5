/** Payloads of events, in the shapes of https://docs.github.com/webhooks/webhook-events-and-payloads */
import { basename } from 'node:path'
import { fullRepository, htmlUrl, nodeId, repositoryUrl, userOf } from '../github/repository.ts'
import type { EventOptions } from './events.ts'
import { type Commit, nothing, type RepositoryCopy } from './repository.ts'

export function pushBody(options: EventOptions): object {
  const { branch, tag, copy, actor, repository } = options
  return {
    ref: tag === undefined ? `refs/heads/${branch}` : `refs/tags/${tag}`,
    before: copy.before,
    after: copy.head,
    created: copy.before === nothing,
    deleted: false,
    forced: false,
    // The branch whose head the tag is on.
    base_ref: tag === undefined ? null : `refs/heads/${repository.defaultBranch}`,
    compare: `${htmlUrl(repository)}/compare/${tag ?? copy.head.slice(0, 12)}`,
    // A tag brings no commit that was not there before.
    commits: tag === undefined ? pushed(copy).map((sha) => commitBody(options, sha)) : [],
    head_commit: commitBody(options, copy.head),
    pusher: { name: actor, email: `${actor}@users.noreply.github.com` },
    ...common(options),
  }
}

/** What the branch has and had not before, oldest first; a new branch brings what the default branch has not. */
function pushed({ commits, head, before, base }: RepositoryCopy): readonly string[] {
  const had = historyOf(commits, before === nothing ? base : before)
  const has = historyOf(commits, head)
  return commits.flatMap(({ sha }) => (has.has(sha) && !had.has(sha) ? [sha] : []))
}

function historyOf(commits: RepositoryCopy['commits'], head: string): ReadonlySet<string> {
  const seen = new Set([head])
  // Children before their parents.
  for (const { sha, parents } of commits.toReversed()) if (seen.has(sha)) for (const parent of parents) seen.add(parent)
  return seen
}

function commitBody({ copy, repository }: EventOptions, sha: string): object {
  const commit = copy.commits.find((candidate) => candidate.sha === sha)
  const { tree = '', message = '' } = commit ?? {}
  return {
    id: sha,
    tree_id: tree,
    distinct: true,
    message,
    timestamp: new Date().toISOString(),
    url: `${htmlUrl(repository)}/commit/${sha}`,
    author: personBody(commit?.author),
    committer: personBody(commit?.committer),
    added: [],
    removed: [],
    modified: [],
  }
}

/** GitHub finds the account by the address that it has given it. */
function personBody({ name = '', email = '' }: Partial<Commit['author']> = {}): object {
  const [, username] = /^(?:\d+\+)?(.+)@users\.noreply\.github\.com$/.exec(email) ?? []
  return { name, email, ...(username !== undefined && { username }) }
}

export function dispatchBody(options: EventOptions): object {
  return {
    // The payload holds every input as text; the `inputs` context keeps booleans and numbers.
    inputs: Object.fromEntries(Object.entries(options.inputs).map(([name, value]) => [name, `${value}`])),
    ref: `refs/heads/${options.branch}`,
    workflow: options.workflowPath,
    ...common(options),
  }
}

/** GitHub documents none; https://github.com/octokit/webhooks/issues/141 */
export function scheduleBody(options: EventOptions): object {
  return { schedule: options.cron, workflow: options.workflowPath, ...common(options) }
}

export function workflowRunBody(options: EventOptions): object {
  const { action, trigger = {} } = options
  return { action, workflow: workflowBody(options, trigger), workflow_run: trigger, ...common(options) }
}

function workflowBody({ repository }: EventOptions, trigger: object): object {
  const { workflow_id: id, name, path } = { workflow_id: 0, name: '', path: '', ...trigger }
  const file = basename(path)
  return {
    id,
    node_id: nodeId('W', repository.id, id),
    name,
    path,
    state: 'active',
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    url: `${repositoryUrl(repository)}/actions/workflows/${id}`,
    html_url: `${htmlUrl(repository)}/blob/${repository.defaultBranch}/${path}`,
    badge_url: `${htmlUrl(repository)}/actions/workflows/${file}/badge.svg`,
  }
}

export function common({ repository, actor }: EventOptions): object {
  return { repository: fullRepository(repository), sender: userOf(repository, actor) }
}
