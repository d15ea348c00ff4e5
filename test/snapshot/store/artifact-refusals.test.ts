/** What GitHub's stores say when GitHub refuses, and what their artifacts will cost. */
import { describe, expect, it } from 'vitest'
import { formatSize, quotaWarning, requireArtifacts } from '../../../actions/snapshot/store/artifact-refusals.ts'
import { type Asked, explain } from '../../../actions/snapshot/store/github-explain.ts'
import { Failure } from '../../../actions/snapshot/store/github-http.ts'
import type { GitHubContext } from '../../../src/context.ts'
import { ActionError } from '../../../src/errors.ts'
import { LED_ELSEWHERE } from '../../../src/github.ts'

const context: GitHubContext = {
  owner: 'octo-org',
  repo: 'site',
  sha: 'a'.repeat(40),
  ref: 'refs/heads/main',
  eventName: 'push',
  event: {},
  runId: 1,
  runAttempt: 1,
  job: 'snapshot',
  apiUrl: 'https://api.github.com',
  serverUrl: 'https://github.com',
}
const asked: Asked = {
  doing: 'delete the artifact a',
  permission: 'actions: write',
  context,
  signal: new AbortController().signal,
}
const fork = { ref: 'main', sha: 'b'.repeat(40), repo: { full_name: 'mallory/site', owner: { login: 'mallory' } } }

const contextWith = (more: Partial<GitHubContext> = {}): GitHubContext => ({ ...context, ...more })

function answer(status: number, data: unknown, headers: Record<string, string> = {}) {
  return Object.assign(new Error('as Octokit words it'), { status, response: { data, headers } })
}

const REFUSALS: readonly (readonly [string, unknown, string, string, Partial<GitHubContext>?])[] = [
  [
    'a missing permission',
    answer(403, { message: 'Resource not accessible by integration' }),
    'GitHub refused to delete the artifact a: the token lacks a permission, "Resource not accessible by integration" (403).',
    'Add "actions: write" to the job\'s permissions.',
  ],
  [
    'a token of a person',
    answer(403, { message: 'Resource not accessible by personal access token' }),
    'GitHub refused to delete the artifact a: Resource not accessible by personal access token (403).',
    'Give the token in github-token the permission "actions: write" for this repository.',
  ],
  [
    'a pull request from a fork',
    answer(403, { message: 'Resource not accessible by integration' }),
    'GitHub refused to delete the artifact a: the pull request comes from a fork, where the token can only read (403).',
    'Skip the job for forks',
    { eventName: 'pull_request', event: { pull_request: { head: fork } } },
  ],
  [
    'a token that is over',
    answer(401, { message: 'Bad credentials' }),
    'GitHub refused to delete the artifact a: it does not know the token, "Bad credentials" (401).',
    'Leave github-token at its default',
  ],
  [
    'another repository',
    answer(404, { message: 'Not Found' }),
    'GitHub refused to delete the artifact a: there is no such thing in octo-org/site, or the token may not see it (404).',
    'Check that the token in github-token is for this repository and has the permission "actions: write".',
  ],
  [
    'a rate limit',
    answer(403, { message: 'API rate limit exceeded.' }, { 'x-ratelimit-remaining': '0' }),
    'GitHub refused to delete the artifact a: API rate limit exceeded (403).',
    'Run the job again later. The jobs of a repository share 1,000 requests an hour',
  ],
  [
    'a secondary rate limit',
    new Failure('HTTP 429', { status: 429, body: '', headers: new Headers({ 'retry-after': '120' }) }),
    'GitHub refused to delete the artifact a: a rate limit is used up (429).',
    'Run the job again in 2 min.',
  ],
  [
    'a GitHub that is unwell',
    answer(503, '<html>'),
    'GitHub failed to delete the artifact a (503).',
    'See https://www.githubstatus.com, then run the job again.',
  ],
  [
    'a server of a company that is unwell',
    answer(502, ''),
    'GitHub failed to delete the artifact a (502).',
    'Check https://github.example.com, then run the job again.',
    { serverUrl: 'https://github.example.com' },
  ],
  [
    'no network',
    new Failure('connect ECONNREFUSED', undefined),
    'GitHub could not be asked to delete the artifact a: no answer (connect ECONNREFUSED).',
    'Check that the runner reaches GitHub',
  ],
  [
    'a login page before it',
    Object.assign(new Error('it answers with a redirect to https://sso.example.com (302)'), {
      status: 500,
      cause: Object.assign(new Error(), { code: LED_ELSEWHERE }),
    }),
    'GitHub could not be asked to delete the artifact a: something stands before https://api.github.com, and it answers with a redirect to https://sso.example.com (302).',
    'Let the runner reach this address without a login page',
  ],
  [
    'a validation',
    answer(422, {
      message: 'Validation Failed',
      errors: [{ resource: 'Release', field: 'tag_name', code: 'invalid' }],
    }),
    'GitHub refused to delete the artifact a: Validation Failed: tag_name invalid (422).',
    '',
  ],
]

describe.each(REFUSALS.map(([what, error, message, hint, more]) => ({ what, error, message, hint, more })))(
  '$what',
  ({ error, message, hint, more }) => {
    it('is explained', () => {
      const explained = explain(error, { ...asked, context: contextWith(more) })
      expect(explained).toBeInstanceOf(ActionError)
      expect((explained as ActionError).message).toBe(message)
      expect((explained as ActionError).hint).toContain(hint)
      if (hint === '') expect((explained as ActionError).hint).toBe('')
    })
  },
)

it('leaves alone what is no answer of GitHub, and gives the reason of an abort', () => {
  const bug = new TypeError('x is not a function')
  expect(explain(bug, asked)).toBe(bug)
  const reason = new Error('cancelled')
  expect(explain(answer(500, ''), { ...asked, signal: AbortSignal.abort(reason) })).toBe(reason)
})

describe('the quota', () => {
  const MB = 1000 * 1000
  it.each([
    ['a public repository', 10_000 * MB, false, undefined],
    ['what fits in every plan', 16 * MB, true, undefined],
    ['a little more', 17 * MB, true, '30 snapshots of 17 MB come to 510 MB, which is more than GitHub Free includes'],
    ['more than Pro', 40 * MB, true, '30 snapshots of 40 MB come to 1.2 GB, which is more than Pro includes'],
    ['more than Team', 100 * MB, true, '30 snapshots of 100 MB come to 3 GB, which is more than Team includes'],
    ['more than all', 2000 * MB, true, '30 snapshots of 2 GB come to 60 GB, which is more than Enterprise includes'],
  ])('is looked at for %s', (_, size, isPrivate, expected) => {
    const warning = quotaWarning(size, { isPrivate })
    if (expected === undefined) expect(warning).toBeUndefined()
    else expect(warning).toContain(expected)
    if (warning !== undefined) expect(warning).toContain('(GitHub Free 500 MB, Pro 1 GB, Team 2 GB, Enterprise 50 GB)')
  })

  it.each([
    [1, '1 kB'],
    [999_999, '1000 kB'],
    [1_500_000, '1.5 MB'],
    [25_000_000, '25 MB'],
    [2_000_000_000, '2 GB'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })
})

it.each([
  ['https://github.com', true],
  ['https://octo.ghe.com', true],
  ['http://127.0.0.1:8080', true],
  ['https://github.example.com', false],
  ['https://github.com.example.com', false],
  ['https://notghe.com', false],
])('%s has artifacts: %s', (serverUrl, has) => {
  const open = () => requireArtifacts({ ...context, serverUrl })
  if (has) expect(open).not.toThrow()
  else expect(open).toThrow(ActionError)
})
