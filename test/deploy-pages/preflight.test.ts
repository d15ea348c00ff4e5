/** What is refused before anything is uploaded; all of it in one error. */
import { execFileSync } from 'node:child_process'
import { mkdir, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { push, tagPush } from '../support/context.ts'
import { cloudflare, deploy, errorOf, SITE, type Workspace, workspace, writes } from './setup.ts'

const NEXT = { 'app/.next/BUILD_ID': 'x', 'app/.next/server/pages.json': '{}', 'app/.next/static/a.js': '' }

const REFUSED: readonly (readonly [name: string, inputs: Readonly<Record<string, string>>, message: RegExp])[] = [
  [
    'a refused token',
    { 'api-token': 'someone-elses' },
    /^Cloudflare refused the API token \(code 10000\)\.\nGive the token "Account > Cloudflare Pages > Edit"/,
  ],
  [
    'a token that is none',
    { 'api-token': 'Bearer "quoted"' },
    /^Cloudflare did not recognise the API token \(code 6003\)\.\nCheck that the secret/,
  ],
  [
    'a wrong account',
    { 'account-id': 'my-account' },
    /^Cloudflare knows no account "my-account" \(code 7003\)\.\nSet account-id/,
  ],
  [
    'a project that does not exist',
    { 'project-name': 'sight' },
    /^There is no Pages project "sight" in account 0123\w+ \(code 8000007\)\.\n.*pages project create sight/,
  ],
  [
    'a missing folder',
    { directory: 'build' },
    /^The folder to deploy does not exist: \S+\/build\.\nCheck that the build ran/,
  ],
  ['a file instead of a folder', { directory: 'dist/logo.svg' }, /^What is to be deployed is not a folder: /],
  ['an empty folder', { directory: 'empty' }, /^The folder to deploy holds no file: /],
  ['the raw build of Next.js', { directory: 'app/.next' }, /raw build of Next\.js.*\n.*output: 'export'.* pass out;/],
  ['the source folder', { directory: 'app' }, /app is a source folder.*\nBuild the project and pass/],
  [
    'another environment than expected',
    { 'expect-environment': 'preview' },
    /^Branch "main" would be deployed to production, but preview is expected: the production branch of site is "main"\./,
  ],
]

describe.concurrent('a preflight', () => {
  it.each(REFUSED)('refuses %s', async (_name, inputs, message) => {
    await using cf = await cloudflare()
    await using site = await workspace({
      ...SITE,
      ...NEXT,
      'empty/node_modules/x.js': '',
      'app/package.json': '{}',
      'app/node_modules/x.js': '',
    })
    const result = await deploy(cf, site, { inputs: { 'dry-run': 'true', ...inputs } })
    expect(errorOf(result)).toMatch(message)
    expect(errorOf(result)).toContain('Nothing was uploaded.')
    expect(result.summary).toMatch(/^### Cloudflare Pages: nothing was deployed\n/)
    expect(result.stdout.replaceAll(/^::debug::.*/gm, '')).not.toContain('    at ') // no stack
  })

  it('tells every problem at once, and uploads nothing', async () => {
    await using cf = await cloudflare()
    await using site = await workspace({ ...SITE, 'secret.txt': 'not for the world', 'dist/_routes.json': '{}' })
    await spoil(site)
    const result = await deploy(cf, site, {
      context: push({ branch: 'develop' }),
      inputs: { 'expect-environment': 'production' },
    })
    const error = errorOf(result)
    expect(error).toMatch(/^8 things stand in the way of this deployment:\n1\. /)
    for (const problem of [
      '"video.mp4" is 26.2 MB (26214401 bytes); Pages takes files up to 25 MiB (26214400 bytes).',
      `"stolen.txt" is a link that leaves the folder, to ${join(site.path, 'secret.txt')}`,
      '"gone.txt" is a link to something that does not exist.',
      '"loop" is a link to a folder that contains it.',
      '"pipe" is neither a file nor a folder.',
      '_headers has 101 rules; Pages takes 100',
      '_routes.json is invalid',
      'Branch "develop" would be deployed to preview, but production is expected',
    ]) {
      expect(error).toContain(problem)
    }
    expect(writes(cf)).toEqual([])
    expect(result.exitCode).toBe(1)
  })

  it('needs a branch for a tag', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const context = tagPush()
    expect(errorOf(await deploy(cf, site, { context, inputs: { 'dry-run': 'true' } }))).toMatch(/^Nothing says which/)
    const given = await deploy(cf, site, { context, inputs: { 'dry-run': 'true', branch: 'main' } })
    expect(given.outputs).toMatchObject({ 'pages-environment': 'production' })
  })

  it('names both inputs and the file when nothing says what to deploy', async () => {
    await using cf = await cloudflare()
    await using site = await workspace({ 'wrangler.toml': 'name = "api"\nmain = "index.ts"' })
    const inputs = { 'dry-run': 'true', 'project-name': undefined, directory: undefined }
    expect(errorOf(await deploy(cf, site, { inputs }))).toMatch(
      /^2 things .*\n1\. Input project-name is empty and \S+wrangler\.toml has no Pages project in it\..*\n2\. Input directory is/,
    )
  })

  it('refuses half an Access token and an inexact wrangler-version', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const half = await deploy(cf, site, { inputs: { 'access-client-id': 'id' } })
    expect(errorOf(half)).toMatch(/^Input access-client-secret is empty, but the other half/)
    for (const version of ['4', '^4.164.0', 'latest', 'v4.164.0', '4.43.0', '3.114.0']) {
      const result = await deploy(cf, site, { inputs: { 'wrangler-version': version } })
      expect(errorOf(result)).toMatch(/^Input wrangler-version is /)
    }
    expect(cf.requests).toEqual([])
  })

  it('asks for the limit of the account when a folder is over the usual one', async () => {
    const files = Object.fromEntries(Array.from({ length: 20_001 }, (_, i) => [`dist/${i}.txt`, '']))
    await using site = await workspace(files)
    await using small = await cloudflare()
    await using large = await cloudflare({ maxFileCount: 100_000 })
    const inputs = { 'dry-run': 'true' }
    expect(errorOf(await deploy(small, site, { inputs }))).toMatch(/^The folder holds 20001 files; Pages takes 20000/)
    expect(errorOf(await deploy(large, site, { inputs }))).toBe('')
  })
})

async function spoil({ path, write }: Workspace): Promise<void> {
  const dist = (name: string) => join(path, 'dist', name)
  const rules = Array.from({ length: 101 }, (_, index) => `/${index}\n  X-A: b`)
  await write({ 'dist/_headers': rules.join('\n'), 'dist/video.mp4': '' })
  await truncate(dist('video.mp4'), 25 * 1024 * 1024 + 1)
  await symlink('../secret.txt', dist('stolen.txt'))
  await symlink('nowhere', dist('gone.txt'))
  await symlink('.', dist('loop'))
  await mkdir(dist('node_modules'))
  await symlink('/', dist('node_modules/skipped'))
  execFileSync('mkfifo', [dist('pipe')])
}
