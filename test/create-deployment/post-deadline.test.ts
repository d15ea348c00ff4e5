import { expect, it } from 'vitest'
import { startStalledServer } from '../support/server.ts'
import { startScenario, warningsOf } from './setup.ts'

it('gives up within a minute, with a warning, when GitHub takes the request and never answers', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main()
  await using stalled = await startStalledServer()
  const started = performance.now()

  const post = await scenario.post(main, 'success', { env: { GITHUB_API_URL: stalled.origin } })
  expect(warningsOf(post)).toEqual([expect.stringContaining('The deployment to production stays in_progress.')])
  expect(performance.now() - started).toBeLessThan(60_000)
})
