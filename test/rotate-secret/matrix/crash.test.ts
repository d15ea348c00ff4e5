/** A crash right before and right after every single request, with dates that are the same and with dates that differ. */
import { describe, expect, it } from 'vitest'
import { crashAt, KINDS, PACES, requestsOf } from '../crashes.ts'

const MINUTES = 60_000

describe.each(PACES)('with %d ms between requests', (pace) => {
  it.each(Object.entries(KINDS))(
    'finishes %s after a crash at any point',
    { timeout: 20 * MINUTES },
    async (_, kind) => {
      const requests = await requestsOf({ ...kind.options, pace })
      expect(requests.length).toBeGreaterThan(8)
      const numbers = requests.map((_, index) => index + 1)
      await crashAt(kind, pace, [
        ...numbers.map((crashBefore) => ({ crashBefore })),
        ...numbers.map((crashAfter) => ({ crashAfter })),
      ])
    },
  )
})
