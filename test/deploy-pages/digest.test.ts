/** Two deployments have the same digest exactly when they are made of the same. */
import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../actions/deploy-pages/digest.ts'
import { readSite } from '../../actions/deploy-pages/site.ts'
import { SITE, type Workspace, workspace } from './setup.ts'

interface Deployed {
  readonly project?: string
  readonly branch?: string
  readonly commitHash?: string
  readonly environment?: 'production' | 'preview'
  readonly variables?: Readonly<Record<string, unknown>>
}

const { signal } = new AbortController()

async function digest(checkout: Workspace, deployed: Deployed = {}): Promise<string> {
  const { project = 'site', branch = 'main', commitHash = 'a'.repeat(40), environment = 'production' } = deployed
  const { site } = await readSite(join(checkout.path, 'dist'))
  const variables = { env_vars: deployed.variables ?? {} }
  const configs = { production: variables, preview: { env_vars: { OTHER: { type: 'plain_text', value: '1' } } } }
  return digestOf(
    {
      project: { name: project, subdomain: '', domains: [], production_branch: 'main', deployment_configs: configs },
      environment,
      target: { branch, commitHash, commitMessage: undefined },
      site,
      configuration: join(checkout.path, 'wrangler.toml'),
    },
    checkout.path,
    signal,
  )
}

const CODE = { 'functions/api.js': 'export {}', 'build/server.js': 'export const a = 1' }

describe('the digest of a deployment', () => {
  it('is the same wherever and whenever the same is built', async () => {
    await using one = await workspace({ ...SITE, ...CODE })
    await using other = await workspace(Object.fromEntries(Object.entries({ ...SITE, ...CODE }).reverse()))
    expect(await digest(one)).toMatch(/^[0-9a-f]{32}$/)
    expect(await digest(other)).toBe(await digest(one))
  })

  it.each([
    ['a file of the site', { 'dist/about.html': '<p>' }],
    ['one more file', { 'dist/new.html': '<p>' }],
    ['a large file', { 'dist/big.bin': 'x'.repeat(2_000_000) }],
    ['_headers', { 'dist/_headers': '/*\n  X-Frame-Options: DENY\n' }],
    ['_redirects', { 'dist/_redirects': '/a /b 301\n' }],
    ['_routes.json', { 'dist/_routes.json': '{}' }],
    ['_worker.js', { 'dist/_worker.js': 'export default {}' }],
    ['a file in a folder _worker.js', { 'dist/_worker.js/index.js': 'export default {}' }],
    ['what a folder _worker.js brings along', { 'dist/_worker.js/node_modules/a.js': 'export {}' }],
    ['a Function', { 'functions/api.js': 'export const a = 1' }],
    ['what Functions may import from elsewhere', { 'build/server.js': 'export const a = 2' }],
    ['the wrangler configuration', { 'wrangler.toml': 'compatibility_date = "2026-01-01"' }],
  ])('is another for %s', async (_what, files) => {
    await using checkout = await workspace({ ...SITE, ...CODE })
    const before = await digest(checkout)
    await checkout.write(files)
    expect(await digest(checkout)).not.toBe(before)
  })

  it('is another without a file, and for one that has moved', async () => {
    await using checkout = await workspace()
    const before = await digest(checkout)
    await rm(join(checkout.path, 'dist/about.html'))
    const without = await digest(checkout)
    await checkout.write({ 'dist/more/about.html': SITE['dist/about.html'] })
    expect(new Set([before, without, await digest(checkout)]).size).toBe(3)
  })

  it.each<readonly [what: string, deployed: Deployed]>([
    ['project', { project: 'other' }],
    ['branch', { branch: 'develop' }],
    ['commit', { commitHash: 'b'.repeat(40) }],
    ['environment', { environment: 'preview' }],
    ['variable', { variables: { API: { type: 'plain_text', value: '1' } } }],
    ['secret', { variables: { API: { type: 'secret_text', value: '' } } }],
  ])('is another for another %s', async (_what, deployed) => {
    await using checkout = await workspace()
    expect(await digest(checkout, deployed)).not.toBe(await digest(checkout))
  })

  it('does not depend on the order in which Cloudflare lists variables', async () => {
    await using checkout = await workspace()
    const [a, b] = [
      { type: 'plain_text', value: '1' },
      { type: 'plain_text', value: '2' },
    ]
    expect(await digest(checkout, { variables: { A: a, B: b } })).toBe(
      await digest(checkout, { variables: { B: b, A: a } }),
    )
  })

  it('does not count dependencies, nor, for a site without code, what lies beside it', async () => {
    await using checkout = await workspace()
    const before = await digest(checkout)
    await checkout.write({ 'build.log': String(Date.now()), 'node_modules/a/index.js': '' })
    expect(await digest(checkout)).toBe(before)
    await checkout.write(CODE)
    const withCode = await digest(checkout)
    await checkout.write({ 'node_modules/a/index.js': 'changed', '.git/index': 'changed', '.wrangler/tmp/a': '' })
    expect(await digest(checkout)).toBe(withCode)
  })

  it('comes to an end with links that lead round in circles, or out of the checkout', async () => {
    await using checkout = await workspace({ ...SITE, ...CODE })
    await mkdir(join(checkout.path, 'lib'))
    await symlink('..', join(checkout.path, 'lib/up'))
    await symlink('/', join(checkout.path, 'lib/root'))
    await symlink('nowhere', join(checkout.path, 'lib/broken'))
    expect(await digest(checkout)).toMatch(/^[0-9a-f]{32}$/)
  })

  it('ends with the reason of its signal', async () => {
    await using checkout = await workspace()
    const { site } = await readSite(join(checkout.path, 'dist'))
    const project = { name: 'site', subdomain: '', domains: [], production_branch: 'main' }
    const target = { branch: 'main', commitHash: 'a', commitMessage: undefined }
    const reason = new Error('stop')
    const deployed = { project, environment: 'production', target, site, configuration: undefined } as const
    await expect(digestOf(deployed, checkout.path, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
