/** A process that is killed at any point leaves the series consistent: what is listed is whole, and the next run works. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { filesBelow, green, type Scene, startScene } from '../setup.ts'

const POINTS = 50
const SEED = 20261127
/** Snapshots that are verified after each kill: more are pruned, so that the run does not take an hour. */
const MOST = 3

/** mulberry32: small, seeded, good enough to choose points in time. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface Listed {
  readonly id: string
}

async function listed(scene: Scene): Promise<readonly Listed[]> {
  const result = green(await scene.run({ operation: 'list' }))
  expect(result.annotations).toEqual([])
  return JSON.parse(result.outputs['snapshots'] ?? '')
}

const WORK = {
  'a create': { paths: 'site', commands: 'nonce.txt: head -c 200000 /dev/urandom' },
  'a create of unchanged content': { paths: 'site' },
  'a create that prunes': {
    paths: 'site',
    commands: 'now.txt: date +%N',
    prune: 'true',
    'keep-last': '2',
    'keep-within': '',
  },
  'a verify': { operation: 'verify' },
  'a restore': { operation: 'restore', target: 'target', overwrite: 'true' },
} as const

it.each(Object.entries(WORK))(
  `stays consistent when %s is killed at ${POINTS} points`,
  { timeout: 900_000 },
  async (name, work) => {
    await using scene = await startScene()
    await scene.write({ 'site/large.txt': randomBytes(3_000_000).toString('hex') })
    green(await scene.run({ paths: 'site' }))
    const started = performance.now()
    green(await scene.run(work))
    const whole = performance.now() - started
    const random = randomFrom(SEED)
    let killed = 0
    for (let point = 0; point < POINTS; point += 1) {
      const before = await listed(scene)
      const wait = random() * whole * 1.05
      const result = await scene.run(work, {
        meanwhile: async (child) => {
          await sleep(wait)
          child.kill('SIGKILL')
        },
      })
      if (result.exitCode === null) killed += 1
      const after = await listed(scene)
      // Each is whole, those that were there before too: of a prune that was killed, say.
      for (const { id } of after) green(await scene.run({ operation: 'verify', snapshot: id }))
      expect(after.length).toBeGreaterThan(0)
      // The target is whole, or gone for the moment between two renames; never a part of something.
      const target = await filesBelow(join(scene.workspace, 'target')).catch(() => undefined)
      if (target !== undefined) expect(Object.keys(target).sort()).toEqual(['site/index.html', 'site/large.txt'])
      if (!name.includes('prunes')) expect(after.length).toBeGreaterThanOrEqual(before.length)
      if (after.length > MOST) green(await scene.run({ operation: 'prune', 'keep-last': '1', 'keep-within': '' }))
    }
    expect(killed).toBeGreaterThan(POINTS / 2)
    const last = green(await scene.run({ paths: 'site', commands: 'last.txt: echo last' }))
    green(await scene.run({ operation: 'restore', target: 'restored', snapshot: last.outputs['snapshot-id'] ?? '' }))
  },
)
