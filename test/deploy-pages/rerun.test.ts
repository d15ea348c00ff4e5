/** A re-run finishes what an earlier attempt of its run has left, and makes another deployment only where it has to. */
import { describe, expect, it } from 'vitest'
import { push } from '../support/context.ts'
import { killAndRerun, STAGES, type Stage } from './interrupted.ts'
import { cloudflare, deploy, errorOf, workspace } from './setup.ts'

const again = { GITHUB_RUN_ATTEMPT: '2' }

function stage(name: string): Stage {
  const found = STAGES[name]
  if (found === undefined) throw new Error(`There is no stage "${name}".`)
  return found
}

describe('a re-run', () => {
  it('takes up the deployment of a step that was terminated during the upload', async () => {
    const name = 'upload, after the deployment'
    const { killed, lasted, rerun, deployments, leftovers } = await killAndRerun(stage(name), 'SIGTERM')
    expect(errorOf(killed)).toBe(
      `Cancelled during Upload (SIGTERM). Deployment ${deployments[0]} has succeeded on Cloudflare, and is not proven.`,
    )
    expect(lasted).toBeLessThan(7000)
    expect(leftovers).toEqual([])
    expect(errorOf(rerun)).toBe('')
    expect(rerun.outputs).toMatchObject({ 'pages-deployment-id': deployments[0], attempts: '0' })
    expect(rerun.outputs['wrangler-version']).toBeUndefined()
    expect(deployments).toHaveLength(1)
  })

  it('takes up the deployment of a step that was killed outright during the proof', async () => {
    const { rerun, deployments } = await killAndRerun(stage('proof'), 'SIGKILL')
    expect(errorOf(rerun)).toBe('')
    expect(deployments).toEqual([rerun.outputs['pages-deployment-id']])
    expect(rerun.stdout).toContain('which serves the same 4 files: it is taken up.')
    expect(rerun.summary).toContain('| **Taken up** | from an earlier attempt of this run |')
  })

  it('deploys what was built anew and differs, although the commit is the same', async () => {
    const files = { 'dist/about.html': '<!doctype html><title>Built with another variable</title>' }
    const { rerun, deployments, canonical } = await killAndRerun(stage('proof'), 'SIGKILL', { files })
    expect(errorOf(rerun)).toBe('')
    expect(deployments).toHaveLength(2)
    expect(canonical).toBe(rerun.outputs['pages-deployment-id'])
    expect(rerun.stdout).toMatch(/is of the same commit, but \S+\/about serves .* was uploaded\. Another one is made\./)
  })

  it('deploys again after a deployment that failed', async () => {
    await using cf = await cloudflare({ behaviour: { stages: { stage: 'build', status: 'failure' } } })
    await using site = await workspace()
    expect(errorOf(await deploy(cf, site))).toMatch(/^Stage build of deployment \S+ failed\./)
    cf.behave({})
    const rerun = await deploy(cf, site, { env: again })
    expect(errorOf(rerun)).toBe('')
    expect(cf.projects[0]?.canonical_deployment?.id).toBe(rerun.outputs['pages-deployment-id'])
  })

  it('deploys again when another commit has been deployed to the branch since', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const allow = { 'allow-older': 'true' }
    const first = await deploy(cf, site)
    await deploy(cf, site, { context: push({ sha: 'b'.repeat(40) }), inputs: allow })
    const rerun = await deploy(cf, site, { env: again, inputs: allow })
    expect(errorOf(rerun)).toBe('')
    expect(rerun.outputs['pages-deployment-id']).not.toBe(first.outputs['pages-deployment-id'])
    expect(cf.projects[0]?.deployments).toHaveLength(3)
    expect(cf.projects[0]?.canonical_deployment?.id).toBe(rerun.outputs['pages-deployment-id'])
  })
})

it('a first run deploys also what has been deployed before', async () => {
  await using cf = await cloudflare()
  await using site = await workspace()
  const first = await deploy(cf, site)
  const second = await deploy(cf, site)
  expect(second.outputs['pages-deployment-id']).not.toBe(first.outputs['pages-deployment-id'])
})
