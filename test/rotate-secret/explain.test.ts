/** Each refusal of a far side as the text that a person reads. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Asked } from '../../actions/rotate-secret/api.ts'
import { explain } from '../../actions/rotate-secret/explain.ts'
import { askCloudflare } from '../../actions/rotate-secret/stores/cloudflare.ts'
import { type Answer, createCloudflare } from '../../src/cloudflare.ts'
import { ActionError } from '../../src/errors.ts'
import { startStalledServer } from '../support/server.ts'

const ASKED: Asked = {
  doing: 'write KEY to repository',
  permission: 'the repository permission "Secrets: read and write"',
  token: 'github-token',
}
const OF_JOB: Asked = { doing: 'dispatch deploy.yml', permission: '"actions: write"', token: 'job-token' }

function failure(status: number, message: string, headers: object = {}, more: object = {}): Error {
  return Object.assign(new Error(message), { status, response: { data: { message, ...more }, headers } })
}

function textOf(error: unknown, asked = ASKED): string {
  const explained = explain(error, asked, (text) => text)
  if (!(explained instanceof ActionError)) throw new Error('It is not explained.')
  expect(explained.cause).toBe(error)
  return explained.text
}

describe('GitHub', () => {
  const cases: readonly (readonly [string, Error, Asked, string])[] = [
    [
      'an unknown token',
      failure(401, 'Bad credentials'),
      ASKED,
      'GitHub refused to write KEY to repository: Bad credentials (401).\nThe token in github-token is unknown to GitHub: it has expired, was revoked, or is not whole. Make a new one and put it into the secret that github-token reads.',
    ],
    [
      "the job's own token, which has ended",
      failure(401, 'Bad credentials'),
      OF_JOB,
      "GitHub refused to dispatch deploy.yml: Bad credentials (401).\nThe job's own token is unknown to GitHub: it has expired. Start a new run.",
    ],
    [
      'a permission that a personal token lacks',
      failure(403, 'Resource not accessible by personal access token'),
      ASKED,
      'GitHub refused to write KEY to repository: Resource not accessible by personal access token (403).\nThe token in github-token lacks a permission. Give it the repository permission "Secrets: read and write".',
    ],
    [
      "a permission that an App or the job's own token lacks",
      failure(403, 'Resource not accessible by integration'),
      ASKED,
      "GitHub refused to write KEY to repository: Resource not accessible by integration (403).\nThe token in github-token is the workflow's own, or an App's that lacks a permission. The workflow's own can never write secrets: use a fine-grained personal token or an App's. Give it the repository permission \"Secrets: read and write\".",
    ],
    [
      'a permission that the job lacks',
      failure(403, 'Resource not accessible by integration'),
      OF_JOB,
      'GitHub refused to dispatch deploy.yml: Resource not accessible by integration (403).\nThe job\'s own token lacks a permission. Add "actions: write" to the job\'s permissions.',
    ],
    [
      'something that is not there',
      failure(404, 'Not Found'),
      ASKED,
      'GitHub refused to write KEY to repository: Not Found (404).\nIt does not exist, or the token in github-token cannot see it. Check the name; if that is right, the token lacks a permission. Give it the repository permission "Secrets: read and write".',
    ],
    [
      'a value that was sealed with a key of before',
      failure(422, 'Bad request - validation failed due to an improperly encrypted secret'),
      ASKED,
      'GitHub refused to write KEY to repository: Bad request - validation failed due to an improperly encrypted secret (422).\nIts public key has changed meanwhile. Start a new run.',
    ],
    [
      'a limit that says how long to wait',
      failure(403, 'You have exceeded a secondary rate limit.', { 'retry-after': '60' }),
      ASKED,
      'GitHub refused to write KEY to repository: You have exceeded a secondary rate limit (403).\nStart a new run in 60 s: it goes on where this one stopped.',
    ],
    [
      'a limit that does not',
      failure(429, 'Too many requests'),
      ASKED,
      'GitHub refused to write KEY to repository: Too many requests (429).\nStart a new run in an hour: it goes on where this one stopped.',
    ],
    [
      'a failure of its own',
      failure(502, 'Server Error'),
      ASKED,
      'GitHub failed to write KEY to repository: Server Error (502).\nStart a new run: it goes on where this one stopped. See https://www.githubstatus.com.',
    ],
    [
      'several errors at once',
      failure(422, 'Validation Failed', {}, { errors: [{ message: 'One.' }, 'Two.', { code: 'custom' }] }),
      ASKED,
      'GitHub refused to write KEY to repository: Validation Failed: One.: Two (422).\nCorrect what GitHub names.',
    ],
    [
      'no answer at all',
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9.'), { status: 500 }),
      ASKED,
      'GitHub could not be asked to write KEY to repository: connect ECONNREFUSED 127.0.0.1:9.\nCheck that the runner reaches GitHub, then start a new run: it goes on where this one stopped.',
    ],
  ]
  it.each(cases)('is explained where it names %s', (_, error, asked, text) => {
    expect(textOf(error, asked)).toBe(text)
  })

  it('is explained without words of its own', () => {
    const page = Object.assign(new Error('no JSON'), { status: 503, response: { data: '<html>', headers: {} } })
    expect(textOf(page)).toMatch(/^GitHub failed to write KEY to repository \(503\)\.\n/)
  })

  it('is not quoted without an end', () => {
    expect(textOf(failure(422, 'x'.repeat(5000))).length).toBeLessThan(700)
  })

  it.each([new Error('a bug'), undefined, 'text', new TypeError('x')])('is not blamed for %s', (error) => {
    expect(explain(error, ASKED, (text) => text)).toBe(error)
  })
})

describe('Cloudflare', () => {
  type Failed = Exclude<Answer<never>, { readonly kind: 'ok' }>
  const ask = async (answers: readonly Failed[]) => {
    const asked: string[] = []
    const lines: string[] = []
    const waits: number[] = []
    const account = {
      id: 'account',
      signal: new AbortController().signal,
      info: (line: string) => void lines.push(line),
      sleep: async (ms: number) => void waits.push(ms),
      async ask(_: unknown, path: string) {
        asked.push(path)
        const answer = answers[Math.min(asked.length, answers.length) - 1]
        if (answer === undefined) throw new Error('No answer.')
        return answer
      },
    }
    const what = {
      doing: 'write KEY in worker:api',
      permission: 'Account > Workers Scripts > Edit',
      hints: { 10215: 'Deploy it.' },
    }
    try {
      await askCloudflare(account, v.unknown(), { path: '/workers' }, what)
    } catch (error) {
      if (error instanceof ActionError) return { text: error.text, asked, lines, waits }
      throw error
    }
    throw new Error('It was not refused.')
  }
  const refused = (status: number, code: number | undefined, message: string): Failed => ({
    kind: 'refused',
    status,
    code,
    message,
  })
  const unavailable = (message: string, more: { readonly retryAfter?: number } = {}): Failed => ({
    kind: 'unavailable',
    status: 503,
    code: undefined,
    message,
    retryAfter: undefined,
    ...more,
  })

  it.each([
    [
      refused(403, 10000, 'Authentication error'),
      'The token in api-token may have expired or been deleted, belong to another account than account-id, or lack "Account > Workers Scripts > Edit".',
    ],
    [refused(400, 10215, 'Not deployed'), 'Deploy it.'],
    [refused(400, 10013, 'Unknown'), 'Correct what Cloudflare names.'],
  ])('is explained where it refuses: %j', async (answer, hint) => {
    const { text, asked } = await ask([answer])
    expect(asked).toEqual(['/accounts/account/workers'])
    expect(text).toBe(
      `Cloudflare refused to write KEY in worker:api: ${answer.message} (${answer.status}, code ${answer.code}).\n${hint}`,
    )
  })

  it('is asked three times where it fails, and then told so', async () => {
    const { text, asked, lines, waits } = await ask([unavailable('upstream')])
    expect(asked).toHaveLength(3)
    expect(waits).toEqual([1000, 2000])
    expect(lines).toEqual(
      [2, 3].map(
        (attempt) =>
          `Cloudflare was asked to write KEY in worker:api, and did not answer as it should (upstream): attempt ${attempt} of 3.`,
      ),
    )
    expect(text).toBe(
      'Cloudflare failed to write KEY in worker:api: upstream (503).\nStart a new run: it goes on where this one stopped. See https://www.cloudflarestatus.com.',
    )
  })

  it('is waited for as long as it asks, up to half a minute', async () => {
    const { waits } = await ask([
      unavailable('busy', { retryAfter: 7000 }),
      unavailable('busy', { retryAfter: 3_600_000 }),
    ])
    expect(waits).toEqual([7000, 30_000])
  })

  it.each([301, 302, 307, 308])('is not followed to another server, which would get the value: %i', async (status) => {
    await using other = await startStalledServer()
    let arrived = false
    void other.asked.then(() => {
      arrived = true
    })
    const server = createServer((_, response) => response.writeHead(status, { location: other.origin }).end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = v.parse(v.object({ port: v.number() }), server.address())
    const apiBaseUrl = `http://127.0.0.1:${address.port}`
    const ports = { fetch, signal: AbortSignal.timeout(10_000) }
    const send = createCloudflare({ apiToken: 'a-token', apiBaseUrl }, ports)
    const answer = await send(v.unknown(), '/secrets', { method: 'PUT', body: { text: 'the value' } })
    server.close()
    expect(answer).toEqual(
      refused(status, undefined, `it answers with a redirect to ${other.origin}, which is not followed`),
    )
    expect(arrived).toBe(false)
  })
})
