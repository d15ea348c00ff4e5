/** Snapshots as artifacts, over real HTTP against the embedded GitHub. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MissingError, TakenError } from '../../../actions/snapshot/store/store.ts'
import { bytesOf, idsIn, keep, manifestFor, type Scene, SERIES, SHA, startScene } from './artifact-setup.ts'

let scene: Scene
beforeEach(async () => {
  scene = await startScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

it('keeps an archive that nobody sees until its manifest is there', async () => {
  const { store, runId } = scene.open()
  const archive = await scene.archive()
  await store.upload(archive)
  expect(await idsIn(store)).toEqual([])
  const { url } = await store.publish(manifestFor(archive))
  expect(await idsIn(store)).toEqual([archive.id])
  const manifest = scene.github.artifacts.find(({ name }) => name === `slipway-snapshot.${SERIES}.manual`)
  expect(url).toBe(`${scene.github.serverUrl}/octo-org/site/actions/runs/${runId}/artifacts/${manifest?.id}`)
  expect(await bytesOf(await store.download(archive.name))).toEqual(archive.bytes)
  expect(await store.inspect(archive.name)).toMatchObject({ size: archive.size })
})

it('shows another run what this one has stored, with its digest at GitHub', async () => {
  const archive = await scene.archive()
  await keep(scene.open().store, archive)
  const later = scene.open().store
  expect(await idsIn(later)).toEqual([archive.id])
  expect(await bytesOf(await later.download(archive.name))).toEqual(archive.bytes)
  expect(scene.github.artifacts.find(({ name }) => name === archive.name)?.digest).toBe(archive.digest)
})

it('uploads in blocks of 8 MiB', async () => {
  const archive = await scene.archive(20 * 1024 * 1024)
  await scene.open().store.upload(archive)
  const blocks = scene.github.requests.filter(({ query }) => query['comp'] === 'block')
  expect(blocks).toHaveLength(3)
  expect(scene.github.artifacts[0]?.digest).toBe(archive.digest)
})

it('reads each manifest once, and only as small as one can be', async () => {
  const { store } = scene.open()
  for (let count = 0; count < 3; count++) await keep(store, await scene.archive())
  await store.list()
  const downloads = () => scene.github.requests.filter(({ path }) => path.endsWith('/zip')).length
  const before = downloads()
  expect((await store.list()).snapshots).toHaveLength(3)
  expect(downloads()).toBe(before)
  scene.github.addRun(otherRun(7))
  await scene.github.addArtifact({
    name: `slipway-snapshot.${SERIES}.manual`,
    runId: 7,
    content: 'x'.repeat(64 * 1024 + 1),
    mimeType: 'application/json',
  })
  const { problems } = await store.list()
  expect(problems).toEqual([expect.stringContaining('has 65537 bytes, too many for a manifest')])
  expect(downloads()).toBe(before)
})

it('names what stands in the place of a manifest', async () => {
  scene.github.addRun(otherRun(7))
  const name = `slipway-snapshot.${SERIES}.manual`
  const other = { ...manifestFor(await scene.archive()), series: 'staging' }
  await scene.github.addArtifact({ name, runId: 7, content: 'no manifest', mimeType: 'application/json' })
  await scene.github.addArtifact({ name, runId: 7, content: 'PK', mimeType: 'application/zip' })
  await scene.github.addArtifact({ name, runId: 7, content: JSON.stringify(other), mimeType: 'application/json' })
  const { snapshots, problems } = await scene.open().store.list()
  expect(snapshots).toEqual([])
  expect(problems).toHaveLength(3)
  expect(problems).toContainEqual(
    expect.stringMatching(/of run 7 \(id \d+\) cannot be read as a manifest or a record\.$/),
  )
  expect(problems).toContainEqual(expect.stringContaining('is a zip archive'))
})

describe('names', () => {
  it('are those of their snapshots where a run has the first one already, and all are listed', async () => {
    const { store } = scene.open()
    const ids = []
    for (let count = 0; count < 5; count++) ids.push((await keep(store, await scene.archive())).id)
    expect(await idsIn(scene.open().store)).toEqual(ids)
    const names = scene.github.artifacts.map(({ name }) => name).filter((name) => !name.endsWith('.tar.zst'))
    const first = [`slipway-snapshot.${SERIES}.manual`, `slipway-more.${SERIES}`]
    expect(names.toSorted()).toEqual([...first, ...ids.slice(1).map((id) => `${id}.json`)].toSorted())
  })

  it('still lead to a snapshot when all that its run has made before it were pruned', async () => {
    const { store } = scene.open()
    const manifests = []
    for (let count = 0; count < 4; count++) manifests.push(await keep(store, await scene.archive()))
    for (const manifest of manifests.slice(0, 3)) await store.unpublish(manifest)
    expect(await idsIn(scene.open().store)).toEqual([manifests[3]?.id])
  })

  it('refuses a second archive and a second manifest of one id, in this run and in another', async () => {
    const { store } = scene.open()
    const archive = await scene.archive()
    const manifest = await keep(store, archive)
    for (const { store: each } of [{ store }, scene.open()]) {
      await expect(each.upload(archive)).rejects.toThrow(TakenError)
      await expect(each.publish(manifest)).rejects.toThrow(TakenError)
    }
    expect(await idsIn(store)).toEqual([archive.id])
  })
})

it('says when GitHub drops what was published, whatever was asked for', async () => {
  await using limited = await startScene({ retentionDays: 7 })
  const { store } = limited.open()
  const archive = await limited.archive()
  await store.upload(archive)
  const { expiresAt = 0 } = await store.publish(manifestFor(archive))
  expect(Math.round((expiresAt - Date.now()) / (24 * 60 * 60 * 1000))).toBe(7)
  expect((await store.list()).snapshots[0]?.expiresAt).toBe(expiresAt)
})

it.each([
  [true, 1],
  [false, 0],
])('of a repository with private: %s warns %i times of what its snapshots will come to', async (isPrivate, times) => {
  await using other = await startScene({ private: isPrivate })
  const { store, warnings } = other.open()
  for (let count = 0; count < 2; count++) await store.upload(await other.archive(17_000_000))
  expect(warnings.filter((text) => text.includes('30 snapshots of 17 MB come to 510 MB'))).toHaveLength(times)
})

it('shows the newest check of an archive', async () => {
  const { store } = scene.open()
  const archive = await scene.archive()
  await keep(store, archive)
  const record = { format: 1, id: archive.id, archive_digest: archive.digest, problem: null } as const
  await store.record({ ...record, at: '2024-11-02T00:00:00.000Z', verified_by: 'read-back' })
  await store.record({ ...record, at: '2024-11-03T00:00:00.000Z', verified_by: 'drill' })
  const other = `sha256:${'0'.repeat(64)}`
  await store.record({ ...record, archive_digest: other, at: '2024-11-04T00:00:00.000Z', verified_by: 'files' })
  const { snapshots } = await scene.open().store.list()
  expect(snapshots.map(({ verification }) => verification?.verified_by)).toEqual(['drill'])
})

describe('a check that is dated years ahead', () => {
  const HOUR = 60 * 60 * 1000
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR)
  const shown = async (dated: number, honest: number) => {
    const { store } = scene.open()
    const archive = await scene.archive()
    await keep(store, archive)
    const base = { format: 1, id: archive.id, archive_digest: archive.digest }
    const failed = { ...base, at: '9999-12-31T23:59:59.999Z', verified_by: null, problem: 'It is damaged.' }
    const passed = { ...base, at: ago(honest).toISOString(), verified_by: 'files', problem: null }
    const name = `slipway-verified.${SERIES}`
    for (const [runId, record, hours] of [[8001, failed, dated] as const, [8002, passed, honest] as const]) {
      scene.github.addRun(otherRun(runId))
      const content = JSON.stringify(record)
      await scene.github.addArtifact({ name, runId, content, mimeType: 'application/json', createdAt: ago(hours) })
    }
    return (await store.list()).snapshots[0]?.verification
  }

  it('is not the newest once another has been stored after it', async () => {
    expect(await shown(2, 1)).toMatchObject({ verified_by: 'files' })
  })

  it('is the newest of those before it, of the time from which GitHub has it', async () => {
    const check = await shown(1, 2)
    expect(check).toMatchObject({ verified_by: null, problem: 'It is damaged.' })
    expect(Math.abs(Date.parse(check?.at ?? '') - ago(1).getTime())).toBeLessThan(60_000)
  })
})

it('says of an unchanged snapshot that it is gone with the older archive', async () => {
  const first = await scene.archive()
  const day = 24 * 60 * 60 * 1000
  const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 5 * day)
  scene.github.addRun(otherRun(7))
  const stored = { runId: 7, content: first.bytes, mimeType: 'application/octet-stream' }
  await scene.github.addArtifact({ ...stored, name: first.name, expiresAt })
  const { store } = scene.open()
  const marker = manifestFor({ ...first, id: (await scene.archive()).id })
  expect((await store.publish(marker)).expiresAt).toBe(expiresAt.getTime())
  const own = await scene.archive()
  await store.upload(own)
  const { expiresAt: whole = 0 } = await store.publish(manifestFor(own))
  expect(Math.round((whole - Date.now()) / day)).toBe(90)
})

it('removes a manifest with its checks, and the archive; twice is no error', async () => {
  const { store } = scene.open()
  const archive = await scene.archive()
  const manifest = await keep(store, archive)
  const record = { format: 1, id: archive.id, archive_digest: archive.digest, problem: null } as const
  await store.record({ ...record, at: '2024-11-02T00:00:00.000Z', verified_by: 'read-back' })
  for (let time = 0; time < 2; time++) await store.unpublish(manifest)
  expect(await idsIn(store)).toEqual([])
  expect(await bytesOf(await store.download(archive.name))).toEqual(archive.bytes)
  for (let time = 0; time < 2; time++) await store.remove(archive.name)
  expect(scene.github.artifacts).toEqual([])
  expect(await store.inspect(archive.name)).toBeUndefined()
  await expect(store.download(archive.name)).rejects.toThrow(MissingError)
})

it.each([
  [true, false],
  [false, true],
])('of a repository with private: %s it is %s that strangers can read it', async (isPrivate, isPublic) => {
  await using other = await startScene({ private: isPrivate })
  expect(await other.open().store.isPublic()).toBe(isPublic)
})

function otherRun(id: number) {
  const run = { id, attempt: 1, event: 'push', headBranch: 'main', headSha: SHA } as const
  return {
    ...run,
    status: 'completed',
    conclusion: 'success',
    name: 'Other',
    path: '.github/workflows/other.yml',
  } as const
}
