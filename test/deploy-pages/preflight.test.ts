/** What is refused before anything is uploaded; all of it in one error. */
import { execFileSync } from 'node:child_process'
import { mkdir, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { push, tagPush } from '../support/context.ts'
import { cloudflare, deploy, errorOf, interfere, SITE, type Workspace, workspace, writes } from './setup.ts'

const NEXT = { 'app/.next/BUILD_ID': 'x', 'app/.next/server/pages.json': '{}', 'app/.next/static/a.js': '' }

const REFUSED: readonly (readonly [name: string, inputs: Readonly<Record<string, string>>, message: RegExp])[] = [
  [
    'a refused token',
    { 'api-token': 'someone-elses' },
    /^Cloudflare refused the API token \(code 10000\)\.\nCheck in the Cloudflare dashboard that the token is still active, has "Account > Cloudflare Pages > Edit"/,
  ],
  [
    'a token that is none',
    { 'api-token': '"quoted"' },
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
    /^There is no Pages project "sight" in account 0123\w+ \(code 8000007\)\.\nCorrect .*\n {2}npx wrangler pages project create sight --production-branch main$/,
  ],
  [
    'an address instead of a project',
    { 'project-name': 'my-site.pages.dev' },
    /^"my-site\.pages\.dev" is no name of a Pages project\.\nproject-name is the name without \.pages\.dev: my-site\. /,
  ],
  [
    'a project name that Pages cannot have',
    { 'project-name': 'My Site; rm' },
    /^"My Site; rm" is no name of a Pages project\.\nSet project-name to the name in the dashboard: .* uploaded\.$/,
  ],
  [
    'a working directory that is not there',
    { 'working-directory': 'apps/web' },
    /^The working directory does not exist: \S+\/apps\/web\.\nCorrect the input working-directory; .* uploaded\.$/,
  ],
  [
    'a missing folder',
    { directory: 'build' },
    /^The folder to deploy does not exist: \S+\/build\.\nCheck that the build ran/,
  ],
  ['a file instead of a folder', { directory: 'dist/logo.svg' }, /^What is to be deployed is not a folder: /],
  ['an empty folder', { directory: 'empty' }, /^The folder to deploy holds no file: /],
  [
    'the raw build of Next.js',
    { directory: 'app/.next' },
    /raw build of Next\.js.*\nSet output: 'export' in next\.config and pass out\. .* Cloudflare Workers;/,
  ],
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
    expect(result.summary).toMatch(/^### Cloudflare Pages: nothing was uploaded\n/)
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
      '"video.mp4" is 25.0 MiB (26214401 bytes); Pages takes files up to 25 MiB (26214400 bytes).',
      `"stolen.txt" is a link that leaves the folder, to ${join(site.path, 'secret.txt')}`,
      '"gone.txt" is a link to something that does not exist.',
      '"loop" is a link to a folder that contains it.',
      '"pipe" is neither a file nor a folder.',
      '_headers has 101 rules; Pages takes 100',
      '_routes.json: version is missing; include is missing; exclude is missing.',
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
      /^Inputs project-name and directory are empty, and wrangler\.toml is a Worker's: it has no pages_build_output_dir\.\nSet project-name and directory, or put name and pages_build_output_dir into a wrangler\.toml in working-directory\. Nothing was uploaded\.$/,
    )
    await using bare = await workspace()
    const noProject = { 'dry-run': 'true', 'project-name': undefined }
    expect(errorOf(await deploy(cf, bare, { inputs: noProject }))).toMatch(
      /^Input project-name is empty, and there is no wrangler configuration in \S+\.\nSet project-name, or put/,
    )
  })

  it.each([
    ['api-token', 'half\nof another'],
    ['api-token', '“quoted”'],
    ['access-client-secret', 'with a space'],
  ])('refuses a secret in %s that cannot be a token: %j', async (input, value) => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const result = await deploy(cf, site, {
      inputs: { 'access-client-id': 'a', 'access-client-secret': 'b', [input]: value },
    })
    expect(errorOf(result)).toBe(
      `Input ${input} holds a character that no token has (a line break, a space or a typographic quote).\n` +
        'Store the token alone in the secret, without quotes.',
    )
    expect(cf.requests).toEqual([])
  })

  it('refuses a commit-hash that is none', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { 'commit-hash': 'main' } })
    expect(errorOf(result)).toMatch(/^Input commit-hash is "main", which is not a commit\.\nGive 7 to 64 hexadecimal/)
  })

  it('says once that the API is not available, in whole sentences', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using down = await interfere(cf, () => 503)
    const result = await deploy(down, site, { inputs: { 'dry-run': 'true' } })
    expect(errorOf(result)).toMatch(/^The Cloudflare API is not available: HTTP 503\.\nTry again later;/)
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
