/** A second run at every request of the first one. */
import { expect, it } from 'vitest'
import { PACES, requestsOf } from '../crashes.ts'
import { meetAt } from '../second.ts'

const MINUTES = 60_000
const CASES = (['repository', 'everywhere'] as const).flatMap((places) =>
  (['before', 'then'] as const).flatMap((created) =>
    PACES.flatMap((pace) => [false, true].map((isForced) => ({ places, created, pace, isForced }))),
  ),
)

it.each(CASES)('leaves one value of two runs: %o', { timeout: 20 * MINUTES }, async (second) => {
  const requests = await requestsOf({ places: second.places, pace: 0, inputs: { grace: '7d' } })
  expect(requests.length).toBeGreaterThan(8)
  for (const index of requests.keys()) await meetAt(index + 1, second)
})
