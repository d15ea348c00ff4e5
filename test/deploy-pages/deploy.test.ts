/** The whole way, with the real wrangler: what is deployed is what is served, and the outputs say where. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { pullRequest, push, SHA, workflowRun } from '../support/context.ts'
import {
  ACCOUNT,
  cloudflare,
  contents,
  deploy,
  errorOf,
  PINNED,
  TOKEN,
  warningsOf,
  workspace,
  writes,
} from './setup.ts'

const WORKER = 'import { Buffer } from "node:buffer"\nexport default { fetch: () => new Response(Buffer.from("hi")) }\n'

describe.concurrent('a deployment', () => {
  it('deploys to production, proves it and says so', async () => {
    await using cf = await cloudflare({ projects: [{ name: 'site', productionBranch: 'main', customDomains: 1 }] })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { 'expect-environment': 'production' } })

    expect(errorOf(result)).toBe('')
    expect(warningsOf(result)).toEqual([])
    const [project] = cf.projects
    const deployment = project?.canonical_deployment
    const [subdomain, custom] = project?.domains ?? []
    expect(deployment?.deployment_trigger.metadata).toMatchObject({
      branch: 'main',
      commit_hash: SHA,
      commit_message: expect.stringMatching(/^Say hello\r\n\r\nSlipway-Upload: 4242-[0-9a-f]{32}$/),
      commit_dirty: false,
    })
    expect(result.outputs).toEqual({
      'pages-deployment-id': deployment?.id,
      'deployment-url': deployment?.url,
      'project-url': `http://${subdomain}`,
      'pages-environment': 'production',
      attempts: '1',
      'wrangler-version': PINNED,
    })
    expect(result.env).toEqual({ SLIPWAY_DEPLOYMENT_URL: deployment?.url })
    for (const proof of [
      `stage deploy of ${deployment?.id} succeeded, in production`,
      'it is the canonical deployment of site',
      `${deployment?.url}/assets/app-Bx31kQ9z.js serves assets/app-Bx31kQ9z.js byte for byte`,
      `${subdomain} serves the same file`,
      `${custom} serves the same file`,
    ]) {
      expect(result.stdout).toContain(`Proven: ${proof}.`)
    }
    expect(result.summary).toMatch(/^### Cloudflare Pages: site is live in production\n/)
    expect(result.summary).toContain(`| **Site** | [http://${subdomain}](http://${subdomain}/)<br>[http://${custom}](`)
    expect(result.summary).toContain('| **Files** | 4 (132 B) |')
    expect(result.stdout.trimEnd().split('\n').at(-1)).toBe(`site is live in production: ${deployment?.url}`)
  })

  it('keeps the token out of everything that it writes', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    for (const token of [TOKEN, 'a-wrong-token_8Yt']) {
      const result = await deploy(cf, site, { inputs: { 'api-token': token } })
      const { masks, ...written } = result
      expect(masks).toContain(token)
      expect(masks).toContain(Buffer.from(token).toString('hex'))
      expect(JSON.stringify(written)).not.toContain(token)
    }
  })

  it('deploys another branch as a preview and names the production deployment before', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const before = await deploy(cf, site)
    await site.write({ 'dist/index.html': '<!doctype html><title>Next</title>' })
    const result = await deploy(cf, site, { context: push({ branch: 'develop' }) })

    expect(errorOf(result)).toBe('')
    expect(result.outputs).toMatchObject({
      'pages-environment': 'preview',
      'previous-pages-deployment-id': before.outputs['pages-deployment-id'],
    })
    const alias = await fetch(result.outputs['alias-url'] ?? '')
    expect(await alias.text()).toContain('Next')
    const project = await fetch(result.outputs['project-url'] ?? '')
    expect(await project.text()).toContain('Hello')
  })

  it.each([
    ['pull_request', pullRequest({ branch: 'main', from: 'mallory/site' })],
    ['workflow_run', workflowRun({ branch: 'main', from: 'mallory/site' })],
  ])('keeps a fork whose branch is called main out of production, under %s', async (_event, context) => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const result = await deploy(cf, site, { context, inputs: { branch: 'main' } })

    expect(errorOf(result)).toBe('')
    expect(result.outputs).toMatchObject({ 'pages-environment': 'preview' })
    expect(cf.projects[0]?.canonical_deployment).toBeNull()
    expect(cf.projects[0]?.deployments[0]?.deployment_trigger.metadata).toMatchObject({
      branch: 'fork-mallory-main',
      commit_hash: SHA,
    })
  })

  it('hands a hostile branch and message to wrangler as nothing but text', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const message = '--branch=main\n::error::gotcha\n$(touch owned) `touch owned` "; touch owned'
    const branch = '--project-name=other;$(touch owned)'
    const result = await deploy(cf, site, { context: push({ branch, message }) })

    expect(errorOf(result)).toBe('')
    const { metadata } = cf.projects[0]?.deployments[0]?.deployment_trigger ?? {}
    expect(metadata?.branch).toBe(branch)
    const [told] = metadata?.commit_message?.replaceAll('\r\n', '\n').split('\n\nSlipway-Upload: ') ?? []
    expect(told).toBe(message) // a form field ends its lines with both
    expect(Object.keys(await contents(site.path)).join()).not.toContain('owned')
  })

  it('warns of lines that Pages will ignore, and deploys', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await site.write({ 'dist/_headers': '/*\n  X-Robots-Tag: noindex\n  nonsense\n', 'dist/_redirects': '/a /b 404\n' })
    const result = await deploy(cf, site, { inputs: { 'dry-run': 'true' } })
    expect(errorOf(result)).toBe('')
    expect(warningsOf(result)).toEqual([
      'Line 3 of _headers ("nonsense") is neither a path nor a "Name: value" header; Pages ignores it.',
      expect.stringMatching(/^Line 1 of _redirects \("\/a \/b 404"\) has no status of 200, .*ignores it\.$/),
    ])
  })

  it('leaves the checkout as it was, and deploys the functions in it', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await site.write({
      'package.json': '{ "name": "site", "private": true }',
      '.gitignore': 'dist/\n',
      '.env': `CLOUDFLARE_API_BASE_URL=http://127.0.0.1:9\nHTTPS_PROXY=http://127.0.0.1:9\n`,
      'functions/api/hello.js': 'export const onRequest = () => new Response("hello")\n',
    })
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: site.path, encoding: 'utf8' })
    git('init', '-q')
    git('add', '.')
    git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'Start')
    await site.write({ 'README.md': 'not committed' })
    const [status, files] = [git('status', '--porcelain', '--ignored'), await contents(site.path)]

    const result = await deploy(cf, site)
    expect(errorOf(result)).toBe('')
    expect(result.stdout).not.toContain('uncommitted')
    expect(cf.projects[0]?.canonical_deployment?.uses_functions).toBe(true)
    expect(await contents(site.path)).toEqual(files)
    expect(git('status', '--porcelain', '--ignored')).toBe(status)
  })

  it.each([
    ['a file', { 'dist/_worker.js': WORKER }],
    ['a folder', { 'dist/_worker.js/index.js': WORKER, 'dist/_worker.js/more.js': 'export const more = 1' }],
  ])(
    'deploys a _worker.js that is %s and needs nodejs_compat, with project and folder from wrangler.toml',
    async (_kind, files) => {
      await using cf = await cloudflare()
      await using site = await workspace({
        'app/wrangler.toml':
          'name = "site"\npages_build_output_dir = "dist"\ncompatibility_date = "2026-01-01"\ncompatibility_flags = ["nodejs_compat"]\n',
        'app/dist/index.html': '<!doctype html>',
        ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`app/${name}`, text])),
      })
      const result = await deploy(cf, site, {
        inputs: { 'working-directory': 'app', 'project-name': undefined, directory: undefined },
      })
      expect(errorOf(result)).toBe('')
      expect(cf.projects[0]?.canonical_deployment?.uses_functions).toBe(true)
    },
  )

  it('stops after the preflight in a dry run', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { 'dry-run': 'true' }, context: push({ branch: 'develop' }) })

    expect(errorOf(result)).toBe('')
    expect(writes(cf)).toEqual([])
    expect(result.stdout).toContain('to preview of site, as branch develop')
    expect(result.summary).toMatch(/^### Cloudflare Pages: site would be deployed to preview\n/)
    expect(result.outputs).toEqual({
      'project-url': `http://${cf.projects[0]?.subdomain}`,
      'pages-environment': 'preview',
    })
    expect(result.env).toEqual({})
  })

  it('proves a site behind Cloudflare Access with a service token', async () => {
    const access = { clientId: 'c1.access', clientSecret: 's3cret-of-access' }
    await using cf = await cloudflare({ projects: [{ name: 'site', productionBranch: 'main', access }] })
    await using site = await workspace()

    const refused = await deploy(cf, site)
    expect(errorOf(refused)).toMatch(
      /^Deployment \S+ is deployed, but its bytes could not be compared: \S+ redirects to the login of Cloudflare Access\.\n.*access-client-id/,
    )

    const inputs = { 'access-client-id': access.clientId, 'access-client-secret': access.clientSecret }
    const result = await deploy(cf, site, { inputs })
    expect(errorOf(result)).toBe('')
    expect(result.stdout + result.summary).not.toContain(access.clientSecret)
  })

  it('uses CLOUDFLARE_API_BASE_URL for itself and for wrangler alike', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await deploy(cf, site)
    const project = `/accounts/${ACCOUNT}/pages/projects/site`
    expect(writes(cf)).toContain(`POST ${project}/deployments`)
    expect(cf.requests.filter(({ path }) => path === project).length).toBeGreaterThanOrEqual(3)
  })
})
