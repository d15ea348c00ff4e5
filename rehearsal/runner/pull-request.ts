/** The payload of `pull_request`. */
import { endBody, pullUrls } from '../github/pulls/bodies.ts'
import { forkOf, nodeId, userOf } from '../github/repository.ts'
import type { EventOptions } from './events.ts'
import { common } from './payloads.ts'

export function pullRequestBody(options: EventOptions): object {
  const { action, pull } = options
  return { action, number: pull.number, pull_request: pullRequest(options), ...common(options) }
}

function pullRequest({ branch, copy, fork, repository, actor, pull }: EventOptions): object {
  const { number, body = null } = pull
  const head = fork === undefined ? repository : forkOf(repository, fork)
  const commits = copy.commits.filter(({ sha }) => sha === copy.head)
  return {
    id: repository.id + number,
    node_id: nodeId('PR', repository.id, number),
    number,
    state: 'open',
    locked: false,
    draft: false,
    title: pull.title ?? commits[0]?.message.split('\n')[0] ?? '',
    body,
    user: userOf(repository, actor),
    ...pullUrls(repository, number, copy.head),
    ...untouched,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    merge_commit_sha: copy.sha,
    author_association: fork === undefined ? 'MEMBER' : 'CONTRIBUTOR',
    maintainer_can_modify: fork !== undefined,
    commits: commits.length,
    head: endBody({ repository: head, ref: branch, sha: copy.head }),
    base: endBody({ repository, ref: repository.defaultBranch, sha: copy.base }),
  }
}

/** Nobody has reviewed, labelled or merged it yet, and GitHub has not looked whether it could be merged. */
const untouched = {
  assignee: null,
  assignees: [],
  requested_reviewers: [],
  requested_teams: [],
  labels: [],
  milestone: null,
  auto_merge: null,
  active_lock_reason: null,
  closed_at: null,
  merged_at: null,
  merged: false,
  merged_by: null,
  mergeable: null,
  rebaseable: null,
  mergeable_state: 'unknown',
  comments: 0,
  review_comments: 0,
  additions: 0,
  deletions: 0,
  changed_files: 0,
} as const
