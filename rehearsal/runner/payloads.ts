/** Payloads of events, in the shapes of https://docs.github.com/webhooks/webhook-events-and-payloads */
import { basename } from 'node:path'
import { fullRepository, htmlUrl, nodeId, repositoryUrl, userOf } from '../github/repository.ts'
import type { EventOptions } from './events.ts'

export function pushBody(options: EventOptions): object {
  const { branch, tag, copy, actor, repository } = options
  const before = copy.commits.find(({ sha }) => sha === copy.head)?.parents[0]
  const created = tag !== undefined || copy.head !== copy.base
  const none = '0'.repeat(40)
  const commit = commitBody(options, copy.head)
  return {
    ref: tag === undefined ? `refs/heads/${branch}` : `refs/tags/${tag}`,
    before: created ? none : (before ?? none),
    after: copy.head,
    created,
    deleted: false,
    forced: false,
    // The branch whose head the tag is on.
    base_ref: tag === undefined ? null : `refs/heads/${repository.defaultBranch}`,
    compare: `${htmlUrl(repository)}/compare/${tag ?? copy.head.slice(0, 12)}`,
    // A tag brings no commit that was not there before.
    commits: tag === undefined ? [commit] : [],
    head_commit: commit,
    pusher: { name: actor, email: `${actor}@users.noreply.github.com` },
    ...common(options),
  }
}

function commitBody({ copy, repository }: EventOptions, sha: string): object {
  const { tree = '', message = '' } = copy.commits.find((commit) => commit.sha === sha) ?? {}
  const person = { name: 'Rehearsal', email: 'rehearsal@users.noreply.github.com', username: 'rehearsal' }
  return {
    id: sha,
    tree_id: tree,
    distinct: true,
    message,
    timestamp: new Date().toISOString(),
    url: `${htmlUrl(repository)}/commit/${sha}`,
    author: person,
    committer: person,
    added: [],
    removed: [],
    modified: [],
  }
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
