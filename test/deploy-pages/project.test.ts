/** The project on Cloudflare: made where it is missing, and with the variables that the site needs. */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { findProjectWrangler } from '../../actions/deploy-pages/project-wrangler.ts'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { pullRequest, push } from '../support/context.ts'
import { installWrangler } from '../support/wrangler.ts'
import { cloudflare, deploy, errorOf, interfere, PINNED, warningsOf, workspace, writes } from './setup.ts'

describe.concurrent('create-project', () => {
  const inputs = { 'create-project': 'true' }

  it('makes a missing project with the production branch, and says so', async () => {
    await using cf = await cloudflare({ projects: [] })
    await using site = await workspace()
    const result = await deploy(cf, site, {
      context: push({ branch: 'trunk' }),
      inputs: { ...inputs, 'production-branch': 'trunk', 'expect-environment': 'production' },
    })
    expect(errorOf(result)).toBe('')
    expect(cf.projects).toMatchObject([{ name: 'site', production_branch: 'trunk' }])
    expect(cf.projects[0]?.canonical_deployment?.id).toBe(result.outputs['pages-deployment-id'])
    expect(result.stdout).toContain('Project site was created, with the production branch "trunk".')
    expect(result.summary).toContain('| **Project** | site, new, with the production branch `trunk` |')
    expect(result.outputs['project-url']).toBe(`http://${cf.projects[0]?.subdomain}`)
  })

  it('makes nothing in a dry run', async () => {
    await using cf = await cloudflare({ projects: [] })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { ...inputs, 'dry-run': 'true' } })
    expect(errorOf(result)).toBe('')
    expect(writes(cf)).toEqual([])
    expect(result.stdout).toContain('Project site would be created before, with the production branch "main".')
  })

  it('makes nothing while anything else stands in the way', async () => {
    await using cf = await cloudflare({ projects: [] })
    await using site = await workspace()
    const result = await deploy(cf, site, {
      inputs: { ...inputs, 'expect-environment': 'preview', 'require-variables': 'DB' },
    })
    expect(errorOf(result)).toMatch(/^2 things stand in the way/)
    expect(writes(cf)).toEqual([])
  })

  it('leaves an existing project as it is', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { ...inputs, 'production-branch': 'trunk' } })
    expect(errorOf(result)).toBe('')
    expect(writes(cf).filter((write) => write.endsWith('/projects'))).toEqual([])
    expect(result.outputs['pages-environment']).toBe('production')
  })

  it('goes on with the project when only the answer was lost, and makes no second one', async () => {
    await using cf = await cloudflare({ projects: [] })
    await using site = await workspace()
    let isLost = false
    await using api = await interfere(cf, (method, path) => {
      if (isLost || method !== 'POST' || !path.endsWith('/projects')) return 'pass'
      isLost = true
      return 'lose'
    })
    const result = await deploy(api, site, { inputs })
    expect(errorOf(result)).toBe('')
    expect(isLost).toBe(true)
    expect(cf.projects).toHaveLength(1)
  })

  it.each([
    ['a 503', '503*1', 'HTTP 503'],
    ['a rate limit', '429;retry-after=1*2', ''],
    ['a lost connection', 'reset*1', ''],
  ])('is tried again after %s, once the project is known to be missing', async (_what, spec, cause) => {
    const faults = new FaultSet([parseFault(`cloudflare:POST /projects:${spec}`)])
    await using cf = await cloudflare({ projects: [], faults })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { ...inputs, 'retry-delays': '100ms' } })
    expect(errorOf(result)).toBe('')
    expect(cf.projects).toHaveLength(1)
    expect(result.stdout).toMatch(
      new RegExp(`Attempt 1 of 3 failed: the project could not be created: .*${cause}.* may pass by itself`),
    )
    expect(result.outputs['attempts']).toBe('1')
  })

  it('that Cloudflare refuses says its reason, and what else it may be', async () => {
    const spec = 'cloudflare:POST /projects:code=8000012/409;message=You have reached the maximum number of projects'
    await using cf = await cloudflare({ projects: [], faults: new FaultSet([parseFault(spec)]) })
    await using site = await workspace()
    expect(errorOf(await deploy(cf, site, { inputs }))).toMatch(
      /^Project site could not be created\. Cloudflare refused to create project "site": You have reached the maximum number of projects \(code 8000012\)\.\n.* room for another project\. Nothing was uploaded\.$/,
    )
    expect(cf.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it.each([
    ['and its answer was lost', 'applied-stall', 'Project site was created, and is empty.'],
    ['and nobody answers any more', 'stall', 'Project site may have been created.'],
  ])('that is cancelled when it was asked for %s says so', async (_when, what, left) => {
    const faults = new FaultSet([parseFault(`cloudflare:POST /projects:${what}`)])
    await using cf = await cloudflare({ projects: [], faults })
    await using site = await workspace()
    const result = await deploy(cf, site, {
      inputs,
      meanwhile: async (step) => {
        await step.prints('::group::Create project')
        while (!cf.requests.some(({ status }) => status === 0)) await sleep(20)
        if (what === 'stall') faults.add(parseFault('cloudflare:GET /projects/site:stall'))
        step.kill('SIGTERM')
      },
    })
    expect(errorOf(result)).toBe(`Cancelled during Create project (SIGTERM). Nothing was uploaded. ${left}`)
    expect(result.summary).toContain('| **Dashboard** |')
  })

  it('is not made where no wrangler could deploy to it', async () => {
    await using cf = await cloudflare({ projects: [] })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { ...inputs, 'wrangler-version': 'project' } })
    expect(errorOf(result)).toMatch(/^wrangler-version is "project", but no wrangler is installed/)
    expect(cf.projects).toEqual([])
  })

  it.each([
    [
      'project-name',
      'a'.repeat(59),
      /^No Pages project can be created with the name "a{59}"\.\nGive it a name of 1 to 58/,
    ],
    ['project-name', 'site-', /^No Pages project can be created with the name "site-"\./],
    ['production-branch', 'my branch', /^Input production-branch is "my branch", which is no name of a branch\./],
    ['production-branch', 'a..b', /^Input production-branch is "a\.\.b"/],
    ['production-branch', '-main', /^Input production-branch is "-main"/],
  ])('is not made with an impossible %s: %s', async (name, value, message) => {
    await using cf = await cloudflare({ projects: [] })
    await using site = await workspace()
    expect(errorOf(await deploy(cf, site, { inputs: { ...inputs, 'dry-run': 'true', [name]: value } }))).toMatch(
      message,
    )
  })

  it('says what to do where the token may not create one', async () => {
    await using cf = await cloudflare({ projects: [] })
    await using site = await workspace()
    await using api = await interfere(cf, (method, path) =>
      method === 'POST' && path.endsWith('/projects') ? 403 : 'pass',
    )
    const result = await deploy(api, site, { inputs })
    expect(errorOf(result)).toMatch(/^Project site could not be created\. .*\n.*Nothing was uploaded\.$/)
  })
})

