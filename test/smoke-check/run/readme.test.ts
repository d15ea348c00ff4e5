/** The README of the action says what the schema of the checks file says, and its examples are what they claim to be. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PRESET_NAMES } from '../../../actions/smoke-check/check.ts'
import { readChecks } from '../../../actions/smoke-check/file/read.ts'
import { presetOptions } from '../../../actions/smoke-check/presets/options.ts'
import { serve } from './scenario.ts'

const read = (path: string) => readFileSync(new URL(`../../../actions/smoke-check/${path}`, import.meta.url), 'utf8')
const README = read('README.md')
const SCHEMA: {
  readonly definitions: Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>
} = JSON.parse(read('checks.schema.json'))

/** The names in code of the first cells of the table under a heading. */
function firstCells(heading: string): readonly string[] {
  const section = README.split(new RegExp(`^#+ ${heading}$`, 'm'))[1]?.split(/^#/m)[0] ?? ''
  const cells = section.split('\n').flatMap((line) => /^\| (`.*?) \|/.exec(line)?.[1] ?? [])
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''))
}

const keysOf = (definition: string) => Object.keys(SCHEMA.definitions[definition]?.properties ?? {}).sort()

describe('the README', () => {
  it('has every key of a check, and no other', () => {
    const documented = [...firstCells('A check: the request'), ...firstCells('A check: what is wanted of the answer')]
    expect([...new Set(documented)].sort()).toEqual(keysOf('check'))
  })

  it('has every key that defaults may hold', () => {
    const [, list = ''] = /^\| `defaults` \| ([^|]*)/m.exec(README) ?? []
    expect([...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort()).toEqual(keysOf('defaults'))
  })

  it('has every operator', () => {
    expect([...firstCells('Conditions')].sort()).toEqual(keysOf('condition'))
  })

  it('has every key of latency', () => {
    expect([...firstCells('Latency')].sort()).toEqual(keysOf('latency'))
  })

  it.each(PRESET_NAMES)('has the preset %s with all of its options', (name) => {
    const row = README.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))
    const options = [...(row?.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, option]) => option)
    const { properties } = presetOptions[name]
    expect(options.sort()).toEqual(Object.keys(properties ?? {}).sort())
  })

  it('shows a checks file that can be used', async () => {
    const example =
      README.split('```yaml\n')
        .find((block) => block.startsWith('# yaml-language-server'))
        ?.split('```')[0] ?? ''
    const workspace = await mkdtemp(join(tmpdir(), 'slipway-readme-'))
    try {
      await writeFile(join(workspace, 'smoke-checks.yml'), example)
      const { checks } = await readChecks({
        urls: [],
        checksPath: 'smoke-checks.yml',
        workspace,
        env: { BACKEND_URL: 'https://api.example.com', API_TOKEN: 'token' },
        expectVersion: 'abc',
        ip: 'auto',
        timeout: 1000,
        connectTimeout: 1000,
      })
      expect(checks.map(({ name }) => name)).toEqual(['api', 'login needs a token', 'list', 'one'])
    } finally {
      await rm(workspace, { recursive: true })
    }
  })
})

describe('the script that the README shows', () => {
  const script =
    README.split('```sh\n')
      .find((block) => block.startsWith('#!/bin/sh'))
      ?.split('```')[0] ?? ''

  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-script-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** With the bundle from there instead of GitHub. */
  async function run(origin: string, ...args: readonly string[]) {
    const changed = script.replace('https://raw.githubusercontent.com', origin)
    expect(changed).not.toBe(script)
    await writeFile(join(folder, 'smoke.sh'), changed)
    const env = {
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: join(folder, 'home'),
      TMPDIR: folder,
    }
    const child = spawn('sh', [join(folder, 'smoke.sh'), ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    const left = await readdir(join(folder, 'home/.cache')).catch(() => [])
    return { code: child.exitCode, out, err, left }
  }

  const bundle = `process.stdout.write(process.argv.slice(2).join(' ')); process.exitCode = 1`

  it('has three lines', () => expect(script.trim().split('\n')).toHaveLength(3))

  it('runs the bundle with its flags and ends with its exit code', async () => {
    await using site = await serve(() => ({ body: bundle }))
    const args = ['--urls', 'api=https://api.example.com/a b']
    expect(await run(site.origin, ...args)).toEqual({
      code: 1,
      out: args.join(' '),
      err: '',
      left: ['slipway-smoke-check.mjs'],
    })
    expect(site.requests).toEqual(['GET /slipway-ci/slipway/v1/dist/smoke-check/index.js'])
  })

  it('never calls a failed download "not healthy", and leaves nothing of it', async () => {
    await using site = await serve(() => ({ status: 404, body: 'no' }))
    const { code, err, left } = await run(site.origin)
    expect({ code, left }).toEqual({ code: 2, left: [] })
    expect(err).toContain('404')
    expect(err).not.toContain('Cannot find module')
  })

  it('runs the bundle of the last time when the download fails', async () => {
    await using site = await serve((_, count) => (count === 1 ? { body: bundle } : { status: 503 }))
    await run(site.origin)
    const { code, out, err, left } = await run(site.origin, '--again')
    expect({ code, out, left }).toEqual({ code: 1, out: '--again', left: ['slipway-smoke-check.mjs'] })
    expect(err).toContain('503')
  })
})
