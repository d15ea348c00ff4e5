/** What `prune` deletes, and what it never does. */
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { errorOf, green, type Scene, startScene } from './setup.ts'

async function make(scene: Scene, text: string, inputs: Readonly<Record<string, string>> = {}): Promise<string> {
  await scene.write({ 'site/index.html': text })
  return green(await scene.run({ paths: 'site', ...inputs })).outputs['snapshot-id'] ?? ''
}

const newestTwo = { 'keep-last': '2', 'keep-within': '' }

it('deletes what no rule keeps, manifest and archive, and prints why each stays or goes', async () => {
  await using scene = await startScene()
  const ids = [await make(scene, 'one'), await make(scene, 'two'), await make(scene, 'three')]
  const dry = green(await scene.run({ operation: 'prune', 'dry-run': 'true', ...newestTwo }))
  expect(JSON.parse(dry.outputs['pruned'] ?? '')).toEqual([ids[0]])
  expect(await scene.kept()).toHaveLength(6)
  const pruned = green(await scene.run({ operation: 'prune', ...newestTwo }))
  expect(JSON.parse(pruned.outputs['pruned'] ?? '')).toEqual([ids[0]])
  expect(await scene.kept()).toEqual(
    ids
      .slice(1)
      .flatMap((id) => [`${id}.json`, `${id}.tar.zst`])
      .sort(),
  )
  for (const id of ids) expect(pruned.stdout).toMatch(new RegExp(`(keep|delete) +${id}: .+`))
  expect(pruned.summary).toContain('1 of 3 deleted')
})

it('refuses a policy that keeps nothing, before anything is deleted', async () => {
  await using scene = await startScene()
  await make(scene, 'one')
  expect(errorOf(await scene.run({ operation: 'prune', 'keep-last': '0', 'keep-within': '' }))).toMatch(/keep/)
  expect(await scene.kept()).toHaveLength(2)
})

it('keeps the archive of a snapshot that is pruned, as long as a later one refers to it', async () => {
  await using scene = await startScene()
  const first = await make(scene, 'same')
  const second = await make(scene, 'same')
  green(await scene.run({ operation: 'prune', 'keep-last': '1', 'keep-within': '' }))
  expect(await scene.kept()).toEqual([`${first}.tar.zst`, `${second}.json`].sort())
  green(await scene.run({ operation: 'restore', target: 'out' }))
})

it('keeps what a pre-rollback snapshot goes back to', async () => {
  await using scene = await startScene()
  const target = await make(scene, 'good')
  await make(scene, 'bad')
  const before = await make(scene, 'broken', { reason: 'pre-rollback', metadata: `rollback-to=${target}` })
  green(await scene.run({ operation: 'prune', 'keep-last': '1', 'keep-within': '' }))
  expect((await scene.kept()).filter((name) => name.endsWith('.json'))).toEqual(
    [`${target}.json`, `${before}.json`].sort(),
  )
})

it('removes what a killed create has left, once it is a day old', async () => {
  await using scene = await startScene()
  const id = await make(scene, 'one')
  const orphan = (time: string) => join(scene.store, `production-${time}-1f3a5c7.tar.zst`)
  const [old, fresh] = [orphan('20200101T000000000Z'), orphan('20200102T000000000Z')]
  for (const file of [old, fresh]) await writeFile(file, 'half')
  const yesterday = (Date.now() - 25 * 3_600_000) / 1000
  await utimes(old, yesterday, yesterday)
  green(await scene.run({ operation: 'prune' }))
  expect((await readdir(scene.store)).filter((name) => name.endsWith('.zst')).sort()).toEqual(
    [`${id}.tar.zst`, fresh.split('/').at(-1)].sort(),
  )
})

it('prunes after a create that is told to, and fails the step when that fails, with the snapshot kept', async () => {
  await using scene = await startScene()
  await make(scene, 'one')
  await make(scene, 'two')
  const third = await scene.run({
    paths: 'site',
    commands: 'a: echo a',
    prune: 'true',
    'keep-last': '1',
    'keep-within': '',
  })
  expect(JSON.parse(green(third).outputs['pruned'] ?? '')).toHaveLength(2)
  const failed = await scene.run({
    paths: 'site',
    commands: 'b: echo b',
    prune: 'true',
    'keep-last': '0',
    'keep-within': '',
  })
  expect(errorOf(failed)).toMatch(/snapshot is kept, but pruning failed/)
  expect(failed.outputs['snapshot-id']).toBeDefined()
})
