/** Which artifacts count: a stranger's pull request can store one under any name. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeIgnored, judgeBy } from '../../../actions/snapshot/store/artifact-trust.ts'
import { MissingError } from '../../../actions/snapshot/store/store.ts'
import { ActionError } from '../../../src/errors.ts'
import { bytesOf, contextOf, idsIn, keep, manifestFor, type Scene, SERIES, SHA, startScene } from './artifact-setup.ts'

let scene: Scene
beforeEach(async () => {
  scene = await startScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const MANIFEST = `slipway-snapshot.${SERIES}.manual`

/** What a run that is over has left: a manifest, and the archive that it names. */
async function planted(run: { readonly branch: string; readonly fork?: string }, expiresAt?: Date) {
  const archive = await scene.archive()
  const runId = 7000 + Number(archive.id.slice(-15, -10))
  scene.github.addRun({
    id: runId,
    attempt: 1,
    event: 'pull_request',
    headBranch: run.branch,
    headSha: SHA,
    status: 'completed',
    conclusion: 'success',
    name: 'Snapshot',
    path: '.github/workflows/snapshot.yml',
    ...(run.fork && { fork: run.fork }),
  })
  const more = { runId, ...(expiresAt && { expiresAt }) }
  await scene.github.addArtifact({
    ...more,
    name: archive.name,
    content: archive.bytes,
    mimeType: 'application/octet-stream',
  })
  const content = JSON.stringify(manifestFor(archive))
  await scene.github.addArtifact({ ...more, name: MANIFEST, content, mimeType: 'application/json' })
  return archive
}

it('ignores a false latest of a fork, even on a branch called main, and says so once', async () => {
  const kept = await scene.archive()
  await keep(scene.open().store, kept)
  const falsified = await planted({ branch: 'main', fork: 'mallory' })
  const { store, infos } = scene.open()
  expect(await idsIn(store)).toEqual([kept.id])
  expect(await idsIn(store)).toEqual([kept.id])
  expect(infos.filter((line) => line.includes('ignored'))).toEqual([
    '1 artifact of this series is ignored, since only runs of trusted branches of this repository count: 1 from a fork.',
  ])
  expect(await store.inspect(falsified.name)).toBeUndefined()
  await expect(store.download(falsified.name)).rejects.toThrow(MissingError)
  await expect(store.download(falsified.name)).rejects.toThrow('except one from a fork, which does not count')
  await store.remove(falsified.name)
  expect(scene.github.artifacts.map(({ name }) => name)).toContain(falsified.name)
})

it("takes an archive of a trusted run and not a fork's newer one of that name", async () => {
  const archive = await scene.archive()
  await keep(scene.open().store, archive)
  scene.github.addRun({ ...over, id: 8000, headBranch: 'main', fork: 'mallory' })
  await scene.github.addArtifact({ name: archive.name, runId: 8000, content: 'false', mimeType: 'text/plain' })
  expect(await scene.open().store.inspect(archive.name)).toMatchObject({ size: archive.size })
})

it('takes the archive that the manifest means where two trusted runs have one of that name', async () => {
  const archive = await scene.archive()
  await keep(scene.open().store, archive)
  scene.github.addRun({ ...over, id: 8001, headBranch: 'main' })
  await scene.github.addArtifact({ name: archive.name, runId: 8001, content: 'another', mimeType: 'text/plain' })
  expect(await scene.open().store.inspect(archive.name)).toMatchObject({ size: archive.size })
})

const over = {
  attempt: 1,
  event: 'push',
  headSha: SHA,
  status: 'completed',
  conclusion: 'success',
  name: 'Other',
  path: '.github/workflows/other.yml',
} as const

describe('branches', () => {
  it('trusts the default branch and its own, and another only where it is told to', async () => {
    scene.github.addRef('heads/feature', SHA)
    const feature = await planted({ branch: 'feature' })
    const main = await planted({ branch: 'main' })
    const seen = async (branch: string, trustedBranches: readonly string[] = []) =>
      (await idsIn(scene.open({ branch }, { trustedBranches }).store)).toSorted()
    expect(await seen('main')).toEqual([main.id])
    expect(await seen('feature')).toEqual([feature.id, main.id].toSorted())
    expect(await seen('main', ['feat*'])).toEqual([feature.id])
    expect(await seen('main', ['feature', 'main'])).toEqual([feature.id, main.id].toSorted())
  })

  it('counts what its own run has stored wherever it is, and says who else sees it', async () => {
    const { store, infos } = scene.open({ branch: 'feature' })
    const archive = await scene.archive()
    await keep(store, archive)
    expect(await idsIn(store)).toEqual([archive.id])
    expect(infos).toContain(
      'Runs of other branches than feature ignore this snapshot, unless trusted-branches names it.',
    )
    expect(await idsIn(scene.open().store)).toEqual([])
  })

  it('refuses to keep anything in a pull request from a fork', async () => {
    const head = { ref: 'main', sha: SHA, repo: { full_name: 'mallory/site', owner: { login: 'mallory' } } }
    const context = { eventName: 'pull_request', event: { pull_request: { head } }, ref: 'refs/pull/7/merge' }
    const { store } = scene.open({ fork: 'mallory' }, { context })
    const archive = await scene.archive()
    const refusal = await store.upload(archive).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ActionError)
    expect((refusal as ActionError).text).toMatch(
      /this run is of a pull request from a fork.*\nSkip the step for forks/s,
    )
    await expect(store.publish(manifestFor(archive))).rejects.toThrow('from a fork')
    expect(scene.github.artifacts).toEqual([])
  })
})

