import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../../actions/smoke-check/exchange.ts'
import { createClient } from '../../../actions/smoke-check/http/client.ts'
import { startRaw } from '../../support/raw-server.ts'
import { Authority, startHttp, startTls } from '../../support/tls.ts'
import { answered, type RequestOptions, requestTo, textOf } from './setup.ts'

function warm(url: string, count: number, options: RequestOptions = {}, ca?: string): Promise<readonly Exchange[]> {
  const client = createClient({ env: {}, ...(ca === undefined ? {} : { ca: [ca] }) })
  return client.warm(requestTo(url, options), count, new AbortController().signal)
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('warm requests', () => {
  test('are made on one connection, which the first opens and is not counted', async () => {
    let requests = 0
    await using server = await startHttp((_, response) => response.end(String(requests++)))
    const responses = (await warm(server.origin, 20)).map(answered)
    expect(responses.map(textOf)).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)))
    expect(server.connections()).toBe(1)
    for (const { cold, phases } of responses)
      expect({ cold, ...phases }).toMatchObject({ cold: false, connect: 0, dns: 0 })
    await expect.poll(() => server.open()).toBe(0)
  })

  test('pay for TLS once, and know its certificate all the same', async () => {
    const authority = await Authority.create('Test Root')
    await using server = await startTls(await authority.issue(), (_, response) => response.end())
    const responses = (await warm(server.origin, 3, {}, authority.pem)).map(answered)
    expect(responses.map(({ phases }) => phases.tls)).toEqual([0, 0, 0])
    expect(responses.map(({ tls }) => tls?.leaf.subject)).toEqual(['CN=localhost', 'CN=localhost', 'CN=localhost'])
    expect(server.connections()).toBe(1)
  })

  test('keep the connection over bodies that are compressed, chunked, or empty', async () => {
    const { gzipSync } = await import('node:zlib')
    let requests = 0
    await using server = await startHttp((_, response) => {
      requests++
      if (requests % 3 === 0) response.writeHead(204).end()
      else if (requests % 3 === 1) response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('zipped'))
      else {
        response.write('chunk')
        response.end('ed')
      }
    })
    const responses = (await warm(server.origin, 6)).map(answered)
    expect(responses.map(textOf)).toEqual(['chunked', '', 'zipped', 'chunked', '', 'zipped'])
    expect(server.connections()).toBe(1)
  })

  test.each([2, 3, 5])('survive a server that closes after %i requests, and stay warm', async (most) => {
    await using server = await startHttp((_, response) => response.end('ok'))
    const taken = new Map<unknown, number>()
    await using closing = await startHttp((request, response) => {
      const count = (taken.get(request.socket) ?? 0) + 1
      taken.set(request.socket, count)
      if (count === most) response.setHeader('connection', 'close')
      response.end('ok')
    })
    expect(server.connections()).toBe(0)
    const responses = (await warm(closing.origin, 10)).map(answered)
    expect(responses).toHaveLength(10)
    expect(responses.some(({ cold }) => cold)).toBe(false)
    expect(closing.connections()).toBe(Math.ceil(10 / (most - 1)))
  })

  test('survive a server that closes without saying so', async () => {
    await using server = await startRaw((socket, request) => {
      const count = request.split('\r\n\r\n').length - 1
      if (count < 3) socket.write(ok)
      else socket.end()
    })
    const responses = (await warm(server.origin, 6)).map(answered)
    expect(responses).toHaveLength(6)
    expect(responses.every(({ cold }) => !cold)).toBe(true)
  })

  test('of a server that keeps no connection are cold, and say so', async () => {
    await using server = await startRaw((socket) => socket.end(ok.replace('OK\r\n', 'OK\r\nConnection: close\r\n')))
    const responses = (await warm(server.origin, 3)).map(answered)
    expect(responses.map(({ cold }) => cold)).toEqual([true, true, true])
    expect(responses.every(({ phases }) => phases.connect > 0)).toBe(true)
  })

  test('follow redirects on kept connections, one for each origin', async () => {
    await using to = await startHttp((_, response) => response.end('end'))
    await using from = await startHttp((_, response) => response.writeHead(302, { location: to.origin }).end('moved'))
    const responses = (await warm(from.origin, 5)).map(answered)
    expect(responses.map(textOf)).toEqual(['end', 'end', 'end', 'end', 'end'])
    expect(responses.every(({ cold, hops }) => !cold && hops.length === 1)).toBe(true)
    expect([from.connections(), to.connections()]).toEqual([1, 1])
  })

  test('end with the first that fails', async () => {
    await using server = await startRaw((socket, request) => {
      const count = request.split('\r\n\r\n').length - 1
      if (count < 4) socket.write(ok)
    })
    const results = await warm(server.origin, 10, { timeout: 200 })
    expect(results.map((result) => (result.ok ? 'ok' : result.problem.kind))).toEqual(['ok', 'ok', 'timeout'])
    await expect.poll(() => server.open()).toBe(0)
  })

  test('that cannot even begin are one problem', async () => {
    await using server = await startRaw((socket) => socket.end())
    const results = await warm(server.origin, 10)
    expect(results).toMatchObject([{ ok: false, problem: { kind: 'empty' } }])
  })

  test('end with an abort', async () => {
    const stop = new AbortController()
    await using server = await startHttp((_, response) => {
      response.end('ok')
      if (server.connections() > 0) stop.abort()
    })
    const results = await createClient({ env: {} }).warm(requestTo(server.origin), 1000, stop.signal)
    expect(results.at(-1)).toMatchObject({ ok: false, problem: { kind: 'cancelled' } })
    await expect.poll(() => server.open()).toBe(0)
  })
})
