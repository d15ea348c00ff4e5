/** Every exchange with an embedded GitHub of this worker, to be compared with GitHub's description. */
import { subscribe } from 'node:diagnostics_channel'

const seen: unknown[] = []

subscribe('slipway:github-exchange', (message) => {
  seen.push(message)
})

/**
 * The departures since the last call. A test that asks on purpose for what GitHub does not have takes them, and says
 * which it meant; any that are left fail the test that made them.
 */
export async function takeDepartures(): Promise<readonly string[]> {
  if (seen.length === 0) return []
  // Most test files have nothing to do with GitHub and need not load its description.
  const { departures, readExchange } = await import('./openapi.ts')
  return seen.splice(0).flatMap((message) => departures(readExchange(message)))
}
