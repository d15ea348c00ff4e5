import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../actions/smoke-check/check.ts'
import { excerpt, list, plain, show } from '../../../actions/smoke-check/judge/show.ts'
import { findings, literal } from './setup.ts'

describe('members whose names say that they are secret', () => {
  it.each([
    ['access_token', true],
    ['accessToken', true],
    ['apiKey', true],
    ['signing_key', true],
    ['password', true],
    ['session-id', true],
    ['sessionid', true],
    ['jwt', true],
    ['token_type', false],
    ['key', false],
    ['monkey', false],
    ['sessions_open', false],
  ])('%s: %s', (name, secret) => {
    const text = show({ data: [{ [name]: 'LIVE-value' }] })
    expect(text).toBe(`{"data":[{"${name}":"${secret ? '***' : 'LIVE-value'}"}]}`)
    const cutOff = excerpt(`{"a": 1, "${name}": "LIVE-value-that-is-cut`)
    expect(cutOff.includes('LIVE')).toBe(!secret)
  })

  it('are hidden where a condition is about one of them', () => {
    const messages = findings(
      { json: [['$.access_token', { equals: literal('x') }]] },
      { body: { access_token: 'LIVE-value' } },
    )
    expect(messages[0]?.message).toBe('The JSON at $.access_token is "***"; it must equal "x".')
  })
})

describe('a value that a server chose', () => {
  it.each<readonly [Json, string]>([
    ['down', '"down"'],
    ['a\r\nb\tc', '"a\\r\\nb\\tc"'],
    ['say "no"', '"say \\"no\\""'],
    ['\u001b[31mred', '"\\u001b[31mred"'],
    ['abc\u202edcba', '"abc\\u202edcba"'],
    ['zero\u200bwidth', '"zero\\u200bwidth"'],
    [{ a: [1, null] }, '{"a":[1,null]}'],
    ['x'.repeat(200), `"${'x'.repeat(117)}…"`],
    ['é', '"é"'],
  ])('%j is shown as %s', (value, shown) => expect(show(value)).toBe(shown))

  it('never takes more than one line of 120 visible characters', () => {
    const strings = fc.string({ unit: 'binary', maxLength: 300 })
    fc.assert(
      fc.property(fc.oneof(strings, fc.jsonValue({ stringUnit: 'binary' })), (value) => {
        const shown = show(value as Json)
        expect([...shown].length).toBeLessThanOrEqual(120)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }),
    )
  })

  it('is redacted before it is cut, so that no half of a secret is left', () => {
    const secret = 's3cr3t-token-of-some-length'
    const redact = (given: string) => given.replaceAll(secret, '***')
    const body = `${'.'.repeat(110)}${secret}`
    expect(show(body)).toContain('s3cr3t')
    expect(show(body, redact)).toBe(`"${'.'.repeat(110)}***"`)
    expect(show({ body }, redact)).not.toContain('s3c')
    expect(plain(body, redact)).toBe(`${'.'.repeat(110)}***`)
  })

  it('that is nested too deeply for JSON.stringify is named', () => {
    const deep: Json = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    expect(show(deep)).toBe('JSON that is nested too deeply to be shown')
  })
})

it('lists read as a person writes them', () => {
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'], 'or')]).toEqual([
    '',
    'a',
    'a and b',
    'a, b or c',
  ])
})
