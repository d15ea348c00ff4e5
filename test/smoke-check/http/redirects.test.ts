import type { IncomingMessage, RequestListener } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startRaw } from '../../support/raw-server.ts'
import { Authority, startHttp, startTls, type WebServer } from '../../support/tls.ts'
import { get, newJar, problem, textOf } from './setup.ts'

interface Seen {
  readonly line: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Answers each path as told, and everything else with 200; writes down what it was asked. */
function recording(
  seen: Seen[],
  redirects: Readonly<Record<string, readonly [status: number, location: string]>> = {},
) {
  const listener: RequestListener = (request, response) => {
    read(request).then((body) => {
      seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body })
      const [status, location] = redirects[request.url ?? ''] ?? [200, '']
      if (location === '') response.end('end')
      else response.writeHead(status, { location }).end('moved')
    })
  }
  return listener
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('redirects', () => {
  test('are followed, each hop on a connection of its own, and listed', async () => {
    const seen: Seen[] = []
    await using server = await startHttp(recording(seen, { '/a': [301, '/b?x=1'], '/b?x=1': [302, 'c#part'] }))
    const response = await get(`${server.origin}/a`)
    expect(seen.map(({ line }) => line)).toEqual(['GET /a', 'GET /b?x=1', 'GET /c'])
    expect(response.url.href).toBe(`${server.origin}/c`)
    expect(response.hops.map(({ url, status, location }) => [url.pathname, status, location])).toEqual([
      ['/a', 301, '/b?x=1'],
      ['/b', 302, 'c#part'],
    ])
    expect(textOf(response)).toBe('end')
    expect(server.connections()).toBe(3)
    await expect.poll(() => server.open()).toBe(0)
  })

  test('leave no connection open, even where the server would keep it', async () => {
    await using server = await startRaw((socket, request) => {
      const next = request.startsWith('GET /end') ? '200 OK' : '302 Found\r\nLocation: /end'
      socket.write(`HTTP/1.1 ${next}\r\nContent-Length: 2\r\n\r\nok`)
    })
    expect((await get(server.origin)).status).toBe(200)
    expect(server.received).toHaveLength(2)
    await expect.poll(() => server.open()).toBe(0)
    expect((await problem(server.origin, { redirects: 0 })).kind).toBe('redirect')
    await expect.poll(() => server.open()).toBe(0)
  })

  test('none: the redirect is the answer', async () => {
    await using server = await startHttp(recording([], { '/': [302, 'https://elsewhere.example/'] }))
    const response = await get(server.origin, { redirects: 'none' })
    expect(response.status).toBe(302)
    expect(textOf(response)).toBe('moved')
    expect(response.hops).toEqual([])
  })

  test('same-host: another host is not followed, and the redirect to it is the answer', async () => {
    await using server = await startHttp(recording([], { '/a': [302, '/b'], '/b': [302, 'http://elsewhere.example/'] }))
    const response = await get(`${server.origin}/a`, { redirects: 'same-host' })
    expect(response.status).toBe(302)
    expect(response.url.pathname).toBe('/b')
    expect(response.hops).toHaveLength(1)
  })

  test('same-host: another port of it is followed', async () => {
    await using second = await startHttp(recording([]))
    await using first = await startHttp(recording([], { '/': [302, `${second.origin}/there`] }))
    expect((await get(first.origin, { redirects: 'same-host' })).url.href).toBe(`${second.origin}/there`)
  })

  test('a number: one more is a problem that names where it leads', async () => {
    const steps = { '/0': [302, '/1'], '/1': [302, '/2?token=secret'], '/2?token=secret': [302, '/3'] } as const
    await using server = await startHttp(recording([], steps))
    expect((await get(`${server.origin}/0`, { redirects: 3 })).url.pathname).toBe('/3')
    const found = await problem(`${server.origin}/0`, { redirects: 1 })
    expect(found.kind).toBe('redirect')
    expect(found.message).toBe(
      `127.0.0.1:${server.port} redirects on to ${server.origin}/2?token=*** after 1 redirect, the most allowed.`,
    )
  })

  test('in a circle are found out at once', async () => {
    const seen: Seen[] = []
    await using server = await startHttp(recording(seen, { '/a': [302, '/b'], '/b': [302, '/a'] }))
    const found = await problem(`${server.origin}/a`, { redirects: 1000 })
    expect(found.kind).toBe('redirect')
    expect(found.message).toBe(`127.0.0.1:${server.port} redirects in a circle, back to ${server.origin}/a.`)
    expect(seen).toHaveLength(2)
  })

  test('back to the same URL with a new cookie are no circle', async () => {
    await using server = await startHttp((request, response) => {
      if (request.headers.cookie === 'seen=1') response.end('welcome')
      else response.writeHead(302, { location: '/', 'set-cookie': 'seen=1' }).end()
    })
    expect(textOf(await get(server.origin, { jar: newJar() }))).toBe('welcome')
    expect((await problem(server.origin)).message).toContain('in a circle')
  })

  test('without a location, or with a status that is none, are answers', async () => {
    await using server = await startHttp((request, response) => {
      response.writeHead(request.url === '/300' ? 300 : 302, request.url === '/300' ? { location: '/x' } : {}).end()
    })
    expect((await get(`${server.origin}/300`)).status).toBe(300)
    expect((await get(`${server.origin}/302`)).status).toBe(302)
  })

  test.each([
    ['http://', 'to something that is no URL'],
    ['ftp://files.example/a', 'a URL of the scheme ftp:'],
    ['javascript:alert(1)', 'a URL of the scheme javascript:'],
    ['file:///etc/passwd', 'a URL of the scheme file:'],
  ])('to %s are a problem', async (location, words) => {
    await using server = await startHttp(recording([], { '/': [302, location] }))
    const found = await problem(server.origin)
    expect(found.kind).toBe('redirect')
    expect(found.message).toContain(words)
  })

  test('to something that is no URL are told without what a terminal would obey', async () => {
    await using server = await startRaw((socket) =>
      socket.end(Buffer.from('HTTP/1.1 302 Found\r\nLocation: http://[\u009b31m\r\n\r\n', 'latin1')),
    )
    expect((await problem(server.origin)).message).toMatch(/no URL: http:\/\/\[\\u009b31m$/)
  })

  test('take the bytes of a location for UTF-8, as browsers do', async () => {
    await using server = await startRaw((socket, request) =>
      socket.end(
        request.startsWith('GET / ')
          ? Buffer.from('HTTP/1.1 302 Found\r\nLocation: /gr\u00fc\u00dfe\r\n\r\n', 'utf8')
          : 'HTTP/1.1 200 OK\r\n\r\n',
      ),
    )
    expect((await get(server.origin)).url.pathname).toBe('/gr%C3%BC%C3%9Fe')
  })
})

describe('the method', () => {
  test.each([
    [301, 'POST', 'GET', false],
    [302, 'POST', 'GET', false],
    [303, 'POST', 'GET', false],
    [303, 'PUT', 'GET', false],
    [303, 'HEAD', 'HEAD', false],
    [301, 'PUT', 'PUT', true],
    [302, 'DELETE', 'DELETE', true],
    [307, 'POST', 'POST', true],
    [308, 'POST', 'POST', true],
    [307, 'GET', 'GET', false],
  ])('after %i, %s becomes %s', async (status, method, expected, keepsBody) => {
    const seen: Seen[] = []
    await using server = await startHttp(recording(seen, { '/': [status, '/next'] }))
    const body = keepsBody || method === 'POST' || method === 'PUT' ? { body: 'a=1' } : {}
    const type = 'application/x-www-form-urlencoded'
    await get(server.origin, { method, headers: { 'Content-Type': type, 'X-Own': '1' }, ...body })
    const next = seen[1]
    expect(next?.line).toBe(`${expected} /next`)
    expect(next?.body).toBe(keepsBody ? 'a=1' : '')
    expect(next?.headers['x-own']).toBe('1')
    const drops = expected === 'GET' && method !== 'GET'
    expect(next?.headers['content-type']).toBe(drops ? undefined : type)
  })
})

describe('when the origin changes', () => {
  const SECRETS = {
    Authorization: 'Bearer secret',
    Cookie: 'session=secret',
    'X-Api-Key': 'secret',
    'Proxy-Authorization': 'Basic secret',
    'X-Custom': 'secret',
    'User-Agent': 'own agent',
    Accept: 'text/secret',
  }

  async function expectNothing(from: WebServer, seen: readonly Seen[]): Promise<void> {
    await get(`${from.origin}/go`, { headers: SECRETS })
    expect(Object.keys(seen.at(-1)?.headers ?? {}).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
    expect(JSON.stringify(seen.at(-1))).not.toMatch(/secret|own agent/)
  }

  test('by its port, every header of the check stays behind', async () => {
    const seen: Seen[] = []
    await using to = await startHttp(recording(seen))
    await using from = await startHttp(recording([], { '/go': [302, `${to.origin}/`] }))
    await expectNothing(from, seen)
  })

  test('by its host, every header of the check stays behind', async () => {
    const seen: Seen[] = []
    await using to = await startHttp(recording(seen))
    await using from = await startHttp(recording([], { '/go': [307, `http://localhost:${to.port}/`] }))
    await expectNothing(from, seen)
  })

  test('and comes back, they do not return', async () => {
    const seen: Seen[] = []
    const back: Record<string, readonly [number, string]> = {}
    await using to = await startHttp(recording([], back))
    await using from = await startHttp(recording(seen, { '/go': [302, `${to.origin}/`] }))
    back['/'] = [302, `${from.origin}/end`]
    await expectNothing(from, seen)
    expect(seen.map(({ line }) => line)).toEqual(['GET /go', 'GET /end'])
  })

  test('credentials in the location are not used', async () => {
    const seen: Seen[] = []
    await using to = await startHttp(recording(seen))
    await using from = await startHttp(recording([], { '/go': [302, `http://me:secret@127.0.0.1:${to.port}/`] }))
    await expectNothing(from, seen)
  })

  test.each([307, 308])('the body of a %i goes nowhere, and that is a problem', async (status) => {
    const seen: Seen[] = []
    await using to = await startHttp(recording(seen))
    await using from = await startHttp(recording([], { '/go': [status, `${to.origin}/`] }))
    const found = await problem(`${from.origin}/go`, { method: 'POST', body: 'password=secret' })
    expect(found.kind).toBe('redirect')
    expect(found.message).toContain('another origin, which would get the body of the request')
    expect(seen).toEqual([])
    expect(to.connections()).toBe(0)
  })

  test('from http to https on the same host, a 308 takes the body along, with its type and nothing else', async () => {
    const seen: Seen[] = []
    const authority = await Authority.create('Test Root')
    await using to = await startTls(await authority.issue(), recording(seen))
    await using from = await startHttp(recording([], { '/go': [308, 'https://localhost/'] }))
    const open = (_: string, port: number) => connect({ host: '127.0.0.1', port: port === 443 ? to.port : from.port })
    const headers = { ...SECRETS, 'Content-Type': 'application/json' }
    const options = { method: 'POST', body: '{"a":1}', headers, client: { ca: [authority.pem], open } }
    await get('http://localhost/go', options)
    expect(seen[0]).toMatchObject({ line: 'POST /', body: '{"a":1}', headers: { 'content-type': 'application/json' } })
    expect(JSON.stringify(seen[0])).not.toContain('secret')
  })

  test.each([
    ['http://localhost/go', 'https://localhost:9999/'],
    ['http://localhost:8080/go', 'https://localhost/'],
  ])('from %s to %s a 308 takes no body along: another port may be somebody else', async (from, to) => {
    await using server = await startHttp(recording([], { '/go': [308, to] }))
    const client = { open: () => connect({ host: '127.0.0.1', port: server.port }) }
    const found = await problem(from, { method: 'POST', body: 'password=secret', client })
    expect(found.message).toContain('another origin, which would get the body of the request')
    expect(server.connections()).toBe(1)
  })

  test('from https down to http, it is not followed', async () => {
    const seen: Seen[] = []
    const authority = await Authority.create('Test Root')
    await using to = await startHttp(recording(seen))
    const identity = await authority.issue()
    await using from = await startTls(identity, recording([], { '/': [302, `${to.origin}/?code=secret`] }))
    const found = await problem(from.origin, { client: { ca: [authority.pem] } })
    expect(found.kind).toBe('redirect')
    expect(found.message).toBe(
      `localhost:${from.port} redirects from https down to ${to.origin}/?code=***; that was not followed.`,
    )
    expect(found.hint).toContain('X-Forwarded-Proto')
    expect(seen).toEqual([])
    await expect.poll(() => from.open()).toBe(0)
  })
})
