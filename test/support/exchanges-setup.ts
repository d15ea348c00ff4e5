/** Runs in every test file: nobody has to remember to compare what an action says to GitHub with GitHub's description. */
import { afterAll, afterEach } from 'vitest'
import { takeDepartures } from './exchanges.ts'

async function refuseDepartures(): Promise<void> {
  const departures = await takeDepartures()
  if (departures.length === 0) return
  throw new Error(`Not as GitHub's OpenAPI description has it:\n${departures.join('\n')}`)
}

afterEach(refuseDepartures)
afterAll(refuseDepartures)
