/** The page about presets says what their files and schemas say; `vitest run FILE --update`, in this order, writes it anew. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { PRESET_NAMES, type PresetName } from '../../../actions/smoke-check/check.ts'
import { presetOptions } from '../../../actions/smoke-check/presets/options.ts'

const folder = new URL('../../../actions/smoke-check/presets/', import.meta.url)
const Schema = v.object({
  required: v.optional(v.array(v.string()), []),
  properties: v.record(v.string(), v.object({ description: v.string(), default: v.optional(v.unknown()) })),
})

it('the page about presets has the rules of every preset with their sources, and its options', async () => {
  const page = ['# Presets', '', INTRODUCTION, ...PRESET_NAMES.flatMap(section), ''].join('\n')
  expect(page.match(/^## /gm)).toHaveLength(PRESET_NAMES.length)
  await expect(page).toMatchFileSnapshot(new URL('README.md', folder).pathname)
})

const INTRODUCTION =
  'Each preset is a name under `presets:` of a check, or `name: { options }`. A finding of it is called by preset and rule, as\n`security-headers: csp`, and says what was served and what to set. The key `cors:` is judged by the rules of\n`cors-strict` for the origins that it names.\n'

function section(name: PresetName): readonly string[] {
  const text = header(name === 'cors-strict' ? 'cors' : name)
  expect(text).toMatch(/\n\| .+ \| wanted \| source \|\n\| --- \|/)
  return [`## ${name}`, '', text, '', options(name), '']
}

/** The first comment of a preset's file. */
function header(file: string): string {
  const source = readFileSync(new URL(`${file}.ts`, folder), 'utf8')
  const comment = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(source)?.[1] ?? ''
  return comment.replaceAll(/^ \* ?/gm, '').trim()
}

function options(name: PresetName): string {
  const { properties, required } = v.parse(Schema, presetOptions[name])
  const rows = Object.entries(properties).map(([option, { description, default: value }]) => {
    const given = value === undefined ? (required.includes(option) ? 'required' : '') : `\`${JSON.stringify(value)}\``
    return `| \`${option}\` | ${given} | ${description} |`
  })
  return ['| option | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
