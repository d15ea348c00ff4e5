import { describe, expect, it } from 'vitest'
import { subjectOfTag, tagPattern } from '../../actions/cleanup-images/tags.ts'

describe('semver', () => {
  const { matches } = tagPattern('semver')
  it.each(['1.2.3', 'v1.2.3', '0.0.1', '1.2.3-rc.1', 'v10.20.30', '1.2', 'v1.2', '1', 'v1', '2026'])('is %s', (tag) => {
    expect(matches(tag)).toBe(true)
  })
  it.each([
    'latest',
    'main',
    '01.2.3',
    '1.2.3.4',
    '1.2-rc.1',
    'sha-1234567',
    '1234567', // an abbreviated commit without a letter
    '20261129',
    'x1.2.3',
    '1.2.3+build',
    '',
    'v',
  ])('is not %s', (tag) => {
    expect(matches(tag)).toBe(false)
  })
})

describe('a pattern', () => {
  it.each<readonly [string, string, boolean]>([
    ['latest', 'latest', true],
    ['latest', 'latest-rc', false],
    ['release-*', 'release-2', true],
    ['release-*', 'release-', true],
    ['release-*', 'my-release-2', false],
    ['v?', 'v1', true],
    ['v?', 'v12', false],
    ['a.b', 'axb', false],
    ['*', 'anything', true],
    ['a*b*c', 'a-b-c', true],
  ])('%s and the tag %s', (text, tag, expected) => {
    expect(tagPattern(text).matches(tag)).toBe(expected)
  })

  it('takes no time for a tag that was made to take it', () => {
    const started = performance.now()
    expect(tagPattern('*'.repeat(60)).matches(`${'a'.repeat(127)}!`)).toBe(true)
    expect(tagPattern('a**********b').matches('a'.repeat(128))).toBe(false)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('the subject of a tag', () => {
  const hex = 'ab'.repeat(32)
  it.each([`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`, `sha256-${hex}.sbom`])(
    'is named by %s',
    (tag) => {
      expect(subjectOfTag(tag)).toBe(`sha256:${hex}`)
    },
  )
  it.each([
    'latest',
    `sha256-${hex.slice(1)}`,
    `sha256-${hex}0`,
    `sha512-${hex}`,
    `x-sha256-${hex}`,
    `sha256-${hex}.2.x`,
  ])('is not named by %s', (tag) => {
    expect(subjectOfTag(tag)).toBeUndefined()
  })
})
