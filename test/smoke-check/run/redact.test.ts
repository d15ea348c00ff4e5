import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Redactor } from '../../../actions/smoke-check/redact.ts'

const SECRET = `pa"ss/wörd+'<&>=`

const json = (text: string) => JSON.stringify(text).slice(1, -1)
const percentLower = (text: string) => encodeURIComponent(text).replace(/%../g, (octet) => octet.toLowerCase())
const ascii = (text: string) =>
  json(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
const html = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;')

/** How a server, or what stands before it, gives back what it was sent. */
const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'URL-encoded': encodeURIComponent,
  'URL-encoded in lower case': percentLower,
  'URL-encoded twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  'form-encoded': (secret) => new URLSearchParams({ token: secret }).toString().slice('token='.length),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64url': (secret) => Buffer.from(secret).toString('base64url'),
  'in hex': (secret) => Buffer.from(secret).toString('hex'),
  'in upper-case hex': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  'in JSON': json,
  'in ASCII JSON': ascii,
  'in HTML': html,
  'read as Latin-1': (secret) => Buffer.from(secret).toString('latin1'),
}

it.each(Object.entries(FORMS))('takes out a secret that comes back %s', (_, form) => {
  const text = `Served "${form(SECRET)}" where "ok" was wanted.`
  expect(new Redactor([SECRET]).redact(text)).toBe('Served "***" where "ok" was wanted.')
})

it.each(Object.entries(FORMS))('takes out any secret that comes back %s, whatever stands around it', (_, form) => {
  const secrets = fc.string({ unit: 'grapheme', minLength: 4, maxLength: 40 }).filter((one) => one.trim().length >= 4)
  fc.assert(
    fc.property(secrets, fc.string({ unit: 'binary' }), fc.string(), (secret, before, behind) => {
      const shown = new Redactor([secret]).redact(`${before}${form(secret)}${behind}`)
      expect(shown).toContain('***')
      expect(shown).not.toContain(form(secret))
    }),
  )
})

it.each(['', 'a', 'ab', 'abc', 'user:'])('finds it in base64 behind "%s"', (before) => {
  const whole = Buffer.from(`${before}${SECRET}:rest`).toString('base64')
  const shown = new Redactor([SECRET]).redact(`Authorization was ${whole}`)
  expect(shown).toContain('***')
  const parts = shown.replace('Authorization was ', '').split('***')
  expect(parts.join('').length).toBeLessThan(whole.length - Math.floor((SECRET.length * 8) / 6) + 6)
})

it.each([
  ['at the end of what was cut', 'Served "a page with pa"ss/wör…".'],
  ['with three dots', 'Served "a page with pa"ss/wör...".'],
])('takes out the first part of a secret %s', (_, text) => {
  expect(new Redactor([SECRET]).redact(text)).not.toMatch(/pa"s/)
})

it('takes out the last part of a secret behind a cut', () => {
  expect(new Redactor([SECRET]).redact(`Served "…wörd+'<&>= and so on".`)).toBe('Served "…*** and so on".')
})

it('takes out the longer of two secrets that begin alike', () => {
  expect(new Redactor(['token', 'token-of-bob']).redact('token-of-bob token')).toBe('*** ***')
})

it('takes out two secrets that overlap', () => {
  expect(new Redactor(['first-and', 'and-second']).redact('<first-and-second>')).toBe('<***>')
})

it('takes out each line of a secret of several lines', () => {
  const shown = new Redactor(['first line\nsecond line']).redact('"second line" and "first line second line"')
  expect(shown).toBe('"***" and "***"')
})

it('takes a very short value out only where it stands alone', () => {
  expect(new Redactor(['7']).redact('Item 7 of 17, id=7.')).toBe('Item *** of 17, id=***.')
})

it('leaves text alone that holds no secret', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(new Redactor(['\u{1F511} never in it \u{1F511}']).redact(text)).toBe(text)
    }),
  )
})

it('knows no empty secret', () => {
  const redactor = new Redactor(['', '  '])
  expect(redactor.redact('a  b')).toBe('a  b')
})

it('goes through a long text once, however many secrets there are', () => {
  const redactor = new Redactor(Array.from({ length: 2000 }, (_, index) => `secret-number-${index}-of-many`))
  const started = performance.now()
  expect(redactor.redact('x'.repeat(200_000))).toHaveLength(200_000)
  expect(performance.now() - started).toBeLessThan(1000)
})

it('takes any value, of whatever characters, and never throws', () => {
  const values = fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.string({ unit: 'binary' }), fc.string())
  fc.assert(
    fc.property(values, fc.string({ unit: 'binary' }), (value, text) => {
      expect(typeof new Redactor([value]).redact(`${text}…${value}`)).toBe('string')
    }),
    { numRuns: 1000 },
  )
})

it.each(['a-b', '-1', 'v/2', '$&', '.*', '[', '\\'])('takes the short value %s out where it stands alone', (value) => {
  expect(new Redactor([value]).redact(`It is ${value} here.`)).toBe('It is *** here.')
})

it('takes a secret out in whatever case it comes back, if it is long enough', () => {
  const redactor = new Redactor(['Secret-Host-Name', 'Ab1cd'])
  expect(redactor.redact('secret-host-name SECRET-HOST-NAME Ab1cd ab1cd')).toBe('*** *** *** ab1cd')
  expect(redactor.redact(encodeURIComponent('Ab1cd').toLowerCase())).toBe('ab1cd')
})

it.each([
  ['first 12 characters', 'Served "sk_live_abcd" as an id.', 'Served "***" as an id.'],
  ['last 12 characters', 'It ends in mnopqrstuvwx, does it not?', 'It ends in ***, does it not?'],
  ['first half and something else', 'sk_live_abcdefghXXXX', '***XXXX'],
])('takes out the %s of a long token', (_, text, shown) => {
  expect(new Redactor(['sk_live_abcdefghijklmnopqrstuvwx']).redact(text)).toBe(shown)
})

it('leaves what only begins like a long address or a sentence', () => {
  const redactor = new Redactor(['https://hooks.example.com/services/T000/B000', 'The quick brown fox jumps over it'])
  const text = 'https://hooks.example.com/ answers, and The quick brown cat too.'
  expect(redactor.redact(text)).toBe(text)
})
