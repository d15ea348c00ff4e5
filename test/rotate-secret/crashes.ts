/** Kinds of runs, each ended at a point, and what the next run has to make of it. */
import { expect } from 'vitest'
import { CRASHED, type Limits } from './recorder.ts'
import { DAY, OLD } from './setup.ts'
import { expectRotated, OLDER, startWorld, type World, type WorldOptions } from './world.ts'

/** By GitHub's clock, whose dates are exact to the second: everything at once, or nothing in the same second. */
export const PACES = [0, 2000] as const

export interface Kind {
  readonly options: Omit<WorldOptions, 'pace'>
  /** From where the run has ended; the point is what failures are named by. */
  goOn(world: World, point: string): Promise<void>
}

const EMERGENCY = { force: 'true', grace: '0', 'revoke-command': '' }

export const KINDS = {
  'a rotation everywhere': rotation('everywhere'),
  'a rotation of a repository': rotation('repository'),
  'a rotation without grace': {
    options: { places: 'everywhere', inputs: { grace: '0' } },
    async goOn(world, point) {
      await expectDone(world, point)
      expect([...world.ahead], point).toEqual([await expectRotated(world, undefined)])
    },
  },
  'a rotation without a pending value': {
    options: { places: 'everywhere', inputs: { 'pending-name': '' } },
    async goOn(world, point) {
      await expectDone(world, point)
      await expectRotated(world, OLD)
    },
  },
  'an emergency, and then another': {
    options: { places: 'everywhere', inputs: EMERGENCY },
    async goOn(world, point) {
      world.isLenient = true // what the first has made is replaced, too, without having been kept for it
      await expectDone(world, point)
      expect(world.ahead, point).toContain(await expectRotated(world, undefined))
      expect(await world.revoked(), point).toContain(OLD)
    },
  },
  'an emergency, and then an ordinary run': {
    options: { places: 'everywhere', inputs: EMERGENCY },
    async goOn(world, point) {
      const ordinary = { force: 'false', grace: '7d' }
      await expectDone(world, point, ordinary)
      const [home] = world.readers()
      // What is not revoked yet is kept until it is.
      expect([...(await world.revoked()), home?.previous], point).toContain(OLD)
      world.scene.github.passTime(8 * DAY)
      await expectDone(world, point, ordinary)
      expect(await expectRotated(world, undefined), point).toBe(home?.current)
      expect(await world.revoked(), point).toContain(OLD)
    },
  },
  'the end of a previous value': {
    options: { places: 'everywhere', rotated: 8 * DAY, inputs: { grace: '7d', 'revoke-command': '' } },
    async goOn(world, point) {
      await expectDone(world, point)
      const places = [...world.readers(), ...(await world.verifiers())]
      const left = places.map(({ place }) => ({ place, current: OLD, previous: undefined, pending: undefined }))
      expect(places, point).toEqual(left)
      expect(new Set(await world.revoked()), point).toEqual(new Set([OLDER]))
      expect(await world.broken(), point).toEqual([])
    },
  },
} as const satisfies Readonly<Record<string, Kind>>

function rotation(places: WorldOptions['places']): Kind {
  return {
    options: { places, inputs: { grace: '7d' } },
    async goOn(world, point) {
      await expectDone(world, point)
      expect([...world.ahead], point).toEqual([await expectRotated(world, OLD)])
    },
  }
}

/** A new run, which ends well. */
export async function expectDone(world: World, point: string, more = {}): Promise<void> {
  const { outputs, error } = await world.rotate(more)
  expect(error, point).toBeUndefined()
  expect(['rotated', 'resumed', 'retired', 'not-due'], point).toContain(outputs['result'])
}

/** The requests of a run that nothing happens to. */
export async function requestsOf(options: WorldOptions): Promise<readonly string[]> {
  await using world = await startWorld(options)
  const { error, requests } = await world.rotate()
  expect(error).toBeUndefined()
  return requests
}

/** The numbers of the requests at which something changes, and of the last one before them. */
export function turningPoints(requests: readonly string[]): readonly number[] {
  const first = requests.findIndex((request) => !request.startsWith('GET '))
  return requests.map((_, index) => index + 1).filter((number) => number >= first)
}

/** Ends a run at each of the points, in a world of its own each time. @returns how many */
export async function crashAt(kind: Kind, pace: number, points: readonly Limits[]): Promise<void> {
  for (const limits of points) {
    await using world = await startWorld({ ...kind.options, pace })
    const point = `${JSON.stringify(limits)}, ${pace} ms between requests`
    expect((await world.rotate({}, undefined, limits)).error, point).toBe(CRASHED)
    await kind.goOn(world, point)
  }
}
