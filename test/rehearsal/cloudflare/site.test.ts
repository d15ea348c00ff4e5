import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cloudflare } from '../../../rehearsal/cloudflare/server.ts'
import { deploy, type Files, hashOf, start } from './client.ts'

let cloudflare: Cloudflare

beforeAll(async () => {
  cloudflare = await start()
})

afterAll(async () => {
  await cloudflare[Symbol.asyncDispose]()
})

/** A visitor of a site with these files, who follows no redirect. */
async function visitor(files: Files, fields: Readonly<Record<string, string>> = {}) {
  const { url } = await deploy(cloudflare, files, { fields })
  return async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
}

const PAGES: Files = {
  '/index.html': 'home',
  '/about.html': 'about',
  '/blog/index.html': 'blog',
  '/blog/404.html': 'no such post',
  '/404.html': 'nothing here',
  '/style.css': 'body {}',
  '/files/größe 1.html': 'umlaut',
}

describe('paths', () => {
  test.each([
    ['/', 200, 'home'],
    ['/about', 200, 'about'],
    ['/blog/', 200, 'blog'],
    ['/style.css', 200, 'body {}'],
    ['/files/gr%C3%B6%C3%9Fe%201', 200, 'umlaut'],
    ['/blog/unknown', 404, 'no such post'],
    ['/blog/2026/unknown', 404, 'no such post'],
    ['/unknown/', 404, 'nothing here'],
    ['/%E0%A4%A', 404, 'nothing here'],
  ])('%s is answered %i with the nearest file', async (path, status, text) => {
    const visit = await visitor(PAGES)
    expect(await visit(path)).toMatchObject({ status, text })
  })

  test.each([
    ['/about.html', '/about'],
    ['/about/', '/about'],
    ['/index.html', '/'],
    ['/index', '/'],
    ['/blog', '/blog/'],
    ['/blog/index', '/blog/'],
    ['/blog/index.html?page=2', '/blog/?page=2'],
    ['/files/gr%C3%B6%C3%9Fe%201.html', '/files/gr%C3%B6%C3%9Fe%201'],
  ])('%s is sent to %s for good', async (path, location) => {
    const visit = await visitor(PAGES)
    const { status, headers } = await visit(path)
    expect({ status, location: headers.get('location') }).toEqual({ status: 308, location })
  })

  test('a page keeps its extension where another file has the name without it', async () => {
    const visit = await visitor({ '/feed': 'feed', '/feed.html': 'about the feed' })
    expect(await visit('/feed')).toMatchObject({ status: 200, text: 'feed' })
    expect(await visit('/feed.html')).toMatchObject({ status: 200, text: 'about the feed' })
  })

  test('a site without any 404.html answers every unknown path with its index.html', async () => {
    const visit = await visitor({ '/index.html': 'app' })
    expect(await visit('/users/7')).toMatchObject({ status: 200, text: 'app' })
  })

  test('a site without 404.html and index.html answers 404', async () => {
    const visit = await visitor({ '/style.css': 'body {}' })
    expect(await visit('/unknown')).toMatchObject({ status: 404, text: '' })
  })

  test('the files that configure Pages are not served', async () => {
    const configuration = ['/_headers', '/_redirects', '/_routes.json', '/_worker.js', '/_worker.js/index.js']
    const visit = await visitor({ ...Object.fromEntries(configuration.map((path) => [path, 'x'])), '/404.html': 'no' })
    for (const path of configuration) expect(await visit(path)).toMatchObject({ status: 404, text: 'no' })
  })

  test('a deployment with Functions is accepted, and its static files are served', async () => {
    const { url, uses_functions } = await deploy(
      cloudflare,
      { '/index.html': 'static' },
      { fields: { '_worker.bundle': 'export default {}', '_routes.json': '{"version":1,"include":["/*"]}' } },
    )
    expect(uses_functions).toBe(true)
    expect(await (await fetch(url)).text()).toBe('static')
  })
})

describe('answers', () => {
  test("an asset carries Pages' own headers", async () => {
    const visit = await visitor(PAGES)
    const { headers } = await visit('/')
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=0, must-revalidate',
      'content-type': 'text/html; charset=utf-8',
      etag: `"${hashOf('home')}"`,
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-content-type-options': 'nosniff',
    })
  })

  test.each(['', 'W/'])('a visitor who has the asset is told so (ETag prefix %j)', async (prefix) => {
    const visit = await visitor(PAGES)
    const answer = await visit('/style.css', { headers: { 'if-none-match': `${prefix}"${hashOf('body {}')}"` } })
    expect(answer).toMatchObject({ status: 304, text: '' })
  })

  test('HEAD is GET without a body', async () => {
    const visit = await visitor(PAGES)
    const { status, headers, text } = await visit('/about', { method: 'HEAD' })
    expect({ status, text, etag: headers.get('etag') }).toEqual({
      status: 200,
      text: '',
      etag: `"${hashOf('about')}"`,
    })
  })

  test('POST is not allowed', async () => {
    const visit = await visitor(PAGES)
    expect(await visit('/', { method: 'POST', body: 'x' })).toMatchObject({ status: 405 })
  })

  test('a range is answered with the whole asset, and is not to be cached', async () => {
    const visit = await visitor(PAGES)
    const { status, headers, text } = await visit('/style.css', { headers: { range: 'bytes=0-1' } })
    expect({ status, text, cache: headers.get('cache-control') }).toEqual({ status: 200, text: 'body {}', cache: null })
  })

  test('bytes are served as they were uploaded', async () => {
    const content = '\u0000\u{1f4a9}\r\nü'
    const visit = await visitor({ '/blob.bin': content })
    expect(await visit('/blob.bin')).toMatchObject({ status: 200, text: content })
  })
})

