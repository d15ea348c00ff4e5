/** What every action promises by its mere shape: action.yml, parser, README and bundle say the same. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { VERSION } from '../actions/snapshot/version.ts'
import { readManifest } from '../scripts/action-yml.ts'
import { actionNames, root } from '../scripts/actions.ts'
import { readAddress } from '../scripts/address.ts'
import { InputReader } from '../src/input.ts'

const address = readAddress()

const names = actionNames()

/** Values that a parser accepts for required inputs; everything else starts from its default or empty. */
const PLAUSIBLE: Readonly<Record<string, string>> = {
  'account-id': '0123456789abcdef0123456789abcdef',
  'api-token': 'a-token',
  environment: 'production',
  'github-token': 'a-token',
  'job-status': 'success',
  name: 'SESSION_KEY',
  reports: 'trivy.json',
  series: 'production',
}

/** The runner's contexts, as far as defaults use them. */
function defaultOf(text: string | undefined): string {
  return (text ?? '').replace(/\$\{\{.*?\}\}/g, 'x')
}

it('finds the actions that exist', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'cleanup-images',
      'create-deployment',
      'deploy-pages',
      'gate-findings',
      'rotate-secret',
      'smoke-check',
      'snapshot',
    ]),
  )
})

describe.each(names)('%s', (name) => {
  const manifest = readManifest(name)

  it('reads every input that it declares, and no other', async () => {
    const seen = new Set<string>()
    const { parseInputs } = await import(`../actions/${name}/inputs.ts`)
    const reader = new InputReader(
      (input) => {
        seen.add(input)
        return PLAUSIBLE[input] ?? defaultOf(manifest.inputs[input]?.default)
      },
      () => {},
    )
    parseInputs(reader)
    expect([...seen].sort()).toEqual(Object.keys(manifest.inputs).sort())
  })

  it('runs on Node 24 from its own bundle', () => {
    expect(manifest.runs.using).toBe('node24')
    expect(manifest.runs.main).toBe(`../../dist/${name}/index.js`)
    expect(existsSync(`${root}dist/${name}/index.js`)).toBe(true)
    if (manifest.runs.post !== undefined) expect(manifest.runs.post).toBe(manifest.runs.main)
  })

  it('runs from its own folder in the workflow of this repository, on the real runner', async () => {
    expect(await readFile(`${root}.github/workflows/ci.yml`, 'utf8')).toMatch(
      new RegExp(`uses: \\./actions/${name}(?: #.*)?\n`),
    )
  })

  it('describes each input and output in whole sentences without expressions', () => {
    const texts = [...Object.values(manifest.inputs), ...Object.values(manifest.outputs)].map((one) => one.description)
    for (const text of [manifest.description, ...texts]) {
      expect(text).toMatch(/^[A-Z`"'][\s\S]*[.!]$/)
      expect(text).not.toContain('${{')
    }
  })

  it('says in its README what it requires and how it is used', async () => {
    const readme = await readFile(`${root}actions/${name}/README.md`, 'utf8')
    expect(readme).toMatch(/^## Requirements$/m)
    expect(readme).toMatch(/^## Usage$/m)
    expect(readme).toContain(`${address.repository}/actions/${name}@${address.ref}`)
  })
})

it('says its own version in manifests', async () => {
  const { version }: { readonly version: string } = JSON.parse(await readFile(`${root}package.json`, 'utf8'))
  expect(VERSION).toBe(version)
})

/** What is required by one action, or has a default in it, may be left out of another. */
it('gives an input one meaning wherever it stands', () => {
  const definitions = new Map<string, Map<string, string[]>>()
  for (const name of names) {
    for (const [input, definition] of Object.entries(readManifest(name).inputs)) {
      const variants = definitions.get(input) ?? new Map<string, string[]>()
      const key = definition.description
      variants.set(key, [...(variants.get(key) ?? []), name])
      definitions.set(input, variants)
    }
  }
  const differing = [...definitions].filter(([, variants]) => variants.size > 1)
  expect(Object.fromEntries(differing.map(([input, variants]) => [input, [...variants.values()]]))).toEqual({})
})

it.each([
  '',
  'examples/site/',
  'examples/fullstack/frontend/',
  'examples/fullstack/api/',
  'actions/deploy-pages/assets/wrangler/',
])('installs from any registry: the lock file in "%s" names none', async (folder) => {
  const {
    packages,
  }: { packages: Readonly<Record<string, { readonly resolved?: string; readonly integrity?: string }>> } = JSON.parse(
    await readFile(`${root}${folder}package-lock.json`, 'utf8'),
  )
  const entries = Object.values(packages)
  expect(entries.filter(({ integrity }) => integrity !== undefined).length).toBeGreaterThan(5)
  expect(entries.flatMap(({ resolved }) => resolved ?? []).filter((address) => address.includes('://'))).toEqual([])
})
