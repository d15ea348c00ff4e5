/** What the tests of the embedded GitHub share: a repository with a history, and ways to talk to it. */
import { Octokit } from '@octokit/rest'
import type { Run } from '../../rehearsal/github/runs.ts'
import { type GitHub, type GitHubOptions, startGitHub } from '../../rehearsal/github/server.ts'

export const REPOSITORY = 'octo-org/site'
export const [owner, repo] = ['octo-org', 'site']
export const REPO = `/repos/${REPOSITORY}`

/** main: root → base → main; topic leaves at base; orphan shares nothing. */
export const SHA = {
  root: '1'.repeat(40),
  base: '2'.repeat(40),
  main: '3'.repeat(40),
  topic: '4'.repeat(40),
  orphan: '5'.repeat(40),
} as const

export async function startWithHistory(options: Partial<GitHubOptions> = {}): Promise<GitHub> {
  const github = await startGitHub({ repository: REPOSITORY, ...options })
  github.addCommit({ sha: SHA.root, message: 'Begin' })
  github.addCommit({ sha: SHA.base, message: 'Add a page\n\nWith a body.', parents: [SHA.root] })
  github.addCommit({ sha: SHA.main, message: 'Add a style', parents: [SHA.base] })
  github.addCommit({ sha: SHA.topic, message: 'Try a font', parents: [SHA.base] })
  github.addCommit({ sha: SHA.orphan, message: 'Begin anew' })
  github.addRef('heads/main', SHA.main)
  github.addRef('heads/topic', SHA.topic)
  github.addRef('tags/v1', SHA.main)
  return github
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A plain client with a token of the given permissions. */
export function client(github: GitHub, permissions: Parameters<GitHub['issueToken']>[1] = EVERYTHING) {
  const token = github.issueToken('deploy', permissions)
  return (path: string, request: Request = {}): Promise<Reply> =>
    send(`${github.apiUrl}${path}`, { ...request, headers: { authorization: `Bearer ${token}`, ...request.headers } })
}

const EVERYTHING = { actions: 'read', contents: 'read', deployments: 'write' } as const

export async function send(url: string, { method = 'GET', body, headers = {} }: Request): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(url, { method, headers, ...(text !== undefined && { body: text }) })
  const answer = await response.text()
  return { status: response.status, headers: response.headers, body: answer === '' ? undefined : JSON.parse(answer) }
}

/** The client that actions use; quiet, because errors are what many tests ask for. */
export function octokit(github: GitHub, permissions: Parameters<GitHub['issueToken']>[1] = EVERYTHING): Octokit {
  const quiet = () => {}
  return new Octokit({
    auth: github.issueToken('deploy', permissions),
    baseUrl: github.apiUrl,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  })
}

/** A run that artifacts can be of. */
export function runOf(id: number, more: Partial<Run> = {}): Run {
  return {
    id,
    attempt: 1,
    event: 'push',
    headBranch: 'main',
    headSha: SHA.main,
    status: 'in_progress',
    conclusion: null,
    name: 'Snapshot',
    path: '.github/workflows/snapshot.yml',
    ...more,
  }
}