describe('_headers', () => {
  const FILE = `
# security
/*
  X-Frame-Options: DENY
  Cache-Control: public, max-age=60
  X-Twice: a
/assets/*
  X-Path: :splat
  X-Twice: b
  ! X-Frame-Options
/movies/:title
  X-Movie: You watch ":title"
https://:branch.site.pages.dev/assets/*
  X-Host: :branch
https://elsewhere.example/*
  X-Elsewhere: yes
no path
  nor: header
/nothing
`
  const files = { '/index.html': 'home', '/assets/app.css': 'p {}', '/movies/alien.html': 'film' }

  test('rules of every matching path apply in order, and override what Pages sends', async () => {
    const visit = await visitor(files, { _headers: FILE })
    const { headers } = await visit('/')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('public, max-age=60')
    expect(headers.get('x-twice')).toBe('a')
  })

  test('a later rule adds to a header or takes it away; a splat fills its value', async () => {
    const visit = await visitor(files, { _headers: FILE })
    const { headers } = await visit('/assets/app.css')
    expect(headers.get('x-twice')).toBe('a, b')
    expect(headers.get('x-frame-options')).toBeNull()
    expect(headers.get('x-path')).toBe('app.css')
  })

  test('a placeholder matches one segment', async () => {
    const visit = await visitor(files, { _headers: FILE })
    expect((await visit('/movies/alien')).headers.get('x-movie')).toBe('You watch "alien"')
    expect((await visit('/movies/alien/2')).headers.get('x-movie')).toBeNull()
  })

  test('a rule with a host applies to what the host is called on Cloudflare', async () => {
    const { url, short_id } = await deploy(cloudflare, files, { fields: { _headers: FILE } })
    const { headers } = await fetch(`${url}/assets/app.css`)
    expect(headers.get('x-host')).toBe(short_id)
    expect(headers.get('x-elsewhere')).toBeNull()
  })

  test('rules beyond the hundredth are ignored', async () => {
    const rules = Array.from({ length: 101 }, (_, index) => `/\n  X-Rule-${index}: yes`).join('\n')
    const visit = await visitor(files, { _headers: rules })
    const { headers } = await visit('/')
    expect(headers.get('x-rule-99')).toBe('yes')
    expect(headers.get('x-rule-100')).toBeNull()
  })
})

describe('_redirects', () => {
  const FILE = `
/home301 / 301
/home / # the default status
/see /about 303
/keep /about?own=1 307
/fragment /about#team 308
/shop/:item/:colour /wares/:colour-:item 302
/blog/* https://blog.example/:splat
/app/* /about 200
/home /never 301
/bad /status 404
/* /index.html 200
`
  const files = { '/index.html': 'home', '/about.html': 'about', '/404.html': 'no' }

  test.each([
    ['/home301', 301, '/'],
    ['/home', 302, '/'],
    ['/home?a=b', 302, '/?a=b'],
    ['/see', 303, '/about'],
    ['/keep?a=b', 307, '/about?own=1'],
    ['/fragment', 308, '/about#team'],
    ['/shop/shirt/red', 302, '/wares/red-shirt'],
    ['/blog/2026/hello?x=1', 302, 'https://blog.example/2026/hello?x=1'],
  ])('%s is answered %i to %s', async (path, status, location) => {
    const visit = await visitor(files, { _redirects: FILE })
    const answer = await visit(path)
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status, location })
  })

  test('status 200 serves another path under the asked one', async () => {
    const visit = await visitor(files, { _redirects: FILE })
    expect(await visit('/app/settings')).toMatchObject({ status: 200, text: 'about' })
  })

  test('a redirect wins over a file of the same path', async () => {
    const visit = await visitor(files, { _redirects: '/about /elsewhere 301' })
    expect(await visit('/about')).toMatchObject({ status: 301 })
  })

  test('a rule that would lead to itself, and one with another status, are ignored', async () => {
    const visit = await visitor(files, { _redirects: FILE })
    expect(await visit('/unknown')).toMatchObject({ status: 404, text: 'no' })
    expect(await visit('/bad')).toMatchObject({ status: 404, text: 'no' })
  })

  test('rules beyond the hundredth with a placeholder are ignored', async () => {
    const rules = Array.from({ length: 101 }, (_, index) => `/${index}/:name /about`).join('\n')
    const visit = await visitor(files, { _redirects: rules })
    expect(await visit('/99/x')).toMatchObject({ status: 302 })
    expect(await visit('/100/x')).toMatchObject({ status: 404 })
  })
})
