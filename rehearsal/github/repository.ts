/** The repository and its owner, in the shapes of GitHub's `full-repository`, `minimal-repository` and `simple-user`. */

export interface Repository {
  readonly id: number
  readonly owner: string
  /** Default: `User`. */
  readonly ownerType?: 'User' | 'Organization'
  readonly name: string
  readonly private: boolean
  readonly defaultBranch: string
  /** `http://127.0.0.1:PORT`: api.github.com and github.com in one. */
  readonly origin: string
  readonly createdAt: string
  /** Whether it is a fork of another. */
  readonly fork?: boolean
}

/** The repository's fork in another account. */
export function forkOf(repository: Repository, owner: string): Repository {
  return { ...repository, id: repository.id + 1_000_000, owner, fork: true }
}

export function repositoryUrl(repository: Repository): string {
  return `${repository.origin}/repos/${repository.owner}/${repository.name}`
}

export function htmlUrl(repository: Repository): string {
  return `${repository.origin}/${repository.owner}/${repository.name}`
}

/** Opaque to every client; GitHub's are a prefix and packed ids. */
export function nodeId(prefix: string, ...ids: readonly (number | string)[]): string {
  return `${prefix}_${Buffer.from(ids.join(':')).toString('base64url')}`
}

/** Path below the repository for each URL field. */
const URL_FIELDS = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const

/** What runs and jobs carry. */
export function minimalRepository(repository: Repository) {
  const url = repositoryUrl(repository)
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: `${repository.owner}/${repository.name}`,
    owner: userOf(repository, repository.owner),
    private: repository.private,
    html_url: htmlUrl(repository),
    description: null,
    fork: repository.fork ?? false,
    url,
    ...Object.fromEntries(Object.entries(URL_FIELDS).map(([field, path]) => [field, url + path])),
  }
}

export function fullRepository(repository: Repository) {
  const html = htmlUrl(repository)
  return {
    ...minimalRepository(repository),
    clone_url: `${html}.git`,
    git_url: `git:${html.slice('http:'.length)}.git`,
    ssh_url: `git@${new URL(html).hostname}:${repository.owner}/${repository.name}.git`,
    svn_url: html,
    default_branch: repository.defaultBranch,
    visibility: repository.private ? 'private' : 'public',
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    pushed_at: repository.createdAt,
    ...FEATURES,
    ...COUNTS,
  }
}

const FEATURES = {
  archived: false,
  disabled: false,
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_pages: false,
  has_discussions: false,
  has_downloads: true,
  homepage: null,
  language: null,
  license: null,
  mirror_url: null,
  is_template: false,
  topics: [],
} as const

const COUNTS = {
  size: 0,
  forks: 0,
  forks_count: 0,
  network_count: 0,
  open_issues: 0,
  open_issues_count: 0,
  stargazers_count: 0,
  subscribers_count: 0,
  watchers: 0,
  watchers_count: 0,
} as const

/** github-actions[bot], who acts whenever a job's own token does. The ids are the real ones. */
export function actionsBot(repository: Repository) {
  return {
    ...user(repository, { login: 'github-actions[bot]', id: 41898282, type: 'Bot' }),
    avatar_url: 'https://avatars.githubusercontent.com/in/15368?v=4',
    html_url: `${repository.origin}/apps/github-actions`,
  }
}

/** Anyone; an app where the login ends in `[bot]`. */
export function userOf(repository: Repository, login: string) {
  const id = [...login].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 10_000_000, 7)
  return user(repository, { login, id, type: typeOf(repository, login) })
}

interface Account {
  readonly login: string
  readonly id: number
  readonly type: 'User' | 'Bot' | 'Organization'
}

function typeOf({ owner, ownerType = 'User' }: Repository, login: string): Account['type'] {
  if (login === owner) return ownerType
  return login.endsWith('[bot]') ? 'Bot' : 'User'
}

function user(repository: Repository, { login, id, type }: Account) {
  const url = `${repository.origin}/users/${encodeURIComponent(login)}`
  return {
    login,
    id,
    node_id: nodeId(type === 'Bot' ? 'BOT' : 'U', id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${repository.origin}/${type === 'Bot' ? `apps/${login.replace(/\[bot\]$/, '')}` : login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  }
}

export type SimpleUser = ReturnType<typeof actionsBot>
