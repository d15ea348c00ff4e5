import { describe, expect, it } from 'vitest'
import { nameOf, registryUrl } from '../../actions/cleanup-images/names.ts'
import { ActionError } from '../../src/errors.ts'
import { DAY, digestOf, parsed } from './models.ts'

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof ActionError) return error.text
    throw error
  }
  throw new Error('Nothing was refused.')
}

it('keeps 90 days, ten images, versions and latest, unless it is told otherwise', () => {
  const { policy, dryRun, allowMassDeletion } = parsed()
  expect(policy).toMatchObject({ olderThan: 90 * DAY, keepLast: 10 })
  expect(policy.keepTags.map(({ text }) => text)).toEqual(['semver', 'latest'])
  expect([dryRun, allowMassDeletion]).toEqual([false, false])
})

it('reads digests with and without the image before them', () => {
  const digest = digestOf('a')
  const { policy } = parsed({
    'keep-digests': `${digest}\n  ghcr.io/o/app@${digest}\nghcr.io/o/app:1@${digestOf('b')}\n`,
  })
  expect([...policy.keepDigests]).toEqual([digest, digestOf('b')])
})

describe('what is refused', () => {
  it.each<readonly [string, string, string]>([
    ['older-than', '90', 'has no unit'],
    ['older-than', '0d', 'no time at all'],
    ['keep-last', '-1', 'not a number of versions'],
    ['keep-last', 'all', 'not a number of versions'],
    ['keep-tags', 'semver, latest', 'matches no tag'],
    ['keep-tags', '/v.*/', 'matches no tag'],
    ['keep-digests', 'latest', 'is no digest'],
    ['keep-digests', 'sha256:abc', 'is no digest'],
    ['dry-run', 'yes', 'neither true nor false'],
  ])('%s: %s', (name, value, reason) => {
    expect(refusal(() => parsed({ [name]: value }))).toContain(reason)
  })
})

describe('the name of the package', () => {
  const context = { owner: 'Octo-Org', repo: 'My.Site' }
  it.each<readonly [string | undefined, string | undefined, string]>([
    [undefined, undefined, 'octo-org/my.site'],
    ['App/Api', undefined, 'octo-org/app/api'],
    ['app', 'Other', 'other/app'],
  ])('%s of %s', (name, owner, expected) => {
    const found = nameOf({ package: name, owner }, context)
    expect(`${found.owner}/${found.package}`).toBe(expected)
  })

  it.each(['app:latest', 'ghcr.io//app', 'app@sha256:1', '../app', 'app/', 'a b', 'app%2Fapi'])('is not %s', (name) => {
    expect(refusal(() => nameOf({ package: name, owner: undefined }, context))).toContain(
      'no name in a container registry',
    )
  })

  it('has an owner without a slash', () => {
    expect(refusal(() => nameOf({ package: 'app', owner: 'a/b' }, context))).toContain('Input owner')
  })
})

describe('the registry', () => {
  it.each<readonly [string, string | undefined, string]>([
    ['https://github.com', undefined, 'https://ghcr.io'],
    ['https://github.example.com', undefined, 'https://containers.github.example.com'],
    ['https://octocorp.ghe.com', undefined, 'https://containers.octocorp.ghe.com'],
    ['https://github.com', 'http://127.0.0.1:5000/', 'http://127.0.0.1:5000'],
  ])('of %s with %s', (server, override, expected) => {
    expect(registryUrl(server, override)).toBe(expected)
  })

  it.each(['ghcr.io', 'ftp://x', 'https://user@x'])('is not %s', (override) => {
    expect(refusal(() => registryUrl('https://github.com', override))).toContain('CONTAINER_REGISTRY_URL')
  })
})
