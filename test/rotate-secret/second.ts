/** A second run that meets the first one at work: the concurrency group keeps them apart, and where it does not, this must hold. */
import { expect } from 'vitest'
import { expectDone } from './crashes.ts'
import { type Ended, NEXT } from './setup.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

export interface Second {
  readonly places: WorldOptions['places']
  readonly pace: number
  /** When it was created: before the first one began, or as it begins. */
  readonly created: 'before' | 'then'
  readonly isForced: boolean
}

const STOPPED = /another run|was written at|exists: a rotation|still has to work|does not exist where it should/i

/** Lets a whole second run happen before the request of this number, and then one more when both have ended. */
export async function meetAt(number: number, { places, pace, created, isForced }: Second): Promise<void> {
  await using world = await startWorld({ places, pace, inputs: { grace: '7d' } })
  const earlier = created === 'before' ? world.scene.newRun() : undefined
  const more = { force: String(isForced) }
  world.isLenient = true // a run that is overtaken says so, and the next one mends what it has left
  let second: Ended | undefined
  let home: string | undefined
  const first = await world.rotate({}, undefined, {
    async meet(now) {
      if (now !== number || second !== undefined) return undefined
      second = await world.rotate(more, earlier)
      home = world.readers()[0]?.current
      return undefined
    },
  })
  const point = `${created}, ${isForced ? 'forced, ' : ''}${pace} ms, ${places}, at request ${number} (${first.requests[number - 1]})`
  if (second === undefined) throw new Error(`Nobody has met anybody: ${point}`)
  expectSaid(second, point)
  expectSaid(first, point)
  // Two runs that both say that they have rotated have done so with one value.
  const both = [first, second].every(({ outputs }) => ['rotated', 'resumed'].includes(outputs['result'] ?? ''))
  if (both)
    expect(home === world.readers()[0]?.current || world.ahead.size === 1, `${point}: a value is lost`).toBe(true)
  await expectSettled(world, point)
  expect(await world.broken(), point).toEqual([])
}

/** Done, or why not. */
function expectSaid({ error, outputs }: Ended, point: string): void {
  if (error === undefined) expect(['rotated', 'resumed', 'not-due'], point).toContain(outputs['result'])
  else expect(error, point).toMatch(STOPPED)
}

/** After one more run everything has one current value, which was written ahead, and one previous one. */
async function expectSettled(world: World, point: string): Promise<void> {
  await expectDone(world, point)
  const all = [...world.readers(), ...(await world.verifiers())]
  const [home] = all
  expect(new Set(all.map(({ current }) => current)).size, point).toBe(1)
  expect(new Set(all.map(({ previous }) => previous)).size, point).toBe(1)
  expect(world.ahead, point).toContain(home?.current)
  expect(world.scene.held(), point).not.toHaveProperty(NEXT)
}
