/** Snapshots as assets of a draft release, over real HTTP against the embedded GitHub. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TakenError } from '../../../actions/snapshot/store/store.ts'
import { ActionError } from '../../../src/errors.ts'
import { bytesOf, idsIn, keep, manifestFor, type Scene, SERIES, startScene } from './artifact-setup.ts'
import { asPerson, openRelease } from './release-setup.ts'

let scene: Scene
beforeEach(async () => {
  scene = await startScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const UPLOAD = 'POST /releases/*/assets'

it('keeps everything in one draft without a tag, which says what it is', async () => {
  const { store } = openRelease(scene)
  const archive = await scene.archive()
  await store.upload(archive)
  const { url } = await store.publish(manifestFor(archive))
  expect(scene.github.releases).toMatchObject([{ draft: true, tag_name: `snapshots-${SERIES}`, html_url: url }])
  expect(scene.github.releases[0]?.body).toMatch(/Leave it a draft/)
  expect(scene.github.releases[0]?.assets.map(({ name, digest }) => [name, digest])).toContainEqual([
    archive.name,
    archive.digest,
  ])
  expect(await bytesOf(await openRelease(scene).store.download(archive.name))).toEqual(archive.bytes)
})

describe.each([
  ['the draft', 'POST /releases'],
  ['an upload', UPLOAD],
])('%s', (_, request) => {
  it.each(['503*2', 'reset*2', 'applied-reset*1', 'applied-503*1', 'truncate*1', '429;retry-after=0*1'])(
    'meets %s',
    async (what) => {
      scene.fault(`${request}:${what}`)
      const { store } = openRelease(scene, { isPlain: true })
      const archive = await scene.archive(100_000)
      await keep(store, archive)
      expect(scene.github.requests.filter(({ fault }) => fault !== undefined)).not.toEqual([])
      expect(scene.github.releases).toHaveLength(1)
      expect(await idsIn(store)).toEqual([archive.id])
      expect((await bytesOf(await store.download(archive.name))).equals(archive.bytes)).toBe(true)
    },
  )
})

it('removes what its own broken upload has left, and uploads again', async () => {
  const { store } = openRelease(scene, { isPlain: true })
  scene.github.breakNextUpload()
  const archive = await scene.archive()
  await keep(store, archive)
  expect(scene.github.releases[0]?.assets.map(({ state }) => state)).toEqual(['uploaded', 'uploaded'])
})

it('leaves an upload alone that another step may be making, shows it as a leftover, and takes its name when it is old', async () => {
  const archive = await scene.archive()
  scene.github.breakNextUpload()
  const broken = openRelease(scene, { isPlain: true, patience: { attempts: 1, sleep: async () => {} } })
  await expect(broken.store.upload(archive)).rejects.toThrow('(502)')
  const { store } = openRelease(scene, { isPlain: true })
  await expect(store.upload(archive)).rejects.toThrow(TakenError)
  expect((await store.list()).leftovers).toMatchObject([{ name: archive.name, size: 0 }])
  await store.remove(archive.name)
  await store.upload(archive)
  expect(await store.inspect(archive.name)).toMatchObject({ size: archive.size })
})

it('reads all drafts where two steps made the first snapshot at once, and writes to the oldest', async () => {
  for (const _ of [1, 2]) await asPerson(scene, 'POST', '/releases', { tag_name: `snapshots-${SERIES}`, draft: true })
  const [younger, older] = scene.github.releases
  const { store } = openRelease(scene, { isPlain: true })
  const archive = await scene.archive()
  await keep(store, archive)
  expect(scene.github.releases.find(({ id }) => id === older?.id)?.assets).toHaveLength(2)
  await asPerson(scene, 'POST', `/releases/${younger?.id}/assets?name=notes.txt`, 'x')
  expect(await idsIn(store)).toEqual([archive.id])
})

it('goes on with a download where the connection broke, and sends storage no token', async () => {
  const { store } = openRelease(scene, { isPlain: true })
  const archive = await scene.archive(4_000_000)
  await store.upload(archive)
  scene.fault('GET /storage/**:truncate*2')
  expect((await bytesOf(await store.download(archive.name))).equals(archive.bytes)).toBe(true)
  const toStorage = scene.github.requests.filter(({ path }) => path.startsWith('/storage/'))
  expect(toStorage).toHaveLength(3)
  for (const { job } of toStorage) expect(job).toBeUndefined()
})

describe('refuses', () => {
  const idOf = (name: string) => scene.github.releases[0]?.assets.find((asset) => asset.name === name)?.id

  const refusalOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ActionError)
    return (error as ActionError).text
  }

  it('a release that somebody has published', async () => {
    const { store } = openRelease(scene)
    await keep(store, await scene.archive())
    await asPerson(scene, 'PATCH', `/releases/${scene.github.releases[0]?.id}`, { draft: false })
    for (const work of [() => store.list(), async () => store.upload(await scene.archive())]) {
      expect(await refusalOf(work())).toMatch(
        /^The release snapshots-production is published.*\nTurn it back into a draft/s,
      )
    }
  })

  it('a file of 2 GiB before anything of it is sent', async () => {
    const { store } = openRelease(scene)
    const archive = { ...(await scene.archive()), size: 2 * 1024 ** 3 }
    expect(await refusalOf(store.upload(archive))).toMatch(
      /has 2\.0 GiB, and GitHub takes.*less than 2 GiB\.\n.*store: s3/s,
    )
    expect(scene.github.requests).toEqual([])
  })

  it.each([
    [{ contents: 'read' }, /Add "contents: write" to the job's permissions\./],
    [{}, /contents: write/],
  ] as const)('a token with %j, to which a series would look empty', async (permissions, text) => {
    const archive = await scene.archive()
    await keep(openRelease(scene).store, archive)
    const { store } = openRelease(scene, { permissions })
    expect(await refusalOf(store.list())).toMatch(text)
    expect(await refusalOf(store.download(archive.name))).toMatch(text)
    expect(await refusalOf(store.upload(await scene.archive()))).toMatch(text)
    expect(scene.github.releases).toHaveLength(1)
  })

  it('an asset whose bytes are others than GitHub has a digest of', async () => {
    const { store } = openRelease(scene, { isPlain: true })
    const archive = await scene.archive()
    const other = await scene.archive()
    for (const each of [archive, other]) await store.upload(each)
    const [wanted, given] = [archive, other].map(({ name }) => String(idOf(name)))
    // As if something between GitHub's storage and the runner gave other bytes.
    const { fetch } = globalThis
    globalThis.fetch = (url, init) => fetch(String(url).replace(`/assets/${wanted}`, `/assets/${given}`), init)
    try {
      expect(await refusalOf(store.download(archive.name).then(bytesOf))).toContain('arrived with other bytes')
    } finally {
      globalThis.fetch = fetch
    }
  })
})
