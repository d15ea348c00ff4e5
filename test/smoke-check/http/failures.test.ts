import { describe, expect, test } from 'vitest'
import { startRaw } from '../../support/raw-server.ts'
import { refusingOrigin } from '../../support/server.ts'
import { selfSigned, startTls } from '../../support/tls.ts'
import { problem } from './setup.ts'

const say = (text: string | Uint8Array) => startRaw((socket) => socket.end(text))

describe('a server that gives no answer', () => {
  test('is refused where nothing listens', async () => {
    const origin = await refusingOrigin()
    const place = new URL(origin).host
    const found = await problem(`${origin}/path?token=secret`)
    expect(found.kind).toBe('refused')
    expect(found.message).toBe(
      `${place} refused the connection: nothing listens on that port (127.0.0.1 ECONNREFUSED).`,
    )
    expect(found.hint).toContain('whether the server runs')
  })

  test('does not exist in DNS', async () => {
    const found = await problem('https://no-such-name.invalid/')
    expect(found.kind).toBe('dns')
    expect(found.message).toMatch(/^The name no-such-name\.invalid does not exist in DNS|^No name server answered/)
  })

  test('hangs up without a word', async () => {
    await using server = await startRaw((socket) => socket.end())
    const found = await problem(server.origin)
    expect(found.kind).toBe('empty')
    expect(found.message).toBe(`127.0.0.1:${server.port} closed the connection without an answer.`)
  })

  test('resets the connection', async () => {
    await using server = await startRaw((socket) => socket.resetAndDestroy())
    const found = await problem(server.origin)
    expect(found.kind).toBe('reset')
    expect(found.message).toContain(`127.0.0.1:${server.port} reset the connection before it answered`)
  })

  test('hangs up in the middle of the headers', async () => {
    await using server = await say('HTTP/1.1 200 OK\r\nX-A: 1\r\n')
    const found = await problem(server.origin)
    expect(found.kind).toBe('reset')
    expect(found.message).toContain('in the middle of the headers')
  })

  test('hangs up in the middle of the body', async () => {
    await using server = await say('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
    const found = await problem(server.origin)
    expect(found.kind).toBe('reset')
    expect(found.message).toContain('in the middle of its answer, after 4 of 100 bytes')
  })

  test('hangs up in the middle of chunks', async () => {
    await using server = await say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n')
    const found = await problem(server.origin)
    expect(found.kind).toBe('reset')
    expect(found.message).toContain('after 4 bytes')
  })
})

describe('what is no HTTP/1.1 is named', () => {
  test.each([
    ['HTTP/0.9', '<html>just a page</html>', 'speaks HTTP/0.9 on this port'],
    ['garbage', 'complete nonsense\r\n\r\n', 'sends something that is not HTTP/1.1'],
    ['another version', 'HTTP/9.7 200 OK\r\n\r\n', 'sends something that is not HTTP/1.1'],
    ['a TLS alert', Uint8Array.of(0x15, 3, 1, 0, 2, 2, 0x46), 'speaks TLS on this port'],
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 'speaks SSH on this port'],
    ['SMTP', '220 mail.example ESMTP\r\n', 'speaks a mail or file protocol on this port'],
    ['HTTP/2', Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0), 'speaks HTTP/2 on this port'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'not HTTP/1.1'],
    ['bad chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'Invalid character in chunk size'],
  ])('%s', async (_, bytes, words) => {
    await using server = await say(bytes)
    const found = await problem(server.origin)
    expect(found.kind).toBe('protocol')
    expect(found.message).toContain(words)
    expect(found.message).toContain(`127.0.0.1:${server.port}`)
    expect(found.hint).not.toBe('')
  })

  test('plain HTTP to a port that speaks TLS tells to write https', async () => {
    await using server = await say(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 0x46))
    expect((await problem(server.origin)).hint).toBe('Write https://, or look at the port.')
  })

  test('TLS to a port that speaks plain HTTP tells to write http', async () => {
    await using server = await startRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), { greet: true })
    const found = await problem(`https://127.0.0.1:${server.port}`)
    expect(found.kind).toBe('tls')
    expect(found.message).toBe(`127.0.0.1:${server.port} does not speak TLS on this port.`)
    expect(found.hint).toContain('http://')
  })

  test('a server that hangs up during the handshake', async () => {
    await using server = await startRaw((socket) => socket.end(), { greet: true })
    const found = await problem(`https://127.0.0.1:${server.port}`)
    expect(found.kind).toBe('reset')
    expect(found.message).toContain('during the TLS handshake')
  })

  test('a server without HTTP/1.1 over TLS', async () => {
    await using server = await startTls(await selfSigned(), () => {}, { ALPNProtocols: ['h2'] })
    const found = await problem(server.origin)
    expect(found.kind).toBe('tls')
    expect(found.message).toContain('speaks no HTTP/1.1 over TLS')
  })

  test('a server of a past version of TLS', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    await using server = await startTls(await selfSigned(), () => {}, old)
    const found = await problem(server.origin)
    expect(found.kind).toBe('tls')
    expect(found.message).toContain('agree on no version or cipher of TLS')
  })

  test('more headers than anybody can want', async () => {
    await using server = await say(`HTTP/1.1 200 OK\r\n${`X-Filler: ${'x'.repeat(1000)}\r\n`.repeat(80)}\r\n`)
    const found = await problem(server.origin)
    expect(found.kind).toBe('protocol')
    expect(found.message).toContain('sends more than 64 KiB of headers')
  })
})

test('a header that cannot be sent is named, and its value not shown', async () => {
  await using server = await say('HTTP/1.1 200 OK\r\n\r\n')
  const found = await problem(server.origin, { headers: { Authorization: 'Bearer secret\n' } })
  expect(found.kind).toBe('protocol')
  expect(found.message).toBe(
    `The header Authorization to 127.0.0.1:${server.port} cannot be sent: there is a character in it that HTTP does not allow.`,
  )
  expect(JSON.stringify(found)).not.toContain('secret')
  await expect.poll(() => server.open()).toBe(0)
})
