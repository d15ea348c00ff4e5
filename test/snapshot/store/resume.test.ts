import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type ResumeOptions, resumable } from '../../../actions/snapshot/store/resume.ts'
import { messageOf } from '../../../src/errors.ts'

const settings = (given: Partial<ResumeOptions> = {}): ResumeOptions => ({
  signal: new AbortController().signal,
  size: 6,
  reopen: () => Promise.reject(new Error('nobody should ask again')),
  onResume: () => {},
  isTransient: () => true,
  explain: (error) => error,
  ...given,
})

/** Gives these bytes and then nothing, for ever. */
function stalling(bytes: string): PassThrough {
  const stream = new PassThrough()
  stream.write(bytes)
  return stream
}

test('asks again for what a connection that has gone silent did not bring', async () => {
  const reasons: string[] = []
  const offsets: number[] = []
  const silent = stalling('abc')
  const stream = resumable(
    silent,
    settings({
      idle: 50,
      reopen: async (offset) => {
        offsets.push(offset)
        return { stream: Readable.from([Buffer.from('def')]), start: offset }
      },
      onResume: (error) => reasons.push(messageOf(error)),
    }),
  )
  expect((await buffer(stream)).toString()).toBe('abcdef')
  expect(offsets).toEqual([3])
  expect(reasons).toEqual(['no byte came for 0.05 s'])
  expect(silent.destroyed).toBe(true)
})

test('does not blame the connection for a reader that takes its time', async () => {
  const stream = resumable(Readable.from([Buffer.from('abc'), Buffer.from('def')]), settings({ idle: 30 }))
  let text = ''
  for await (const chunk of stream) {
    text += chunk
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(text).toBe('abcdef')
})

test('takes an end that comes too early for a broken connection', async () => {
  const early = resumable(
    Readable.from([Buffer.from('abc')]),
    settings({ reopen: async (start) => ({ stream: Readable.from([Buffer.from('def')]), start }) }),
  )
  expect((await buffer(early)).toString()).toBe('abcdef')
})

test('gives no more bytes than there are', async () => {
  const longer = resumable(Readable.from([Buffer.from('abcdefg')]), settings())
  await expect(buffer(longer)).rejects.toThrow('7 of 6 bytes')
})

test('ends as soon as more bytes have come than there are, and lets go of what would never end', async () => {
  const endless = new Readable({ read: () => endless.push(Buffer.alloc(1024)) })
  let bytes = 0
  const read = async () => {
    for await (const chunk of resumable(endless, settings({ size: 4000 }))) bytes += chunk.length
  }
  await expect(read()).rejects.toThrow(/^\d+ of 4000 bytes came, and more may$/)
  expect(bytes).toBeLessThanOrEqual(4000)
  expect(endless.destroyed).toBe(true)
})

test('ends at once with what asking again cannot change', async () => {
  const broken = new Readable({ read: () => broken.destroy(new Error('forbidden')) })
  const stream = resumable(broken, settings({ isTransient: () => false, explain: () => new Error('explained') }))
  await expect(buffer(stream)).rejects.toThrow('explained')
})

test('lets go of the connection as soon as its reader has gone', async () => {
  const silent = stalling('abc')
  const stream = resumable(silent, settings())
  for await (const _ of stream) break
  await expect.poll(() => silent.destroyed).toBe(true)
  expect(stream.destroyed).toBe(true)
})

test('lets go of a connection that nobody has read from', async () => {
  const silent = stalling('abc')
  resumable(silent, settings()).destroy()
  await expect.poll(() => silent.destroyed).toBe(true)
})

const MEGABYTE = Buffer.alloc(1024 * 1024)

test.each([
  ['6 failures in a row, however little has come', {}, Buffer.from('a'), 6],
  ['more failures than are allowed, however much has come', { most: 9 }, MEGABYTE, 10],
])('ends after %s', async (_, given, bytes, times) => {
  let failures = 0
  const piece = async (start: number) => {
    failures++
    return { stream: Readable.from([bytes]), start }
  }
  const stream = resumable(
    (await piece(0)).stream,
    settings({ size: 1e9, reopen: piece, sleep: async () => {}, ...given }),
  )
  await expect(buffer(stream)).rejects.toThrow(`the connection ended after ${times * bytes.length} of`)
  expect(failures).toBe(times)
})

test('skips what is known already where a connection begins anew', async () => {
  const whole = async () => ({ stream: Readable.from([Buffer.from('abcd'), Buffer.from('ef')]), start: 0 })
  const stream = resumable(Readable.from([Buffer.from('abc')]), settings({ reopen: whole }))
  expect((await buffer(stream)).toString()).toBe('abcdef')
})
