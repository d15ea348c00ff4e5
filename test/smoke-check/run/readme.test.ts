/** The README of the action says what the schema of the checks file says, and its examples are what they claim to be. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PRESET_NAMES } from '../../../actions/smoke-check/check.ts'
import { readChecks } from '../../../actions/smoke-check/file/read.ts'
import { presetOptions } from '../../../actions/smoke-check/presets/options.ts'

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
        throughProxy: false,
      })
      expect(checks.map(({ name }) => name)).toEqual(['api', 'login needs a token', 'list', 'one'])
    } finally {
      await rm(workspace, { recursive: true })
    }
  })

  it('shows a script of three lines', () => {
    const script =
      README.split('```sh\n')
        .find((block) => block.startsWith('#!/bin/sh'))
        ?.split('```')[0] ?? ''
    expect(script.trim().split('\n')).toHaveLength(3)
  })
})