describe.concurrent('require-variables', () => {
  const projects = [
    { name: 'site', productionBranch: 'main', variables: { production: ['API_URL', 'DB'], preview: ['API_URL'] } },
  ]
  const inputs = { 'require-variables': 'API_URL\nDB\nSESSION_KEY' }

  it.each([
    ['main', 'Project site lacks the variable SESSION_KEY in production.\nAdd it '],
    ['develop', 'Project site lacks the variables DB, SESSION_KEY in preview.\nAdd them '],
  ])('names on branch %s what is missing, all of it at once', async (branch, text) => {
    await using cf = await cloudflare({ projects })
    await using site = await workspace()
    const result = await deploy(cf, site, { context: push({ branch }), inputs })
    expect(errorOf(result)).toContain(text)
    expect(writes(cf)).toEqual([])
  })

  it('lets pass what is there', async () => {
    await using cf = await cloudflare({ projects })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { 'require-variables': 'DB', 'dry-run': 'true' } })
    expect([errorOf(result), warningsOf(result)]).toEqual(['', []])
  })
})

describe('wrangler-version: project', () => {
  const inputs = { 'wrangler-version': 'project' }

  it('deploys with the wrangler of the project, from a folder above too', async () => {
    await using cf = await cloudflare()
    await using site = await workspace({ 'app/dist/index.html': '<!doctype html>', 'app/dist/a.txt': 'hello' })
    const { bin } = await installWrangler()
    const store = join(site.path, 'node_modules/.pnpm/node_modules')
    await cp(dirname(dirname(dirname(bin))), store, { recursive: true })
    await symlink(join(store, 'wrangler'), join(site.path, 'node_modules/wrangler')) // as pnpm lays it out
    const result = await deploy(cf, site, {
      inputs: { ...inputs, 'working-directory': 'app' },
      env: { RUNNER_TOOL_CACHE: '/nowhere' },
    })
    expect(errorOf(result)).toBe('')
    expect(result.outputs['wrangler-version']).toBe(PINNED)
    expect(result.stdout).toContain(`wrangler ${PINNED} is the project's own.`)
  })

  it('says what to do where there is none', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs })
    expect(errorOf(result)).toMatch(
      /^wrangler-version is "project", but no wrangler is installed .*\nInstall the dependencies .* Nothing was uploaded\.$/,
    )
    expect(writes(cf)).toEqual([])
    const plan = await deploy(cf, site, { inputs: { ...inputs, 'dry-run': 'true' } })
    expect(errorOf(plan)).toBe(errorOf(result))
  })

  it('never deploys what comes from a fork with the wrangler that the fork has chosen', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const context = pullRequest({ branch: 'main', from: 'mallory/site' })
    const result = await deploy(cf, site, { inputs, context })
    expect(errorOf(result)).toMatch(
      /^What comes from a fork would be deployed with the wrangler that its own checkout has/,
    )
    expect(writes(cf)).toEqual([])
  })

  it.each([
    ['too old', '{ "version": "4.43.1" }', /The project's wrangler is 4\.43\.1, which does not record why/],
    ['broken', '{ "name": "wrangler" }', /The wrangler in \S+ is not whole\./],
  ])('refuses one that is %s', async (_name, manifest, message) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-project-'))
    try {
      const place = join(folder, 'node_modules/wrangler')
      await mkdir(join(place, 'bin'), { recursive: true })
      await writeFile(join(place, 'package.json'), manifest)
      await writeFile(join(place, 'bin/wrangler.js'), '')
      await expect(findProjectWrangler(folder, {})).rejects.toThrow(message)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
