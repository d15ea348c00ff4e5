import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../actions/smoke-check/check.ts'
import { assertions, runPreset, sendJson, told, urlOf } from './setup.ts'

type Options = Readonly<Record<string, Json>>
const ITEMS = Array.from({ length: 7 }, (_, index) => ({ id: index + 1 }))
const number = (url: URL, name: string, otherwise: number) => Number(url.searchParams.get(name) ?? otherwise)

const byOffset: RequestListener = (request, response) => {
  const url = urlOf(request)
  const offset = number(url, 'offset', 0)
  sendJson(response, ITEMS.slice(offset, offset + number(url, 'limit', 100)))
}

const byPage: RequestListener = (request, response) => {
  const url = urlOf(request)
  const size = number(url, 'per_page', 100)
  const page = number(url, 'page', 1)
  sendJson(response, { data: ITEMS.slice((page - 1) * size, page * size) })
}

const byCursor: RequestListener = (request, response) => {
  const url = urlOf(request)
  const after = number(url, 'cursor', 0)
  const data = ITEMS.filter(({ id }) => id > after).slice(0, number(url, 'limit', 100))
  sendJson(response, { data, next_cursor: data.at(-1)?.id ?? null })
}

const byLink: RequestListener = (request, response) => {
  const url = urlOf(request)
  const [offset, limit] = [number(url, 'offset', 0), number(url, 'limit', 100)]
  const link = `</items?limit=1&offset=0>; rel="first", </items?limit=${limit}&offset=${offset + limit}>; rel="prefetch next"`
  sendJson(response, { items: ITEMS.slice(offset, offset + limit) }, 200, { link })
}

/** As Django REST Framework does, with the address that it believes to have. */
const byUrl =
  (origin: (host: string) => string): RequestListener =>
  (request, response) => {
    const url = urlOf(request)
    const [offset, limit] = [number(url, 'offset', 0), number(url, 'limit', 100)]
    const next = `${origin(request.headers.host ?? '')}/items?limit=${limit}&offset=${offset + limit}`
    sendJson(response, { results: ITEMS.slice(offset, offset + limit), next })
  }

function run(options: Options, listener: RequestListener, path = '/items?sort=id') {
  return runPreset('pagination', options, listener, { path })
}

describe('a list in pages is fine', () => {
  it.each<readonly [string, Options, RequestListener]>([
    ['by offset', {}, byOffset],
    ['by offset, three at a time', { limit: 3 }, byOffset],
    ['by page', { style: 'page', 'limit-parameter': 'per_page', limit: 2 }, byPage],
    ['by cursor', { style: 'cursor' }, byCursor],
    ['by cursor at a path', { style: 'cursor', next: '$.next_cursor', items: '$.data' }, byCursor],
    ['by the header Link', { style: 'link' }, byLink],
    ['by the URL in the answer', { style: 'link', next: '$.next' }, byUrl((host) => `http://${host}`)],
    ['by a path in the answer', { style: 'link', next: '$.next' }, byUrl(() => '')],
  ])('%s', async (_name, options, listener) => expect(await run(options, listener)).toEqual([]))

  it('from the offset of the check on', async () => {
    expect(await run({ limit: 2 }, byOffset, '/items?offset=3')).toEqual([])
  })
})

describe('found is', () => {
  it.each<readonly [string, Options, RequestListener, string]>([
    [
      'a limit that is ignored',
      { limit: 2 },
      (_request, response) => sendJson(response, ITEMS),
      'limit: The first page has 7 items, although limit=2 was asked for.',
    ],
    [
      'an offset that is ignored',
      { limit: 2 },
      (request, response) => sendJson(response, ITEMS.slice(0, number(urlOf(request), 'limit', 100))),
      'next page: 2 of the 2 items on the next page are on the first one too.',
    ],
    [
      'a page that overlaps',
      { limit: 2, parameter: 'skip' },
      (request, response) => {
        const skip = Math.max(0, number(urlOf(request), 'skip', 0) - 1)
        sendJson(response, ITEMS.slice(skip, skip + 2))
      },
      'next page: 1 of the 2 items on the next page is on the first one too.',
    ],
    [
      'a limit that the next page ignores',
      { limit: 2 },
      (request, response) => {
        const offset = number(urlOf(request), 'offset', 0)
        sendJson(response, offset === 0 ? ITEMS.slice(0, 2) : ITEMS.slice(2))
      },
      'limit: The next page has 5 items, although limit=2 was asked for.',
    ],
    [
      'a missing cursor though there is more',
      { style: 'cursor' },
      (request, response) => sendJson(response, { data: ITEMS.slice(0, number(urlOf(request), 'limit', 100)) }),
      'next: The first page has no cursor or URL at $.next_cursor or $.nextCursor or $.meta.next_cursor or $.meta.nextCursor or $.pagination.next_cursor, although there are 7 items or more.',
    ],
    [
      'a missing link though there is more',
      { style: 'link' },
      (request, response) => sendJson(response, ITEMS.slice(0, number(urlOf(request), 'limit', 100))),
      'next: The first page has no link with rel=next in the header Link, although there are 7 items or more.',
    ],
    [
      'a link to where only the server lives',
      { style: 'link', next: '$.next' },
      byUrl(() => 'http://backend:8000'),
      'next: The link to the next page leads to another origin, http://backend:8000; it was not followed.',
    ],
    [
      'an answer that is no list',
      {},
      (_request, response) => sendJson(response, { rows: ITEMS.slice(0, 1) }),
      'list: The first page (/items?sort=***&limit=***) has no list at the top, nor at items, data or results: {"rows":[{"id":1}]}.',
    ],
    [
      'a page',
      {},
      (_request, response) => response.setHeader('content-type', 'text/html').end('<title>Items</title>'),
      'list: The first page (/items?sort=***&limit=***) is an HTML page titled "Items"; JSON was wanted.',
    ],
    [
      'a refusal',
      {},
      (_request, response) => sendJson(response, {}, 400),
      'list: The first page (/items?sort=***&limit=***) is 400 Bad Request.',
    ],
  ])('%s', async (_name, options, listener, message) => {
    expect(told(await run(options, listener))).toEqual([`pagination: ${message}`])
  })
})

describe('a list that is too short', () => {
  it.each<readonly [string, Options, number]>([
    ['has fewer items than asked for', { limit: 10 }, 7],
    ['ends with the first page', { limit: 7 }, 7],
    ['is empty', {}, 0],
  ])('%s: nothing is proven, which is a warning', async (_name, options, length) => {
    const listener: RequestListener = (request, response) => {
      const offset = number(urlOf(request), 'offset', 0)
      sendJson(response, ITEMS.slice(0, length).slice(offset, offset + number(urlOf(request), 'limit', 100)))
    }
    const findings = await run(options, listener)
    expect(assertions(findings)).toEqual(['pagination: next page'])
    expect(findings[0]?.severity).toBe('warn')
    expect(findings[0]?.message).toContain(`The list has ${length} items`)
  })

  it('without a link is no failure either', async () => {
    const findings = await run({ style: 'link' }, (_request, response) => sendJson(response, ITEMS.slice(0, 1)))
    expect(findings.map(({ severity }) => severity)).toEqual(['warn'])
  })
})
