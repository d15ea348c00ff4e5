/** What GitHub may answer besides what the embedded one does: endless lists, other shapes, other refusals. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { listAlerts, MOST_PAGES } from '../../actions/gate-findings/alerts.ts'
import type { Ports } from '../../actions/gate-findings/ports.ts'
import type { Runner } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { createGitHub } from '../../src/github.ts'

type Answer = (page: number, response: ServerResponse) => void

async function list(answer: Answer) {
  const asked: number[] = []
  const server = createServer((request, response) => {
    const page = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('page'))
    asked.push(page)
    response.setHeader('content-type', 'application/json')
    answer(page, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const address = server.address()
    const apiUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const listing = await listAlerts({ tool: 'Trivy', state: 'open' }, portsTo(apiUrl)).catch((error: unknown) => {
      if (error instanceof ActionError) return error.text
      throw error
    })
    return { listing, asked }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function portsTo(apiUrl: string): Ports {
  const log = { debug() {}, info() {}, warning() {}, group: <T>(_: string, work: () => Promise<T>) => work() }
  const { signal } = new AbortController()
  const nothing = () => {}
  const runner: Pick<Runner, 'log' | 'signal'> = { log, signal }
  const rest = {
    env: {},
    mask: nothing,
    summarize: nothing,
    setOutput: nothing,
    fail: nothing,
    exportVariable: nothing,
  }
  const context = { owner: 'octo-org', repo: 'site', sha: '', ref: '', eventName: 'push', event: {}, runId: 1 }
  return {
    runner: { ...runner, ...rest, saveState: nothing, getState: () => '', input: Object.create(null) },
    context: { ...context, runAttempt: 1, job: 'gate', apiUrl, serverUrl: 'https://github.com' },
    github: createGitHub('a-token', { apiUrl, log, signal }),
    workspace: '/',
  }
}

const alert = (number: number, more: object = {}) => ({
  number,
  rule: { id: `CVE-${number}`, security_severity_level: 'high' },
  most_recent_instance: {
    category: 'trivy-image',
    location: { path: 'a.lock', start_line: 3 },
    message: { text: 'Package: a\r\nInstalled Version: 1' },
  },
  ...more,
})
const send = (response: ServerResponse, body: unknown, status = 200) => {
  response.statusCode = status
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

it('stops after the newest ten thousand, and says that there are more', async () => {
  const { listing, asked } = await list((page, response) => {
    send(
      response,
      Array.from({ length: 100 }, (_, index) => alert(page * 100 + index)),
    )
  })
  expect(asked).toEqual(Array.from({ length: MOST_PAGES }, (_, index) => index + 1))
  expect(listing).toMatchObject({ kind: 'alerts', isCut: true })
  expect(Object(listing).alerts).toHaveLength(10_000)
})

it('counts an alert once that a new one has moved to the next page', async () => {
  const first = Array.from({ length: 100 }, (_, index) => alert(index))
  const { listing } = await list((page, response) => send(response, page === 1 ? first : [alert(99), alert(100)]))
  expect(Object(listing).alerts).toHaveLength(101)
})

it('takes what may be missing for nothing', async () => {
  const bare = { rule: { id: null, security_severity_level: null }, most_recent_instance: {} }
  const { listing } = await list((_, response) => send(response, [alert(1), alert(2, bare)]))
  expect(listing).toEqual({
    kind: 'alerts',
    isCut: false,
    alerts: [
      { rule: 'CVE-1', path: 'a.lock', line: 3, packageName: 'a', category: 'trivy-image', isCritical: false },
      { rule: '', path: '', line: 1, packageName: undefined, category: '', isCritical: false },
    ],
  })
})

it.each([
  [
    403,
    'Code scanning is not enabled for this repository. Please enable code scanning in the repository settings.',
    'off',
  ],
  [403, 'Code Security must be enabled for this repository to use code scanning.', 'off'],
  [403, 'Advanced Security must be enabled for this repository to use code scanning.', 'off'],
  [404, 'no analysis found', 'no-analysis'],
])('takes %i "%s" for %s', async (status, message, kind) => {
  expect((await list((_, response) => send(response, { message }, status))).listing).toEqual({ kind })
})

it.each([
  [
    403,
    { message: 'Resource not accessible by integration' },
    /\(403\)\.\nAdd "security-events: read" to the job's permissions/,
  ],
  [
    403,
    { message: 'Resource not accessible by personal access token' },
    /\nGive the token in github-token the permission/,
  ],
  [403, { message: 'Actions are disabled for this repository' }, /\nGive the token in github-token the permission/],
  [
    404,
    { message: 'Not Found' },
    /Not Found \(404\)\.\nGive the token in github-token the permission "security-events: read" for octo-org\/site/,
  ],
  [401, { message: 'Bad credentials' }, /\nLeave github-token at its default/],
  [404, '<html>', /\(404\)\.\n/],
  [200, { items: [] }, /its answer cannot be read\.\nCheck that nothing between/],
  [200, [{ number: 'one' }], /its answer cannot be read/],
])('never takes %i %j for no alerts', async (status, body, text) => {
  const { listing, asked } = await list((_, response) => send(response, body, status))
  expect(listing).toMatch(/^GitHub /)
  expect(listing).toMatch(text)
  expect(asked).toHaveLength(status === 200 ? 2 : 1)
})
