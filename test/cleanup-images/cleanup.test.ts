/** Whole runs against the embedded GitHub and its registry. */
import { describe, expect, it } from 'vitest'
import { digests, INDEX, indexOf, pushWhole, startScene } from './setup.ts'

const USUAL = { 'keep-last': '1' }
/** Enough of them that what goes is not more than half. */
const releases = ['1.0.0', '1.1.0', '1.2.0'] as const

describe('what is old', () => {
  it('goes with its parts, its attestation and the list of it, and what is kept stays whole', async () => {
    await using scene = await startScene()
    const kept = releases.flatMap((tag) => pushWhole(scene, 300, [tag]).all)
    const old = pushWhole(scene, 120, ['sha-1'])
    const recent = pushWhole(scene, 95, ['sha-2', 'main'])
    const young = scene.push(5)
    const ended = await scene.clean(USUAL)

    expect(ended.error).toBeUndefined()
    expect(scene.left().toSorted()).toEqual([...kept, ...recent.all, young.digest].toSorted())
    expect(digests(ended.outputs['deleted']).toSorted()).toEqual(old.all.toSorted())
    expect(ended.outputs).toMatchObject({ 'deleted-count': '5', 'kept-count': '21', 'remaining-count': '0' })
    expect(ended.summary).toContain('### Images of octo-org/site: 5 of 26 deleted')
    expect(ended.warnings).toEqual([])
  })

  it('is deleted with the attestations first, then the index, then its parts', async () => {
    await using scene = await startScene()
    for (const tag of releases) pushWhole(scene, 300, [tag])
    const { all } = pushWhole(scene, 120, ['sha-1'])
    pushWhole(scene, 95, ['sha-2'])
    const { log } = await scene.clean(USUAL)
    const order = [...log.matchAll(/^Deleted (sha256:\w+)/gm)].map(([, digest]) => digest)
    const [amd, arm, index, attestation, list] = all
    expect(order.slice(0, 3)).toEqual([list, attestation, index])
    expect(order.slice(3).toSorted()).toEqual([amd, arm].toSorted())
  })

  it('is left alone by a second run', async () => {
    await using scene = await startScene()
    for (const tag of releases) pushWhole(scene, 300, [tag])
    pushWhole(scene, 120, ['sha-1'])
    await scene.clean(USUAL)
    const before = scene.left()
    const again = await scene.clean(USUAL)
    expect(again.outputs).toMatchObject({ 'deleted-count': '0', deleted: '[]' })
    expect(again.requests.filter((request) => request.startsWith('DELETE'))).toEqual([])
    expect(scene.left()).toEqual(before)
  })

  it('stays where something newer has been built from the same parts', async () => {
    await using scene = await startScene()
    const part = scene.push(200)
    const old = scene.push(200, { manifest: indexOf(part), tags: ['sha-1'] })
    const next = scene.push(100, { manifest: { ...indexOf(part), annotations: { of: 'next' } }, tags: ['latest'] })
    const ended = await scene.clean({ 'keep-last': '0' })
    expect(ended.error).toBeUndefined()
    expect(scene.left()).toEqual([part.digest, next.digest])
    expect(digests(ended.outputs['deleted'])).toEqual([old.digest])
  })
})

describe('a dry run', () => {
  it('shows the plan with its reasons and deletes nothing', async () => {
    await using scene = await startScene()
    for (const tag of releases) pushWhole(scene, 300, [tag])
    const old = pushWhole(scene, 120, ['sha-1'])
    const before = scene.left()
    const ended = await scene.clean({ 'keep-last': '0', 'dry-run': 'true' })
    expect(scene.left()).toEqual(before)
    expect(ended.requests.filter((request) => !request.startsWith('GET'))).toEqual([])
    expect(digests(ended.outputs['deleted']).toSorted()).toEqual(old.all.toSorted())
    expect(ended.summary).toContain('5 of 20 would be deleted')
    expect(ended.summary).toContain('Nothing was deleted.')
    expect(ended.log).toContain(`delete ${old.index.digest} (sha-1): changed 120 d ago`)
    expect(ended.log).toMatch(/keep {3}sha256:\w+ \(1\.2\.0\): its tag 1\.2\.0 is kept \(semver\)/)
  })
})

describe('more than half', () => {
  const seldom = async () => {
    const scene = await startScene()
    scene.push(300, { tags: ['1.0.0'] })
    scene.push(200, { tags: ['sha-1'] })
    scene.push(200, { tags: ['sha-2'] })
    return scene
  }

  it('is refused, with the plan in the summary', async () => {
    await using scene = await seldom()
    const ended = await scene.clean({ 'keep-last': '0' })
    expect(ended.error).toMatch(
      /^2 of the 3 versions of octo-org\/site would be deleted, which is more than half of them\.\n.*allow-mass-deletion: true/,
    )
    expect(ended.summary).toContain('2 of 3 would be deleted')
    expect(scene.left()).toHaveLength(3)
  })

  it('is only told in a dry run', async () => {
    await using scene = await seldom()
    const ended = await scene.clean({ 'keep-last': '0', 'dry-run': 'true' })
    expect(ended.error).toBeUndefined()
    expect(ended.warnings.join()).toContain('more than half')
  })

  it('goes where it is meant', async () => {
    await using scene = await seldom()
    const ended = await scene.clean({ 'keep-last': '0', 'allow-mass-deletion': 'true' })
    expect(ended.error).toBeUndefined()
    expect(scene.github.images.map(({ tags }) => tags)).toEqual([['1.0.0']])
  })
})

