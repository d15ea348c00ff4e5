import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { flood, startRaw } from '../../support/raw-server.ts'
import { startHttp } from '../../support/tls.ts'
import { get, problem, textOf } from './setup.ts'

const TEXT = 'healthy '.repeat(1000)

function serve(encoding: string, body: Uint8Array) {
  return startHttp((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body))
}

describe('a body is decoded', () => {
  test.each([
    ['gzip', zlib.gzipSync(TEXT)],
    ['x-gzip', zlib.gzipSync(TEXT)],
    ['GZIP', zlib.gzipSync(TEXT)],
    ['deflate', zlib.deflateSync(TEXT)],
    ['deflate', zlib.deflateRawSync(TEXT)],
    ['br', zlib.brotliCompressSync(TEXT)],
    ['zstd', zlib.zstdCompressSync(TEXT)],
    ['identity', Buffer.from(TEXT)],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(TEXT))],
    ['gzip', Buffer.concat([zlib.gzipSync(TEXT.slice(0, 4000)), zlib.gzipSync(TEXT.slice(4000))])],
  ])('from %s', async (encoding, bytes) => {
    await using server = await serve(encoding, bytes)
    const response = await get(server.origin)
    expect(textOf(response)).toBe(TEXT)
    expect(response.truncated).toBe(false)
    expect(response.headers).toContainEqual(['content-encoding', encoding])
  })

  test('and an empty one needs no decoding', async () => {
    await using server = await serve('gzip', new Uint8Array())
    expect((await get(server.origin)).body).toHaveLength(0)
  })

  test('and an encoded nothing is nothing', async () => {
    await using server = await serve('gzip, br', zlib.brotliCompressSync(zlib.gzipSync('')))
    expect((await get(server.origin)).body).toHaveLength(0)
  })
})

describe('a compressed bomb', () => {
  const ZEROS = Buffer.alloc(100 * 1024 * 1024)
  test.each([
    ['gzip', zlib.gzipSync(ZEROS)],
    ['deflate', zlib.deflateSync(ZEROS)],
    ['br', zlib.brotliCompressSync(ZEROS, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } })],
    ['zstd', zlib.zstdCompressSync(ZEROS)],
    ['gzip, gzip', zlib.gzipSync(zlib.gzipSync(ZEROS))],
  ])('of %s is cut at the cap, without the memory for it', async (encoding, bomb) => {
    await using server = await serve(encoding, bomb)
    let most = 0
    const before = process.memoryUsage().arrayBuffers
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }, 2)
    const response = await get(server.origin)
    expect(response.body).toHaveLength(1_000_000)
    expect(response.truncated).toBe(true)
    await setTimeout(200) // in which a decoder that was left alone would go on
    clearInterval(watching)
    expect(most).toBeLessThan(20 * 1024 * 1024)
  })

  test('that never ends is cut as well', async () => {
    // A gzip header, then a stored block of nothing again and again.
    const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)
    const nothing = Buffer.concat(Array.from({ length: 1000 }, () => Uint8Array.of(0, 0, 0, 0xff, 0xff)))
    await using server = await startRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n')
      socket.write(header)
      flood(socket, nothing)
    })
    const response = await get(server.origin)
    expect(response).toMatchObject({ truncated: true })
    expect(response.body).toHaveLength(0)
  })
})

describe('a body that its encoding does not fit is a problem that says so', () => {
  test.each([
    ['gzip', Buffer.from('plain text'), 'gzip'],
    ['deflate', Buffer.from('plain text'), 'deflate'],
    ['br', Buffer.from('plain text, plain text'), 'br'],
    ['zstd', Buffer.from('plain text'), 'zstd'],
    ['gzip', zlib.gzipSync(randomBytes(2000)).subarray(0, 1000), 'gzip'],
    ['br', zlib.brotliCompressSync(randomBytes(2000)).subarray(0, 1000), 'br'],
    ['zstd', zlib.zstdCompressSync(randomBytes(2000)).subarray(0, 1000), 'zstd'],
  ])('%s', async (encoding, bytes, name) => {
    await using server = await serve(encoding, bytes)
    const found = await problem(server.origin)
    expect(found.kind).toBe('encoding')
    expect(found.message).toContain(
      `127.0.0.1:${server.port} sends a body that is not what its content-encoding says, ${name}`,
    )
  })

  test('an encoding that nobody asked for', async () => {
    await using server = await serve('gzip, compress', Buffer.from('x'))
    const found = await problem(server.origin)
    expect(found.kind).toBe('encoding')
    expect(found.message).toContain('a content-encoding that was not asked for: compress')
  })

  test('a pile of encodings', async () => {
    await using server = await serve(Array.from({ length: 50 }, () => 'gzip').join(','), Buffer.from('x'))
    expect((await problem(server.origin)).message).toContain('encoded 50 times over')
  })
})
