/** Whether a run belongs to the branch that it names: of a push of a tag called `main`, GitHub shows `main`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ActionError } from '../../../src/errors.ts'
import { bytesOf, idsIn, keep, manifestFor, type Scene, SERIES, SHA, startScene } from './artifact-setup.ts'

const TIP = '2'.repeat(40)
const EVIL = 'e'.repeat(40)
const MANIFEST = `slipway-snapshot.${SERIES}.manual`
const RECORD = `slipway-verified.${SERIES}`
const MARKER = `slipway-more.${SERIES}`

let scene: Scene
beforeEach(async () => {
  scene = await startScene()
  scene.github.addCommit({ sha: TIP, parents: [SHA] })
  scene.github.addRef('heads/main', TIP)
  scene.github.addCommit({ sha: EVIL, parents: [TIP] })
  scene.github.addRef('tags/main', EVIL)
})
afterEach(() => scene[Symbol.asyncDispose]())

let runs = 7000

/** A run that is over. @returns its id */
function past(sha: string, name = 'main'): number {
  const id = ++runs
  scene.github.addRun({
    id,
    attempt: 1,
    event: 'push',
    headBranch: name,
    headSha: sha,
    status: 'completed',
    conclusion: 'success',
    name: 'Snapshot',
    path: '.github/workflows/snapshot.yml',
  })
  return id
}

function plant(runId: number, name: string, content: Uint8Array | string | object) {
  const bytes = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
  return scene.github.addArtifact({ runId, name, content: bytes, mimeType: 'application/json' })
}

/** What a run that is over has left: a manifest, and the archive that it names. */
async function planted(sha: string, name = 'main') {
  const archive = await scene.archive()
  const runId = past(sha, name)
  await plant(runId, archive.name, archive.bytes)
  await plant(runId, MANIFEST, manifestFor(archive))
  return archive
}

const now = (trustedBranches: readonly string[] = []) => scene.open({ sha: TIP }, { trustedBranches })
const asked = (part: string) => scene.github.requests.filter(({ path }) => decodeURIComponent(path).includes(part))

describe('a tag called like the default branch', () => {
  it('makes no snapshot, and the log says why', async () => {
    const genuine = await planted(SHA)
    const forged = await planted(EVIL)
    const { store, infos } = now()
    expect(await idsIn(store)).toEqual([genuine.id])
    expect(await store.inspect(forged.name)).toBeUndefined()
    await expect(store.download(forged.name)).rejects.toThrow(
      'except one from a run of main whose commit is not on main (a tag may be called so), which does not count',
    )
    expect(infos.filter((line) => line.includes('ignored'))).toEqual([
      '1 artifact of this series is ignored, since only runs of trusted branches of this repository count: 1 from a run of main whose commit is not on main (a tag may be called so).',
    ])
  })

  it('makes none where its commit shares no history with the branch, or is gone', async () => {
    const [orphan, gone] = ['0'.repeat(40), '9'.repeat(40)]
    scene.github.addCommit({ sha: orphan })
    scene.github.addRef('tags/main', orphan)
    for (const sha of [orphan, gone]) await planted(sha)
    const { store, infos } = now()
    expect(await idsIn(store)).toEqual([])
    expect(infos.join('\n')).toContain('2 from a run of main whose commit is not on main')
  })

  it('makes none with a commit that is not on the branch yet', async () => {
    await planted(EVIL)
    expect(await idsIn(now().store)).toEqual([])
    scene.github.addRef('heads/main', EVIL)
    expect(await idsIn(now().store)).toHaveLength(1)
  })

  it('records no check', async () => {
    const archive = await planted(SHA)
    const at = '2024-11-20T00:00:00.000Z'
    const check = { format: 1, id: archive.id, archive_digest: archive.digest, at, verified_by: null, problem: 'No.' }
    await plant(past(EVIL), RECORD, check)
    const seen = async () => (await now().store.list()).snapshots.map(({ verification }) => verification)
    expect(await seen()).toEqual([undefined])
    await plant(past(SHA), RECORD, check)
    expect(await seen()).toEqual([check])
  })

  it('leads to no further artifacts of its run', async () => {
    const [forged, genuine] = [past(EVIL), past(SHA)]
    const archives = [await scene.archive(), await scene.archive()] as const
    for (const [runId, archive] of [[forged, archives[0]] as const, [genuine, archives[1]] as const]) {
      await plant(runId, MARKER, { format: 1, run: runId })
      await plant(runId, `${archive.id}.json`, manifestFor(archive))
    }
    expect(await idsIn(now().store)).toEqual([archives[1].id])
    expect(asked(`/runs/${genuine}/artifacts`)).toHaveLength(1)
    expect(asked(`/runs/${forged}/artifacts`)).toEqual([])
  })

  it('gives no archive in the place of another', async () => {
    const archive = await scene.archive()
    await plant(past(SHA), archive.name, archive.bytes)
    await plant(past(EVIL), archive.name, 'false')
    const { store } = now()
    expect(await bytesOf(await store.download(archive.name))).toEqual(archive.bytes)
    expect((await store.fetchByHand(archive.name)).join()).toContain(
      `artifacts/${scene.github.artifacts.find(({ digest }) => digest === archive.digest)?.id}/zip`,
    )
  })

  it('does not take the place of the branch of a trusted glob either', async () => {
    await planted(EVIL)
    expect(await idsIn(now(['m*']).store)).toEqual([])
  })
})

