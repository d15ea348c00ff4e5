import { describe, expect, test } from 'vitest'
import { startRaw } from '../../support/raw-server.ts'
import { startHttp } from '../../support/tls.ts'
import { get, textOf } from './setup.ts'

describe('a request', () => {
  test('is sent as a plain client would, and says who it is', async () => {
    await using server = await startRaw((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
    await get(`${server.origin}/a%20b?x=1&y=#part`)
    expect(server.received).toEqual([
      [
        'GET /a%20b?x=1&y= HTTP/1.1',
        `Host: 127.0.0.1:${server.port}`,
        'User-Agent: slipway-smoke-check/1',
        'Accept: */*',
        'Accept-Encoding: gzip, deflate, br, zstd',
        'Connection: close',
        '',
        '',
      ].join('\r\n'),
    ])
  })

  test("has the check's own headers, in its spelling, in place of the usual ones", async () => {
    await using server = await startRaw((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
    await get(server.origin, {
      headers: { HOST: 'site.example', accept: 'text/html', 'User-agent': 'me', 'accept-Encoding': 'br', 'X-A': '1' },
    })
    expect(server.received[0]?.split('\r\n').slice(1, -2)).toEqual([
      'HOST: site.example',
      'accept: text/html',
      'User-agent: me',
      'accept-Encoding: br',
      'X-A: 1',
      'Connection: close',
    ])
  })

  test.each([
    ['POST', 'a=1', 'Content-Length: 3'],
    ['DELETE', 'a=1', 'Content-Length: 3'],
    ['PUT', undefined, 'Content-Length: 0'],
    ['patch', 'ü', 'Content-Length: 2'],
  ])('%s with the body %s has a length and no chunks', async (method, body, header) => {
    await using server = await startHttp((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => response.end(`${request.rawHeaders.join('|')} ${Buffer.concat(chunks)}`))
    })
    const options = { method, headers: { 'content-length': '99' }, ...(body === undefined ? {} : { body }) }
    const text = textOf(await get(server.origin, options))
    expect(text).toContain(header.replace(': ', '|'))
    expect(text).not.toMatch(/\|99\||chunked/)
    expect(text.endsWith(` ${body ?? ''}`)).toBe(true)
  })

  test('takes user and password from the URL, and sends the URL without them', async () => {
    await using server = await startRaw((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
    const { url } = await get(`http://me:p%40ss@127.0.0.1:${server.port}/`)
    expect(server.received[0]).toContain(`Authorization: Basic ${btoa('me:p@ss')}`)
    expect(server.received[0]).toContain(`Host: 127.0.0.1:${server.port}\r\n`)
    expect(url.href).toBe(`${server.origin}/`)
  })

  test('is made on a connection of its own every time, which is closed afterwards', async () => {
    await using server = await startHttp((_, response) => response.end('ok'))
    for (let count = 0; count < 3; count++) await get(server.origin)
    expect(server.connections()).toBe(3)
    await expect.poll(() => server.open()).toBe(0)
  })
})

describe('an answer', () => {
  test('is given whole: status, headers as sent, body, address', async () => {
    await using server = await startRaw((socket) =>
      socket.end(
        'HTTP/1.1 418 I am a teapot\r\nX-One: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\nabc',
      ),
    )
    const response = await get(`${server.origin}/tea`)
    expect(response).toMatchObject({
      status: 418,
      statusText: 'I am a teapot',
      httpVersion: '1.1',
      headers: [
        ['x-one', '1'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['content-length', '3'],
      ],
      truncated: false,
      cold: true,
      address: '127.0.0.1',
      throughProxy: false,
      tls: undefined,
      hops: [],
    })
    expect(textOf(response)).toBe('abc')
  })

  test('of HTTP/1.0 without a length ends with its connection', async () => {
    await using server = await startRaw((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nold but whole'))
    const response = await get(server.origin)
    expect(response.httpVersion).toBe('1.0')
    expect(textOf(response)).toBe('old but whole')
  })

  test('may have no body at all', async () => {
    await using server = await startHttp((_, response) => response.end())
    const response = await get(server.origin)
    expect(response.body).toHaveLength(0)
    expect(response.truncated).toBe(false)
  })

  test('to HEAD has none, whatever its headers announce', async () => {
    await using server = await startHttp((_, response) =>
      response.writeHead(200, { 'content-length': '5000', 'content-encoding': 'gzip' }).end(),
    )
    const response = await get(server.origin, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.body).toHaveLength(0)
  })

  test('may come after others that are only for information', async () => {
    await using server = await startRaw((socket) =>
      socket.end('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    )
    expect(textOf(await get(server.origin))).toBe('ok')
  })

  test('that switches to another protocol is one, without a body', async () => {
    await using server = await startRaw((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'),
    )
    const headers = { Connection: 'upgrade', Upgrade: 'websocket' }
    const { status, body } = await get(server.origin, { headers })
    expect(status).toBe(101)
    expect(body).toHaveLength(0)
    await expect.poll(() => server.open()).toBe(0)
  })

  test('that comes before the request was read is taken all the same', async () => {
    await using server = await startRaw((socket) =>
      socket.end('HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig'),
    )
    const response = await get(server.origin, { method: 'POST', body: 'x'.repeat(100_000) })
    expect(response.status).toBe(413)
  })
})

describe('times', () => {
  test('are measured by phase: waiting belongs to the first byte, the rest of the body to the transfer', async () => {
    await using server = await startHttp((_, response) => {
      setTimeout(() => {
        response.write('first')
        setTimeout(() => response.end('second'), 150)
      }, 250)
    })
    const { phases, total } = await get(server.origin)
    expect(phases).toMatchObject({ dns: 0, tls: 0 })
    expect(phases.connect).toBeGreaterThan(0)
    expect(phases.firstByte).toBeGreaterThan(200)
    expect(phases.transfer).toBeGreaterThan(100)
    expect(total).toBeGreaterThanOrEqual(phases.connect + phases.firstByte + phases.transfer)
  })

  test('of the name are measured apart', async () => {
    await using server = await startHttp((_, response) => response.end())
    const lookup = async () => {
      await new Promise((resolve) => setTimeout(resolve, 120))
      return ['127.0.0.1']
    }
    const { phases } = await get(`http://site.example:${server.port}`, { client: { lookup } })
    expect(phases.dns).toBeGreaterThan(80)
  })

  test('are summed over redirects', async () => {
    await using server = await startHttp((request, response) => {
      setTimeout(() => {
        if (request.url === '/end') response.end()
        else response.writeHead(302, { location: '/end' }).end()
      }, 150)
    })
    const { phases, total } = await get(server.origin)
    expect(phases.firstByte).toBeGreaterThan(250)
    expect(total).toBeGreaterThan(250)
  })
})
