/** A request that fails for good: what is said of it, and what the next run makes of it. Every way at every one: matrix/. */
import { expect, it } from 'vitest'
import { KINDS, requestsOf, turningPoints } from './crashes.ts'
import { expectFailure, FAILURES } from './failures.ts'

it('says what failed and what to do, and leaves what the next run finishes', async () => {
  const kind = KINDS['a rotation everywhere']
  const numbers = turningPoints(await requestsOf({ ...kind.options, pace: 0 }))
  const ways = Object.keys(FAILURES)
  expect(numbers.length).toBeGreaterThan(2 * ways.length - 1)
  for (const [index, number] of numbers.entries()) await expectFailure(kind, 0, number, ways[index % ways.length] ?? '')
})

it.each(Object.keys(FAILURES))('says so, too, in a repository where any request %s', async (how) => {
  const kind = KINDS['a rotation of a repository']
  const requests = await requestsOf({ ...kind.options, pace: 0 })
  for (const index of requests.keys()) await expectFailure(kind, 2000, index + 1, how)
})
