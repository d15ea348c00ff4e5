/** The bundle as a command: in a clone, copied by itself, and by the script that the README shows. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startHttp } from '../../support/tls.ts'
import { ENTRY as BUNDLE } from '../run/scenario.ts'
import { listenerOf, type Received, run, type Serve, startWorld } from './setup.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-command-'))
})
afterEach(() => rm(folder, { recursive: true }))

const QUICK = ['--interval', '50ms', '--deadline', '20s']
const ONCE = ['--interval', '2m', '--deadline', '1m', '--successes', '1']

const PAGE = {
  headers: {
    'content-type': 'text/html',
    'strict-transport-security': 'max-age=31536000',
    'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  },
  body: '<!doctype html><title>Home</title>',
}

describe('a pair of a back end and a front end', () => {
  const pair = async (share: (request: Received, frontend: string) => Readonly<Record<string, string>>) => {
    await using stack = new AsyncDisposableStack()
    const front = stack.use(await startWorld(({ path }) => (path === '/' ? PAGE : { ...PAGE, status: 404 })))
    const answer: Serve = (request) => ({
      status: request.path === '/healthz' ? (request.method === 'OPTIONS' ? 204 : 200) : 404,
      headers: { vary: 'Origin', ...share(request, front.tls.origin) },
    })
    const back = stack.use(await startHttp(listenerOf(answer)))
    const kept = stack.move()
    return {
      env: {
        BACKEND_URL: back.origin,
        FRONTEND_URL: front.tls.origin,
        NODE_EXTRA_CA_CERTS: front.env['NODE_EXTRA_CA_CERTS'] ?? '',
      },
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    }
  }

  it('is healthy by its two addresses alone', async () => {
    await using site = await pair(({ headers: { origin } }, frontend): Readonly<Record<string, string>> => {
      return origin === frontend ? { 'access-control-allow-origin': frontend } : {}
    })
    const { code, out, err } = await run([process.execPath, BUNDLE, ...QUICK], { env: site.env, cwd: folder })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const name of ['front page', 'security headers', 'backend health', 'CORS of the backend']) {
      expect(out).toMatch(new RegExp(`^passed +${name}`, 'm'))
    }
  })

  it.each([
    [
      'lets every origin in',
      ({ headers: { origin = '' } }: Received): Readonly<Record<string, string>> =>
        origin === '' ? {} : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' },
      /^failed +CORS of the backend .*foreign origin https:/m,
    ],
    ['keeps the front end out', () => ({}), /^failed +CORS of the backend .*that origin was to be allowed/m],
  ])('is not when the back end %s', async (_, share, row) => {
    await using site = await pair(share)
    const { code, out } = await run([process.execPath, BUNDLE, ...ONCE], { env: site.env, cwd: folder })
    expect(code).toBe(1)
    expect(out).toMatch(row)
    expect(out).toMatch(/^passed +backend health/m)
    expect(out).toMatch(/^passed +security headers/m)
  })
})

describe('--fail-on', () => {
  it.each([
    ['fail', 1],
    ['never', 0],
  ])('%s ends with %i where something is not healthy', async (failOn, wanted) => {
    await using site = await startHttp(listenerOf(() => ({ status: 500 })))
    const args = [...ONCE, '--fail-on', failOn, '--urls', `api=${site.origin}/`]
    const { code, out } = await run([process.execPath, BUNDLE, ...args], { cwd: folder })
    expect(code).toBe(wanted)
    expect(out).toMatch(/^failed +api .*500/m)
  })
})

describe('the bundle copied by itself', () => {
  it('checks by a file and writes reports', async () => {
    await copyFile(BUNDLE, join(folder, 'smoke-check.mjs'))
    await using site = await startHttp(
      listenerOf(() => ({ headers: { 'content-type': 'application/json' }, body: '{"ok":true}' })),
    )
    const file = `{ version: 1, checks: [{ name: api, url: "\${API}/", json: { $.ok: { equals: true } }, presets: [no-debug] }] }`
    await writeFile(join(folder, 'checks.yml'), file)
    const args = [
      ...QUICK,
      '--checks',
      'checks.yml',
      '--json',
      'report.json',
      '--junit',
      'junit.xml',
      '--metrics',
      'metrics.txt',
    ]
    const { code, err } = await run([process.execPath, 'smoke-check.mjs', ...args], {
      cwd: folder,
      env: { API: site.origin },
    })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))).toMatchObject({ healthy: true, passed: 1 })
    expect(await readFile(join(folder, 'metrics.txt'), 'utf8')).toMatch(/^probe_success\{.*\} 1$/m)
    expect(await readFile(join(folder, 'junit.xml'), 'utf8')).toContain('name="api"')
  })

  it('explains a mistake in a file as the action does', async () => {
    await copyFile(BUNDLE, join(folder, 'smoke-check.mjs'))
    await writeFile(join(folder, 'checks.yml'), 'version: 1\nchecks:\n  - nmae: api\n    url: https://example.com/\n')
    const { code, out, err } = await run([process.execPath, 'smoke-check.mjs', '--checks', 'checks.yml'], {
      cwd: folder,
    })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/checks\.yml:3:5.*"nmae"/)
  })
})

describe("the README's script", () => {
  const script = async (download: string) => {
    const readme = await readFile(new URL('../../../actions/smoke-check/README.md', import.meta.url), 'utf8')
    const text =
      readme
        .split('```sh\n')
        .find((block) => block.startsWith('#!/bin/sh'))
        ?.split('```')[0] ?? ''
    const address = /https:\/\/raw\.githubusercontent\.com\/\S+\/index\.js/
    expect(text).toMatch(address)
    await writeFile(join(folder, 'smoke.sh'), text.replace(address, download))
    const home = join(folder, 'home')
    await mkdir(home)
    return {
      run: (...args: readonly string[]) =>
        run(['sh', 'smoke.sh', ...args], { cwd: folder, env: { HOME: home, TMPDIR: home } }),
      left: async () => {
        const entries = await readdir(home, { recursive: true, withFileTypes: true })
        return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
      },
    }
  }

  it('downloads the bundle, hands it its arguments, and ends as it does, also when the next download fails', async () => {
    const bundle = await readFile(BUNDLE, 'utf8')
    let status = 200
    await using web = await startHttp(
      listenerOf(({ path, count }) => {
        if (path !== '/index.js') return { status }
        return count === 1 ? { body: bundle } : { status: 404 }
      }),
    )
    const smoke = await script(`${web.origin}/index.js`)
    const urls = ['--urls', `my site=${web.origin}/`]
    const green = await smoke.run(...ONCE, ...urls)
    expect({ code: green.code, err: green.err }).toEqual({ code: 0, err: '' })
    expect(green.out).toMatch(/^passed +my site/m)
    status = 500
    const red = await smoke.run(...ONCE, ...urls)
    expect({ code: red.code, err: red.err }).toEqual({ code: 1, err: expect.stringContaining('404') })
    expect(red.out).toMatch(/^failed +my site/m)
    expect(await smoke.left()).toHaveLength(1)
  })

  it('ends with 2 when there is no bundle to be had, which says nothing about health', async () => {
    await using web = await startHttp(listenerOf(() => ({ status: 404 })))
    const smoke = await script(`${web.origin}/index.js`)
    const { code, out, err } = await smoke.run(...ONCE, '--urls', web.origin)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('404')
    expect(err).not.toMatch(/Cannot find module|^\s+at /m)
    expect(await smoke.left()).toEqual([])
  })
})
