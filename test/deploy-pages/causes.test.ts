/** What wrangler and the API meet is named for what it is, with the real wrangler. */
import { describe, expect, it } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { deployInTrouble } from './faulty.ts'
import { cloudflare, deploy, errorOf, workspace } from './setup.ts'

describe('an answer to the request that makes a deployment', () => {
  it.each([
    ['HTTP 503 with a code that nobody knows', 'code=10013/503*2', 3, 'Cloudflare answered with HTTP 503'],
    ['HTTP 429 with a code that nobody knows', 'code=4242/429*1', 2, 'Cloudflare limits the rate of requests'],
    [
      'code 8000000 with a time to come again',
      'code=8000000/500;retry-after=1*3',
      2,
      'Cloudflare failed without a reason (code 8000000)',
    ],
  ])('of %s is named so and passes', async (_what, fault, attempts, cause) => {
    const { result, deployments } = await deployInTrouble({ faults: [`cloudflare:POST /deployments:${fault}`] })
    expect(errorOf(result)).toBe('')
    expect(result.stdout).toContain(`Attempt 1 of 3 failed: ${cause}. This may pass by itself`)
    expect(result.outputs['attempts']).toBe(`${attempts}`)
    expect(deployments).toHaveLength(1)
  })

  it.each([
    [
      'HTTP 403 of something before the API',
      'html=403',
      /^wrangler made no deployment [\s\S]* -> 403 Forbidden\nLook at what stands between this runner and api\.cloudflare\.com/,
    ],
    [
      'code 8000119',
      'code=8000119/403;message=Your Pages project has been blocked. Contact somebody.',
      /^Cloudflare has blocked project "site" \(code 8000119\)\.[\s\S]*Contact somebody\. \[code: 8000119\]\nAsk Cloudflare why/,
    ],
  ])('of %s ends the step at once', async (_what, fault, message) => {
    const { result, deployments } = await deployInTrouble({ faults: [`cloudflare:POST /deployments:${fault}`] })
    expect(errorOf(result)).toMatch(message)
    expect(errorOf(result)).not.toContain('It was tried')
    expect(deployments).toEqual([])
  })
})

it('a file whose answer is cut off is a lost connection, and is uploaded again', async () => {
  const { result, deployments } = await deployInTrouble({ faults: ['cloudflare:POST /assets/upload:truncate*6'] })
  expect(errorOf(result)).toBe('')
  expect(result.stdout).not.toContain('for a reason that this action does not know')
  expect(deployments).toHaveLength(1)
})

it('Functions with an import that goes on and on end the step in seconds, in a few words', async () => {
  const { result, duration } = await deployInTrouble({
    files: {
      'functions/x.js': `import e from "${'a'.repeat(300_000)}"; export const onRequest = () => new Response(e)`,
    },
  })
  expect(errorOf(result)).toMatch(/Could not resolve "a+…[\s\S]*\nCorrect what the message names in functions\//)
  expect(errorOf(result).length).toBeLessThan(20_000)
  expect(result.summary.length).toBeLessThan(40_000)
  expect(duration).toBeLessThan(40_000)
})

describe.concurrent('the preflight', () => {
  const inPreflight = async (fault: string) => {
    const faults = new FaultSet()
    faults.add(parseFault(`cloudflare:GET /projects/*:${fault}`))
    await using cf = await cloudflare({ faults })
    await using site = await workspace()
    const started = performance.now()
    const result = await deploy(cf, site)
    return { error: errorOf(result), duration: performance.now() - started }
  }

  it('says at once how long Cloudflare asks to wait when that is too long, and why', async () => {
    const { error, duration } = await inPreflight('429;retry-after=3600')
    expect(error).toMatch(
      /^Cloudflare limits the rate of requests: .+ \(HTTP 429\b.*\)\. It asks to wait 1 h\.\nRun the job again after that time/,
    )
    expect(duration).toBeLessThan(20_000)
  })

  it('names status and code of an API that is not available', async () => {
    const { error } = await inPreflight('code=10001/500')
    expect(error).toMatch(/^The Cloudflare API is not available: .+ \(HTTP 500, code 10001\)\.\nTry again later/)
  })
})
