/** The payload of `pull_request`. */
import {
  forkOf,
  fullRepository,
  htmlUrl,
  nodeId,
  type Repository,
  repositoryUrl,
  userOf,
} from '../github/repository.ts'
import type { EventOptions } from './events.ts'
import { common } from './payloads.ts'

export function pullRequestBody(options: EventOptions, number: number): object {
  return { action: options.action, number, pull_request: pullRequest(options, number), ...common(options) }
}

function pullRequest({ branch, copy, fork, repository, actor }: EventOptions, number: number): object {
  const head = fork === undefined ? repository : forkOf(repository, fork)
  const commits = copy.commits.filter(({ sha }) => sha === copy.head)
  return {
    id: repository.id + number,
    node_id: nodeId('PR', repository.id, number),
    number,
    state: 'open',
    locked: false,
    draft: false,
    title: commits[0]?.message ?? '',
    body: null,
    user: userOf(repository, actor),
    ...urls(repository, number, copy.head),
    ...untouched,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    merge_commit_sha: copy.sha,
    author_association: fork === undefined ? 'MEMBER' : 'CONTRIBUTOR',
    maintainer_can_modify: fork !== undefined,
    commits: commits.length,
    head: end(head, branch, copy.head),
    base: end(repository, repository.defaultBranch, copy.base),
  }
}

function end(repository: Repository, ref: string, sha: string): object {
  const user = userOf(repository, repository.owner)
  return { label: `${repository.owner}:${ref}`, ref, sha, user, repo: fullRepository(repository) }
}

function urls(repository: Repository, number: number, head: string): object {
  const base = repositoryUrl(repository)
  const html = `${htmlUrl(repository)}/pull/${number}`
  const links = {
    self: `${base}/pulls/${number}`,
    html,
    issue: `${base}/issues/${number}`,
    comments: `${base}/issues/${number}/comments`,
    review_comments: `${base}/pulls/${number}/comments`,
    review_comment: `${base}/pulls/comments{/number}`,
    commits: `${base}/pulls/${number}/commits`,
    statuses: `${base}/statuses/${head}`,
  }
  const { self, ...others } = links
  return {
    url: self,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    ...Object.fromEntries(Object.entries(others).map(([name, url]) => [`${name}_url`, url])),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
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
