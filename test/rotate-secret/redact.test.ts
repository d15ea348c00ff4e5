import { expect, it } from 'vitest'
import { Redactor } from '../../actions/rotate-secret/redact.ts'

function redactor(...values: readonly string[]): Redactor {
  const made = new Redactor()
  for (const value of values) made.learn(value)
  return made
}

it('takes a value out wherever it is, in whatever form', () => {
  const { redact } = redactor('a "value" of ours')
  expect(redact('1: a "value" of ours, 2: a "value" of ours.')).toBe('1: ***, 2: ***.')
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    expect(redact(`<${Buffer.from('a "value" of ours').toString(encoding)}>`)).toBe('<***>')
  }
  expect(redact(JSON.stringify({ key: 'a "value" of ours' }))).toBe('{"key":"***"}')
})

it('takes the longer of two values out whole, whichever it has learned first', () => {
  for (const values of [
    ['token-1', 'token-1-of-bob'],
    ['token-1-of-bob', 'token-1'],
  ]) {
    expect(redactor(...values).redact('token-1-of-bob token-1')).toBe('*** ***')
  }
})

it('finds hexadecimal digits in either case, and leaves all else as it was', () => {
  const hex = Buffer.from('the value').toString('hex')
  expect(redactor('the value').redact(`İ ${hex.toUpperCase()} Ä ${hex} É`)).toBe('İ *** Ä *** É')
})

it('leaves short values alone, which would ruin every text, and a text of which it knows nothing', () => {
  expect(redactor('on').redact('once upon a time')).toBe('once upon a time')
  expect(new Redactor().redact('anything')).toBe('anything')
})

it.each(['x', '\0', 'é'])('takes values as large as GitHub takes them, here of %j', (character) => {
  const values = ['1', '2', '3'].map((last) => character.repeat(48 * 1024 - 1) + last)
  const { redact } = redactor(...values)
  expect(redact(`of ${values.join(' and ')}`)).toBe('of *** and *** and ***')
})
