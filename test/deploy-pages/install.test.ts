/** wrangler in the runner's tool cache: once, whole, and under whatever configuration of npm a job may have. */
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findGlobalConfig, findNpm, npmEnvironment } from '../../actions/deploy-pages/npm.ts'
import { installWrangler } from '../../actions/deploy-pages/wrangler-install.ts'
import { run } from '../../src/process.ts'
import { NETWORK, PINNED, SHIPPED_WRANGLER as shippedWrangler } from './setup.ts'

async function runner(more: Readonly<Record<string, string | undefined>> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'slipway-runner-'))
  const tools = join(root, 'tools')
  await mkdir(join(root, 'home'))
  const npmCache = process.env['npm_config_cache'] ?? join(process.env['HOME'] ?? root, '.npm')
  const env = {
    PATH: process.env['PATH'],
    HOME: join(root, 'home'),
    RUNNER_TEMP: root,
    RUNNER_TOOL_CACHE: tools,
    npm_config_cache: npmCache,
    ...NETWORK,
    ...more,
  }
  return {
    root,
    tools: join(tools, 'slipway-wrangler'),
    env,
    install: (version?: string) =>
      installWrangler(version, { run, env, signal: new AbortController().signal, shippedWrangler }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

function versionOf({ script, compileCache }: { readonly script: string; readonly compileCache: string }): string {
  const env = { PATH: process.env['PATH'], HOME: dirname(script), NODE_COMPILE_CACHE: compileCache }
  return execFileSync(process.execPath, [script, '--version'], { env, encoding: 'utf8' }).trim()
}

describe('the shipped package', () => {
  it('pins every file by its hash and names no registry', async () => {
    const text = await readFile(join(shippedWrangler, 'package-lock.json'), 'utf8')
    const packages: Record<string, { integrity?: string; resolved?: string }> = JSON.parse(text).packages
    const entries = Object.entries(packages).filter(([name]) => name !== '')
    expect(entries.length).toBeGreaterThan(20)
    for (const [, { integrity }] of entries) expect(integrity).toMatch(/^sha512-/)
    const resolved = entries.flatMap(([, one]) => (one.resolved === undefined ? [] : [one.resolved]))
    expect(resolved.sort()).toEqual(['file:sharp-stub.tgz', 'file:workerd-stub.tgz'])
  })

  it('replaces workerd and sharp by packages with nothing in them', () => {
    for (const name of ['workerd', 'sharp']) {
      const tgz = join(shippedWrangler, `${name}-stub.tgz`)
      expect(execFileSync('tar', ['-tzf', tgz], { encoding: 'utf8' }).trim().split('\n').sort()).toEqual([
        'package/index.js',
        'package/package.json',
      ])
      const code = execFileSync('tar', ['-xzOf', tgz, 'package/index.js'], { encoding: 'utf8' })
      expect(code).toBe('module.exports = {}\n')
    }
  })
})

describe('an installation', () => {
  it('is made once, in the tool cache, and used again', async () => {
    await using job = await runner()
    const first = await job.install()
    expect(first).toMatchObject({ version: PINNED, installedIn: expect.any(Number) })
    expect(first.script.startsWith(job.tools)).toBe(true)
    expect(versionOf(first)).toBe(PINNED)
    expect(await job.install()).toEqual({ ...first, installedIn: undefined })
    expect(await leftovers(job.tools)).toEqual([])
  })

  it('works under NODE_ENV=production, odd npm settings and the .npmrc of setup-node', async () => {
    await using job = await runner({
      NODE_ENV: 'production',
      NODE_OPTIONS: '--require=/nowhere.js',
      npm_config_omit: 'optional',
      npm_config_global: 'true',
      npm_config_prefix: '/nowhere',
      npm_config_dry_run: 'true',
      npm_config_package_lock: 'false',
      NODE_AUTH_TOKEN: undefined,
    })
    const npmrc = join(job.root, 'npmrc')
    const lines = [
      '@octo-org:registry=http://127.0.0.1:9/',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: npm itself replaces it
      '//127.0.0.1:9/:_authToken=${NODE_AUTH_TOKEN}',
      'always-auth=false',
      'omit[]=optional',
      'omit[]=dev',
      'save-exact=true',
    ]
    await writeFile(npmrc, lines.join('\n'))
    Object.assign(job.env, { NPM_CONFIG_USERCONFIG: npmrc })
    expect(versionOf(await job.install())).toBe(PINNED)
  })

  it('is not taken for complete after a crash', async () => {
    await using job = await runner()
    const { script } = await job.install()
    const place = resolve(script, '../../../..')
    await rm(join(place, '.complete'))
    await rm(join(place, 'node_modules', 'esbuild'), { recursive: true })
    const again = await job.install()
    expect(again).toMatchObject({ script, installedIn: expect.any(Number) })
    expect(await readdir(join(place, 'node_modules'))).toContain('esbuild')
    expect(await leftovers(job.tools)).toEqual([])
  })

  it('is shared by jobs that make it at the same time', async () => {
    await using job = await runner()
    const all = await Promise.all([job.install(), job.install(), job.install()])
    expect(new Set(all.map(({ script }) => script)).size).toBe(1)
    expect(versionOf(all[0])).toBe(PINNED)
    expect(await leftovers(job.tools)).toEqual([])
  })

  it('goes to RUNNER_TEMP when there is no tool cache to write to', async () => {
    await using job = await runner({ RUNNER_TOOL_CACHE: '/dev/null/tools' })
    expect((await job.install()).script.startsWith(job.root)).toBe(true)
  })

  it('is made of exactly the version that is asked for', async () => {
    await using job = await runner()
    const wrangler = await job.install('4.160.0')
    expect(wrangler.version).toBe('4.160.0')
    expect(versionOf(wrangler)).toBe('4.160.0')
  })
})

describe('an installation that fails', () => {
  it('says so with the words of npm when there is no such version', async () => {
    await using job = await runner()
    await expect(job.install('4.99999.0')).rejects.toMatchObject({
      name: 'ActionError',
      message: expect.stringMatching(
        /^wrangler 4\.99999\.0 could not be installed: npm ended with exit code 1\.\n {2}code ETARGET\n {2}notarget No matching version found for wrangler@4\.99999\.0\./,
      ),
      hint: expect.stringMatching(/^Check wrangler-version.* Nothing was uploaded\.$/),
    })
    expect(await leftovers(job.tools)).toEqual([])
  })

  it('says so when the registry cannot be reached', async () => {
    await using job = await runner({ npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' })
    Object.assign(job.env, { npm_config_cache: join(job.root, 'npm-cache') })
    await expect(job.install()).rejects.toMatchObject({
      message: expect.stringMatching(/reason: connect ECONNREFUSED 127\.0\.0\.1:9$/), // and no stack
      hint: expect.stringMatching(/^Check that this runner reaches the registry/),
    })
  })
})

describe('npm', () => {
  const CLI = 'node_modules/npm/bin/npm-cli.js'

  it('is the one beside the Node that runs the action, when there is one, even with none on PATH', async () => {
    await using job = await runner({ PATH: '/nowhere' })
    const node = join(job.root, 'node24/bin/node')
    const script = join(job.root, 'node24/lib', CLI)
    for (const file of [node, script]) await mkdir(dirname(file), { recursive: true })
    await writeFile(script, '')
    expect(await findNpm(job.env, node)).toEqual({ file: node, args: [join(dirname(node), '../lib', CLI)] })
  })

  it('is found on PATH behind its link, and run by the Node of the action', async () => {
    await using job = await runner()
    const script = join(job.root, 'lib', CLI)
    const bin = join(job.root, 'bin')
    await mkdir(dirname(script), { recursive: true })
    await mkdir(bin)
    await writeFile(script, '')
    await symlink(script, join(bin, 'npm'))
    const npm = await findNpm({ PATH: bin }, '/opt/node24/bin/node')
    expect(npm).toEqual({ file: '/opt/node24/bin/node', args: [await realpath(script)] })
  })

  it('may be the launcher of a version manager', async () => {
    await using job = await runner()
    await writeFile(join(job.root, 'npm'), '#!/bin/sh\n')
    await chmod(join(job.root, 'npm'), 0o755)
    expect(await findNpm({ PATH: job.root }, '/opt/node24/bin/node')).toEqual({ file: join(job.root, 'npm'), args: [] })
  })

  it('is never one that was pushed: not in the workspace, and not in a folder that is relative to it', async () => {
    await using job = await runner()
    const bin = join(job.root, 'workspace/node_modules/.bin')
    await mkdir(join(job.root, 'workspace/node_modules/etc'), { recursive: true })
    await mkdir(bin)
    await writeFile(join(bin, 'npm'), '#!/bin/sh\n')
    await chmod(join(bin, 'npm'), 0o755)
    await writeFile(join(job.root, 'workspace/node_modules/etc/npmrc'), 'registry=http://127.0.0.1:9/')
    await symlink(bin, join(job.root, 'elsewhere'))
    const env = { GITHUB_WORKSPACE: join(job.root, 'workspace') }
    for (const folder of [bin, join(job.root, 'elsewhere'), 'node_modules/.bin', '.']) {
      const PATH = `${folder}:/nowhere`
      await expect(findNpm({ ...env, PATH }, '/opt/node24/bin/node')).rejects.toThrow(/^npm was found neither/)
      expect(await findGlobalConfig({ ...env, PATH })).toBeUndefined()
      expect(await npmEnvironment({ ...env, PATH })).toMatchObject({ PATH: '/nowhere' })
    }
    expect((await findNpm({ PATH: bin }, '/opt/node24/bin/node')).file).toBe(join(bin, 'npm')) // no workspace at all
  })

  it('is asked for when there is none', async () => {
    await expect(findNpm({ PATH: '/nowhere' }, '/opt/node24/bin/node')).rejects.toThrow(/^npm was found neither/)
  })
})

/** Whatever is neither a version nor its installation. */
async function leftovers(cache: string): Promise<readonly string[]> {
  const entries = await readdir(cache).catch(() => [])
  return entries.filter((name) => !/^\d+\.\d+\.\d+-[0-9a-f]{12}$/.test(name))
}
