/** What the clouds' stores promise when connections break and servers are in trouble. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Objects } from '../../../actions/snapshot/store/objects.ts'
import { TakenError } from '../../../actions/snapshot/store/store.ts'
import { bytesOf } from './fixtures.ts'
import { type Asked, type Fault, first, type Relay, startRelay } from './relay.ts'
import { newFolder } from './setup.ts'

export interface Subject {
  readonly endpoint: () => string
  /** Opens a series through the relay, or past it. */
  open(endpoint: string, series: string, signal?: AbortSignal): Promise<Objects>
  /** As the far side says that it is busy. */
  readonly busy: Fault
  readonly isPart: (asked: Asked) => boolean
  readonly isCommit: (asked: Asked) => boolean
  /** Of two that write one name at the same moment, exactly one wins. */
  readonly exclusive: boolean
}

/** Bytes: three parts. */
const LARGE = 20 * 1024 * 1024 + 1

export function faults(name: string, prepare: () => Promise<Subject>): void {
  describe(`the ${name} store, in trouble`, () => {
    let subject: Subject
    let relay: Relay
    let count = 0
    const large = randomBytes(LARGE)
    let file: string
    beforeAll(async () => {
      subject = await prepare()
      relay = await startRelay(subject.endpoint)
      file = join(await newFolder(), 'large')
      await writeFile(file, large)
    })
    afterAll(() => relay?.[Symbol.asyncDispose]())

    const open = async (signal?: AbortSignal) => {
      relay.fault = () => undefined
      const series = `faults-${count++}`
      return {
        objects: await subject.open(relay.endpoint, series, signal),
        direct: await subject.open(subject.endpoint(), series),
      }
    }
    const isPut = ({ method }: Asked) => method === 'PUT'
    const isGet = ({ method, url }: Asked) => method === 'GET' && /\/a(?:\?|$)/.test(url)

    test('waits for a server that is busy, whatever it asks of it', async () => {
      const { objects } = await open()
      const busy = new Map<string, number>()
      relay.fault = ({ method, url }) => {
        const key = `${method} ${url}`
        busy.set(key, (busy.get(key) ?? 0) + 1)
        return (busy.get(key) ?? 0) <= 2 ? subject.busy : undefined
      }
      await objects.put('a', Buffer.from('content'))
      expect((await bytesOf(objects.get('a'))).toString()).toBe('content')
      expect(await objects.stat('a')).toMatchObject({ size: 7 })
      expect(await objects.list()).toMatchObject([{ name: 'a' }])
      await objects.delete('a')
      expect(await objects.stat('a')).toBeUndefined()
    })

    test('takes a write whose answer was lost for done', async () => {
      const { objects } = await open()
      relay.fault = first(1, isPut, 'lose-answer')
      await objects.put('a', Buffer.from('content'))
      expect((await bytesOf(objects.get('a'))).toString()).toBe('content')
      await expect(objects.put('a', Buffer.from('other'))).rejects.toBeInstanceOf(TakenError)
    })

    test('sends again what was cut off on its way', async () => {
      const { objects } = await open()
      relay.fault = first(2, isPut, 'cut-request')
      await objects.put('a', randomBytes(500_000))
      expect(await objects.stat('a')).toMatchObject({ size: 500_000 })
    })

    test.each<readonly [string, (subject: Subject) => (asked: Asked) => boolean, Fault]>([
      ['a part that was cut off', ({ isPart }) => isPart, 'cut-request'],
      ['a part whose answer was lost', ({ isPart }) => isPart, 'lose-answer'],
      ['a commit whose answer was lost', ({ isCommit }) => isCommit, 'lose-answer'],
    ])('sends a large file through %s', async (_, of, fault) => {
      const { objects, direct } = await open()
      const before = relay.asked.length
      relay.fault = first(1, of(subject), fault)
      await objects.put('a', { file, size: LARGE })
      expect(relay.asked.slice(before).some(of(subject))).toBe(true)
      expect((await bytesOf(direct.get('a'))).equals(large)).toBe(true)
      expect(await direct.unfinished()).toEqual([])
    })

    test('lets exactly one of two large files win, whole', async (context) => {
      if (!subject.exclusive) return context.skip('This server heeds no conditions.')
      const { objects, direct } = await open()
      const other = join(await newFolder(), 'other')
      await writeFile(other, Buffer.alloc(LARGE, 'b'))
      const ends = await Promise.allSettled([
        objects.put('a', { file, size: LARGE }),
        direct.put('a', { file: other, size: LARGE }),
      ])
      const winner = ends.findIndex(({ status }) => status === 'fulfilled')
      expect(ends[1 - winner]).toMatchObject({ status: 'rejected', reason: expect.any(TakenError) })
      const bytes = await bytesOf(direct.get('a'))
      expect(bytes.equals(winner === 0 ? large : Buffer.alloc(LARGE, 'b'))).toBe(true)
      expect(await direct.unfinished()).toEqual([])
    })

    test('shows nothing of a large file that fails for good, and takes it afterwards', async () => {
      const { objects, direct } = await open()
      let parts = 0
      relay.fault = (asked) => (subject.isPart(asked) && ++parts > 1 ? { answer: 400, body: '<Error/>' } : undefined)
      await expect(objects.put('a', { file, size: LARGE })).rejects.toMatchObject({ name: 'ActionError' })
      expect(await direct.list()).toEqual([])
      expect(await direct.unfinished()).toEqual([])
      relay.fault = () => undefined
      await objects.put('a', { file, size: LARGE })
      expect((await bytesOf(direct.get('a'))).equals(large)).toBe(true)
    })

    test('ends with the signal in the middle of an upload, and leaves nothing', async () => {
      const { signal, abort } = controller()
      const { objects, direct } = await open(signal)
      relay.fault = (asked) => {
        if (!subject.isPart(asked)) return undefined
        abort(new Error('the job was cancelled'))
        return 'stall'
      }
      await expect(objects.put('a', { file, size: LARGE })).rejects.toThrow('the job was cancelled')
      expect(await direct.list()).toEqual([])
      expect(await direct.unfinished()).toEqual([])
    })

    test('reads on where the connection broke', async () => {
      const { objects, direct } = await open()
      await direct.put('a', large)
      const before = relay.asked.length
      relay.fault = first(3, isGet, { cutAfter: 3_000_000 })
      expect((await bytesOf(objects.get('a'))).equals(large)).toBe(true)
      const ranges = relay.asked.slice(before).map(({ headers }) => headers['x-ms-range'] ?? headers['range'])
      expect(ranges).toHaveLength(4)
      expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-/.test(`${range}`))).toBe(true)
    })

    test('gives up on a server that sends nothing', async () => {
      const { objects, direct } = await open()
      await direct.put('a', Buffer.alloc(100_000))
      relay.fault = (asked) => (isGet(asked) ? { cutAfter: 10 } : undefined)
      await expect(bytesOf(objects.get('a'))).rejects.toMatchObject({
        name: 'ActionError',
        message: expect.stringMatching(/^a could not be read from \S+: .*\.$/s),
      })
    })

    test('never mixes two objects of one name', async () => {
      const { objects, direct } = await open()
      await direct.put('a', Buffer.alloc(5_000_000, 'a'))
      relay.fault = first(1, isGet, { cutAfter: 2_000_000 })
      const reading = await objects.get('a')
      await direct.delete('a')
      await direct.put('a', Buffer.alloc(5_000_000, 'b'))
      const read = bytesOf(Promise.resolve(reading)).then((bytes) => bytes.length)
      await expect(read).rejects.toMatchObject({
        name: 'ActionError',
        message: expect.stringMatching(/replaced|condition/),
      })
    })

    test('ends with the signal in the middle of a download', async () => {
      const { signal, abort } = controller()
      const { objects, direct } = await open(signal)
      await direct.put('a', large)
      const reading = await objects.get('a')
      reading.once('data', () => abort(new Error('the job was cancelled')))
      await expect(bytesOf(Promise.resolve(reading))).rejects.toThrow('the job was cancelled')
    })

    test('names a server that is not there, and how often it was tried', async () => {
      const { objects } = await open()
      relay.fault = () => 'cut-request'
      await expect(objects.list()).rejects.toMatchObject({
        name: 'ActionError',
        message: expect.stringMatching(/could not be listed: .*\.$/s),
        hint: expect.stringMatching(/outage/),
      })
    })
  })
}

function controller() {
  const controlled = new AbortController()
  return { signal: controlled.signal, abort: (reason: Error) => controlled.abort(reason) }
}
