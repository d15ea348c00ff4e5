/** wrangler ends with 0 in nearly all of these; the step is red all the same, and says why. */
import { describe, expect, it } from 'vitest'
import type { Behaviour } from '../../rehearsal/cloudflare/server.ts'
import { push } from '../support/context.ts'
import { ACCOUNT, cloudflare, deploy, errorOf, warningsOf, workspace } from './setup.ts'

const changed = (_path: string, bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from('!')])

const RED: readonly (readonly [name: string, behaviour: Behaviour, message: RegExp])[] = [
  [
    'a cancelled stage',
    { stages: { stage: 'deploy', status: 'canceled' } },
    /^Stage deploy of deployment \S+ was cancelled\..*\n.*run the job again/s,
  ],
  [
    'a failed build stage',
    { stages: { stage: 'build', status: 'failure', log: 'Error: out of memory' } },
    /^Stage build of deployment \S+ failed\.\n {2}.*out of memory\nCorrect what/s,
  ],
  [
    'a failed deploy stage, which wrangler calls Deployment failed',
    { stages: { stage: 'deploy', status: 'failure', log: 'Error: Script startup exceeded memory' } },
    /^Stage deploy of deployment \S+ failed\.\n {2}Validating asset output directory\n {2}Error: Script startup exceeded memory\nDo less at the top level/,
  ],
  [
    'a deployment that stays active',
    { stages: { stage: 'deploy', status: 'active' } },
    /^Deployment \S+ was not live after 2\.0 s: stage deploy is active\.\n/,
  ],
  [
    'a deployment that never becomes canonical',
    { canonical: false },
    /^Deployment \S+ succeeded but did not become the canonical production deployment of site within 2\.0 s: the project has no canonical deployment\.\n/,
  ],
  [
    'served bytes that differ',
    { serve: changed },
    /^The deployment does not serve what was uploaded: after 2\.0 s, \S+app-Bx31kQ9z\.js serves more than 21 B, but 21 B with SHA-256 \w+… was uploaded\.\n/,
  ],
  [
    'an environment that is not the expected one',
    { environment: 'preview' },
    /^Deployment \S+ went to preview, but production is expected\.\n.*"main"/,
  ],
]

describe.concurrent('the step', () => {
  it.each(RED)('is red for %s', async (_name, behaviour, message) => {
    await using cf = await cloudflare({ behaviour })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { 'live-timeout': '2s' } })

    expect(errorOf(result)).toMatch(message)
    expect(result.exitCode).toBe(1)
    expect(result.outputs).toEqual({ attempts: '1' })
    expect(result.env).toEqual({})
    const [deployment] = cf.projects[0]?.deployments ?? []
    expect(result.summary).toContain(`### site: deployment ${deployment?.short_id} is not proven live\n`)
    expect(result.summary).toContain('| **Failed** | Proof |')
    expect(result.summary).toMatch(/\| \*\*What to do\*\* \| \w/)
    expect(result.summary).toContain(`| **Deployment** | \`${deployment?.id}\` |`)
    expect(result.summary).toContain(`| **URL** | [${deployment?.url}](`)
    expect(result.summary).toContain(`](https://dash.cloudflare.com/${ACCOUNT}/pages/view/site/${deployment?.id}) |`)
  })

  it('says what visitors see meanwhile, as far as that has been read', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const { outputs } = await deploy(cf, site)
    const before = outputs['pages-deployment-id']
    await site.write({ 'dist/assets/app-Bx31kQ9z.js': 'console.log("next")\n' })
    const inputs = { 'live-timeout': '2s' }
    const seenAfter = async (behaviour: Behaviour, more: Readonly<Record<string, string>> = {}) => {
      cf.behave(behaviour)
      const { summary } = await deploy(cf, site, { inputs: { ...inputs, ...more } })
      return /\| \*\*Visitors see\*\* \| (.*) \|/.exec(summary)?.[1]
    }
    expect(await seenAfter({}, { 'wrangler-version': '4.99999.0' })).toBe(`deployment ${before}, unchanged`)
    expect(await seenAfter({ stages: { stage: 'build', status: 'failure' } })).toBe(`deployment ${before}, unchanged`)
    expect(await seenAfter({ serve: changed })).toBe(`deployment ${cf.projects[0]?.deployments[0]?.id}, this one`)
  })

  it('warns of a domain that lags, by its name', async () => {
    await using cf = await cloudflare({ behaviour: { staleDomains: true } })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { 'live-timeout': '1s' } })

    expect(errorOf(result)).toBe('')
    const { subdomain } = cf.projects[0] ?? {}
    expect(warningsOf(result)).toEqual([
      expect.stringMatching(`^${subdomain} does not show this deployment yet: .* answers HTTP 404\\.$`),
    ])
    expect(result.summary).toContain('**Not proven**')
  })

  it('only warns when nothing but HTML comes back changed', async () => {
    await using cf = await cloudflare({ behaviour: { serve: changed } })
    await using site = await workspace({ 'dist/index.html': '<!doctype html>' })
    const context = push({ branch: 'develop' })
    const result = await deploy(cf, site, { context, inputs: { 'live-timeout': '1s' } })

    expect(errorOf(result)).toBe('')
    expect(warningsOf(result)).toEqual([expect.stringContaining('Cloudflare may rewrite HTML')])
  })

  it('does not visit the site with verify-url: false', async () => {
    await using cf = await cloudflare({ behaviour: { serve: changed } })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { 'verify-url': 'false' } })
    expect(errorOf(result)).toBe('')
    expect(result.stdout).not.toContain('byte for byte')
  })
})
