/** The answers that the embedded GitHub does not give. */
import { describe, expect, it } from 'vitest'
import { type Attempt, explain } from '../../actions/create-deployment/explain.ts'
import type { GitHubContext } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'

const attempt: Attempt = {
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
    'Run the job again later. ',
  ],
  [
    'a secondary rate limit',
    answer(429, { message: 'You have exceeded a secondary rate limit.' }),
    'GitHub refused to set deployment 5 to success: You have exceeded a secondary rate limit (429).',
    'Run the job again later. ',
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
    const error = explain(thrown, attempt)
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
  const context = { ...attempt.context, eventName: 'pull_request', event }
  const thrown = answer(403, { message: 'Resource not accessible by integration' })
  const error = explain(thrown, { ...attempt, context, actor, doing: 'look up run 41', permission: 'actions: read' })
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
  const error = explain(thrown, { ...attempt, context: { ...attempt.context, eventName, event } })
  expect(error).toHaveProperty('message', expect.stringContaining(message))
})

it('leaves a bug what it is', () => {
  const bug = new TypeError('x is not a function')
  expect(explain(bug, attempt)).toBe(bug)
})

it('gives the reason of a cancelled step, whatever the request has made of it', () => {
  const reason = new ActionError('The step was cancelled (SIGTERM).')
  expect(explain(answer(500, ''), { ...attempt, signal: AbortSignal.abort(reason) })).toBe(reason)
})
