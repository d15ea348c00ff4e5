import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type Json, PRESET_NAMES, type PresetName } from '../../../actions/smoke-check/check.ts'
import { presetOptions } from '../../../actions/smoke-check/presets/options.ts'
import { schemas } from '../../../actions/smoke-check/presets/schemas.ts'

const CheckSchema = v.object({ definitions: v.object({ presetOptions: v.object({ properties: v.unknown() }) }) })
const needed: Partial<Record<PresetName, Readonly<Record<string, Json>>>> = { 'error-rate': { max: '5%', samples: 40 } }

it('checks.schema.json repeats the options of every preset', () => {
  const file = new URL('../../../actions/smoke-check/checks.schema.json', import.meta.url)
  const { definitions } = v.parse(CheckSchema, JSON.parse(readFileSync(file, 'utf8')))
  expect(definitions.presetOptions.properties).toEqual(JSON.parse(JSON.stringify(presetOptions)))
})

describe.each(PRESET_NAMES)('the options of %s', (name) => {
  const ajv = new Ajv2020({ useDefaults: true, allowUnionTypes: true })
  const validate = ajv.compile(presetOptions[name])
  const minimal = needed[name] ?? {}

  it('have a schema whose defaults are those that the preset fills in', () => {
    const filled = structuredClone(minimal)
    expect(validate(filled)).toBe(true)
    expect(v.parse(schemas[name], filled)).toEqual(v.parse(schemas[name], minimal))
    const names = Object.keys(presetOptions[name]['properties'] ?? {}).sort()
    expect(Object.keys(schemas[name].entries).sort()).toEqual(names)
  })

  it('are refused by both where one is unknown', () => {
    const wrong = { ...minimal, 'no-such-option': 1 }
    expect(validate(structuredClone(wrong))).toBe(false)
    expect(v.safeParse(schemas[name], wrong).success).toBe(false)
  })
})

describe('the schema and the preset agree on', () => {
  it.each<readonly [PresetName, Readonly<Record<string, Json>>, boolean]>([
    [
      'security-headers',
      { 'hsts-max-age': '1d', 'hsts-subdomains': true, 'csp-allow': ['unsafe-eval'], except: ['csp'] },
      true,
    ],
    ['security-headers', { 'hsts-max-age': 31536000 }, false],
    ['security-headers', { 'hsts-max-age': '1y' }, false],
    ['security-headers', { except: ['cors'] }, false],
    ['security-headers', { except: ['csp', 'csp'] }, false],
    ['cors-strict', { origin: 'https://evil.example:8443', 'allowed-origin': 'http://localhost:3000' }, true],
    ['cors-strict', { origin: 'https://evil.example/' }, false],
    ['cors-strict', { 'allow-wildcard': 'no' }, false],
    ['json-error', { path: '/api/none', status: [404, 410], fields: ['$.error.code'] }, true],
    ['json-error', { status: 404 }, true],
    ['json-error', { status: [] }, false],
    ['json-error', { status: 99 }, false],
    ['json-error', { fields: ['error.code'] }, false],
    ['rate-limit-headers', { style: 'x' }, true],
    ['rate-limit-headers', { style: 'y' }, false],
    ['https-redirect', { 'http-port': 8080 }, true],
    ['https-redirect', { 'http-port': 0 }, false],
    ['csrf', { path: '/login/', form: { username: 'nobody' }, 'token-cookie': null }, true],
    ['csrf', { form: { username: 1 } }, false],
    ['csrf', { 'token-cookie': '' }, false],
    ['pagination', { style: 'cursor', limit: 2, next: '$.next', items: '$.rows', 'first-page': 0 }, true],
    ['pagination', { limit: 0 }, false],
    ['pagination', { style: 'infinite' }, false],
    ['not-public', { paths: ['/metrics'], graphql: '/graphql', status: 403 }, true],
    ['not-public', { paths: '/metrics' }, false],
    ['etag', { weak: false }, true],
    ['error-rate', { max: '0.5%', samples: 40 }, true],
    ['error-rate', { max: '100%', samples: 1 }, true],
    ['error-rate', { max: '101%', samples: 1 }, false],
    ['error-rate', { max: 5, samples: 40 }, false],
    ['error-rate', { max: '5%' }, false],
    ['error-rate', { max: '5%', samples: 0 }, false],
  ])('%s %j: %s', (name, options, valid) => {
    expect(new Ajv2020({ allowUnionTypes: true }).validate(presetOptions[name], options)).toBe(valid)
    expect(v.safeParse(schemas[name], options).success).toBe(valid)
  })
})
