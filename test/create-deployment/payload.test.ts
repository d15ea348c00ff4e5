import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parsePayload } from '../../actions/create-deployment/payload.ts'

it('gives back every JSON object that has no member "slipway"', () => {
  const objects = fc.dictionary(
    fc.string().filter((name) => name !== 'slipway' && name !== '__proto__'),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(objects, fc.constantFrom(undefined, 2), (object, indent) => {
      const text = JSON.stringify(object, null, indent)
      expect(parsePayload(text)).toEqual(JSON.parse(text))
    }),
  )
})

it('is an empty object when it was not given', () => {
  expect(parsePayload(undefined)).toEqual({})
})

it.each([
  ['{"a": yes}', 'line 1, column 7'],
  ['{"a": 1,\n "b": tru}', 'line 2, column 7'],
  ["{'a': 1}", 'line 1, column 2'],
  ['{"a": 1} // why', 'line 1, column 10'],
  ['{"a": [1, 2}', 'line 1, column 12'],
])('names the place of the mistake in %j', (text, place) => {
  expect(() => parsePayload(text)).toThrow(`Input payload is not JSON at ${place}: `)
})

it.each([
  ['"text"', 'a string'],
  ['7', 'a number'],
  ['null', 'null'],
  ['[{}]', 'an array'],
])('refuses %s, which is no object', (text, name) => {
  expect(() => parsePayload(text)).toThrow(`Input payload is ${name}, not a JSON object.`)
})
