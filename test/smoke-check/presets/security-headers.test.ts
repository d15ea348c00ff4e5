import { describe, expect, it } from 'vitest'
import type { Json } from '../../../actions/smoke-check/check.ts'
import { runPresets } from '../../../actions/smoke-check/presets/presets.ts'
import type { PresetProbe } from '../../../actions/smoke-check/presets/probe.ts'
import { observe } from '../judge/setup.ts'
import { aCheck } from '../run/sample.ts'
import { always, assertions, runPreset, told } from './setup.ts'

const SAFE = {
  'content-type': 'text/html',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

async function judged(
  changed: Headers,
  options: Readonly<Record<string, Json>> = {},
  url = 'https://api.example.com/',
) {
  const lines = Object.entries({ ...SAFE, ...changed }).flatMap(([name, values = []]) =>
    [values].flat().map((value) => [name, value] as const),
  )
  const observation = observe({ url: new URL(url), headers: lines, body: '<p>' })
  const probe: PresetProbe = {
    url: new URL(url),
    observation,
    signal: new AbortController().signal,
    request: () => Promise.reject(new Error('This preset makes no requests.')),
  }
  return runPresets(aCheck({ presets: [{ name: 'security-headers', options }] }), probe)
}

async function messages(...given: Parameters<typeof judged>) {
  return told(await judged(...given))
}

it('a page with all of them is fine, over real TLS', async () => {
  expect(await runPreset('security-headers', {}, always(200, SAFE), { tls: true })).toEqual([])
})

it('a page with none of them says for each what to set, over real TLS', async () => {
  const findings = await runPreset('security-headers', {}, always(200, { 'content-type': 'text/html' }), { tls: true })
  expect(findings.map(({ assertion, message, hint, severity }) => [assertion, message, hint, severity])).toEqual([
    [
      'security-headers: hsts',
      'There is no Strict-Transport-Security.',
      'Set Strict-Transport-Security: max-age=31536000.',
      'fail',
    ],
    [
      'security-headers: csp',
      'There is no Content-Security-Policy.',
      "Set Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'.",
      'fail',
    ],
    [
      'security-headers: nosniff',
      'There is no X-Content-Type-Options.',
      'Set X-Content-Type-Options: nosniff.',
      'fail',
    ],
    [
      'security-headers: referrer-policy',
      'There is no Referrer-Policy.',
      'Set Referrer-Policy: strict-origin-when-cross-origin, or same-origin or no-referrer.',
      'fail',
    ],
    [
      'security-headers: frame',
      'Any site may frame the page: there is neither frame-ancestors in Content-Security-Policy nor X-Frame-Options.',
      "Set Content-Security-Policy: frame-ancestors 'none' (or 'self'), and X-Frame-Options: DENY for old browsers.",
      'fail',
    ],
  ])
})

it('over plain http on loopback a warning says that HSTS was not judged', async () => {
  const findings = await runPreset('security-headers', {}, always(200, SAFE))
  expect(findings.map(({ severity }) => severity)).toEqual(['warn'])
  expect(told(findings)).toEqual([
    'security-headers: hsts: Strict-Transport-Security was not judged: the answer came over plain http from this machine.',
  ])
  expect(await runPreset('security-headers', { except: ['hsts'] }, always(200, SAFE))).toEqual([])
})

it('over plain http from elsewhere it is a failure', async () => {
  const findings = await judged({}, {}, 'http://api.example.com/')
  expect(findings.map(({ severity }) => severity)).toEqual(['fail'])
  expect(told(findings)[0]).toContain('http://api.example.com answered over plain http')
})

describe('hsts', () => {
  it.each<readonly [string, string | readonly string[], Readonly<Record<string, Json>>, string | undefined]>([
    ['six months', 'max-age=15768000', {}, undefined],
    ['a second less', 'max-age=15767999', {}, 'a max-age of at least 15768000 was wanted'],
    ['quoted and in any case', 'Max-Age="31536000" ; INCLUDESUBDOMAINS ;', { 'hsts-subdomains': true }, undefined],
    ['less where less is wanted', 'max-age=3600', { 'hsts-max-age': '1h' }, undefined],
    ['zero', 'max-age=0', {}, 'which switches it off'],
    ['no max-age', 'includeSubDomains', {}, 'which browsers ignore'],
    ['a unit', 'max-age=365d', {}, 'which browsers ignore'],
    ['max-age twice', 'max-age=31536000; max-age=0', {}, 'which browsers ignore'],
    ['a second header, which is ignored', ['max-age=0', 'max-age=31536000'], {}, 'which switches it off'],
    ['no subdomains though wanted', 'max-age=31536000', { 'hsts-subdomains': true }, 'includeSubDomains was wanted'],
  ])('%s', async (_name, value, options, message) => {
    const found = await messages({ 'strict-transport-security': value }, options)
    expect(found.length).toBe(message === undefined ? 0 : 1)
    expect(found.join()).toContain(message ?? '')
  })
})

describe('csp', () => {
  const FRAME = "; frame-ancestors 'self'"
  it.each<readonly [string, string | undefined]>([
    ["default-src 'self'", undefined],
    ["script-src 'self' https://cdn.example.com", undefined],
    ["default-src 'none'", undefined],
    ["default-src 'self' 'unsafe-inline'", "allows inline scripts ('unsafe-inline')"],
    ["default-src 'self'; style-src 'unsafe-inline'", undefined],
    ["default-src *; script-src 'self'", undefined],
    ["script-src 'self' 'UNSAFE-INLINE' 'nonce-abc'", undefined],
    ["script-src 'unsafe-inline' 'sha256-abc='", undefined],
    ["script-src 'unsafe-inline' 'strict-dynamic' https: 'nonce-abc'", undefined],
    ["script-src 'nonce-abc' https:", 'allows scripts from all hosts'],
    ["script-src 'nonce-abc' 'unsafe-eval'", "allows eval ('unsafe-eval')"],
    ["script-src 'self' 'wasm-unsafe-eval'", undefined],
    ['script-src *', 'allows scripts from all hosts'],
    ['default-src https:', 'allows scripts from all hosts'],
    ['script-src https://*:*', 'allows scripts from all hosts'],
    ["script-src 'self' https://*.example.com", undefined],
    ["script-src 'self' data:", 'allows scripts in data: URLs'],
    ["script-src 'self'; script-src-attr 'unsafe-inline'", "allows inline scripts ('unsafe-inline')"],
    ["script-src 'self'; script-src-elem *", 'allows scripts from all hosts'],
    ["script-src 'self'; script-src *", undefined],
    ["img-src 'self'", 'has neither script-src nor default-src'],
    [
      "default-src * 'unsafe-inline' 'unsafe-eval'",
      "allows inline scripts ('unsafe-inline'), allows eval ('unsafe-eval') and allows scripts from all hosts",
    ],
    ["default-src * 'unsafe-inline', default-src 'self'", undefined],
    [
      "default-src 'self' 'unsafe-inline', script-src 'self' 'unsafe-inline' 'unsafe-eval'",
      "allows inline scripts ('unsafe-inline'):",
    ],
    ["img-src 'self', script-src 'unsafe-eval'", "allows eval ('unsafe-eval'):"],
  ])('%s', async (policy, message) => {
    const found = await messages({ 'content-security-policy': `${policy}${FRAME}` })
    expect(found.length).toBe(message === undefined ? 0 : 1)
    expect(found.join()).toContain(message ?? '')
  })

  it('in several lines is as strict as the strictest', async () => {
    expect(
      await messages({ 'content-security-policy': ["script-src 'unsafe-inline'", `script-src 'self'${FRAME}`] }),
    ).toEqual([])
  })

  it('may be unsafe where the check says so', async () => {
    const policy = { 'content-security-policy': `default-src 'self' 'unsafe-inline'${FRAME}` }
    expect(await messages(policy, { 'csp-allow': ['unsafe-inline'] })).toEqual([])
    expect(await messages(policy, { 'csp-allow': ['unsafe-eval'] })).toHaveLength(1)
  })

  it('for reports only is none', async () => {
    const found = await messages({
      'content-security-policy': undefined,
      'content-security-policy-report-only': "default-src 'self'",
      'x-frame-options': 'DENY',
    })
    expect(found).toEqual([
      'security-headers: csp: There is no Content-Security-Policy, only Content-Security-Policy-Report-Only, which protects nobody.',
    ])
  })

  it('of JSON may say nothing of scripts', async () => {
    const json = { 'content-type': 'application/json', 'content-security-policy': "frame-ancestors 'none'" }
    expect(await messages(json)).toEqual([])
    expect(await messages({ ...json, 'content-type': 'text/html' })).toHaveLength(1)
  })
})

describe('nosniff, referrer-policy and frame', () => {
  const NO_FRAME = { 'content-security-policy': "default-src 'self'" }
  it.each<readonly [Headers, readonly string[]]>([
    [{ 'x-content-type-options': 'NoSniff' }, []],
    [{ 'x-content-type-options': ['nosniff', 'nosniff'] }, []],
    [{ 'x-content-type-options': 'none' }, ['security-headers: nosniff']],
    [{ 'referrer-policy': 'no-referrer' }, []],
    [{ 'referrer-policy': 'unsafe-url, same-origin' }, []],
    [{ 'referrer-policy': 'same-origin, from-the-future' }, []],
    [{ 'referrer-policy': 'same-origin, unsafe-url' }, ['security-headers: referrer-policy']],
    [{ 'referrer-policy': 'no-referrer-when-downgrade' }, ['security-headers: referrer-policy']],
    [{ 'referrer-policy': 'nonsense' }, ['security-headers: referrer-policy']],
    [{ ...NO_FRAME }, ['security-headers: frame']],
    [{ ...NO_FRAME, 'x-frame-options': 'sameorigin' }, []],
    [{ ...NO_FRAME, 'x-frame-options': 'ALLOW-FROM https://a.example' }, ['security-headers: frame']],
    [
      { 'content-security-policy': "default-src 'self'; frame-ancestors *", 'x-frame-options': 'DENY' },
      ['security-headers: frame'],
    ],
    [{ 'content-security-policy': "default-src 'self'; frame-ancestors https:" }, ['security-headers: frame']],
    [{ 'content-security-policy': "default-src 'self'; frame-ancestors https://a.example" }, []],
    [{ 'content-security-policy': "default-src 'self'; frame-ancestors" }, []],
  ])('%j', async (headers, expected) => expect(assertions(await judged(headers))).toEqual(expected))
})
