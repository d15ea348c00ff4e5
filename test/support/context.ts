/** What GitHub tells a step about its run, one builder per event, with the fields that the pack reads. */

export interface RunContext {
  readonly eventName: string
  readonly ref: string
  readonly sha: string
  /** The webhook payload that GITHUB_EVENT_PATH holds. */
  readonly event: Readonly<Record<string, unknown>>
}

export const REPOSITORY = 'octo-org/site'
export const SHA = '1f3a5c7e9b2d4f6a8c0e1f3a5c7e9b2d4f6a8c0e'
/** The merge commit that GitHub makes for a pull request: never what was meant to be deployed. */
export const MERGE_SHA = '0123456789abcdef0123456789abcdef01234567'

const repository = repositoryOf(REPOSITORY)

export function push({ branch = 'main', sha = SHA, message = 'Say hello' } = {}): RunContext {
  return {
    eventName: 'push',
    ref: `refs/heads/${branch}`,
    sha,
    event: { ref: `refs/heads/${branch}`, after: sha, repository, head_commit: { id: sha, message } },
  }
}

export function tagPush({ tag = 'v1.0.0', sha = SHA } = {}): RunContext {
  return {
    eventName: 'push',
    ref: `refs/tags/${tag}`,
    sha,
    event: { ref: `refs/tags/${tag}`, after: sha, repository, head_commit: { id: sha, message: `Release ${tag}` } },
  }
}

/** `from` is the head's repository: another one than REPOSITORY makes it a fork, null a deleted fork. */
export function pullRequest({
  number = 7,
  branch = 'feature',
  sha = SHA,
  title = 'Add a page',
  from = REPOSITORY,
}: {
  readonly number?: number
  readonly branch?: string
  readonly sha?: string
  readonly title?: string
  readonly from?: string | null
} = {}): RunContext {
  const head = { ref: branch, sha, repo: from === null ? null : repositoryOf(from) }
  return {
    eventName: 'pull_request',
    ref: `refs/pull/${number}/merge`,
    sha: MERGE_SHA,
    event: {
      action: 'synchronize',
      number,
      repository,
      pull_request: { number, title, head, base: { ref: 'main', repo: repository } },
    },
  }
}

/** `started` is the event of the run before; undefined leaves it out. */
export function workflowRun({
  branch = 'feature',
  sha = SHA,
  message = 'Say hello',
  from = REPOSITORY,
  ...more
}: {
  readonly branch?: string
  readonly sha?: string
  readonly message?: string
  readonly from?: string
  readonly started?: string | undefined
} = {}): RunContext {
  const started = 'started' in more ? more.started : from === REPOSITORY ? 'push' : 'pull_request'
  return {
    eventName: 'workflow_run',
    ref: 'refs/heads/main',
    sha: MERGE_SHA,
    event: {
      action: 'completed',
      repository,
      workflow_run: {
        event: started,
        head_branch: branch,
        head_sha: sha,
        head_repository: repositoryOf(from),
        head_commit: { id: sha, message },
        conclusion: 'success',
      },
    },
  }
}

function repositoryOf(fullName: string) {
  const [login = ''] = fullName.split('/')
  return { full_name: fullName, name: fullName.slice(login.length + 1), owner: { login }, default_branch: 'main' }
}
