/** A re-run finishes what an earlier attempt of its run has left, and makes another deployment only where it has to. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Cloudflare } from '../../rehearsal/cloudflare/server.ts'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { push } from '../support/context.ts'
import { killAndRerun, STAGES, type Stage } from './interrupted.ts'
import { ACCOUNT, cloudflare, deploy, errorOf, TOKEN, warningsOf, workspace } from './setup.ts'

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
    expect(rerun.stdout).toContain('of the very same: it is taken up.')
    expect(rerun.summary).toContain('| **Taken up** | from an earlier attempt of this run |')
  })

  it('deploys what was built anew and differs, although the commit is the same', async () => {
    const files = { 'dist/about.html': '<!doctype html><title>Built with another variable</title>' }
    const { rerun, deployments, canonical } = await killAndRerun(stage('proof'), 'SIGKILL', { files })
    expect(errorOf(rerun)).toBe('')
    expect(deployments).toHaveLength(2)
    expect(canonical).toBe(rerun.outputs['pages-deployment-id'])
    expect(rerun.stdout).toMatch(
      /Deployment \S+ of an earlier attempt is made of something else: what is deployed has changed\. Another one is made\./,
    )
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

/** Each differs in a way that no look at the static files that are there now could tell. */
describe.concurrent('a re-run deploys again, also from the same commit, what has changed', () => {
  const files = {
    'dist/_headers': '/*\n  X-Frame-Options: ALLOWALL\n',
    'dist/_redirects': '/old /about 301\n',
    'dist/big.bin': 'x'.repeat(2_000_000),
    'dist/secret.txt': 'to be removed',
    'functions/a.js': 'export const onRequest = () => new Response("1")\n',
  }

  it.each<readonly [what: string, change: Readonly<Record<string, string>>]>([
    ['_headers', { 'dist/_headers': '/*\n  X-Frame-Options: DENY\n' }],
    ['_redirects', { 'dist/_redirects': '/old / 301\n' }],
    ['a large file', { 'dist/big.bin': 'y'.repeat(2_000_000) }],
    ['a Function', { 'functions/a.js': 'export const onRequest = () => new Response("2")\n' }],
  ])('%s', async (_what, change) => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await site.write(files)
    expect(errorOf(await deploy(cf, site))).toBe('')
    await site.write(change)
    const rerun = await deploy(cf, site, { env: again })
    expect(errorOf(rerun)).toBe('')
    expect(rerun.stdout).toContain('what is deployed has changed. Another one is made.')
    expect(cf.projects[0]?.deployments).toHaveLength(2)
    expect(cf.projects[0]?.canonical_deployment?.id).toBe(rerun.outputs['pages-deployment-id'])
  })

  it('a file that must not be public any more', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await site.write(files)
    const first = await deploy(cf, site)
    expect((await fetch(`${first.outputs['project-url']}/secret.txt`)).status).toBe(200)
    await rm(join(site.path, 'dist/secret.txt'))
    const rerun = await deploy(cf, site, { env: again })
    expect(errorOf(rerun)).toBe('')
    expect(await (await fetch(`${rerun.outputs['project-url']}/secret.txt`)).text()).not.toContain('to be removed')
  })

  it('a variable that the project has got since', async () => {
    const production = ['API_URL']
    const projects = [{ name: 'site', productionBranch: 'main', variables: { production } }]
    await using cf = await cloudflare({ projects })
    await using site = await workspace()
    expect(errorOf(await deploy(cf, site))).toBe('')
    production.push('DB')
    const rerun = await deploy(cf, site, { env: again })
    expect(errorOf(rerun)).toBe('')
    expect(cf.projects[0]?.deployments).toHaveLength(2)
  })
})

