import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createClient } from '../../../actions/smoke-check/http/client.ts'
import { drip, flood, startRaw } from '../../support/raw-server.ts'
import { startHttp } from '../../support/tls.ts'
import { exchange, get, problem, requestTo } from './setup.ts'

describe('a request that takes too long ends at its limit and says what it was waiting for', () => {
  test('a resolver that never answers', async () => {
    const client = { lookup: () => new Promise<never>(() => {}) }
    const found = await problem('https://site.example/', { client, connectTimeout: 150 })
    expect(found.kind).toBe('dns')
    expect(found.message).toBe('site.example:443: after 150 ms its name had not been resolved.')
    expect(found.phases.dns).toBeGreaterThan(50)
    expect(found.total).toBeLessThan(1000)
  })

  test('an address that never takes the connection', async () => {
    const client = { open: () => new Socket() }
    const found = await problem('https://192.0.2.1/', { client, connectTimeout: 150 })
    expect(found.kind).toBe('connect-timeout')
    expect(found.message).toBe('192.0.2.1:443: after 150 ms no address of it had accepted a connection (192.0.2.1).')
    expect(found.hint).toContain('firewalls')
    expect(found.phases.connect).toBeGreaterThan(50)
  })

  test('a server that takes the connection and never speaks TLS', async () => {
    await using server = await startRaw(() => {}, { greet: true })
    const found = await problem(`https://127.0.0.1:${server.port}`, { connectTimeout: 150 })
    expect(found.kind).toBe('connect-timeout')
    expect(found.message).toBe(`127.0.0.1:${server.port}: after 150 ms the TLS handshake had not finished.`)
    await expect.poll(() => server.open()).toBe(0)
  })

  test('a server that takes the request and never answers', async () => {
    await using server = await startRaw(() => {})
    const found = await problem(server.origin, { timeout: 200 })
    expect(found.kind).toBe('timeout')
    expect(found.message).toBe(`127.0.0.1:${server.port}: after 200 ms it had not begun to answer.`)
    expect(found.phases.firstByte).toBeGreaterThan(50)
    await expect.poll(() => server.open()).toBe(0)
  })

  test('headers that drip', async () => {
    await using server = await startRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX: ')
      drip(socket, 'x', 20)
    })
    const found = await problem(server.origin, { timeout: 300 })
    expect(found.kind).toBe('timeout')
    expect(found.message).toContain('it had sent the beginning of its answer, and not all of its headers')
  })

  test('a body that drips, byte by byte', async () => {
    await using server = await startRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
      drip(socket, 'x', 50)
    })
    const found = await problem(server.origin, { timeout: 400 })
    expect(found.kind).toBe('timeout')
    expect(found.message).toMatch(/after 400 ms it was still sending its answer, \d B so far/)
    expect(found.total).toBeLessThan(1400)
    expect(found.phases.transfer).toBeGreaterThan(50)
    await expect.poll(() => server.open()).toBe(0)
  })

  test('redirects that are slow together, though none is by itself', async () => {
    await using server = await startHttp((request, response) => {
      const next = Number(request.url?.slice(1)) + 1
      setTimeout(() => response.writeHead(302, { location: `/${next}` }).end(), 60)
    })
    const found = await problem(`${server.origin}/0`, { timeout: 250, redirects: 50 })
    expect(found.kind).toBe('timeout')
    expect(found.total).toBeLessThan(1000)
  })
})

test('a limit of a month is none at all, and not one millisecond', async () => {
  await using server = await startHttp((_, response) => setTimeout(() => response.end('ok'), 50))
  const month = 30 * 86_400_000
  expect((await get(server.origin, { timeout: month, connectTimeout: month })).status).toBe(200)
})

describe('a body beyond the cap', () => {
  test('is cut exactly there, and the connection closed', async () => {
    await using server = await startRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      flood(socket, Buffer.alloc(65_536, 'a'))
    })
    const response = await get(server.origin, { maxBody: 100_000 })
    expect(response.truncated).toBe(true)
    expect(response.body).toHaveLength(100_000)
    await expect.poll(() => server.open()).toBe(0)
  })

  test('is not one when it just fits', async () => {
    await using server = await startHttp((_, response) => response.end('12345'))
    expect(await get(server.origin, { maxBody: 5 })).toMatchObject({ truncated: false, body: Buffer.from('12345') })
    expect(await get(server.origin, { maxBody: 4 })).toMatchObject({ truncated: true, body: Buffer.from('1234') })
  })
})

