/** Downloads that break, stand still, or come from a server that minds no ranges. */
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { type Download, download, type Opened } from '../../../actions/snapshot/store/github-download.ts'
import { Failure } from '../../../actions/snapshot/store/github-http.ts'
import { get } from '../../../actions/snapshot/store/github-send.ts'
import { ActionError } from '../../../src/errors.ts'
import { startRaw } from '../../support/raw-server.ts'
import { bytesOf } from './artifact-setup.ts'

const signal = new AbortController().signal
const BYTES = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))

function wanted(open: (offset: number) => Promise<Opened>, more: Partial<Download> = {}): Download {
  const patience = { attempts: 3, sleep: async () => {} }
  return { doing: 'download it', open, signal, note: () => {}, patience, ...more }
}

/** A server that sends so many bytes at a time, from the first on whatever it is asked for, and hangs up or goes quiet. */
const startShort = (sent: readonly number[], ending: 'end' | 'stall') =>
  startRaw((socket, _, connection) => {
    const most = sent[connection] ?? BYTES.length
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${BYTES.length}\r\n\r\n`)
    socket.write(BYTES.subarray(0, most))
    if (ending === 'end') socket.end()
  })

it.each(['end', 'stall'] as const)('skips what it has where a server minds no range, after an %s', async (ending) => {
  await using server = await startShort([300, 700], ending)
  const stream = await download(wanted(() => get(server.origin, {}, signal), { idle: 200 }))
  expect((await bytesOf(stream)).equals(BYTES)).toBe(true)
  expect(server.received).toHaveLength(3)
})

it('ends with what it got to where no attempt gets further', async () => {
  await using server = await startShort([300, 300, 200, 0], 'end')
  const stream = await download(wanted(() => get(server.origin, {}, signal)))
  const error = await bytesOf(stream).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ActionError)
  expect((error as ActionError).message).toMatch(
    /^GitHub could not be made to download it: it broke off at byte 300 of 1000/,
  )
})

it('lets go of the connection when its reader does', async () => {
  await using server = await startShort([300], 'stall')
  const stream = await download(wanted(() => get(server.origin, {}, signal)))
  for await (const piece of stream) {
    expect(piece.length).toBeGreaterThan(0)
    break
  }
  await expect.poll(() => server.open()).toBe(0)
})

it('does not try again what is refused for good, and says when it broke off there', async () => {
  let asked = 0
  const refuse = async (): Promise<Opened> => {
    asked++
    throw new Failure('HTTP 400', { status: 400, body: '', headers: new Headers() })
  }
  await expect(download(wanted(refuse))).rejects.toThrow('HTTP 400')
  expect(asked).toBe(1)
  const first = {
    status: 200,
    headers: new Headers({ 'content-length': '9' }),
    body: Readable.from([Buffer.from('ab')]),
  }
  const stream = await download(wanted((offset) => (offset === 0 ? Promise.resolve(first) : refuse())))
  await expect(bytesOf(stream)).rejects.toThrow('it broke off at byte 2 of 9 (HTTP 400)')
})

it('ends with the signal of its step', async () => {
  await using server = await startShort([300], 'stall')
  const controller = new AbortController()
  const stream = await download(wanted(() => get(server.origin, {}, controller.signal), { signal: controller.signal }))
  const reason = new ActionError('The step was cancelled (SIGTERM).')
  stream.once('data', () => controller.abort(reason))
  await expect(new Promise((_, reject) => stream.once('error', reject))).rejects.toBe(reason)
})
