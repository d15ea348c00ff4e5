import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { PRESET_NAMES } from '../../../actions/smoke-check/check.ts'
import schema from '../../../actions/smoke-check/checks.schema.json' with { type: 'json' }
import { isMapping } from '../../../actions/smoke-check/file/problems.ts'

/** Every mapping of keys to schemas that is somewhere in it, with the path to it. */
function* keyMaps(
  node: unknown,
  path: string,
): Generator<readonly [path: string, keys: Readonly<Record<string, unknown>>]> {
  if (Array.isArray(node)) for (const [index, item] of node.entries()) yield* keyMaps(item, `${path}/${index}`)
  if (!isMapping(node)) return
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties' && isMapping(value)) yield [path, value]
    yield* keyMaps(value, `${path}/${key}`)
  }
}

it('is a JSON Schema of the draft that editors know best', () => {
  const ajv = new Ajv({ allowUnionTypes: true })
  ajv.addVocabulary(['enumDescriptions'])
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#')
  expect(ajv.validateSchema(schema)).toBe(true)
  expect(() => ajv.compile(schema)).not.toThrow()
})

describe('editors show what a key is for', () => {
  const keys = [...keyMaps(schema, '#')]
    .filter(([path]) => !path.endsWith('/presetOptions'))
    .flatMap(([path, properties]) => Object.entries(properties).map(([key, node]) => [`${path} ${key}`, node] as const))

  it.each(keys)('%s', (_, node) => {
    if (!isMapping(node)) throw new Error('It is no schema.')
    const target = typeof node['$ref'] === 'string' ? node['$ref'] : ''
    const referred = target
      .split('/')
      .slice(1)
      .reduce<unknown>((at, key) => (isMapping(at) ? at[key] : undefined), schema)
    const about =
      node['description'] ?? (isMapping(referred) ? (referred['description'] ?? referred['title']) : undefined)
    expect(about).toEqual(expect.stringMatching(/\S/))
  })

  it('and how many there are', () => expect(keys.length).toBeGreaterThan(80))
})

it('knows every preset, those that need options only with them', () => {
  expect(Object.keys(schema.definitions.presetOptions.properties)).toEqual(PRESET_NAMES)
  const [named] = schema.definitions.check.properties.presets.items.anyOf
  expect(named?.enum).toEqual(PRESET_NAMES.filter((name) => name !== 'error-rate'))
  expect(named?.enumDescriptions).toHaveLength(PRESET_NAMES.length - 1)
})
