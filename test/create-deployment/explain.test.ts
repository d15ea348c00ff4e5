/** The answers that the embedded GitHub does not give. */
import { describe, expect, it } from 'vitest'
import { type Asked, explain } from '../../actions/create-deployment/explain.ts'
import { rateLimitHint } from '../../actions/create-deployment/rate-limit.ts'
import type { GitHubContext } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import { LED_ELSEWHERE } from '../../src/github.ts'

const asked: Asked = {
  doing: 'set deployment 5 to success',
  actor: 'octocat',
  signal: new AbortController().signal,
  context: {
    owner: 'octo-org',
    repo: 'site',
    sha: 'a'.repeat(40),
    ref: 'refs/heads/main',
    eventName: 'push',
    event: {},
    runId: 1,
    runAttempt: 1,
    job: 'deploy',
    apiUrl: 'https://api.example.com',
    serverUrl: 'https://example.com',
  },
}

function answer(status: number, data: unknown, headers: Record<string, string> = {}) {
  return Object.assign(new Error('as Octokit words it'), { status, response: { data, headers } })
}

describe.each<readonly [string, unknown, string, string]>([
  [
    'a primary rate limit',
    answer(403, { message: 'API rate limit exceeded for installation ID 1.' }, { 'x-ratelimit-remaining': '0' }),
    'GitHub refused to set deployment 5 to success: API rate limit exceeded for installation ID 1 (403).',
    'Run the job again later.',
  ],
  [
    'a secondary rate limit',
    answer(429, { message: 'You have exceeded a secondary rate limit.' }, { 'retry-after': '3600' }),
    'GitHub refused to set deployment 5 to success: You have exceeded a secondary rate limit (429).',
    'Run the job again in 1 h: GitHub limits how much happens at once, whatever is left of the requests of an hour.',
  ],
  [
    'a login page before a server of a company',
    Object.assign(new Error('it answers with a redirect to https://sso.example.com (302)'), {
      status: 500,
      cause: Object.assign(new Error(), { code: LED_ELSEWHERE }),
    }),
    'GitHub could not be asked to set deployment 5 to success: something stands before https://api.example.com, and it answers with a redirect to https://sso.example.com (302).',
    'Let the runner reach this address without a login page',
  ],
  [
    'a fine-grained token without the permission',
    answer(403, { message: 'Resource not accessible by personal access token' }),
    'GitHub refused to set deployment 5 to success: Resource not accessible by personal access token (403).',
    'Give the token in github-token the permission "deployments: write" for this repository.',
  ],
  [
    'several invalid fields',
    answer(422, {
      message: 'Validation Failed',
      errors: [
        { field: 'log_url', code: 'custom', message: 'log_url is bad' },
        { field: 'state', code: 'missing' },
        'x',
      ],
    }),
    'GitHub refused to set deployment 5 to success: Validation Failed: log_url is bad: state is missing: x (422).',
    'Correct the input that GitHub names.',
  ],
  [
    'a page that is not of the API',
    answer(404, '<html>'),
    'GitHub refused to set deployment 5 to success: there is no such thing in octo-org/site, or the token may not see it (404).',
    'Check GITHUB_API_URL: the answer does not look like one of the API.',
  ],
  [
    'a status that GitHub has no use for here',
    answer(451, { message: 'Repository access blocked' }),
    'GitHub refused to set deployment 5 to success: Repository access blocked (451).',
    '',
  ],
  [
    'a deadline that has passed',
    Object.assign(new Error('The operation was aborted due to timeout'), { status: 500 }),
    'GitHub could not be asked to set deployment 5 to success: no answer from https://api.example.com (The operation was aborted due to timeout).',
    'Check that the runner reaches this address, then run the job again.',
  ],
])('%s', (_, thrown, message, hint) => {
  it('becomes a message and a remedy', () => {
    const error = explain(thrown, asked)
    expect(error).toBeInstanceOf(ActionError)
    expect(error).toMatchObject({ message, cause: thrown })
    if (hint === '') expect(error).toHaveProperty('hint', '')
    else expect(error).toHaveProperty('hint', expect.stringContaining(hint))
  })
})

it.each<readonly [string, GitHubContext['event'], string, string]>([
  ['of the repository', {}, 'octocat', 'the token lacks a permission'],
  [
    'of a fork',
    { pull_request: { head: { ref: 'x', sha: 'b'.repeat(40), repo: null } } },
    'octocat',
    'the token lacks',
  ],
  ['of Dependabot', {}, 'dependabot[bot]', 'the token lacks a permission'],
])('names the permission that a read lacks in a run %s', (_, event, actor, message) => {
  const context = { ...asked.context, eventName: 'pull_request', event }
  const thrown = answer(403, { message: 'Resource not accessible by integration' })
  const error = explain(thrown, { ...asked, context, actor, doing: 'look up run 41', permission: 'actions: read' })
  expect(error).toMatchObject({
    message: expect.stringContaining(message),
    hint: 'Add "actions: read" to the job\'s permissions.',
  })
})

it.each([
  ['pull_request', 'the pull request comes from a fork'],
  ['pull_request_review', 'the pull request comes from a fork'],
  ['pull_request_review_comment', 'the pull request comes from a fork'],
  ['pull_request_target', 'the token lacks a permission'],
])('knows whether %s gives a fork a token that can write', (eventName, message) => {
  const event = { pull_request: { head: { ref: 'x', sha: 'b'.repeat(40), repo: null } } }
  const thrown = answer(403, { message: 'Resource not accessible by integration' })
  const error = explain(thrown, { ...asked, context: { ...asked.context, eventName, event } })
  expect(error).toHaveProperty('message', expect.stringContaining(message))
})

it('leaves a bug what it is', () => {
  const bug = new TypeError('x is not a function')
  expect(explain(bug, asked)).toBe(bug)
})

it('gives the reason of a cancelled step, whatever the request has made of it', () => {
  const reason = new ActionError('The step was cancelled (SIGTERM).')
  expect(explain(answer(500, ''), { ...asked, signal: AbortSignal.abort(reason) })).toBe(reason)
})

describe('the remedy of a primary rate limit', () => {
  const limited = (headers: Record<string, string>, serverUrl: string) =>
    rateLimitHint(
      { status: 403, message: 'API rate limit exceeded.', headers: { 'x-ratelimit-remaining': '0', ...headers } },
      { ...asked.context, serverUrl },
      1_000_000,
    )
  it.each([
    [{ 'x-ratelimit-reset': '1720' }, 'Run the job again in 12 min.'],
    [{ 'x-ratelimit-reset': '900' }, 'Run the job again now.'],
    [{}, 'Run the job again later.'],
  ])('says when the hour of %j is over', (headers, hint) => {
    expect(limited({ ...headers }, 'https://github.example.com')).toBe(hint)
  })

  it('names the limit of github.com there alone', () => {
    expect(limited({}, 'https://github.com')).toBe(
      'Run the job again later. The tokens of all jobs of a repository share 1,000 requests an hour.',
    )
  })
})

it.each([
  ['https://github.com', 'See https://www.githubstatus.com, then run the job again.'],
  ['https://github.example.com', 'Check https://github.example.com, then run the job again.'],
])('sends people with a trouble of %s to the right place', (serverUrl, hint) => {
  expect(explain(answer(502, ''), { ...asked, context: { ...asked.context, serverUrl } })).toMatchObject({ hint })
})
