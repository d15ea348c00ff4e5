import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fill, fillJson, parseTemplate } from '../../../actions/smoke-check/file/template.ts'

const none = new Map<string, string>()

/** Text as a person has to write it for it to stand as it is. */
const written = (text: string) => text.replaceAll(`\${`, () => `$\${`)
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
/** What stands before a variable must not end in $, which with ${ behind it would be the sign for the characters. */
const literal = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('$', '{', '}', 'a') }))

it(`a text with the sign for \${ fills to the text`, () => {
  fc.assert(
    fc.property(literal, (text) => {
      const parts = parseTemplate(written(text))
      if ('message' in parts) throw new Error(parts.message)
      expect(parts.join('')).toBe(text)
    }),
  )
})

it('what is filled in stands where its name stood', () => {
  const part = fc.oneof(
    fc.record({ text: literal.filter((text) => !text.endsWith('$')) }),
    fc.record({ variable: name, value: fc.string() }),
  )
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const values = new Map(parts.flatMap((one) => ('variable' in one ? [[one.variable, one.value] as const] : [])))
      const source = parts.map((one) => ('variable' in one ? `\${${one.variable}}` : written(one.text))).join('')
      const expected = parts.map((one) => ('variable' in one ? values.get(one.variable) : one.text)).join('')
      const parsed = parseTemplate(source)
      if ('message' in parsed) throw new Error(parsed.message)
      const template = parsed.map((one) => (typeof one === 'string' ? one : { capture: one.variable }))
      expect(fill(template, values)).toBe(expected)
    }),
  )
})

it('any text is a template or is refused with words', () => {
  const noise = fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ' ', '_', '1') })
  fc.assert(
    fc.property(noise, (text) => {
      const parts = parseTemplate(text)
      if ('message' in parts) expect(parts.hint).not.toBe('')
      else if (!text.includes(`\${`)) expect(parts.join('')).toBe(text)
    }),
  )
})

it('a value that looks like a variable is not filled in again', () => {
  expect(
    fill(
      ['a ', { capture: 'x' }],
      new Map([
        ['x', `\${y}`],
        ['y', 'z'],
      ]),
    ),
  ).toBe(`a \${y}`)
})

it('JSON keeps its types and its keys', () => {
  const template = {
    members: [
      ['__proto__', { text: [{ capture: 'x' }] }],
      ['n', [1, null, true]],
    ],
  } as const
  const filled = fillJson(template, new Map([['x', 'y']]))
  expect(JSON.stringify(filled)).toBe('{"__proto__":"y","n":[1,null,true]}')
})

it('a capture without a value is a mistake of the program, not an empty text', () => {
  expect(() => fill([{ capture: 'x' }], none)).toThrow('The capture x has no value.')
})
