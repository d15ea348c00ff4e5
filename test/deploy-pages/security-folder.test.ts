/** What a pushed folder, configuration or name could do to the runner, and does not. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rememberWranglerFolder } from '../../actions/deploy-pages/checkout.ts'
import { readSite } from '../../actions/deploy-pages/site.ts'
import { pullRequest, push, workflowRun } from '../support/context.ts'
import { cloudflare, deploy, errorOf, SITE, workspace, writes } from './setup.ts'

const dryRun = { 'dry-run': 'true' }

describe.concurrent('a fork', () => {
  it.each([
    ['functions/', { 'functions/api.js': 'export const onRequest = () => new Response("hi")' }],
    ['_worker.js', { 'dist/_worker.js': 'export default {}' }],
    ['_worker.js', { 'dist/_worker.js/index.js': 'export default {}' }],
  ])('cannot have its %s compiled beside the token', async (name, files) => {
    for (const context of [pullRequest({ from: 'mallory/site' }), workflowRun({ from: 'mallory/site' })]) {
      await using cf = await cloudflare()
      await using site = await workspace({ ...SITE, ...files })
      const result = await deploy(cf, site, { context })
      expect(errorOf(result)).toContain(
        `What comes from a fork brings code that would be compiled beside the API token: ${name}.`,
      )
      expect(errorOf(result)).toContain('remove')
      expect(writes(cf)).toEqual([])
    }
  })

  it('may have static files, and the repository itself Functions', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const fork = await deploy(cf, site, { context: pullRequest({ from: 'mallory/site' }), inputs: dryRun })
    expect(errorOf(fork)).toBe('')
    await site.write({ 'functions/api.js': 'export const onRequest = () => new Response("hi")' })
    expect(errorOf(await deploy(cf, site, { context: pullRequest(), inputs: dryRun }))).toBe('')
  })
})

describe.concurrent('a link', () => {
  it.each(['_headers', '_redirects', '_routes.json', '_worker.js'])(
    'is found where %s should be, and what it points to is not even read',
    async (name) => {
      await using cf = await cloudflare()
      await using site = await workspace()
      await symlink('/dev/zero', join(site.path, 'dist', name)) // reading it would never end
      const result = await deploy(cf, site, { inputs: dryRun })
      expect(errorOf(result)).toMatch(new RegExp(`^"${name}" is a link that leaves the \\w+, to /dev/zero`))
    },
  )

  it.each(['functions/api/env.txt', 'dist/_worker.js/env.txt'])('is found at %s', async (path) => {
    await using cf = await cloudflare()
    await using site = await workspace({ ...SITE, [`${path}/../index.js`]: 'export default {}' })
    await symlink('/etc/hostname', join(site.path, path))
    const result = await deploy(cf, site, { inputs: dryRun })
    const name = path.replace('dist/', '')
    expect(errorOf(result)).toMatch(new RegExp(`^"${name}" is a link that leaves the workspace, to /etc/hostname`))
  })

  it('is found behind another that stays in the workspace', async () => {
    await using cf = await cloudflare()
    await using site = await workspace({ ...SITE, 'functions/index.js': '', 'lib/a.js': '' })
    await symlink('../lib', join(site.path, 'functions/lib'))
    expect(errorOf(await deploy(cf, site, { inputs: dryRun }))).toBe('')
    await symlink('/etc/hostname', join(site.path, 'lib/env.txt'))
    expect(errorOf(await deploy(cf, site, { inputs: dryRun }))).toMatch(/^"functions\/lib\/env\.txt" is a link that/)
  })

  it('into .git is found, for it may hold a token', async () => {
    await using cf = await cloudflare()
    await using site = await workspace({ ...SITE, '.git/config': 'extraheader = x' })
    await symlink('.git/config', join(site.path, 'config.txt'))
    const result = await deploy(cf, site, { inputs: { ...dryRun, directory: '.' } })
    expect(errorOf(result)).toMatch(/^"config\.txt" is a link into \.git, /)
  })

  it('is found where the folder itself should be', async () => {
    await using outside = await workspace({ 'site/index.html': '<p>' })
    await using cf = await cloudflare()
    await using site = await workspace({ 'readme.md': '' })
    await symlink(join(outside.path, 'site'), join(site.path, 'dist'))
    const message = /^The folder to deploy, \S+\/dist, leads out of the workspace, to \S+\/site\./
    expect(errorOf(await deploy(cf, site, { inputs: dryRun }))).toMatch(message)
    const own = await deploy(cf, site, { inputs: { ...dryRun, directory: join(outside.path, 'site') } })
    expect(errorOf(own)).toBe('') // named by the workflow itself
  })

  it('is no trouble for the folder when it stays in the workspace', async () => {
    await using cf = await cloudflare()
    await using site = await workspace({ 'apps/web/out/index.html': '<p>' })
    await symlink('apps/web/out', join(site.path, 'dist'))
    expect(errorOf(await deploy(cf, site, { inputs: dryRun }))).toBe('')
  })
})

describe.concurrent('a wrangler configuration', () => {
  it.each(['../../outside', '/etc', '.git'])('cannot have %s published', async (output) => {
    await using cf = await cloudflare()
    await using site = await workspace({
      'wrangler.toml': `name = "site"\npages_build_output_dir = "${output}"`,
      '.git/config': 'extraheader = x',
    })
    const result = await deploy(cf, site, { inputs: { ...dryRun, directory: undefined } })
    expect(errorOf(result)).toMatch(/^The folder to deploy, \S+, (lies outside|leads out) of|^The folder .* \.git/)
    expect(errorOf(result)).toContain('pages_build_output_dir')
  })
})

describe.concurrent('a control character', () => {
  it.each([
    ['a line break', 'a\nb.txt', 'a\\u000ab.txt'],
    ['a next line', 'a\u0085::error::b.txt', 'a\\u0085::error::b.txt'],
    ['a line separator', 'a\u2028b.txt', 'a\\u2028b.txt'],
  ])('in the name of a file (%s) is refused and shown escaped', async (_what, file, shown) => {
    await using cf = await cloudflare()
    await using site = await workspace({ ...SITE, [`dist/${file}`]: 'x' })
    const result = await deploy(cf, site, { inputs: dryRun })
    expect(errorOf(result)).toContain(`The name "${shown}" holds a control character.`)
  })

  it('in a branch or a configured folder is refused', async () => {
    await using cf = await cloudflare()
    await using site = await workspace({
      ...SITE,
      'wrangler.toml': 'name = "site"\npages_build_output_dir = "di\\u0085st"',
    })
    const context = push({ branch: 'a\u0085b' })
    const result = await deploy(cf, site, { context, inputs: { ...dryRun, directory: undefined } })
    expect(errorOf(result)).toContain('The name of the branch, "a\\u0085b", holds a control character.')
    expect(errorOf(result)).toMatch(/The name of the folder to deploy, "\S+\/di\\u0085st", holds a control character\./)
  })
})

describe('a folder that would never end', () => {
  it('of links to links is given up, in time', async () => {
    await using site = await workspace({})
    for (let level = 0; level < 30; level += 1) {
      const folder = join(site.path, 'dist', `${level}`)
      await mkdir(folder, { recursive: true })
      for (const name of ['a', 'b']) await symlink(`../${level + 1}`, join(folder, name))
    }
    await mkdir(join(site.path, 'dist/30'))
    const { problems } = await readSite(join(site.path, 'dist'))
    expect(problems).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^The folder to deploy has over 200000 entries or 10000 links/),
      }),
    ])
  })

  it('is left as soon as the step is cancelled', async () => {
    await using site = await workspace()
    const signal = AbortSignal.abort(new Error('cancelled'))
    await expect(readSite(join(site.path, 'dist'), { signal })).rejects.toThrow('cancelled')
  })

  it('for want of a writer is not waited for', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    execFileSync('mkfifo', [join(site.path, 'dist/_headers')])
    expect(errorOf(await deploy(cf, site, { inputs: dryRun }))).toMatch(/^"_headers" is no file\./)
  })
})

describe('the clean-up after wrangler', () => {
  it.each(['.wrangler', '.wrangler/tmp'])('never follows a link at %s', async (path) => {
    await using site = await workspace({ 'package.json': '{}', '.keep/x': '' })
    const foreign = await mkdtemp(join(tmpdir(), 'slipway-foreign-'))
    try {
      await mkdir(join(foreign, 'tmp'))
      if (path.includes('/')) await mkdir(join(site.path, '.wrangler'))
      await symlink(foreign, join(site.path, path))
      const restore = await rememberWranglerFolder(site.path)
      await writeFile(join(foreign, 'new.txt'), 'mine')
      await writeFile(join(foreign, 'tmp/new.txt'), 'mine')
      await restore()
      expect(await readdir(foreign)).toEqual(['new.txt', 'tmp'])
      expect(await readdir(join(foreign, 'tmp'))).toEqual(['new.txt'])
    } finally {
      await rm(foreign, { recursive: true, force: true })
    }
  })

  it('leaves a link alone that came while wrangler ran', async () => {
    await using site = await workspace({ 'package.json': '{}', '.wrangler/tmp/before': '' })
    await using foreign = await workspace({ 'kept.txt': '' })
    const restore = await rememberWranglerFolder(site.path)
    await rm(join(site.path, '.wrangler'), { recursive: true })
    await symlink(foreign.path, join(site.path, '.wrangler'))
    await mkdir(join(foreign.path, 'tmp'))
    await writeFile(join(foreign.path, 'tmp/kept.txt'), '')
    await restore()
    expect(await readdir(join(foreign.path, 'tmp'))).toEqual(['kept.txt'])
  })
})