describe('whose package it is', () => {
  it.each(['User', 'Organization'] as const)('may be of a %s', async (ownerType) => {
    await using scene = await startScene({ ownerType })
    scene.push(200, { tags: ['latest'] })
    scene.push(200)
    const ended = await scene.clean()
    expect(ended.error).toBeUndefined()
    expect(scene.left()).toHaveLength(1)
  })

  it('may have another name than the repository, with slashes, in any case', async () => {
    await using scene = await startScene()
    scene.github.addPackageVersion({ name: 'site/api', tags: ['latest'], createdAt: new Date(0) })
    scene.github.addPackageVersion({ name: 'site/api', createdAt: new Date(0) })
    const ended = await scene.clean({ package: 'Site/API' })
    expect(ended.error).toBeUndefined()
    expect(ended.requests).toContain('GET /users/octo-org/packages/container/site%2Fapi/versions')
    expect(scene.left()).toHaveLength(1)
  })
})

it('reads all pages, so that no index is missed whose parts are on another one', async () => {
  await using scene = await startScene()
  const index = pushWhole(scene, 100, ['latest'])
  for (let pushed = 0; pushed < 120; pushed++) scene.push(1, { tags: [`sha-${pushed}`] })
  const ended = await scene.clean({ 'keep-last': '0' })
  expect(ended.outputs).toMatchObject({ 'deleted-count': '0', 'kept-count': '125' })
  expect(scene.left()).toEqual(expect.arrayContaining([...index.all]))
})

it('deletes at most 300 in a run, and says what remains', async () => {
  await using scene = await startScene()
  for (let pushed = 0; pushed < 310; pushed++) scene.push(100)
  scene.push(1, { tags: ['latest'] })
  const inputs = { 'allow-mass-deletion': 'true' }
  const ended = await scene.clean(inputs)
  expect(ended.error).toBeUndefined()
  expect(ended.outputs).toMatchObject({ 'deleted-count': '300', 'remaining-count': '10' })
  expect(ended.warnings).toEqual(['One run deletes at most 300 versions. The next one goes on.'])
  expect((await scene.clean(inputs)).outputs).toMatchObject({ 'deleted-count': '10', 'remaining-count': '0' })
})

it('uses packages: write and nothing else', async () => {
  await using scene = await startScene()
  scene.push(100, { tags: ['latest'] })
  scene.push(100)
  await scene.clean()
  expect(scene.github.permissionUse()).toEqual([
    { job: 'cleanup', permission: 'packages', granted: 'write', used: 'write' },
  ])
})

it('shows no token: what the registry gives for it is masked, too', async () => {
  await using scene = await startScene()
  scene.push(100, { tags: ['latest'] })
  scene.push(100)
  const ended = await scene.clean()
  const basic = Buffer.from(`octo-org:${scene.token}`).toString('base64')
  expect(ended.masks).toEqual(expect.arrayContaining([scene.token, basic]))
  expect(ended.masks.length).toBeGreaterThanOrEqual(3)
  expect([ended.log, ended.summary, JSON.stringify(ended.outputs)].join()).not.toContain(scene.token)
})

it('names what keep-digests has and the package does not', async () => {
  await using scene = await startScene()
  scene.push(100, { tags: ['latest'] })
  const absent = `sha256:${'0'.repeat(64)}`
  const ended = await scene.clean({ 'keep-digests': absent })
  expect(ended.log).toContain(`Of keep-digests the package does not have: ${absent}.`)
})

it('tells of a kept index whose parts somebody else has deleted', async () => {
  await using scene = await startScene()
  const gone = { id: 1, digest: `sha256:${'0'.repeat(64)}` }
  scene.push(10, { manifest: indexOf(gone), mediaType: INDEX, tags: ['latest'] })
  const ended = await scene.clean()
  expect(ended.error).toBeUndefined()
  expect(ended.warnings).toEqual([
    `latest refers to a part that the package does not have: ${gone.digest}. Push it again.`,
  ])
})

it("goes by GitHub's clock: to a runner whose clock is years ahead nothing is old", async () => {
  await using scene = await startScene()
  scene.push(50, { tags: ['latest'] })
  scene.push(50)
  const runner = { now: () => Date.now() + 1000 * 86_400_000 }
  expect((await scene.clean({}, runner)).outputs).toMatchObject({ 'deleted-count': '0' })
  scene.github.passTime(41 * 86_400_000)
  expect((await scene.clean({}, runner)).outputs).toMatchObject({ 'deleted-count': '1' })
})
