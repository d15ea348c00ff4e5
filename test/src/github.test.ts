import { type Context, Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../rehearsal/server.ts'
import type { Log } from '../../src/action.ts'
import { createGitHub, LED_ELSEWHERE } from '../../src/github.ts'
import { startStalledServer } from '../support/server.ts'

const warnings: string[] = []
const log: Log = {
  debug: () => {},
  info: () => {},
  warning: (message) => void warnings.push(message),
  group: (_, work) => work(),
}
beforeEach(() => {
  warnings.length = 0
})

function client(apiUrl: string, signal = new AbortController().signal) {
  return createGitHub('a-token', { apiUrl, log, signal })
}

/** Answers the requests one after the other; the last answer serves all that follow. */
async function startServer(...answers: readonly ((c: Context) => Response)[]) {
  const seen: string[] = []
  const app = new Hono()
  app.all('*', (c) => {
    const answer = answers[Math.min(seen.length, answers.length - 1)]
    seen.push(`${c.req.method} ${c.req.path}`)
    return answer?.(c) ?? c.text('', 500)
  })
  return { ...(await listen(app)), seen }
}

const broken = (c: Context) => c.json({ message: 'Server Error' }, 502)
const read = (github: ReturnType<typeof client>) =>
  github.request('GET /repos/{owner}/{repo}', { owner: 'o', repo: 'r' })
const write = (github: ReturnType<typeof client>) =>
  github.request('POST /repos/{owner}/{repo}/deployments', { owner: 'o', repo: 'r', ref: 'main' })

describe('the client', () => {
  it('repeats a read after an answer of 5xx', async () => {
    await using server = await startServer(broken, (c) => c.json({ id: 1 }))
    expect((await read(client(server.origin))).data).toEqual({ id: 1 })
    expect(server.seen).toEqual(['GET /repos/o/r', 'GET /repos/o/r'])
  })

  it('follows GitHub to where a repository is now', async () => {
    await using server = await startServer(
      (c) => c.redirect('/repositories/1', 301),
      (c) => c.json({ id: 1 }),
    )
    expect((await read(client(server.origin))).data).toEqual({ id: 1 })
    expect(server.seen).toEqual(['GET /repos/o/r', 'GET /repositories/1'])
  })

  it('follows nobody to another server, and says where that is', async () => {
    await using elsewhere = await startServer((c) => c.json({ id: 1 }))
    await using server = await startServer((c) => c.redirect(`${elsewhere.origin}/login`))
    await expect(write(client(server.origin))).rejects.toMatchObject({
      message: `it answers with a redirect to ${elsewhere.origin} (302)`,
      cause: { code: LED_ELSEWHERE },
    })
    expect(elsewhere.seen).toEqual([])
  })

  it('follows nobody to another server by a way through its own', async () => {
    await using elsewhere = await startServer((c) => c.json({ id: 1 }))
    await using server = await startServer(
      (c) => c.redirect('/repositories/1'),
      (c) => c.redirect(`${elsewhere.origin}/login`),
    )
    await expect(write(client(server.origin))).rejects.toMatchObject({ cause: { code: LED_ELSEWHERE } })
    expect(elsewhere.seen).toEqual([])
  })

  it('never repeats a write, since a lost answer is not a lost write', async () => {
    await using server = await startServer(broken)
    await expect(write(client(server.origin))).rejects.toMatchObject({ status: 502 })
    expect(server.seen).toEqual(['POST /repos/o/r/deployments'])
  })

  it('sends a write again after a secondary rate limit, which has refused it', async () => {
    await using server = await startServer(
      (c) => c.json({ message: 'You have exceeded a secondary rate limit.' }, 403, { 'retry-after': '1' }),
      (c) => c.json({ id: 1 }, 201),
    )
    expect((await write(client(server.origin))).status).toBe(201)
    expect(warnings).toEqual([
      "GitHub's secondary rate limit was hit by POST /repos/{owner}/{repo}/deployments: waiting 1 s.",
    ])
  })

  it('does not wait for a rate limit that asks for more than a minute', async () => {
    const reset = String(Math.ceil(Date.now() / 1000) + 3600)
    await using server = await startServer((c) =>
      c.json({ message: 'API rate limit exceeded' }, 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }),
    )
    await expect(read(client(server.origin))).rejects.toMatchObject({ status: 403 })
    expect(server.seen.length).toBe(1)
    expect(warnings).toEqual([
      expect.stringMatching(/^GitHub's primary rate limit .*: given up, since it asks to wait \d+ s more\.$/),
    ])
  })

  it('does not wait for a rate limit for ever', async () => {
    await using server = await startServer((c) =>
      c.json({ message: 'You have exceeded a secondary rate limit.' }, 429, { 'retry-after': '1' }),
    )
    await expect(write(client(server.origin))).rejects.toMatchObject({ status: 429 })
    expect(server.seen.length).toBe(3)
  })

  it('listens to the signal of a single request too', async () => {
    await using server = await startStalledServer()
    const signal = AbortSignal.timeout(200)
    const answer = client(server.origin).request('GET /rate_limit', { request: { signal, retries: 0 } })
    const started = performance.now()
    await expect(answer).rejects.toMatchObject({ status: 500, message: expect.stringContaining('timeout') })
    expect(performance.now() - started).toBeLessThan(5000) // its own deadline is 20 s
  })

  it('gives up at once when it is aborted, reads too', async () => {
    await using server = await startStalledServer()
    const controller = new AbortController()
    const answer = read(client(server.origin, controller.signal))
    const rejected = expect(answer).rejects.toMatchObject({ name: 'AbortError' })
    await server.asked
    const started = performance.now()
    controller.abort()
    await rejected
    expect(performance.now() - started).toBeLessThan(900) // its first retry would come after a second
  })
})
