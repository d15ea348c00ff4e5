/** The comparison with GitHub's description bites: each departure, made on purpose, is found. */
import { describe, expect, test } from 'vitest'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { takeDepartures } from '../support/exchanges.ts'
import { departures, type Exchange, readExchange } from '../support/openapi.ts'
import { client, REPO, startWithHistory } from './github-support.ts'

describe('what is asked of the embedded GitHub', () => {
  test.each([
    ['an operation that GitHub does not have', 'GET', '/deployment', 'GitHub has no such operation.'],
    ['a method that it does not have', 'PATCH', '/deployments', 'GitHub has no such operation.'],
    [
      'a query parameter that is not declared',
      'GET',
      '/deployments?state=success',
      'repos/list-deployments: query parameter state is not declared.',
    ],
    [
      'a query parameter of the wrong type',
      'GET',
      '/deployments?per_page=all',
      'repos/list-deployments: query parameter per_page must be integer.',
    ],
    [
      'a body where none is taken',
      'DELETE',
      '/deployments/1000001',
      'repos/delete-deployment: takes no body.',
      { force: true },
    ],
  ] as const)('%s is found', async (_, method, path, departure, body?: unknown) => {
    await using github = await startWithHistory()
    await create(github)
    await client(github)(`${REPO}${path}`, { method, body })
    const found = await takeDepartures()
    expect(found).toHaveLength(1)
    expect(found[0]?.endsWith(departure), found[0]).toBe(true)
  })

  test('what is as described is not', async () => {
    await using github = await startWithHistory()
    await create(github)
    const call = client(github)
    await call(`${REPO}/deployments?environment=production&per_page=2`)
    await call(`${REPO}/git/ref/heads/main`)
    await call(`${REPO}/compare/main...topic`)
    expect(github.requests).toHaveLength(4)
    expect(await takeDepartures()).toEqual([])
  })

  test('uploads of assets are compared too, and what is no part of the API is not', async () => {
    await using github = await startWithHistory()
    const call = client(github, { contents: 'write' })
    const { body } = await call(`${REPO}/releases`, { method: 'POST', body: { tag_name: 'v2', draft: true } })
    const assets = `${REPO}/releases/${Object(body).id}/assets`
    github.breakNextUpload()
    await call(`${assets}?name=a`, { method: 'POST', body: 'x' })
    await call(`${assets}?name=b`, { method: 'POST', body: 'x' })
    await call(assets)
    await call('/twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts', { method: 'POST', body: {} })
    expect(await takeDepartures()).toEqual([])
    await call(`${assets}?name=c&size=1`, { method: 'POST', body: 'x' })
    expect(await takeDepartures()).toEqual([expect.stringMatching(/query parameter size is not declared\.$/)])
  })

  test.fails('a departure fails the test that made it, without a word in that test', async () => {
    await using github = await startWithHistory()
    await client(github)(`${REPO}/deployments?state=success`)
  })
})

describe('an exchange that was as described', () => {
  const deployment = { ref: 'main', required_contexts: [] }
  const status = { state: 'success', environment_url: 'https://example.com' }

  test.each<readonly [string, unknown, (exchange: Exchange) => Exchange, string]>([
    ['a deployment without its sha', deployment, (e) => answer(e, { sha: undefined }), "property 'sha'"],
    ['an id that is text', deployment, (e) => answer(e, { id: '7' }), 'answer: id must be integer'],
    ['a field that GitHub does not have', deployment, (e) => answer(e, { commit: 'x' }), 'properties: commit'],
    ['no body at all', deployment, (e) => ({ ...e, response: null }), 'answer: must be object'],
    ['another status', deployment, (e) => ({ ...e, status: 200 }), 'a status that is not described'],
    ['a creator without a login', deployment, (e) => answer(e, { creator: {} }), 'creator must have required property'],
    [
      'a request without its ref',
      deployment,
      (e) => ({ ...e, body: {} }),
      "request body: must have required property 'ref'",
    ],
    ['a request without a body', deployment, (e) => ({ ...e, body: null }), 'needs a body'],
    ['a request with an unknown field', deployment, (e) => body(e, { sha: 'x' }), 'additional properties: sha'],
    ['a state that does not exist', status, (e) => body(e, { state: 'cancelled' }), '"in_progress"'],
    ['a URL that is none', status, (e) => answer(e, { environment_url: 'example' }), 'must match format "uri"'],
    ['no body, with a URL', status, (e) => ({ ...e, response: null }), 'answer: must be object'],
  ])('is not with %s', async (_, request, change, departure) => {
    const exchange = await exchangeOf(request)
    expect(departures(exchange)).toEqual([])
    expect(departures(change(exchange)).join('\n')).toContain(departure)
  })

  test('is one with a URL that is empty, and with the empty answer that an empty environment_url gets', async () => {
    const exchange = await exchangeOf(status)
    expect(departures(answer(exchange, { environment_url: '', log_url: '' }))).toEqual([])
    expect(departures({ ...body(exchange, { environment_url: '' }), response: null })).toEqual([])
  })

  test('is one when it was refused, whatever was asked, as long as the error is one', async () => {
    const exchange = { ...(await exchangeOf(deployment)), body: {}, status: 422 }
    const message = 'Invalid request.'
    expect(departures({ ...exchange, response: { message, documentation_url: 'https://example.com' } })).toEqual([])
    expect(departures({ ...exchange, response: { message } }).join()).toContain("'documentation_url'")
    expect(departures({ ...exchange, status: 502, response: { message } })).toEqual([])
    expect(departures({ ...exchange, status: 502, response: {} }).join()).toContain('an error without a message')
  })

  test('may lose its answer to a fault, and is still a proper request', async () => {
    const lost = { ...(await exchangeOf(deployment)), status: 0, response: null, fault: 'reset' }
    expect(departures(lost)).toEqual([])
    expect(departures({ ...lost, body: {} }).join()).toContain("property 'ref'")
  })
})

function create(github: GitHub) {
  return client(github)(`${REPO}/deployments`, { method: 'POST', body: { ref: 'main', required_contexts: [] } })
}

/** What the embedded GitHub recorded of creating a deployment, or a status where the request has a state. */
async function exchangeOf(request: unknown): Promise<Exchange> {
  await using github = await startWithHistory()
  await create(github)
  const path = 'state' in Object(request) ? `${REPO}/deployments/1000001/statuses` : `${REPO}/deployments`
  await client(github)(path, { method: 'POST', body: request })
  const [, exchange] = github.requests
  if (exchange?.status !== 201) throw new Error(`Nothing was created: ${JSON.stringify(exchange)}`)
  return readExchange(exchange)
}

function answer(exchange: Exchange, change: object): Exchange {
  return { ...exchange, response: JSON.parse(JSON.stringify({ ...Object(exchange.response), ...change })) }
}

function body(exchange: Exchange, change: object): Exchange {
  return { ...exchange, body: { ...Object(exchange.body), ...change } }
}
