import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputReader } from '../../src/input.ts'
import { escapeMarkdown } from '../../src/summary.ts'

function reader(values: Readonly<Record<string, string>>) {
  const masks: string[] = []
  const input = new InputReader(
    (name) => values[name] ?? '',
    (value) => masks.push(value),
  )
  return { input, masks }
}

const read = (value: string) => reader({ it: value }).input

describe('an input', () => {
  it('is its value when it was given', () => {
    expect(read('x').required('it')).toBe('x')
    expect(read('x').optional('it')).toBe('x')
  })

  it('is undefined when it may be empty', () => {
    expect(read('').optional('it')).toBeUndefined()
    expect(read('').optionalBoolean('it')).toBeUndefined()
    expect(read('').optionalOneOf('it', ['a'])).toBeUndefined()
    expect(read('').secret('it')).toBeUndefined()
    expect(read('').lines('it')).toEqual([])
  })

  it.each<readonly [string, (input: InputReader) => unknown]>([
    ['required', (input) => input.required('it')],
    ['requiredSecret', (input) => input.requiredSecret('it')],
    ['oneOf', (input) => input.oneOf('it', ['a'])],
    ['duration', (input) => input.duration('it')],
  ])('that must not be empty is refused by %s with its name', (_, work) => {
    expect(() => work(read(''))).toThrow(
      expect.objectContaining({ name: 'ActionError', message: 'Input it is empty.' }),
    )
  })
})

describe('a boolean', () => {
  it.each([
    ['true', true],
    ['True', true],
    ['TRUE', true],
    ['false', false],
    ['False', false],
    ['FALSE', false],
  ])('%s is %s', (text, expected) => {
    expect(read(text).boolean('it')).toBe(expected)
    expect(read(text).optionalBoolean('it')).toBe(expected)
  })

  it.each(['yes', 'no', '1', '0', 'tRUE', 'on'])('is not %s', (text) => {
    const message = `Input it is "${text}", which is neither true nor false.`
    expect(() => read(text).boolean('it')).toThrow(message)
    expect(() => read(text).optionalBoolean('it')).toThrow(message)
  })

  it('is not empty where it is required', () => {
    expect(() => read('').boolean('it')).toThrow('Input it is "", which is neither true nor false.')
  })
})

describe('one of several values', () => {
  it('is taken as it is written', () => {
    expect(read('b').oneOf('it', ['a', 'b'])).toBe('b')
  })

  it('is refused with the list of them otherwise', () => {
    expect(() => read('B').oneOf('it', ['a', 'b'])).toThrow(
      expect.objectContaining({
        message: 'Input it is "B", which is not one of its values.',
        hint: 'Use one of: a, b.',
      }),
    )
  })
})

it('reads lines trimmed and without the empty ones, whatever ends them', () => {
  const line = fc.stringMatching(/^[a-z]([a-z ]*[a-z])?$/)
  const blank = fc.constantFrom('\n', '\r\n', ' \n', '\n\n')
  fc.assert(
    fc.property(fc.array(fc.tuple(line, blank)), (pairs) => {
      const text = pairs.map(([content, end]) => `  ${content}${end}`).join('')
      expect(read(text).lines('it')).toEqual(pairs.map(([content]) => content))
    }),
  )
})

it('masks a secret in the forms that the runner does not derive by itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (secret) => {
      fc.pre(secret.trim() !== '')
      const { input, masks } = reader({ it: secret })
      expect(input.requiredSecret('it')).toBe(secret)
      const bytes = Buffer.from(secret)
      const forms = [secret, bytes.toString('hex'), bytes.toString('base64url'), escapeMarkdown(secret)]
      expect(masks).toEqual(expect.arrayContaining(forms))
      expect(new Set(masks)).toHaveLength(masks.length)
    }),
  )
})
