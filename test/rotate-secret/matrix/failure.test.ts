/** Every request of a rotation, failing for good in every way. */
import { expect, it } from 'vitest'
import { KINDS, PACES, requestsOf } from '../crashes.ts'
import { expectFailure, FAILURES } from '../failures.ts'

const MINUTES = 60_000

it.each(Object.keys(FAILURES))('says what failed when any request %s', { timeout: 20 * MINUTES }, async (how) => {
  const kind = KINDS['a rotation everywhere']
  const requests = await requestsOf({ ...kind.options, pace: 0 })
  expect(requests.length).toBeGreaterThan(30)
  for (const index of requests.keys()) await expectFailure(kind, PACES[index % 2] ?? 0, index + 1, how)
})
