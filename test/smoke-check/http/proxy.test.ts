import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import { type AddressInfo, connect, type LookupFunction, type Socket } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { proxyApplies } from '../../../actions/smoke-check/http/proxy.ts'
import { startConnectProxy } from '../../support/proxy.ts'
import { startRaw } from '../../support/raw-server.ts'
import { refusingOrigin } from '../../support/server.ts'
import { Authority, startHttp, startTls } from '../../support/tls.ts'
import { get, problem, textOf } from './setup.ts'

const noLookup = () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' }))

describe('https goes through a tunnel', () => {
  test('whose far end the proxy looks up; certificate and phases are seen through it', async () => {
    const authority = await Authority.create('Test Root')
    await using server = await startTls(await authority.issue({ hosts: ['site.test'] }), (request, response) =>
      response.end(JSON.stringify(request.headers)),
    )
    await using proxy = await startConnectProxy()
    const url = `https://site.test:${server.port}/`
    const client = { env: { HTTPS_PROXY: proxy.url }, ca: [authority.pem], lookup: noLookup }
    const response = await get(url, { client })
    expect(proxy.tunnels).toEqual([`site.test:${server.port}`])
    expect(response).toMatchObject({ throughProxy: true, address: undefined, cold: true })
    expect(response.tls?.leaf.subject).toBe('CN=site.test')
    expect(response.phases.tls).toBeGreaterThan(0)
    expect(response.phases.connect).toBeGreaterThan(0)
    expect(textOf(response)).not.toContain('proxy')
  })

  test('with the login of its URL', async () => {
    const authority = await Authority.create('Test Root')
    await using server = await startTls(await authority.issue(), (_, response) => response.end('ok'))
    const asked: string[] = []
    await using proxy = await startRaw((socket, request) => {
      if (asked.push(request) > 1) return
      tunnelTo(socket, server.port)
    })
    const env = { https_proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` }
    expect(textOf(await get(server.origin, { client: { env, ca: [authority.pem] } }))).toBe('ok')
    expect(asked[0]).toContain(`CONNECT localhost:${server.port} HTTP/1.1\r\nHost: localhost:${server.port}\r\n`)
    expect(asked[0]).toContain(`Proxy-Authorization: Basic ${btoa('me:p@ss')}`)
  })

  test('through a proxy that is itself spoken to over TLS', async () => {
    const authority = await Authority.create('Test Root')
    const identity = await authority.issue()
    await using server = await startTls(identity, (_, response) => response.end('twice over TLS'))
    await using proxy = await startConnectProxy()
    const outer = createSecureServer(identity, (secured) => {
      const inner = connect(Number(new URL(proxy.url).port), '127.0.0.1')
      secured.pipe(inner).pipe(secured)
      secured.on('error', () => inner.destroy())
      inner.on('error', () => secured.destroy())
    })
    outer.listen(0, '127.0.0.1')
    await once(outer, 'listening')
    const env = { HTTPS_PROXY: `https://localhost:${(outer.address() as AddressInfo).port}` }
    const response = await get(server.origin, { client: { env, ca: [authority.pem] } })
    expect(textOf(response)).toBe('twice over TLS')
    expect(proxy.tunnels).toEqual([`localhost:${server.port}`])

    const found = await problem(server.origin, { client: { env } })
    expect(found.kind).toBe('proxy')
    expect(found.message).toContain('(HTTPS_PROXY) was lost on the way')
    expect(found.message).toContain('its issuer is not known here')
    outer.close()
  })

  test.each([
    ['407 Proxy Authentication Required', 'HTTP 407, it wants a login', 'Put user and password into HTTPS_PROXY'],
    ['403 Forbidden', 'HTTP 403', 'NO_PROXY'],
    ['502 Bad Gateway', 'HTTP 502', 'NO_PROXY'],
  ])('and a refusal of %s is a problem with the proxy', async (status, words, hint) => {
    await using proxy = await startRaw((socket) => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`))
    const env = { HTTPS_PROXY: proxy.origin }
    const found = await problem('https://site.example/', { client: { env } })
    expect(found.kind).toBe('proxy')
    expect(found.message).toContain(
      `The proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY) would not connect to site.example:443`,
    )
    expect(found.message).toContain(words)
    expect(found.hint).toContain(hint)
    await expect.poll(() => proxy.open()).toBe(0)
  })

  test('and a proxy that is not there, or hangs up, or says nothing, is named', async () => {
    const absent = await refusingOrigin()
    const first = await problem('https://site.example/', { client: { env: { HTTPS_PROXY: absent } } })
    expect(first.kind).toBe('proxy')
    expect(first.message).toContain('was lost on the way to site.example:443')
    expect(first.message).toContain('nothing listens on that port')

    await using rude = await startRaw((socket) => socket.end())
    expect((await problem('https://site.example/', { client: { env: { HTTPS_PROXY: rude.origin } } })).kind).toBe(
      'proxy',
    )

    await using silent = await startRaw(() => {})
    const client = { env: { HTTPS_PROXY: silent.origin } }
    const last = await problem('https://site.example/', { client, connectTimeout: 200 })
    expect(last.kind).toBe('connect-timeout')
    expect(last.message).toContain(`the proxy 127.0.0.1:${silent.port} had not connected to it`)
  })
})

describe('http goes to the proxy with its whole URL', () => {
  test.each(['nonsense', 'proxy.example:8080', 'http://me:hunter2@proxy.example:port', 'http://'])(
    'and a variable that holds %s is named, and nothing of its value',
    async (https_proxy) => {
      const found = await problem('https://site.example/', { client: { env: { https_proxy } } })
      expect(found).toMatchObject({ kind: 'proxy', hint: expect.stringContaining('http://proxy.example.com:8080') })
      expect(found.message).toBe('https_proxy names no proxy that can be used for site.example:443.')
    },
  )

  test('and what the proxy asks for is the answer', async () => {
    await using server = await startHttp((request, response) => response.end(`for ${request.headers.host}`))
    await using proxy = await startForwardProxy()
    const client = { env: { HTTP_PROXY: proxy.url.replace('//', '//me:secret@') }, lookup: noLookup }
    const response = await get(`http://site.test:${server.port}/a?b=c`, { client })
    expect(textOf(response)).toBe(`for site.test:${server.port}`)
    expect(response).toMatchObject({ throughProxy: true, address: undefined, tls: undefined })
    expect(proxy.asked).toEqual([`http://site.test:${server.port}/a?b=c`])
    expect(proxy.logins).toEqual([`Basic ${btoa('me:secret')}`])
  })

  test('and a hop that NO_PROXY names goes there itself', async () => {
    await using server = await startHttp((request, response) => {
      if (request.url === '/end') response.end('end')
      else response.writeHead(302, { location: `http://localhost:${request.socket.localPort}/end` }).end()
    })
    await using proxy = await startForwardProxy()
    const client = { env: { HTTP_PROXY: proxy.url, NO_PROXY: 'localhost' } }
    const response = await get(`http://127.0.0.1:${server.port}/`, { client })
    expect(response).toMatchObject({ throughProxy: false, address: '127.0.0.1' })
    expect(proxy.asked).toHaveLength(1)
  })
})

describe('whether a proxy applies', () => {
  const HTTP = { HTTP_PROXY: 'http://proxy.example:8080' }
  const both = (list: string) => ({ ...HTTP, HTTPS_PROXY: 'http://proxy.example:8080', NO_PROXY: list })
  test.each([
    ['https://site.example/', {}, false],
    ['https://site.example/', HTTP, false],
    ['http://site.example/', HTTP, true],
    ['https://site.example/', { https_proxy: 'https://proxy.example' }, true],
    ['https://site.example/', { HTTPS_PROXY: 'socks5://proxy.example' }, false],
    ['https://site.example/', { HTTPS_PROXY: '' }, false],
    ['https://site.example/', both('site.example'), false],
    ['https://site.example/', both('other.example, SITE.example'), false],
    ['https://a.site.example/', both('site.example'), true],
    ['https://a.site.example/', both('.site.example'), false],
    ['https://site.example/', both('.site.example'), false],
    ['https://notsite.example/', both('.site.example'), true],
    ['https://a.site.example/', both('*.site.example'), false],
    ['https://site.example/', both('*.site.example'), true],
    ['https://site.example/', both('*'), false],
    ['https://site.example/', both('site.example:443'), false],
    ['https://site.example:8443/', both('site.example:443'), true],
    ['https://10.0.0.5/', both('10.0.0.1-10.0.0.9'), false],
    ['https://10.0.0.10/', both('10.0.0.1-10.0.0.9'), true],
    ['https://[::1]/', both('::1'), false],
  ] as const)('to %s with %o: %s', async (address, env, expected) => {
    const url = new URL(address)
    expect(proxyApplies(url, env)).toBe(expected)
    expect(await nodeWouldProxy(url, env)).toBe(expected)
  })
})

/** Node's own agents, by which the rest of the pack is proxied, must choose the same. */
async function nodeWouldProxy(url: URL, env: Readonly<Record<string, string>>): Promise<boolean> {
  await using proxy = await startRaw((socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'))
  const isProxy = ([name, value]: readonly [string, string]) => /^https?_proxy$/i.test(name) && /^https?:/.test(value)
  const proxyEnv = Object.fromEntries(
    Object.entries(env).map((entry) => [entry[0], isProxy(entry) ? proxy.origin : entry[1]]),
  )
  const { Agent, request } = url.protocol === 'https:' ? https : http
  const agent = new Agent({ proxyEnv })
  const lookup: LookupFunction = (_host, _options, done) => done(new Error('not through the proxy'), '')
  await new Promise<void>((resolve) => {
    const asking = request(url, { agent, lookup, timeout: 300 }, (response) => response.resume().on('end', resolve))
    asking.on('timeout', () => asking.destroy())
    asking.on('error', () => resolve())
    asking.end()
  })
  agent.destroy()
  return proxy.received.length > 0
}

function tunnelTo(client: Socket, port: number): void {
  const upstream = connect(port, '127.0.0.1', () => {
    client.removeAllListeners('data')
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    upstream.pipe(client).pipe(upstream)
  })
  upstream.on('error', () => client.destroy())
}

/** For plain HTTP: takes requests with a whole URL. Every host is on loopback. */
async function startForwardProxy() {
  const asked: string[] = []
  const logins: (string | undefined)[] = []
  const server = http.createServer(({ url = '', method, headers }, response) => {
    asked.push(url)
    logins.push(headers['proxy-authorization'])
    const { port, pathname, search, host } = new URL(url)
    const upstream = http.request(
      { host: '127.0.0.1', port, method, path: pathname + search, headers: { host }, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
      },
    )
    upstream.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    logins,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
