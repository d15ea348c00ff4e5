/** What every store promises. Each store's own test file runs it against the real thing. */
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MissingError, type Store, TakenError } from '../../../actions/snapshot/store/store.ts'
import { bytesOf, type Draft, draft, idsIn, stored, verification } from './fixtures.ts'

export interface Place {
  /** A new client of one series in this place, as a step opens it. */
  store(series: string): Store | Promise<Store>
  /** Puts an object of that name among those of the series, past the store; missing where names are not the store's. */
  plant?(series: string, name: string, content: string): Promise<void>
  stop(): Promise<void>
}

export interface Traits {
  /** Of two that publish one id at the same moment, exactly one wins. */
  readonly exclusive?: boolean
  /** `plant` is there. */
  readonly plants?: boolean
  /** Archives without a manifest are listed as leftovers. */
  readonly leftovers?: boolean
}

/**
 * Runs the suite on one place, in which every test has series of its own.
 *
 * @param open called once
 */
export function conformance(name: string, open: () => Promise<Place>, traits: Traits = {}): void {
  const { exclusive = true, plants = true, leftovers = true } = traits
  let place: Place
  let count = 0
  const newSeries = () => `series-${count++}`
  const newStore = async (series = newSeries()) => ({ series, store: await place.store(series) })

  describe(`the ${name} store`, () => {
    beforeAll(async () => {
      place = await open()
    })
    afterAll(() => place?.stop())

    test('is empty at first, and says so instead of failing', async () => {
      const { series, store } = await newStore()
      const { manifest, archive } = await draft(store, { series })
      expect(store.place).toMatch(/\S/)
      expect(typeof (await store.isPublic())).toBe('boolean')
      expect(await store.list()).toMatchObject({ snapshots: [], problems: [] })
      expect(await store.inspect(archive.name)).toBeUndefined()
      await expect(store.download(archive.name)).rejects.toBeInstanceOf(MissingError)
      await store.unpublish(manifest)
      await store.remove(archive.name)
    })

    test('keeps an archive byte by byte, which nobody sees before it is published', async () => {
      const { series, store } = await newStore()
      const { archive, manifest, bytes } = await draft(store, { series, bytes: randomBytes(3_000_001) })
      const before = Date.now()
      await store.upload(archive)
      expect(await idsIn(store)).toEqual([])
      const inspected = await store.inspect(archive.name)
      expect(inspected?.size).toBe(bytes.length)
      expect(Math.abs((inspected?.writtenAt ?? 0) - before)).toBeLessThan(60_000)
      expect((await bytesOf(store.download(archive.name))).equals(bytes)).toBe(true)
      await store.publish(manifest)
      const listing = await (await place.store(series)).list()
      expect(listing).toMatchObject({ snapshots: [{ manifest, verification: undefined }], leftovers: [], problems: [] })
    })

    test.runIf(leftovers)('shows an archive without a manifest as a leftover', async () => {
      const { series, store } = await newStore()
      const { archive } = await draft(store, { series })
      await store.upload(archive)
      const found = (await store.list()).leftovers.find(({ name }) => name === archive.name)
      expect(found).toMatchObject({ size: archive.size })
      expect(Math.abs((found?.writtenAt ?? 0) - Date.now())).toBeLessThan(60_000)
    })

    test('leaves an archive as it is when another of its name comes', async () => {
      const { series, store } = await newStore()
      const first = await stored(store, { series })
      const second = await draft(await place.store(series), { series })
      await expect(store.upload(second.archive)).rejects.toBeInstanceOf(TakenError)
      expect((await bytesOf(store.download(first.archive.name))).equals(first.bytes)).toBe(true)
    })

    test('leaves a snapshot as it is when another of its id comes', async () => {
      const { series, store } = await newStore()
      const { manifest } = await stored(store, { series })
      const other = { ...manifest, reason: 'manual' as const }
      await expect(store.publish(other)).rejects.toBeInstanceOf(TakenError)
      expect((await store.list()).snapshots.map((snapshot) => snapshot.manifest)).toEqual([manifest])
    })

    test.runIf(exclusive)('lets exactly one of those win that publish one id at the same moment', async () => {
      const { series, store } = await newStore()
      const { archive, manifest } = await draft(store, { series })
      await store.upload(archive)
      const rivals = [0, 1, 2, 3, 4, 5].map((files) => ({ ...manifest, content: { ...manifest.content, files } }))
      const stores = await Promise.all(rivals.map(() => place.store(series)))
      const ends = await Promise.allSettled(rivals.map((rival, index) => stores[index]?.publish(rival)))
      const winners = rivals.filter((_, index) => ends[index]?.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      for (const end of ends) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(TakenError)
      expect((await store.list()).snapshots.map((snapshot) => snapshot.manifest)).toEqual(winners)
    })

    test('lists the oldest first, whatever was published first', async () => {
      const { series, store } = await newStore()
      const made: Draft[] = []
      for (const number of [2, 0, 3, 1]) made[number] = await stored(store, { series, number })
      expect(await idsIn(store)).toEqual(made.map(({ manifest }) => manifest.id))
    })

    test('hides what is unpublished, keeps its archive until it is removed, and can do both twice', async () => {
      const { series, store } = await newStore()
      const { manifest, archive, bytes } = await stored(store, { series })
      const kept = await stored(store, { series, number: 1 })
      await store.unpublish(manifest)
      await store.unpublish(manifest)
      expect(await idsIn(store)).toEqual([kept.manifest.id])
      expect((await bytesOf(store.download(archive.name))).equals(bytes)).toBe(true)
      await store.remove(archive.name)
      await store.remove(archive.name)
      expect(await store.inspect(archive.name)).toBeUndefined()
      await expect(store.download(archive.name)).rejects.toBeInstanceOf(MissingError)
      expect(await store.list()).toMatchObject({ snapshots: [{ manifest: kept.manifest }], leftovers: [] })
    })

    test('keeps one archive for several snapshots', async () => {
      const { series, store } = await newStore()
      const first = await stored(store, { series })
      const marker = await draft(store, { series, number: 1 })
      await store.publish({ ...marker.manifest, archive: first.manifest.archive })
      await store.unpublish(first.manifest)
      const { snapshots, leftovers: left } = await store.list()
      expect(snapshots.map(({ manifest }) => manifest.archive)).toEqual([first.manifest.archive])
      expect(left.map(({ name }) => name)).not.toContain(first.archive.name)
    })

    test('shows the newest check, in whatever order they were recorded', async () => {
      const { series, store } = await newStore()
      const { manifest } = await stored(store, { series })
      const passed = verification(manifest, 10)
      const failed = { ...verification(manifest, 20), verified_by: null, problem: 'dist/a.js: its bytes are others.' }
      const shown = async () => (await (await place.store(series)).list()).snapshots[0]?.verification
      await store.record(passed)
      expect(await shown()).toEqual(passed)
      await store.record(failed)
      expect(await shown()).toEqual(failed)
      await store.record(passed)
      expect(await shown()).toEqual(failed)
      await store.record(failed)
      expect(await shown()).toEqual(failed)
      expect(await store.list()).toMatchObject({ leftovers: [], problems: [] })
    })

    test('shows each check with its own snapshot, and none of other bytes', async () => {
      const { series, store } = await newStore()
      const [first, second] = [await stored(store, { series }), await stored(store, { series, number: 1 })]
      await store.record(verification(second.manifest))
      await store.record({ ...verification(first.manifest), archive_digest: second.archive.digest })
      const { snapshots } = await store.list()
      expect(snapshots.map((each) => each.verification)).toEqual([undefined, verification(second.manifest)])
    })

    test('keeps no check of a snapshot that is unpublished', async () => {
      const { series, store } = await newStore()
      const { manifest, archive } = await stored(store, { series })
      await store.record(verification(manifest))
      await store.unpublish(manifest)
      await store.remove(archive.name)
      expect(await store.list()).toEqual({ snapshots: [], leftovers: [], problems: [] })
    })

    test('keeps series apart whose names begin alike', async () => {
      const { series, store } = await newStore()
      const longer = await newStore(`${series}-eu`)
      const [mine, theirs] = [await stored(store, { series }), await stored(longer.store, { series: longer.series })]
      await longer.store.record(verification(theirs.manifest))
      expect(await store.list()).toMatchObject({
        snapshots: [{ manifest: mine.manifest }],
        leftovers: [],
        problems: [],
      })
      await store.unpublish(mine.manifest)
      expect(await longer.store.list()).toMatchObject({ snapshots: [{ manifest: theirs.manifest }], problems: [] })
    })

    test('takes snapshots of several steps at once', async () => {
      const { series } = await newStore()
      const numbers = [0, 1, 2, 3, 4, 5]
      const make = async (number: number) => stored(await place.store(series), { series, number })
      const made = await Promise.all(numbers.map(make))
      const { store } = await newStore(series)
      expect(await idsIn(store)).toEqual(made.map(({ manifest }) => manifest.id))
      for (const { archive, bytes } of made) {
        expect((await bytesOf(store.download(archive.name))).equals(bytes)).toBe(true)
      }
    })

    test('can be read while two others prune it', async () => {
      const { series, store } = await newStore()
      const made: Draft[] = []
      for (let number = 0; number < 8; number++) made.push(await stored(store, { series, number }))
      const prune = async (pruner: Store) => {
        for (const { manifest } of made.slice(0, 6)) await pruner.unpublish(manifest)
        for (const { archive } of made.slice(0, 6)) await pruner.remove(archive.name)
      }
      const pruned = Promise.all([prune(await place.store(series)), prune(await place.store(series))])
      let running = true
      const done = pruned.finally(() => {
        running = false
      })
      while (running) {
        const { snapshots, problems } = await store.list()
        expect(problems).toEqual([])
        expect(snapshots.slice(-2).map(({ manifest }) => manifest)).toEqual(made.slice(-2).map((one) => one.manifest))
        await setImmediate()
      }
      await done
      expect(await store.list()).toMatchObject({ snapshots: [{}, {}], leftovers: [] })
    })

    test('survives a reader that stops halfway', async () => {
      const { series, store } = await newStore()
      const { archive, bytes } = await stored(store, { series, bytes: randomBytes(2_000_000) })
      const reader = await store.download(archive.name)
      for await (const chunk of reader) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
      expect(reader.destroyed).toBe(true)
      expect((await bytesOf(store.download(archive.name))).equals(bytes)).toBe(true)
    })

    describe.runIf(plants)('with something else in it', () => {
      const plant = async (series: string, file: string, content: string) => {
        if (place.plant === undefined) throw new Error(`Nothing can be planted in the ${name} store.`)
        await place.plant(series, file, content)
      }

      test.each<readonly [what: string, content: (manifest: object) => string]>([
        ['that is no JSON', () => '{"format": 1, "id":'],
        ['that is empty', () => ''],
        ['that is none', () => '[]'],
        ['of a later format', (manifest) => JSON.stringify({ ...manifest, format: 2 })],
        ['of another id', (manifest) => JSON.stringify(manifest).replace('T0217', 'T0218')],
        ['of another series', (manifest) => JSON.stringify({ ...manifest, series: 'staging' })],
        ['that is too large', (manifest) => JSON.stringify({ ...manifest, more: 'x'.repeat(70_000) })],
      ])('names a manifest %s, and takes its archive for no leftover', async (_, content) => {
        const { series, store } = await newStore()
        const { manifest } = await stored(store, { series, number: 1 })
        const broken = await draft(store, { series })
        await store.upload(broken.archive)
        await plant(series, `${broken.manifest.id}.json`, content(broken.manifest))
        const listing = await store.list()
        expect(listing.snapshots.map((snapshot) => snapshot.manifest)).toEqual([manifest])
        expect(listing.problems).toEqual([expect.stringContaining(broken.manifest.id)])
        expect(listing.problems[0]).toMatch(/^\S.*\.$/s)
        expect(listing.leftovers.map((leftover) => leftover.name)).not.toContain(broken.archive.name)
      })

      test('names a check that cannot be read, and shows the snapshot all the same', async () => {
        const { series, store } = await newStore()
        const { manifest } = await stored(store, { series })
        await plant(series, `${manifest.id}.verified-20241127T040000000Z.json`, 'not JSON')
        const { snapshots, problems } = await store.list()
        expect(snapshots).toMatchObject([{ manifest, verification: undefined }])
        expect(problems).toEqual([expect.stringContaining('.verified-')])
      })

      test('names a check whose name says another time than it does', async () => {
        const { series, store } = await newStore()
        const { manifest } = await stored(store, { series })
        const check = { ...verification(manifest), at: '9999-12-31T23:59:59.999Z' }
        await plant(series, `${manifest.id}.verified-20241127T040000000Z.json`, JSON.stringify(check))
        const { snapshots, problems } = await store.list()
        expect(snapshots).toMatchObject([{ manifest, verification: undefined }])
        expect(problems).toEqual([expect.stringContaining('it is of another time, 9999-12-31')])
      })

      test('shows a check without a snapshot as a leftover, and removes it', async () => {
        const { series, store } = await newStore()
        const { manifest } = await draft(store, { series })
        const record = `${manifest.id}.verified-20241127T040000000Z.json`
        await plant(series, record, JSON.stringify(verification(manifest)))
        expect((await store.list()).leftovers.map((leftover) => leftover.name)).toContain(record)
        await store.remove(record)
        expect((await store.list()).leftovers.map((leftover) => leftover.name)).not.toContain(record)
      })

      test('ignores what is none of its own', async () => {
        const { series, store } = await newStore()
        const { manifest } = await stored(store, { series })
        for (const file of ['README.md', 'notes.json', 'old.tar.zst']) await plant(series, file, 'Hands off.')
        expect(await store.list()).toMatchObject({ snapshots: [{ manifest }], leftovers: [], problems: [] })
      })
    })
  })
}
