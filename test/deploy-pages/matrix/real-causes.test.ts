/** A network that swallows packets, for which wrangler waits ten seconds, and the causes as the oldest wrangler tells them. */
import { describe, expect, it } from 'vitest'
import { OLDEST_WRANGLER } from '../../../actions/deploy-pages/wrangler-version.ts'
import { deployBehind, expectFailed, expectLive } from '../../support/behind.ts'
import { type Gate, startGate } from '../../support/gate.ts'
import { deployInTrouble } from '../faulty.ts'

describe('a connection that is neither made nor refused', () => {
  it('is given up by wrangler, and made in the next attempt', async () => {
    const outcome = await deployBehind<Gate>({
      start: startGate,
      meanwhile: async (gate, step) => {
        await step.prints('::group::Upload')
        await gate.blackOut()
        await step.prints('Attempt 1 of 3 failed')
        await gate.open()
      },
    })
    expectLive(outcome, [/the connection to Cloudflare failed, 1\d\.\d s/]) // undici's own limit is 10 s
  })

  it('for good ends the step with what it was', async () => {
    const outcome = await deployBehind<Gate>({
      start: startGate,
      step: { inputs: { attempts: '1' } },
      meanwhile: async (gate, step) => {
        await step.prints('::group::Upload')
        await gate.blackOut()
      },
    })
    expectFailed(
      outcome,
      /^wrangler made no deployment \(exit code 1\)\.\n {2}fetch failed\nThe connection to Cloudflare failed, which may pass by itself\. /,
      { uploads: 1 },
    )
    expect(outcome.duration).toBeLessThan(20_000)
    expect(outcome.deployments).toEqual([])
  })

  it('for good uploads nothing more where it cannot be looked up what there is', async () => {
    const outcome = await deployBehind<Gate>({
      start: startGate,
      step: { inputs: { attempts: '2' } },
      meanwhile: async (gate, step) => {
        await step.prints('::group::Upload')
        await gate.blackOut()
      },
    })
    expectFailed(
      outcome,
      /^Whether an earlier attempt made a deployment could not be looked up\. The Cloudflare API is not available: .*\nTry again later; .* Attempt 1 had failed before: the connection to Cloudflare failed\.$/,
      { uploads: 1 },
    )
    expect(outcome.duration).toBeLessThan(90_000)
    expect(outcome.deployments).toEqual([])
  })
})

describe('the oldest wrangler that is accepted', () => {
  const inputs = { 'wrangler-version': OLDEST_WRANGLER }

  it.concurrent.each([
    ['POST /deployments:html=502*1', /Cloudflare answered with HTTP 502, \d/],
    ['GET /upload-token:html=525*1', /Cloudflare answered with HTTP 525, \d/],
    ['POST /deployments:429;retry-after=1*1', /Cloudflare limits the rate of requests \(code 971\), \d/],
    ['GET /projects/site:reset*1', /the connection to Cloudflare failed, \d/],
    ['POST /deployments:code=8000000/500*3', /Cloudflare failed without a reason \(code 8000000\), \d/],
    // Before 4.160 it ends with 0 whatever has killed it, and records nothing.
    ['POST /deployments:kill*1', /unknown, \d/],
    ['POST /deployments:code=8000999/418*1', /unknown, \d/],
  ])('%s: green in the next attempt', async (spec, cause) => {
    expectLive(await deployInTrouble({ faults: [`cloudflare:${spec}`], step: { inputs } }), [cause])
  })

  it.concurrent('has its deployment taken up when only the answer was lost', async () => {
    const outcome = await deployInTrouble({
      faults: ['cloudflare:POST /deployments:applied-reset*1'],
      step: { inputs },
    })
    expectLive(outcome)
    expect(outcome.writes.filter((write) => write === 'POST deployments')).toHaveLength(1)
  })

  it.concurrent('is ended when an upload token is refused without end', async () => {
    const faults = ['cloudflare:POST /pages/assets/upload:code=8000013/401']
    const step = { inputs: { ...inputs, 'attempt-timeout': '8s', attempts: '2' } }
    const outcome = await deployInTrouble({ faults, step })
    expectFailed(outcome, /^wrangler did not end within 8\.0 s .* \[code: 8000013\]\.[\s\S]*tried twice\.$/, {
      uploads: 2,
    })
    expect(outcome.deployments).toEqual([])
  })

  it.concurrent.each([
    ['GET /projects/site:code=8000007/404', /"?site"? (in account|does not exist)[\s\S]*project-name/],
    ['POST /deployments:code=10000/403', /^Cloudflare refused the API token \(code 10000\)\./],
    ['POST /deployments:code=9106/400', /^Cloudflare did not recognise the API token \(code 9106\)\./],
    ['POST /deployments:code=7003/404', /^Cloudflare knows no account .* \(code 7003\)\./],
  ])('%s: red at once, with what to change', async (spec, error) => {
    const outcome = await deployInTrouble({ faults: [`cloudflare:${spec}`], step: { inputs } })
    expectFailed(outcome, error, { uploads: 1 })
    expect(outcome.deployments).toEqual([])
  })
})
