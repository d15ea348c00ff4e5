/** GitHub's stores in processes of their own: their memory, and what is left of them when they are killed. */
import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  contextOf,
  idsIn,
  keep,
  manifestFor,
  type Scene,
  SERIES,
  SHA,
  serviceOf,
  startScene,
} from '../artifact-setup.ts'
import { openRelease } from '../release-setup.ts'
import { bundleChild, type ChildTask, runChild } from './github-task.ts'

const MIB = 1024 * 1024
const KINDS = ['artifact', 'release'] as const

let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-child-'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  program = await bundleChild(join(folder, 'dist'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let scene: Scene
beforeEach(async () => {
  scene = await startScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

async function taskOf(kind: ChildTask['kind'], size: number, runId: number): Promise<ChildTask> {
  const { github } = scene
  const base = { attempt: 1, event: 'push', headSha: SHA, status: 'in_progress', conclusion: null } as const
  github.addRun({ id: runId, ...base, headBranch: 'main', name: 'Snapshot', path: '.github/workflows/snapshot.yml' })
  const archive = { ...(await scene.archive()), ...(await bigFile(size)), size }
  return {
    kind,
    context: contextOf(github, runId),
    token: github.issueToken('snapshot', { actions: 'write', contents: 'write' }),
    env: serviceOf(github, runId),
    archive: { file: archive.file, name: archive.name, size, digest: archive.digest },
    manifest: manifestFor(archive),
  }
}

async function bigFile(size: number) {
  const file = join(scene.folder, `big-${size}`)
  const hash = createHash('sha256')
  const block = randomBytes(Math.min(size, MIB))
  const pieces = function* () {
    for (let written = 0; written < size; written += block.length) {
      const piece = block.subarray(0, Math.min(block.length, size - written))
      hash.update(piece)
      yield piece
    }
  }
  await pipeline(Readable.from(pieces()), createWriteStream(file))
  return { file, digest: `sha256:${hash.digest('hex')}` }
}

const open = (kind: ChildTask['kind']) =>
  kind === 'artifact' ? scene.open().store : openRelease(scene, { isPlain: true }).store

describe.each(KINDS)('the %s store', (kind) => {
  it('stores and reads 200 MB within 150 MB of memory', async () => {
    const peak = await runChild(program, await taskOf(kind, 200 * MIB, 1))
    console.log(`${kind}: ${(peak / MIB).toFixed(0)} MiB for 200 MiB`)
    expect(peak).toBeLessThan(150_000_000)
  })
})

const REQUESTS = {
  artifact: ['POST /CreateArtifact', 'PUT /storage/**', 'POST /FinalizeArtifact', 'GET /artifacts/*'],
  release: ['POST /releases', 'POST /releases/*/assets'],
} as const

/** The requests of one kind that come before the fatal one: those of the archive, then those of the manifest. */
const BEFORE = [0, 1, 2, 3]

describe.each(KINDS)('the %s store, killed', (kind) => {
  const cases = REQUESTS[kind].flatMap((request) =>
    BEFORE.flatMap((before) => ['kill', 'applied-kill'].map((what) => [request, before, what] as const)),
  )

  it.each(cases)('at %s after %i others, %s: has a snapshot that is whole, or none', async (request, before, what) => {
    if (before > 0) scene.fault(`${request}:delay=1ms*${before}`)
    scene.fault(`${request}:${what}*1`)
    const task = await taskOf(kind, 20 * MIB, 1)
    const peak = await runChild(program, task).catch(() => undefined)
    scene.mend()
    const left = await idsIn(open(kind))
    expect([[], [task.manifest.id]]).toContainEqual(left)
    if (peak !== undefined) expect(left).toEqual([task.manifest.id])
    if (left.length > 0) expect((await open(kind).inspect(task.archive.name))?.size).toBe(task.archive.size)
    const next = await scene.archive()
    await keep(open(kind), next)
    expect(await idsIn(open(kind))).toEqual([...left, next.id])
    expect((await open(kind).list()).problems).toEqual([])
  })
})

it('lists over a thousand artifacts of one name', { timeout: 240_000 }, async () => {
  const { store, runId } = scene.open()
  const archive = await scene.archive()
  const last = 1049
  for (let count = 0; count <= last; count++) {
    const at = new Date(Date.UTC(2024, 10, 2, 0, 0, count)).toISOString()
    const record = {
      format: 1,
      id: archive.id,
      archive_digest: archive.digest,
      at,
      verified_by: 'files',
      problem: null,
    }
    const name = `slipway-verified.${SERIES}`
    await scene.github.addArtifact({ name, runId, content: JSON.stringify(record), mimeType: 'application/json' })
  }
  await keep(store, archive)
  const { snapshots } = await store.list()
  expect(snapshots[0]?.verification?.at).toBe(new Date(Date.UTC(2024, 10, 2, 0, 0, last)).toISOString())
})

it('holds a thousand assets, and says what to do about one more', { timeout: 240_000 }, async () => {
  const { store } = openRelease(scene, { isPlain: true })
  const archives = []
  await keep(store, await scene.archive())
  const [draft] = scene.github.releases
  const token = scene.github.issueToken('person', { contents: 'write' })
  for (let count = 2; count < 1000; count++) {
    const url = `${draft?.upload_url.replace(/\{.*/, '')}?name=note-${count}.txt`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
    archives.push((await fetch(url, { method: 'POST', headers, body: 'x' })).status)
  }
  expect(new Set(archives)).toEqual(new Set([201]))
  expect(await idsIn(store)).toHaveLength(1)
  await expect(store.upload(await scene.archive())).rejects.toThrow('has 1000 assets, as many as GitHub takes')
})