describe('a tag that is trusted by name', () => {
  it.each([
    ['lightweight', () => scene.github.addRef('tags/v1', EVIL)],
    ['annotated', () => scene.github.addTag('v1', EVIL)],
  ])('counts at its commit, %s', async (_, tag) => {
    tag()
    const archive = await planted(EVIL, 'v1')
    expect(await idsIn(now(['v*']).store)).toEqual([archive.id])
    expect(await idsIn(now().store)).toEqual([])
  })

  it('does not count at another commit', async () => {
    await planted(EVIL, 'v1')
    scene.github.addTag('v1', TIP)
    const { store, infos } = now(['v*'])
    expect(await idsIn(store)).toEqual([])
    expect(infos.join('\n')).toContain('1 from a run of v1, a tag that is at another commit now.')
  })

  it('does not count once it is deleted', async () => {
    await planted(TIP, 'v1')
    const { store, infos } = now(['v*'])
    expect(await idsIn(store)).toEqual([])
    expect(infos.join('\n')).toContain('a run of v1, and the token sees neither a branch nor a tag of that name')
  })

  it('is the one that the current run is of', async () => {
    scene.github.addTag('v1', EVIL)
    const archive = await planted(EVIL, 'v1')
    const context = { ref: 'refs/tags/v1' }
    const { store } = scene.open({ branch: 'v1', sha: EVIL }, { context })
    expect(await idsIn(store)).toEqual([archive.id])
    expect(asked('/compare/')).toEqual([])
  })
})

describe('what it costs', () => {
  it('is no request where all artifacts are of the current commit', async () => {
    await planted(TIP)
    await planted(TIP)
    expect(await idsIn(now().store)).toHaveLength(2)
    expect([...asked('/compare/'), ...asked('/git/')]).toEqual([])
  })

  it('is one request for each other commit of a branch, however many artifacts and lists there are', async () => {
    const shas = ['a', 'b', 'c'].map((digit) => digit.repeat(40))
    for (const sha of shas) scene.github.addCommit({ sha })
    scene.github.addCommit({ sha: 'd'.repeat(40), parents: shas })
    scene.github.addRef('heads/main', 'd'.repeat(40))
    for (const sha of [...shas, ...shas]) await planted(sha)
    const { store } = now()
    for (let time = 0; time < 2; time++) expect(await idsIn(store)).toHaveLength(6)
    expect(asked('/compare/').map(({ path }) => decodeURIComponent(path).split('/compare/')[1])).toEqual(
      expect.arrayContaining(shas.map((sha) => `refs/heads/main...${sha}`)),
    )
    expect(asked('/compare/')).toHaveLength(3)
    expect(asked('/git/')).toEqual([])
  })

  it('is none for what is over, of forks, and of the current run', async () => {
    const content = JSON.stringify(manifestFor(await scene.archive()))
    const over = { name: MANIFEST, content, mimeType: 'application/json', expiresAt: new Date(Date.now() - 1000) }
    await scene.github.addArtifact({ ...over, runId: past(SHA) })
    const { store } = scene.open({ sha: EVIL }, { context: { sha: TIP } })
    const { id } = await keep(store, await scene.archive())
    expect(await idsIn(store)).toEqual([id])
    expect(asked('/compare/')).toEqual([])
  })
})

it('says which permission it needs, and for what', async () => {
  await planted(SHA)
  const { store } = scene.open({ sha: TIP }, { permissions: { actions: 'write' } })
  const refusal = await store.list().catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(ActionError)
  expect((refusal as ActionError).message).toMatch(
    /^GitHub refused to compare \w{40} with the branch main: the token lacks/,
  )
  expect((refusal as ActionError).hint).toBe(
    `Add "contents: read" to the job's permissions: it shows whether a run belongs to the branch that it names.`,
  )
})

it('asks again after a failure', async () => {
  await planted(SHA)
  scene.fault('GET /compare/**:503*1')
  expect(await idsIn(now().store)).toHaveLength(1)
})
