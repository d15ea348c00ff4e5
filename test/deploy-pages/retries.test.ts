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
    expect(result.summary).toMatch(
      new RegExp(`\\*\\*Attempt 1\\*\\* \\| the connection to Cloudflare failed; deployment ${deployments[0]}, \\d`),
    )
  })

  it('ends at once when the token is refused', async () => {
    const { result, deployments } = await deployInTrouble({
      faults: ['cloudflare:POST /deployments:code=10000/403'],
    })
    expect(errorOf(result)).toMatch(/^Cloudflare refused the API token \(code 10000\)\./)
    expect(errorOf(result)).not.toContain('It was tried')
    expect(result.stdout.match(/::group::Upload/g)).toHaveLength(1)
    expect(deployments).toEqual([])
    expect(result.outputs).toEqual({ attempts: '1' })
    expect(result.summary).toMatch(/\| \*\*Attempt 1\*\* \| the API token was refused \(code 10000\), \d/)
  })

  it('has its look-up repeated, which is no attempt', async () => {
    const faults = ['cloudflare:POST /deployments:html=502*1', 'cloudflare:GET /deployments:503*6']
    const { result, deployments } = await deployInTrouble({ faults })
    expect(errorOf(result)).toBe('')
    expect(deployments).toHaveLength(1)
    expect(result.outputs['attempts']).toBe('2')
    expect(result.stdout).toContain('::group::Upload (attempt 2)')
    expect(result.summary).toMatch(
      /\*\*Attempt 1\*\* \| Cloudflare answered with HTTP 502, \d.*\n\| \*\*Attempt 2\*\* \| deployment /,
    )
    expect(result.summary).not.toContain('Attempt 3')
  })

  it('that was made after all and fails then has one row for both', async () => {
    const log = 'Error: Failed to publish your Function. Got error: Unknown internal error occurred.'
    const behaviour = { stages: { stage: 'deploy', status: 'failure', log } } as const
    const faults = ['cloudflare:POST /deployments:applied-reset*1', 'cloudflare:GET /deployments:503*3']
    const { result, deployments } = await deployInTrouble({ faults, behaviour })
    expect(errorOf(result)).toMatch(/^Stage deploy of deployment \S+ failed\.[\s\S]*It was tried twice\.$/)
    expect(deployments).toHaveLength(2)
    expect(result.outputs).toEqual({ attempts: '2' })
    expect(result.summary).toMatch(
      /\*\*Attempt 1\*\* \| the connection to Cloudflare failed; Cloudflare could not publish the Functions [^|]*\|\n\| \*\*Attempt 2\*\* \| Cloudflare could not publish/,
    )
    expect(result.summary).not.toContain('Attempt 3')
  })

  it('ends with the look-up that fails, and with what had failed before it', async () => {
    const faults = ['cloudflare:POST /deployments:reset*1', 'cloudflare:GET /deployments:503']
    const { result, deployments } = await deployInTrouble({ faults })
    expect(errorOf(result)).toMatch(
      /^Whether an earlier attempt made a deployment could not be looked up\..*\n.* Attempt 1 had failed before: the connection to Cloudflare failed\.$/,
    )
    expect(result.stdout).not.toContain('Attempt 2 of 3')
    expect(result.outputs).toEqual({ attempts: '1' })
    expect(deployments).toEqual([])
  })

  it('is tried once more for a cause that nobody knows', async () => {
    const { result } = await deployInTrouble({ faults: ['cloudflare:POST /deployments:code=8000999/418*1'] })
    expect(errorOf(result)).toBe('')
    expect(result.outputs['attempts']).toBe('2')
    expect(result.summary).toMatch(/\| \*\*Attempt 1\*\* \| unknown, \d/)
  })
})
