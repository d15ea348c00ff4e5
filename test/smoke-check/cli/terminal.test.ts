/** The command as a person starts it: a process of its own, without anything of a runner around it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ENTRY, serve } from '../run/scenario.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-command-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function command(
  args: readonly string[],
  {
    env = {},
    onStart,
  }: {
    readonly env?: Readonly<Record<string, string>>
    readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>
  } = {},
) {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    err += chunk
  })
  const closed = once(child, 'close')
  await onStart?.((signal) => void child.kill(signal))
  await closed
  clearTimeout(deadline)
  return { code: child.exitCode, out, err }
}

const QUICK = ['--interval', '50ms', '--deadline', '1500ms']

describe('the command', () => {
  it('prints the table and ends with 0 when all is healthy', async () => {
    await using site = await serve(() => ({}))
    const { code, out, err } = await command([...QUICK, '--urls', `api=${site.origin}/`])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^passed {2}api {2}\d+ ms$/m)
    expect(out).toContain('The check was healthy in 2 rounds in a row')
    expect(out).not.toMatch(/^::/m)
  })

  it('ends with 1 when something is not, and says what and what to do', async () => {
    await using site = await serve(({ url }) => ({ status: url === '/bad' ? 500 : 200 }))
    await writeFile(join(folder, 'smoke.yml'), `{ version: 1, checks: [{ name: bad, url: "${site.origin}/bad" }] }`)
    const { code, out, err } = await command([
      ...QUICK,
      '--checks',
      'smoke.yml',
      '--urls',
      `good=${site.origin}/`,
      '--json',
      'out/report.json',
    ])
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toMatch(/^failed +bad +\d+ ms +.*500/m)
    expect(out).toMatch(/Last results:\n {2}bad: GET http:\S+\/bad \(smoke\.yml:1\)\n {4}round/)
    expect(out).not.toMatch(/^::/m)
  })

  it('ends with 0 all the same where nothing shall fail', async () => {
    await using site = await serve(() => ({ status: 500 }))
    const { code, out } = await command([...QUICK, '--fail-on', 'never', '--urls', `bad=${site.origin}/`])
    expect(out).toMatch(/^failed {2}bad/m)
    expect(code).toBe(0)
  })

  it('ends with 2 and no stack when the file is missing', async () => {
    const { code, out, err } = await command(['--checks', 'nowhere.yml'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^Error: .*nowhere\.yml/)
    expect(err).not.toMatch(/^\s+at /m)
  })

  it('checks a pair with nothing but its two addresses', async () => {
    await using backend = await serve(({ url }) => ({ status: url === '/healthz' ? 200 : 404 }))
    await using frontend = await serve(() => ({
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><title>Hi</title>',
    }))
    const { code, out } = await command(QUICK, { env: { BACKEND_URL: backend.origin, FRONTEND_URL: frontend.origin } })
    expect(backend.requests).toContain('GET /healthz')
    expect(frontend.requests).toContain('GET /')
    expect(out).toMatch(/Round 1: /)
    expect(code).toBe(1) // the pair has no security headers
    expect(out).toMatch(/^failed .*security-headers: /m)
  })

  it('says how it is used when there is nothing to check', async () => {
    const { code, err } = await command([])
    expect(code).toBe(2)
    expect(err).toMatch(/BACKEND_URL/)
  })

  it('shows its flags', async () => {
    const { code, out } = await command(['--help'])
    expect(code).toBe(0)
    expect(out).toContain('--expect-version SHA')
  })

  it('keeps secrets out of the terminal', async () => {
    await using site = await serve(({ headers }) => ({
      status: 500,
      headers: { 'x-echo': String(headers['x-token']) },
      body: String(headers['x-token']),
    }))
    await writeFile(
      join(folder, 'smoke.yml'),
      `{ version: 1, checks: [{ name: api, url: "${site.origin}", headers: { X-Token: "\${TOKEN}", x-echo: { equals: a } }, body: { equals: b } }] }`,
    )
    const { code, out, err } = await command([...QUICK, '--checks', 'smoke.yml'], {
      env: { TOKEN: 'the-secret-token' },
    })
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toContain('***')
    expect(out).not.toContain('the-secret-token')
  })

  it('ends as a shell expects when it is interrupted', async () => {
    await using site = await serve(() => undefined)
    const { code, err } = await command(['--urls', site.origin], {
      onStart: async (kill) => {
        while (site.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
        kill('SIGINT')
      },
    })
    expect({ code, err: err.trim() }).toEqual({ code: 130, err: 'The check was cancelled (SIGINT).' })
  })
})
