/** A GitHub that fails in between: what passes by itself is tried again, and nothing is stored twice. */
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ActionError } from '../../../src/errors.ts'
import { refusingOrigin, startStalledServer } from '../../support/server.ts'
import { bytesOf, idsIn, keep, manifestFor, type Scene, SERIES, serviceOf, startScene } from './artifact-setup.ts'

let scene: Scene
beforeEach(async () => {
  scene = await startScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const CREATE = 'POST /CreateArtifact'
const FINALIZE = 'POST /FinalizeArtifact'
const BLOB = 'PUT /storage/**'

describe.each([
  ['CreateArtifact', CREATE],
  ['FinalizeArtifact', FINALIZE],
  ['a block or the list of them', BLOB],
])('%s', (_, request) => {
  it.each(['503*2', '429;retry-after=1*1', 'reset*2', 'html=502*1', 'applied-reset*1', 'applied-503*1', 'truncate*1'])(
    'meets %s',
    async (what) => {
      scene.fault(`${request}:${what}`)
      const { store, infos } = scene.open()
      const archive = await scene.archive()
      await keep(store, archive)
      expect(scene.github.requests.filter(({ fault }) => fault !== undefined)).not.toEqual([])
      expect(await idsIn(scene.open().store)).toEqual([archive.id])
      expect(await bytesOf(await store.download(archive.name))).toEqual(archive.bytes)
      expect(scene.github.artifacts).toHaveLength(2)
      expect(infos.join('\n')).not.toMatch(/sig=/)
    },
  )
})

it('uploads once more where the answer to the list of blocks was lost, which spends them', async () => {
  scene.fault(`${BLOB}:delay=1ms*1`, `${BLOB}:applied-reset*1`)
  const { store } = scene.open()
  const archive = await scene.archive()
  await store.upload(archive)
  expect(scene.github.artifacts.map(({ digest }) => digest)).toEqual([archive.digest])
})

it.each(['GET /artifacts:503*1', 'GET /artifacts:reset*1', 'GET /zip:503*1', 'GET /storage/**:503*2'])(
  'reads on after %s',
  async (fault) => {
    const archive = await scene.archive()
    await keep(scene.open().store, archive)
    scene.fault(fault)
    const { store } = scene.open()
    expect(await idsIn(store)).toEqual([archive.id])
    expect(await bytesOf(await store.download(archive.name))).toEqual(archive.bytes)
  },
)

it('goes on with a download where the connection broke, and asks for a new address', async () => {
  const { store, infos } = scene.open()
  const archive = await scene.archive(4_000_000)
  await store.upload(archive)
  scene.fault('GET /storage/**:truncate*2')
  expect((await bytesOf(await store.download(archive.name))).equals(archive.bytes)).toBe(true)
  expect(infos.filter((line) => line.includes('going on at byte'))).toHaveLength(2)
  expect(scene.github.requests.filter(({ path }) => path.endsWith('/zip'))).toHaveLength(3)
})

it('gives a download up that never gets further', async () => {
  const { store } = scene.open()
  const archive = await scene.archive(100_000)
  await store.upload(archive)
  const stream = await store.download(archive.name)
  scene.fault('GET /storage/**:503')
  stream.destroy()
  await expect(store.download(archive.name)).rejects.toThrow(/^GitHub failed to download the artifact .* \(503\)\.$/)
})

it('sends the token to the API alone, and none to storage', async () => {
  const { store } = scene.open()
  const archive = await scene.archive()
  await keep(store, archive)
  await bytesOf(await store.download(archive.name))
  // Storage refuses what has a signature and a token; here its requests are those of no job.
  const toStorage = scene.github.requests.filter(({ path }) => path.startsWith('/storage/'))
  expect(toStorage.length).toBeGreaterThan(3)
  for (const { job } of toStorage) expect(job).toBeUndefined()
})

it('lets several steps of one run publish at once', async () => {
  // Each waits a while for the marker that another one is storing.
  const patience = { attempts: 3, sleep: (ms: number) => setTimeout(ms) }
  const { store, runId } = scene.open({}, { patience })
  const env = () => serviceOf(scene.github, runId)
  const stores = [store, ...[1, 2, 3].map(() => scene.open({ id: runId }, { env: env(), patience }).store)]
  const archives = await Promise.all(stores.map(() => scene.archive()))
  await Promise.all(stores.map((each, index) => keep(each, archives[index] ?? raise())))
  const ids = archives.map(({ id }) => id)
  expect((await idsIn(scene.open().store)).toSorted()).toEqual(ids.toSorted())
})

function raise(): never {
  throw new Error('There is an archive for each store.')
}

describe('what is not transient', () => {
  const refusalOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ActionError)
    return (error as ActionError).text
  }

  it('is a quota that is used up', async () => {
    scene.github.setStorageFull(true)
    const { store } = scene.open()
    expect(await refusalOf(store.upload(await scene.archive()))).toMatch(
      /quota for artifacts and packages is used up.*\n.*every 6 to 12 hours/s,
    )
    expect(scene.github.requests.filter(({ path }) => path.endsWith('/CreateArtifact'))).toHaveLength(1)
  })

  it('is a step without the runtime token', async () => {
    const { store } = scene.open({}, { env: {} })
    expect(await refusalOf(store.upload(await scene.archive()))).toMatch(
      /ACTIONS_RUNTIME_TOKEN is missing.*\n.*"uses:"/s,
    )
    expect(await idsIn(store)).toEqual([])
  })

  it('is a runtime token that says nothing', async () => {
    const env = { ...serviceOf(scene.github, scene.open().runId), ACTIONS_RUNTIME_TOKEN: 'opaque' }
    expect(await refusalOf(scene.open({}, { env }).store.upload(await scene.archive()))).toContain(
      'which run it is for',
    )
  })

  it('is a server of a company', () => {
    const context = { serverUrl: 'https://github.example.com' }
    expect(() => scene.open({}, { context })).toThrow('The artifact store cannot be used on github.example.com')
  })

  it('is a token without a permission', async () => {
    const archive = await scene.archive()
    await keep(scene.open().store, archive)
    const reader = scene.open({}, { permissions: { actions: 'read' } }).store
    expect(await idsIn(reader)).toEqual([archive.id])
    expect(await refusalOf(reader.unpublish(manifestFor(archive)))).toMatch(
      /^GitHub refused to delete the artifact slipway-snapshot.*\nAdd "actions: write" to the job's permissions\.$/s,
    )
    const stranger = scene.open({}, { permissions: { contents: 'read' } }).store
    expect(await refusalOf(stranger.list())).toContain(`Add "actions: read" to the job's permissions.`)
  })

  it('is a name that uploads without an end hold, once for each of its other forms', async () => {
    scene.fault(`${CREATE}:applied-reset*1`)
    const { store } = scene.open()
    const archive = await scene.archive()
    await store.upload(archive)
    expect(scene.github.artifacts.map(({ name }) => name)).toEqual([`${archive.name}.2`])
    expect(await bytesOf(await store.download(archive.name))).toEqual(archive.bytes)
    expect(await store.inspect(archive.name)).toMatchObject({ size: archive.size })
    await store.remove(archive.name)
    expect(scene.github.artifacts).toEqual([])
  })

  it('is a service that cannot be reached', async () => {
    const { store } = scene.open({}, { env: await elsewhere(await refusingOrigin()) })
    expect(await refusalOf(store.upload(await scene.archive()))).toMatch(/no answer \(connect ECONNREFUSED/)
  })
})

async function elsewhere(origin: string) {
  return { ...serviceOf(scene.github, scene.open().runId), ACTIONS_RESULTS_URL: origin }
}

it('ends with the signal of its step, in the middle of a request', async () => {
  await using stalled = await startStalledServer()
  const controller = new AbortController()
  const { store } = scene.open({}, { env: await elsewhere(stalled.origin), signal: controller.signal })
  const uploading = store.upload(await scene.archive())
  const reason = new ActionError('The step was cancelled (SIGTERM).')
  void stalled.asked.then(() => controller.abort(reason))
  await expect(uploading).rejects.toBe(reason)
})

describe('retention', () => {
  it.each([
    [90, 90, []],
    [90, 30, [expect.stringMatching(/^GitHub keeps these artifacts for 30 days and not for the 90 of retention-days/)]],
    [1, 90, []],
  ])('asks for %i days where the repository allows %i', async (retentionDays, allowed, warnings) => {
    await using other = await startScene({ retentionDays: allowed })
    const opened = other.open({}, { retentionDays })
    const archive = await other.archive()
    await keep(opened.store, archive)
    const days = ((await opened.store.list()).snapshots[0]?.expiresAt ?? 0) - Date.now()
    expect(Math.round(days / 86_400_000)).toBe(Math.min(retentionDays, allowed))
    expect(opened.warnings).toEqual(warnings)
  })

  it('warns also where only GitHub knows the limit', async () => {
    await using other = await startScene({ retentionDays: 7 })
    const { runId } = other.open()
    const env = { ...serviceOf(other.github, runId), GITHUB_RETENTION_DAYS: '' }
    const opened = other.open({ id: runId }, { env })
    await opened.store.upload(await other.archive())
    expect(opened.warnings).toEqual([expect.stringContaining('for 7 days and not for the 90')])
  })
})

it(`lists more than a page of the artifacts of ${SERIES}`, async () => {
  const { store, runId } = scene.open()
  const archive = await scene.archive()
  const name = `slipway-verified.${SERIES}`
  for (let count = 0; count < 205; count++) {
    const at = new Date(Date.UTC(2024, 10, 2, 0, 0, count)).toISOString()
    const record = {
      format: 1,
      id: archive.id,
      archive_digest: archive.digest,
      at,
      verified_by: 'files',
      problem: null,
    }
    await scene.github.addArtifact({ name, runId, content: JSON.stringify(record), mimeType: 'application/json' })
  }
  await keep(store, archive)
  expect((await store.list()).snapshots[0]?.verification?.at).toBe('2024-11-02T00:03:24.000Z')
})
