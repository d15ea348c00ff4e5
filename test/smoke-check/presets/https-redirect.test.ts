import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { refusingOrigin } from '../../support/server.ts'
import { startHttp } from '../../support/tls.ts'
import { runAt, runPreset, told } from './setup.ts'

const PATH = '/shop/items?token=abc'
const redirect = (status: number, location: (path: string) => string): RequestListener => {
  return (request, response) => response.writeHead(status, { location: location(request.url ?? '') }).end()
}

/** The check has an http URL here, so that the server of the test is the one that redirects. */
function run(listener: RequestListener) {
  return runPreset('https-redirect', { 'https-port': 8443 }, listener, { path: PATH })
}

describe('plain http', () => {
  it.each([301, 308])('that redirects with %i to the same path over https is fine', async (status) => {
    expect(await run(redirect(status, (path) => `https://127.0.0.1:8443${path}`))).toEqual([])
  })

  it.each<readonly [string, RequestListener, string]>([
    [
      'answers itself',
      (_request, response) => response.end('ok'),
      'redirect: http://127.0.0.1/shop/items?token=*** is answered with 200 OK over plain http; a redirect to https://127.0.0.1/shop/items?token=*** was wanted.',
    ],
    [
      'redirects for now',
      redirect(302, (path) => `https://127.0.0.1:8443${path}`),
      'redirect: http://127.0.0.1/shop/items?token=*** redirects with 302 Found, which browsers ask for again each time; 301 or 308 was wanted.',
    ],
    [
      'redirects to its front page',
      redirect(301, () => 'https://127.0.0.1:8443/'),
      'target: http://127.0.0.1/shop/items?token=*** redirects to https://127.0.0.1/, which has another path; https://127.0.0.1/shop/items?token=*** was wanted.',
    ],
    [
      'loses the query',
      redirect(301, () => 'https://127.0.0.1:8443/shop/items'),
      'target: http://127.0.0.1/shop/items?token=*** redirects to https://127.0.0.1/shop/items, which has another query; https://127.0.0.1/shop/items?token=*** was wanted.',
    ],
    [
      'goes to another host first',
      redirect(301, (path) => `https://www.example.com${path}`),
      'target: http://127.0.0.1/shop/items?token=*** redirects to https://www.example.com/shop/items?token=***, which is another host; https://127.0.0.1/shop/items?token=*** was wanted.',
    ],
    [
      'stays on http',
      redirect(301, (path) => `${path}&x=1`),
      'target: http://127.0.0.1/shop/items?token=*** redirects to /shop/items?token=***&x=***, which is not https; https://127.0.0.1/shop/items?token=*** was wanted.',
    ],
    [
      'has a location that is none',
      redirect(301, () => 'https://'),
      'target: http://127.0.0.1/shop/items?token=*** redirects to https://, which is not a URL; https://127.0.0.1/shop/items?token=*** was wanted.',
    ],
  ])('that %s is found', async (_name, listener, message) => {
    expect(told(await run(listener))).toEqual([`https-redirect: ${message}`])
  })
})

it('of an https URL is asked on its own port, without anything of the check', async () => {
  const seen: IncomingHttpHeaders[] = []
  let target = ''
  await using http = await startHttp((request, response) => {
    seen.push(request.headers)
    response.writeHead(308, { location: `${target}${request.url}` }).end()
  })
  const headers = { Authorization: 'Bearer x', 'X-Api-Key': 'y' }
  const options = { 'http-port': http.port }
  const listener: RequestListener = ({ headers }, response) => {
    target = `https://${headers.host}`
    response.end()
  }
  expect(await runPreset('https-redirect', options, listener, { tls: true, path: PATH, headers })).toEqual([])
  expect(seen).toHaveLength(1)
  expect(seen[0]).not.toHaveProperty('authorization')
  expect(seen[0]).not.toHaveProperty('x-api-key')
})

it('of an http URL is asked without anything of the check too', async () => {
  const seen: IncomingHttpHeaders[] = []
  await using server = await startHttp(({ headers, url }, response) => {
    seen.push(headers)
    response.writeHead(301, { location: `https://127.0.0.1${url}` }).end()
  })
  const check = {
    presets: [{ name: 'https-redirect', options: {} }] as const,
    requestHeaders: [['X-Api-Key', ['y']]] as const,
  }
  expect(await runAt(server.origin, { check, headers: { 'X-Api-Key': 'y', authorization: 'Basic x' } })).toEqual([])
  expect(seen.map((headers) => [headers['x-api-key'], headers.authorization])).toEqual([
    ['y', 'Basic x'],
    [undefined, undefined],
  ])
})

it('where nothing listens for plain http is told as that, and not as an outage of the URL', async () => {
  const options = { 'http-port': Number(new URL(await refusingOrigin()).port) }
  const findings = await runPreset('https-redirect', options, (_, response) => response.end(), { tls: true })
  expect(told(findings)).toEqual([
    expect.stringMatching(
      /^https-redirect: redirect: Over plain http there is no answer from http:\/\/localhost\/: localhost refused the connection/,
    ),
  ])
  expect(findings[0]?.hint).toMatch(
    /^Redirect it to https, or leave https-redirect out where only https is served\. Look at/,
  )
})
