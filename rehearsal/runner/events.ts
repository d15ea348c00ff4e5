/** The event that starts a run, with a payload of the shape that GitHub sends. */
import { basename } from 'node:path'
import type { RunIdentity } from './contexts.ts'
import type { Value } from './expressions.ts'
import type { RepositoryCopy } from './repository.ts'
import type { EventName } from './triggers.ts'

export interface EventOptions {
  readonly event: EventName
  readonly action: string
  readonly repository: string
  readonly defaultBranch: string
  readonly branch: string
  readonly actor: string
  /** Owner of the fork that a pull request comes from. */
  readonly fork: string | undefined
  readonly inputs: Readonly<Record<string, Value>>
  readonly workflow: string
  readonly serverUrl: string
  readonly copy: RepositoryCopy
}

export type EventIdentity = Pick<
  RunIdentity,
  'event' | 'payload' | 'inputs' | 'ref' | 'refName' | 'refType' | 'sha' | 'headRef' | 'baseRef'
>

export const pullRequestNumber = 1

export function makeEvent(options: EventOptions): EventIdentity {
  const { event, branch, copy, defaultBranch } = options
  const common = { repository: repositoryBody(options), sender: user(options.actor) }
  const onBranch = {
    event,
    ref: `refs/heads/${branch}`,
    refName: branch,
    refType: 'branch',
    sha: copy.sha,
    inputs: {},
    headRef: '',
    baseRef: '',
  } as const
  if (event === 'push') return { ...onBranch, payload: { ...pushBody(options), ...common } }
  if (event === 'workflow_dispatch') return { ...onBranch, inputs: options.inputs, payload: dispatchBody(options) }
  const merge = `${pullRequestNumber}/merge`
  return {
    ...onBranch,
    ...{ ref: `refs/pull/${merge}`, refName: merge, headRef: branch, baseRef: defaultBranch },
    payload: { ...pullRequestBody(options), ...common },
  }
}

function pushBody({ branch, copy, actor, repository, serverUrl }: EventOptions): Record<string, Value> {
  const head = copy.commits.find((commit) => commit.sha === copy.head)
  const [before] = head?.parents ?? []
  const created = copy.head !== copy.base
  const none = '0'.repeat(40)
  const commit = commitBody(`${serverUrl}/${repository}/commit`, copy, copy.head)
  return {
    ref: `refs/heads/${branch}`,
    before: created ? none : (before ?? none),
    after: copy.head,
    created,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${serverUrl}/${repository}/compare/${copy.head.slice(0, 12)}`,
    commits: [commit],
    head_commit: commit,
    pusher: { name: actor, email: `${actor}@users.noreply.github.com` },
  }
}

function commitBody(base: string, copy: RepositoryCopy, sha: string): Record<string, Value> {
  const { tree = '', message = '' } = copy.commits.find((commit) => commit.sha === sha) ?? {}
  const person = { name: 'Rehearsal', email: 'rehearsal@users.noreply.github.com', username: 'rehearsal' }
  return {
    id: sha,
    tree_id: tree,
    distinct: true,
    message,
    timestamp: new Date().toISOString(),
    url: `${base}/${sha}`,
    author: person,
    committer: person,
    added: [],
    removed: [],
    modified: [],
  }
}

function dispatchBody(options: EventOptions): Record<string, Value> {
  return {
    // The payload holds every input as text; the `inputs` context keeps booleans and numbers.
    inputs: Object.fromEntries(Object.entries(options.inputs).map(([name, value]) => [name, `${value}`])),
    ref: `refs/heads/${options.branch}`,
    workflow: `.github/workflows/${basename(options.workflow)}`,
    repository: repositoryBody(options),
    sender: user(options.actor),
  }
}

function pullRequestBody(options: EventOptions): Record<string, Value> {
  const { branch, copy, fork, repository, defaultBranch, actor, serverUrl } = options
  const [owner = '', name = ''] = repository.split('/')
  const headOwner = fork ?? owner
  const base = repositoryBody(options)
  const head =
    fork === undefined ? base : { ...base, fork: true, full_name: `${fork}/${name}`, owner: user(fork), id: 2_000_000 }
  return {
    action: options.action,
    number: pullRequestNumber,
    pull_request: {
      id: 3_000_000 + pullRequestNumber,
      number: pullRequestNumber,
      state: 'open',
      locked: false,
      draft: false,
      merged: false,
      title: copy.commits.find((commit) => commit.sha === copy.head)?.message ?? '',
      body: null,
      user: user(actor),
      html_url: `${serverUrl}/${repository}/pull/${pullRequestNumber}`,
      merge_commit_sha: copy.sha,
      labels: [],
      author_association: fork === undefined ? 'MEMBER' : 'CONTRIBUTOR',
      head: { label: `${headOwner}:${branch}`, ref: branch, sha: copy.head, user: user(headOwner), repo: head },
      base: { label: `${owner}:${defaultBranch}`, ref: defaultBranch, sha: copy.base, user: user(owner), repo: base },
    },
  }
}

function repositoryBody({ repository, defaultBranch, serverUrl }: EventOptions): Record<string, Value> {
  const [owner = '', name = ''] = repository.split('/')
  return {
    id: 1_000_000,
    name,
    full_name: repository,
    private: true,
    visibility: 'private',
    fork: false,
    owner: user(owner),
    default_branch: defaultBranch,
    html_url: `${serverUrl}/${repository}`,
    clone_url: `${serverUrl}/${repository}.git`,
  }
}

function user(login: string): Record<string, Value> {
  const id = [...login].reduce((sum, character) => sum * 31 + (character.codePointAt(0) ?? 0), 7) % 10_000_000
  return { login, id, type: login.endsWith('[bot]') ? 'Bot' : 'User' }
}
