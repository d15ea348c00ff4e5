import { expect, it } from 'vitest'
import { formsOf, masksOf } from '../../src/mask.ts'

it('masks a token in few forms: the runner derives the others', () => {
  expect(masksOf('hunter2')).toEqual(['hunter2', '68756e74657232', '68756E74657232', 'aHVudGVyMg'])
})

it('masks what a server may make of special characters', () => {
  expect(masksOf(`a<b>'"/ö`)).toEqual(
    expect.arrayContaining(['a&lt;b&gt;&#x27;&quot;/ö', `a%3Cb%3E%27%22%2F%C3%B6`, `a\\u003cb\\u003e\\u0027\\"/ö`]),
  )
})

it('masks escapes in either case, and the lines of base64', () => {
  expect(masksOf('a+b=c')).toEqual(
    expect.arrayContaining(['a%2Bb%3Dc', 'a%2bb%3dc', 'a+b\\u003dc', 'a+b\\u003Dc', 'a\\u002bb=c', 'a\\u002Bb=c']),
  )
  const long = 'x'.repeat(100)
  const lines = Buffer.from(long)
    .toString('base64')
    .match(/.{1,76}/g)
  expect(masksOf(long)).toEqual(expect.arrayContaining(lines ?? []))
})

it('masks every line of a secret of several lines, and no line that is short', () => {
  const masks = masksOf('{\n  "private_key": "abcdefgh",\n  "a": 1\n}\r\n')
  expect(masks).toContain('"private_key": "abcdefgh",')
  expect(masks.filter((mask) => mask.length < 8 || /[\r\n]/.test(mask))).toEqual([])
})

it('masks a secret of several lines that was encoded as a whole', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n'
  expect(masksOf(key)).toEqual(
    expect.arrayContaining([
      Buffer.from(key).toString('base64url'),
      Buffer.from(key).toString('hex'),
      'MIIEvQIBADANBg',
      JSON.stringify(key).slice(1, -1),
    ]),
  )
})

it.each(['', ' ', '\n \r\n'])('knows no mask for %j, which would hide everything', (value) => {
  expect(masksOf(value)).toEqual([])
})

it('gives every form once, none of them short', () => {
  const forms = formsOf('ab+c/', 4)
  expect(new Set(forms)).toHaveLength(forms.length)
  expect(Math.min(...forms.map(({ length }) => length))).toBeGreaterThanOrEqual(4)
})
