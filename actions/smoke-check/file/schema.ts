/** Says what is wrong with a checks file, by checks.schema.json: the very file that editors complete and underline with. */
import { Ajv } from 'ajv'
import type { Json, PresetName } from '../check.ts'
import schema from '../checks.schema.json' with { type: 'json' }
import { explain, type Tell } from './explain.ts'
import { segmentsOf } from './pointer.ts'
import { isMapping, type Problems, type Source } from './problems.ts'
import type { RawCheck, RawDefaults, RawFile } from './raw.ts'
import type { Shape } from './shape.ts'

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, code: { optimize: false } })
ajv.addVocabulary(['enumDescriptions'])

const isFile = ajv.compile<RawFile>(schema)
const isDefaults = ajv.compile<RawDefaults>({ $ref: `${schema.$id}#/definitions/defaults` })

/** @returns undefined when the file as a whole cannot be read on; a mistake within a check leaves the others readable */
export function explainShape(source: Source, problems: Problems): Shape | undefined {
  const { value } = source
  const told: string[] = []
  if (!isFile(value)) {
    const written = { isOpen, emptyHint: source.emptyHint }
    explain(ajv, isFile.errors ?? [], '', written, (pointer, message, hint, part) => {
      told.push(pointer)
      problems.addAt(source, pointer, message, hint, part)
    })
  }
  const places = told.map(segmentsOf)
  if (!isMapping(value) || places.some(([top, index]) => top !== 'checks' || index === undefined)) return undefined
  const { defaults = {}, checks } = value
  if (!isDefaults(defaults) || !Array.isArray(checks)) return undefined
  const unsound = new Set(places.map(([, index]) => Number(index)))
  const sound = [...checks.entries()].flatMap(([index, check]): [number, RawCheck][] =>
    isSound(check, unsound.has(index)) ? [[index, check]] : [],
  )
  return { defaults, checks: new Map(sound) }
}

/** Also with options of presets that are still open. */
function isSound(check: unknown, hasMistake: boolean): check is RawCheck {
  return isMapping(check) && !hasMistake
}

/** What is wrong with the options of a preset now that its variables are filled in; nothing of their values is told. */
export function checkOptions(name: PresetName, options: Json, tell: Tell): void {
  const validate = ajv.compile({ $ref: `${schema.$id}#/definitions/presetOptions/properties/${name}` })
  if (validate(options)) return
  for (const { instancePath, parentSchema } of validate.errors ?? []) {
    const expected: unknown = parentSchema?.['description']
    const message = 'With its variables filled in it is not what this option takes.'
    tell(instancePath, message, typeof expected === 'string' ? expected : '', 'value')
  }
}

/** An option of a preset with a variable in it is judged once that is filled in. */
function isOpen(pointer: string, data: unknown): boolean {
  return /^\/checks\/\d+\/presets\/\d+\/[^/]+\/./.test(pointer) && typeof data === 'string' && data.includes(`\${`)
}
