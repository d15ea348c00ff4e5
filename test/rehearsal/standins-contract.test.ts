/** A stand-in has the inputs, defaults and outputs of the action that it stands for (rehearsal/standins/contracts.json). */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { ownStandIns } from '../../rehearsal/folders.ts'
import { standInNames } from '../../rehearsal/runner/action.ts'
import { actionNames, root } from '../../scripts/actions.ts'
import { readAddress } from '../../scripts/address.ts'
import { templateNames } from '../../scripts/templates.ts'
import { pins, readContracts } from '../support/contracts.ts'

const { actions } = readContracts()
const standIns = standInNames([ownStandIns])
const readme = readFileSync(`${ownStandIns}/README.md`, 'utf8')
const { repository } = readAddress()

/** The runner gives every default as a text; one of `null` is none. */
const Value = v.optional(v.nullable(v.union([v.string(), v.boolean(), v.number()])))

const StandIn = v.object({
  description: v.string(),
  inputs: v.optional(
    v.record(v.string(), v.nullish(v.object({ default: Value, required: v.optional(v.boolean()) }))),
    {},
  ),
  outputs: v.optional(v.record(v.string(), v.unknown()), {}),
  runs: v.object({ using: v.picklist(['node20', 'node24']), main: v.string(), post: v.optional(v.string()) }),
})