describe.concurrent('a re-run takes up', () => {
  it('what is made of Functions and rules, too', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await site.write({
      'dist/_headers': '/*\n  X-Frame-Options: DENY\n',
      'functions/a.js': 'export const onRequest = () => new Response("1")\n',
    })
    const first = await deploy(cf, site)
    expect(errorOf(first)).toBe('')
    const rerun = await deploy(cf, site, { env: again })
    expect(errorOf(rerun)).toBe('')
    expect(rerun.outputs['pages-deployment-id']).toBe(first.outputs['pages-deployment-id'])
    expect(cf.projects[0]?.deployments).toHaveLength(1)
  })

  it('a deployment that more than a page of others followed', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const first = await deploy(cf, site)
    for (let count = 0; count < 30; count += 1) await uploadNothing(cf, `preview-${count}`)
    const rerun = await deploy(cf, site, { env: again })
    expect(errorOf(rerun)).toBe('')
    expect(rerun.outputs['pages-deployment-id']).toBe(first.outputs['pages-deployment-id'])
  })

  it('nothing of another run, although it is the same site from the same commit', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await deploy(cf, site, { env: { GITHUB_RUN_ID: '1' } })
    const rerun = await deploy(cf, site, { env: { ...again, GITHUB_RUN_ID: '2' } })
    expect(errorOf(rerun)).toBe('')
    expect(rerun.stdout).toContain('No earlier attempt of this run has left a deployment. Another one is made.')
    expect(cf.projects[0]?.deployments).toHaveLength(2)
  })
})

describe.concurrent('a re-run that cannot look up what an earlier attempt has deployed', () => {
  async function rerunWith(...specs: readonly string[]) {
    const faults = new FaultSet()
    await using cf = await cloudflare({ faults })
    await using site = await workspace()
    await deploy(cf, site)
    for (const spec of specs) faults.add(parseFault(spec))
    const result = await deploy(cf, site, { env: again, inputs: { 'live-timeout': '5s' } })
    return { result, deployments: cf.projects[0]?.deployments ?? [] }
  }

  it('looks again, and takes it up', async () => {
    const { result, deployments } = await rerunWith('cloudflare:GET /deployments:503*4')
    expect([errorOf(result), warningsOf(result)]).toEqual(['', []])
    expect(deployments).toHaveLength(1)
    expect(result.outputs['attempts']).toBe('0')
  })

  it('makes no second one, and says so', async () => {
    const { result, deployments } = await rerunWith('cloudflare:GET /deployments:503')
    expect(errorOf(result)).toMatch(
      /^Whether an earlier attempt made a deployment could not be looked up\. The Cloudflare API is not available: HTTP 503\.\n.* Look at the project's deployments before you run the job again\.$/,
    )
    expect(result.outputs['attempts']).toBe('0')
    expect(deployments).toHaveLength(1)
  })

  it.each([
    [
      'is not answered',
      'cloudflare:GET /deployments/*:503',
      /was not live after 5\.0 s: the Cloudflare API answers HTTP 503/,
    ],
    ['is not known', 'cloudflare:GET /deployments/*:code=8000009/404', /the Cloudflare API does not know it yet/],
  ])('makes no second one when the deployment %s', async (_what, spec, error) => {
    const { result, deployments } = await rerunWith(spec)
    expect(errorOf(result)).toMatch(error)
    expect(deployments).toHaveLength(1)
  })
})

async function uploadNothing({ apiBaseUrl }: Cloudflare, branch: string): Promise<void> {
  const body = new FormData()
  body.set('manifest', '{}')
  body.set('branch', branch)
  const url = `${apiBaseUrl}/accounts/${ACCOUNT}/pages/projects/site/deployments`
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, body })
  expect(answer.status).toBe(200)
}

it('a re-run that is cancelled while it takes a deployment up says which one it was', async () => {
  const faults = new FaultSet()
  await using cf = await cloudflare({ faults })
  await using site = await workspace()
  const first = await deploy(cf, site)
  const result = await deploy(cf, site, {
    env: again,
    meanwhile: async (step) => {
      await step.prints('::group::Earlier attempt')
      faults.add(parseFault('cloudflare:GET /projects/site:stall*1'))
      while (!cf.requests.some(({ status }) => status === 0)) await sleep(20)
      step.kill('SIGTERM')
    },
  })
  const id = first.outputs['pages-deployment-id']
  expect(errorOf(result)).toBe(
    `Cancelled during Earlier attempt (SIGTERM). Deployment ${id} has succeeded on Cloudflare, and is not proven.`,
  )
  expect(result.summary).toContain(`| **Deployment** | \`${id}\` |`)
  expect(result.summary).toContain('| **Dashboard** |')
})

it('a first run deploys also what has been deployed before', async () => {
  await using cf = await cloudflare()
  await using site = await workspace()
  const first = await deploy(cf, site)
  const second = await deploy(cf, site)
  expect(second.outputs['pages-deployment-id']).not.toBe(first.outputs['pages-deployment-id'])
})