test('headers beyond the 2,000th are there as well', async () => {
  const many = Array.from({ length: 2100 }, () => 'a: 1\r\n').join('')
  await using server = await startRaw((socket) =>
    socket.end(`HTTP/1.1 200 OK\r\n${many}Strict-Transport-Security: max-age=1\r\n\r\n`),
  )
  const { headers } = await get(server.origin)
  expect(headers).toHaveLength(2101)
  expect(headers.at(-1)).toEqual(['strict-transport-security', 'max-age=1'])
})

describe('a body byte by byte', () => {
  /** Chunks of one byte each, as many to a write as fit. */
  const bytes = (count: number) => '1\r\na\r\n'.repeat(count)

  test('is put together as it was sent', async () => {
    await using server = await startRaw((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${bytes(50_000)}0\r\n\r\n`),
    )
    const response = await get(server.origin)
    expect(response.truncated).toBe(false)
    expect(Buffer.from(response.body).equals(Buffer.alloc(50_000, 'a'))).toBe(true)
  })

  test('costs what it is long, and not hundreds of bytes for each', async () => {
    await using server = await startRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const block = bytes(20_000)
      const more = () => {
        while (socket.writable && socket.write(block));
      }
      socket.on('drain', more)
      more()
    })
    const peak = { now: 0 }
    const before = process.memoryUsage().rss
    const timer = setInterval(() => {
      peak.now = Math.max(peak.now, process.memoryUsage().rss - before)
    }, 20)
    const response = await get(server.origin, { maxBody: 1_000_000, timeout: 30_000 })
    clearInterval(timer)
    expect(response).toMatchObject({ truncated: true })
    expect(peak.now / 1024 / 1024).toBeLessThan(200)
  }, 40_000)
})

describe('an abort', () => {
  test('ends a request that is under way at once', async () => {
    await using server = await startRaw(() => {})
    const stop = new AbortController()
    const result = exchange(server.origin, { signal: stop.signal })
    await expect.poll(() => server.received.length).toBe(1)
    const aborted = performance.now()
    stop.abort()
    const ended = await result
    expect(performance.now() - aborted).toBeLessThan(1000)
    expect(ended).toMatchObject({ ok: false, problem: { kind: 'cancelled' } })
    await expect.poll(() => server.open()).toBe(0)
  })

  test('that came before makes no connection', async () => {
    await using server = await startHttp((_, response) => response.end())
    expect((await problem(server.origin, { signal: AbortSignal.abort() })).kind).toBe('cancelled')
    expect(server.connections()).toBe(0)
  })

  test('ends a resolver that never answers', async () => {
    const signal = AbortSignal.timeout(50)
    const found = await problem('http://site.example', {
      signal,
      client: { lookup: () => new Promise<never>(() => {}) },
    })
    expect(found.kind).toBe('cancelled')
  })

  test('of one signal ends very many requests, without a warning', async () => {
    const warnings: Error[] = []
    const warn = (warning: Error) => warnings.push(warning)
    process.on('warning', warn)
    await using server = await startRaw(() => {})
    const stop = new AbortController()
    const client = createClient({ env: {} })
    const all = Array.from({ length: 64 }, () => client.request(requestTo(server.origin), stop.signal))
    await expect.poll(() => server.received.length).toBe(64)
    stop.abort()
    const kinds = (await Promise.all(all)).map((result) => (result.ok ? 'ok' : result.problem.kind))
    expect(new Set(kinds)).toEqual(new Set(['cancelled']))
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })
})

test('nothing is left running after a request, timers neither', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  await using server = await startHttp((_, response) => response.end('ok'))
  const before = timers()
  await Promise.all(Array.from({ length: 20 }, () => get(server.origin, { timeout: 60_000, connectTimeout: 60_000 })))
  await expect.poll(() => server.open()).toBe(0)
  expect(timers()).toBeLessThan(before + 20)
})