describe("a run of the default branch that may build somebody else's code", () => {
  const repository = (owner: string) => ({ full_name: `${owner}/site`, owner: { login: owner } })
  const runBefore = (event: string, owner: string) => ({
    eventName: 'workflow_run',
    event: { workflow_run: { event, head_branch: 'main', head_sha: SHA, head_repository: repository(owner) } },
  })

  it.each([
    ['behind one of a fork', runBefore('pull_request', 'mallory'), 'the run before was of a fork, that of mallory'],
    ['behind one of a chain', runBefore('workflow_run', 'octo-org'), 'the run before was started by workflow_run'],
    ['of a comment', { eventName: 'issue_comment', event: {} }, 'the event issue_comment does not say whose code'],
  ])('%s keeps nothing, and can list, verify and restore', async (_, context, why) => {
    const kept = await planted({ branch: 'main' })
    const { store, warnings } = scene.open({}, { context })
    const archive = await scene.archive()
    const before = scene.github.artifacts.length
    for (const work of [store.upload(archive), store.publish(manifestFor(archive))]) {
      const refusal = await work.catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(ActionError)
      expect((refusal as ActionError).message).toContain(why)
      expect((refusal as ActionError).hint).toMatch(/in a workflow of the branch.*or use another store/)
    }
    expect(await idsIn(store)).toEqual([kept.id])
    expect(await bytesOf(await store.download(kept.name))).toEqual(kept.bytes)
    const check = { format: 1, id: kept.id, archive_digest: kept.digest, problem: null, verified_by: 'files' } as const
    await store.record({ ...check, at: '2024-11-20T00:00:00.000Z' })
    expect(warnings).toEqual([expect.stringContaining('What the check has found counts for this run alone.')])
    expect(scene.github.artifacts).toHaveLength(before)
  })

  it.each([
    ['behind a push', runBefore('push', 'octo-org')],
    ['of a schedule', { eventName: 'schedule', event: {} }],
    [
      'of a pull request of this repository',
      {
        eventName: 'pull_request',
        event: { pull_request: { head: { ref: 'x', sha: SHA, repo: repository('octo-org') } } },
      },
    ],
  ])('is none %s, and keeps a snapshot', async (_, context) => {
    const { store } = scene.open({}, { context })
    const archive = await scene.archive()
    await keep(store, archive)
    expect(await idsIn(store)).toEqual([archive.id])
  })
})

it('leaves out what is expired by the clock, before GitHub says so', async () => {
  const expired = await planted({ branch: 'main' }, new Date(Date.now() - 1000))
  const { store } = scene.open()
  expect(await store.list()).toEqual({ snapshots: [], leftovers: [], problems: [] })
  expect(await store.inspect(expired.name)).toBeUndefined()
  await store.remove(expired.name)
  expect(scene.github.artifacts.map(({ name }) => name)).not.toContain(expired.name)
})

it.each([
  ['of a fork that was deleted', { id: 1, repository_id: 5, head_repository_id: null, head_branch: 'main' }, 'a fork'],
  ['without a run', null, 'a run that is gone'],
  ['without a branch', { id: 1, repository_id: 5, head_repository_id: 5, head_branch: null }, 'no branch'],
  ['without ids', { id: 1, head_branch: 'main' }, 'a fork'],
  ['of a trusted run', { id: 1, repository_id: 5, head_repository_id: 5, head_branch: 'main' }, undefined],
])('judges an artifact %s', (_, run, expected) => {
  const artifact = { id: 1, name: 'a', size_in_bytes: 1, created_at: null, expires_at: null, expired: false }
  expect(judgeBy([], 'main', contextOf(scene.github, 42))({ ...artifact, workflow_run: run })).toBe(expected)
})

it('names the five most frequent origins of what it ignores', () => {
  const branches = ['a', 'b', 'c', 'd', 'e'].map((name) => `the branch ${name}`)
  expect(describeIgnored(['a fork', 'a fork', ...branches])).toBe(
    '7 artifacts of this series are ignored, since only runs of trusted branches of this repository count: 2 from a fork, 1 from the branch a, 1 from the branch b, 1 from the branch c, 1 from the branch d, and others.',
  )
})
