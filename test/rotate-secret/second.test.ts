/** A second run that begins while the first one is at work. At every request, everywhere: matrix/. */
import { expect, it } from 'vitest'
import { requestsOf, turningPoints } from './crashes.ts'
import { meetAt } from './second.ts'

it.each([
  { created: 'before', pace: 2000, isForced: false },
  { created: 'before', pace: 0, isForced: true },
  { created: 'then', pace: 2000, isForced: true },
  { created: 'then', pace: 0, isForced: false },
] as const)('leaves one value of two runs at any request of the first: %o', async (second) => {
  const requests = await requestsOf({ places: 'repository', pace: 0 })
  expect(requests.length).toBeGreaterThan(8)
  for (const index of requests.keys()) await meetAt(index + 1, { places: 'repository', ...second })
})

it('leaves one value everywhere of two runs', async () => {
  const numbers = turningPoints(await requestsOf({ places: 'everywhere', pace: 0 }))
  for (const number of numbers.filter((_, index) => index % 2 === 0)) {
    await meetAt(number, { places: 'everywhere', created: 'then', pace: 2000, isForced: false })
  }
})