/** Inputs that change nothing in a rehearsal, or that belong to another one, which is refused. Any other is read or refused. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout': [
    ...['ssh-known-hosts', 'ssh-strict', 'ssh-user'], // of ssh-key
    'sparse-checkout-cone-mode', // of sparse-checkout
    ...['show-progress', 'set-safe-directory'],
  ],
  'actions/setup-node': ['token', 'package-manager-cache'], // downloads, and a cache that is always empty
  'aquasecurity/setup-trivy': ['token'],
  'docker/build-push-action': ['builder', 'github-token'], // there is one builder, and no context from Git
  'docker/setup-buildx-action': ['cache-binary', 'cleanup'],
  'softprops/action-gh-release': ['preserve_order'],
}

const read = (name: string) => v.parse(StandIn, parse(readFileSync(`${ownStandIns}/${name}/action.yml`, 'utf8')))

const workflows = [
  ...templateNames().map((name) => `workflows/${name}`),
  ...readdirSync(`${root}.github/workflows`).map((name) => `.github/workflows/${name}`),
]

/** Also those in comments, which people are to uncomment. */
const usesOf = (file: string) =>
  [...readFileSync(`${root}${file}`, 'utf8').matchAll(/^\s*(?:# *)*(?:- )?uses: (\S+@\S+(?: # \S+)?)$/gm)].map(
    ([, uses = '']) => uses,
  )

test('every stand-in has a contract, and every contract of what templates use a stand-in', () => {
  expect(actions.length).toBeGreaterThan(3)
  expect(standIns.filter((name) => !actions.some((action) => action.name === name))).toEqual([])
  const used = workflows.flatMap(usesOf).map((uses) => uses.split('@')[0] ?? '')
  const foreign = actions.filter(({ name }) => used.includes(name)).map(({ name }) => name)
  expect(foreign).toContain('actions/checkout')
  expect(foreign.filter((name) => !standIns.includes(name))).toEqual([])
})

test.each(workflows)('%s pins others to commits that were looked at', (file) => {
  const known = new Set(pins())
  const others = usesOf(file).filter((uses) => !uses.startsWith(`${repository}/`))
  expect(others.length).toBeGreaterThan(0)
  expect(others.filter((uses) => !known.has(uses))).toEqual([])
})

test("the pack's own actions, which templates use, are there", () => {
  const own = templateNames().flatMap((name) =>
    usesOf(`workflows/${name}`).filter((uses) => uses.startsWith(repository)),
  )
  expect(own.length).toBeGreaterThan(0)
  const names = own.map((uses) => uses.slice(`${repository}/actions/`.length).split('@')[0] ?? '')
  expect(names.filter((name) => !actionNames().includes(name))).toEqual([])
})

describe.each(standIns)('%s', (name) => {
  const contract = actions.find((action) => action.name === name)
  const standIn = read(name)

  it('has the inputs of the real one, with their defaults', () => {
    const inputs = Object.entries(standIn.inputs).map(([input, declared]) => [input, textOf(declared?.default)])
    const real = Object.entries(contract?.inputs ?? {}).map(([input, { default: given }]) => [input, given ?? ''])
    expect(Object.fromEntries(inputs)).toEqual(Object.fromEntries(real))
  })

  it('requires the inputs that the real one requires', () => {
    const required = Object.entries(standIn.inputs).flatMap(([input, declared]) => (declared?.required ? [input] : []))
    const real = Object.entries(contract?.inputs ?? {}).flatMap(([input, declared]) =>
      declared.required ? [input] : [],
    )
    expect([...required].sort()).toEqual([...real].sort())
  })

  it('reads or refuses every input that would change something', () => {
    const files = globSync(`${ownStandIns}/${name}/**/*.ts`)
    const code = files.map((file) => readFileSync(file, 'utf8')).join('\n')
    const named = (input: string) => new RegExp(`'${input}'|^\\s*${input}: \\[|[{,] ${input}: \\[`, 'm').test(code)
    const unread = Object.keys(standIn.inputs).filter((input) => !named(input))
    expect([...unread].sort()).toEqual([...(harmless[name] ?? [])].sort())
  })

  it('has no output that the real one has not', () => {
    const known = contract?.outputs ?? []
    expect(Object.keys(standIn.outputs).filter((output) => !known.includes(output))).toEqual([])
  })

  it('gives every output that a workflow reads of it', () => {
    const missing = workflows.flatMap((file) =>
      outputsRead(file, name).filter((output) => !(output in standIn.outputs) && !dynamic(name)),
    )
    expect(missing).toEqual([])
  })

  it('runs on the Node of the real one', () => {
    const real = contract?.using === 'composite' ? 'node24' : contract?.using
    expect(standIn.runs.using).toBe(real)
  })

  it('cleans up only where the real one does, with files that are there', () => {
    const { main, post } = standIn.runs
    for (const file of [main, ...(post === undefined ? [] : [post])]) {
      expect(existsSync(`${ownStandIns}/${name}/${file}`)).toBe(true)
    }
    if (post !== undefined) expect(contract?.post).toBe(true)
  })

  it('says whether its facts are of the pinned commit', () => {
    const file = new RegExp(`^[\\w.-]+/[\\w.-]+@${contract?.sha} .*\\baction\\.ya?ml`)
    expect(contract?.exact).toBe(contract?.source.some((source) => file.test(source)))
  })
})

test('the README lists all in one table, with their versions', () => {
  const start = readme.indexOf('| Stand-in | Version |')
  const table = readme.slice(start, readme.indexOf('\n\n', start))
  const [, , ...rows] = table.split('\n').map((line) => line.split(' | ').slice(0, 2))
  const real = standIns.map((name) => [`| \`${name}\``, actions.find((action) => action.name === name)?.version])
  expect([...rows].sort()).toEqual([...real].sort())
})

function textOf(value: v.InferOutput<typeof Value>): string {
  return value === null || value === undefined ? '' : String(value)
}

/** It declares none, and its outputs have names that depend on what it finds. */
function dynamic(name: string): boolean {
  return name === 'googleapis/release-please-action'
}

/** `steps.ID.outputs.NAME` of the steps that use it, each in its own job. */
function outputsRead(file: string, name: string): readonly string[] {
  const jobs = readFileSync(`${root}${file}`, 'utf8').split(/^ {2}(?=[\w-]+:$)/m)
  return jobs.flatMap((text) => {
    const blocks = text.split(/^ {6}- /m).filter((block) => block.includes(`uses: ${name}@`))
    const ids = blocks.flatMap((block) => /^ {8}id: (\S+)$/m.exec(block)?.[1] ?? [])
    return ids.flatMap((id) =>
      [...text.matchAll(new RegExp(`steps\\.${id}\\.outputs\\.([\\w-]+)`, 'g'))].map(([, output = '']) => output),
    )
  })
}
