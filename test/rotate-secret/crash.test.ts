/** A run that ends anywhere: the next one goes on from there, and no value that is in use is lost. All points: matrix/. */
import { expect, it } from 'vitest'
import { crashAt, KINDS, requestsOf, turningPoints } from './crashes.ts'

it.each(Object.entries(KINDS))('finishes %s after a crash at each request that changes something', async (_, kind) => {
  const numbers = turningPoints(await requestsOf({ ...kind.options, pace: 0 }))
  expect(numbers.length).toBeGreaterThan(4)
  await crashAt(kind, 2000, [{ crashBefore: 1 }, ...numbers.map((crashAfter) => ({ crashAfter }))])
})
