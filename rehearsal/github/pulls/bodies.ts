/** Pull requests and labels in the shapes of GitHub's API and of its events. */
import { actionsBot, fullRepository, htmlUrl, nodeId, type Repository, repositoryUrl, userOf } from '../repository.ts'
import type { State } from '../state.ts'
import { type Comment, commitsOf, endsOf, type LabelRecord, labelNamed, type PullRecord } from './records.ts'

export interface End {
  readonly repository: Repository
  readonly ref: string
  readonly sha: string
}

export function endBody({ repository, ref, sha }: End) {
  const user = userOf(repository, repository.owner)
  // The repository's own page has two counts more.
  const { network_count: _network, subscribers_count: _subscribers, ...repo } = fullRepository(repository)
  return { label: `${repository.owner}:${ref}`, ref, sha, user, repo }
}

/** @param head SHA */
export function pullUrls(repository: Repository, number: number, head: string) {
  const base = repositoryUrl(repository)
  const html = `${htmlUrl(repository)}/pull/${number}`
  const links = {
    html,
    issue: `${base}/issues/${number}`,
    comments: `${base}/issues/${number}/comments`,
    review_comments: `${base}/pulls/${number}/comments`,
    review_comment: `${base}/pulls/comments{/number}`,
    commits: `${base}/pulls/${number}/commits`,
    statuses: `${base}/statuses/${head}`,
  }
  const url = `${base}/pulls/${number}`
  return {
    url,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    ...Object.fromEntries(Object.entries(links).map(([name, link]) => [`${name}_url`, link])),
    _links: Object.fromEntries(Object.entries({ self: url, ...links }).map(([name, href]) => [name, { href }])),
  }
}

/** As lists have it. */
export function pullSummary(state: State, pull: PullRecord) {
  const { repository } = state
  const { number, closed, labels, title, body, draft, createdAt, updatedAt } = pull
  const { baseSha, headSha } = endsOf(state, pull)
  return {
    id: repository.id + number,
    node_id: nodeId('PR', repository.id, number),
    number,
    state: closed ? 'closed' : 'open',
    locked: false,
    draft,
    title,
    body,
    user: accountOf(repository, pull.author),
    ...pullUrls(repository, number, headSha),
    created_at: createdAt,
    updated_at: updatedAt,
    closed_at: closed?.at ?? null,
    merged_at: closed?.merge ? closed.at : null,
    merge_commit_sha: closed?.merge?.sha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: labels.map((name) => labelBody(repository, labelNamed(state, name))),
    milestone: null,
    auto_merge: null,
    active_lock_reason: null,
    author_association: pull.author === undefined ? 'CONTRIBUTOR' : 'MEMBER',
    head: endBody({ repository, ref: pull.head, sha: headSha }),
    base: endBody({ repository, ref: pull.base, sha: baseSha }),
  } as const
}

/** As one alone has it. */
export function pullBody(state: State, pull: PullRecord) {
  const { repository, pulls } = state
  const { merge } = pull.closed ?? {}
  return {
    ...pullSummary(state, pull),
    merged: merge !== undefined,
    merged_by: merge ? accountOf(repository, merge.by) : null,
    mergeable: pull.closed ? null : true,
    rebaseable: pull.closed ? null : true,
    mergeable_state: pull.closed ? 'unknown' : 'clean',
    maintainer_can_modify: false,
    comments: pulls.comments.filter(({ number }) => number === pull.number).length,
    review_comments: 0,
    commits: commitsOf(state, pull).length,
    // The embedded GitHub makes no diffs.
    additions: 0,
    deletions: 0,
    changed_files: 0,
  }
}

export function labelBody(repository: Repository, { id, name, color, description }: LabelRecord) {
  const url = `${repositoryUrl(repository)}/labels/${encodeURIComponent(name)}`
  return { id, node_id: nodeId('LA', repository.id, id), url, name, color, default: false, description }
}

export function commentBody(repository: Repository, { id, number, body, author, createdAt }: Comment) {
  const url = `${repositoryUrl(repository)}/issues`
  return {
    id,
    node_id: nodeId('IC', repository.id, id),
    url: `${url}/comments/${id}`,
    html_url: `${htmlUrl(repository)}/pull/${number}#issuecomment-${id}`,
    issue_url: `${url}/${number}`,
    body,
    user: accountOf(repository, author),
    author_association: author === undefined ? 'CONTRIBUTOR' : 'MEMBER',
    performed_via_github_app: null,
    created_at: createdAt,
    updated_at: createdAt,
  }
}

function accountOf(repository: Repository, login: string | undefined) {
  return login === undefined ? actionsBot(repository) : userOf(repository, login)
}
