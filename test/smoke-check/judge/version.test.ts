import { describe, expect, it } from 'vitest'
import type { ValueSource } from '../../../actions/smoke-check/check.ts'
import { isSameVersion, servedVersion } from '../../../actions/smoke-check/judge/version.ts'
import { aCheck } from '../run/sample.ts'
import { type Answer, findings, observe } from './setup.ts'

const SHA = '0123456789abcdef0123456789abcdef01234567'
const OLD = 'fedcba9876543210fedcba9876543210fedcba98'

describe.each<readonly [served: string, expected: string, same: boolean]>([
  [SHA, SHA, true],
  [SHA.slice(0, 7), SHA, true],
  [SHA, SHA.slice(0, 12), true],
  [SHA.slice(0, 6), SHA, false],
  [SHA.toUpperCase(), SHA, true],
  [OLD, SHA, false],
  ['1.2.3', '1.2.3', true],
  ['1.2', '1.2.3', false],
  ['v1.2.3', '1.2.3', true],
  ['1.2.3', 'V1.2.3', true],
  ['vendor', 'endor', false],
  [`${SHA}${SHA.slice(0, 24)}`, SHA.slice(0, 12), true],
  ['1234567', '12345678', false],
  ['202511201530', '20251120', false],
  ['abcdef0', 'abcdef0123', false],
  ['release-1', 'release-12', false],
  ['', SHA, false],
])('served %j, expected %j', (served, expected, same) => {
  it(same ? 'is the same' : 'is another', () => expect(isSameVersion(served, expected)).toBe(same))
})

describe.each<readonly [string, ValueSource, Answer]>([
  ['JSON', { json: '$.commit' }, { body: { commit: OLD } }],
  ['a header', { header: 'X-Version' }, { headers: [['x-version', ` ${OLD} `]] }],
  ['a cookie', { cookie: 'version' }, { headers: [['set-cookie', `version=${OLD}`]] }],
  ['the body', { bodyMatches: 'commit: ([0-9a-f]+)' }, { headers: [], body: `<!-- commit: ${OLD} -->` }],
])('the version in %s', (_name, version, answer) => {
  it('is waited for while the old one answers', () => {
    const [finding] = findings({ version }, answer, { expectVersion: SHA })
    expect(finding?.waiting).toEqual({ expected: SHA, served: OLD })
    expect(finding?.message).toBe(`Version ${OLD} answers; waiting for ${SHA}.`)
  })

  it('is right once the expected one answers', () => {
    expect(findings({ version }, answer, { expectVersion: OLD })).toEqual([])
  })

  it('is read but not judged without an expected one', () => {
    expect(findings({ version }, answer)).toEqual([])
    expect(servedVersion(aCheck({ version }), observe(answer))).toBe(OLD)
  })

  it('that is not served is waited for too, and the finding says so', () => {
    const [finding] = findings({ version }, { headers: [], body: '{}' }, { expectVersion: SHA })
    expect(finding?.waiting).toEqual({ expected: SHA, served: undefined })
    expect(finding?.message).toMatch(/^No version is served yet: .+ Waiting for 0123456789abcdef/)
  })
})

it('is waited for by a check that only warns, too: a gate that lets the old version pass proves nothing', () => {
  const check = { severity: 'warn', version: { json: '$.commit' }, status: [{ exact: 204 }] } as const
  const [version, status] = findings(check, { body: { commit: OLD } }, { expectVersion: SHA })
  expect(version).toMatchObject({ assertion: 'version', severity: 'fail', waiting: { served: OLD } })
  expect(status).toMatchObject({ assertion: 'status', severity: 'warn' })
})

it('an empty version is none', () => {
  const [finding] = findings(
    { version: { header: 'x-version' } },
    { headers: [['x-version', '']] },
    { expectVersion: SHA },
  )
  expect(finding?.message).toContain('the header x-version is empty')
  expect(finding?.waiting?.served).toBeUndefined()
})
