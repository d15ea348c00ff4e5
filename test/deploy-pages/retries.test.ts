/** A few troubles that stand for all, with the real wrangler; `matrix/` has every one. */
import { describe, expect, it } from 'vitest'
import { deployInTrouble } from './faulty.ts'
import { errorOf } from './setup.ts'

describe.concurrent('a deployment in trouble', () => {
  it('is tried again after a bad gateway, and says why and when in log and summary', async () => {
    const { result, deployments, leftovers } = await deployInTrouble({
      faults: ['cloudflare:POST /deployments:html=502*2'],
    })
    expect(errorOf(result)).toBe('')
    expect(deployments).toEqual([result.outputs['pages-deployment-id']])
    expect(result.outputs['attempts']).toBe('3')
    for (const count of [1, 2]) {
      expect(result.stdout).toContain(
        `Attempt ${count} of 3 failed: Cloudflare answered with HTTP 502. This may pass by itself, so the next begins in 100 ms.`,
      )
      expect(result.summary).toMatch(
        new RegExp(`\\| \\*\\*Attempt ${count}\\*\\* \\| Cloudflare answered with HTTP 502, \\d`),
      )
    }
    expect(result.summary).toMatch(/\| \*\*Attempt 3\*\* \| deployment [\w-]+, \d/)
    expect(leftovers).toEqual([])
  })

  it('is taken up, not made again, when only the answer was lost', async () => {
    const { result, deployments, writes } = await deployInTrouble({
      faults: ['cloudflare:POST /deployments:applied-reset*1'],
    })
    expect(errorOf(result)).toBe('')
    expect(deployments).toEqual([result.outputs['pages-deployment-id']])
    expect(writes.filter((write) => write === 'POST deployments')).toHaveLength(1)
    expect(result.summary).not.toContain('**Attempt')
  })

  it('ends at once when the token is refused', async () => {
    const { result, deployments } = await deployInTrouble({
      faults: ['cloudflare:POST /deployments:code=10000/403'],
    })
    expect(errorOf(result)).toMatch(/^Cloudflare refused the API token \(code 10000\)\./)
    expect(errorOf(result)).not.toContain('It was tried')
    expect(result.stdout.match(/::group::Upload/g)).toHaveLength(1)
    expect(deployments).toEqual([])
  })

  it('is tried once more for a cause that nobody knows', async () => {
    const { result } = await deployInTrouble({ faults: ['cloudflare:POST /deployments:code=8000999/418*1'] })
    expect(errorOf(result)).toBe('')
    expect(result.outputs['attempts']).toBe('2')
    expect(result.summary).toMatch(/\| \*\*Attempt 1\*\* \| unknown, \d/)
  })
})
