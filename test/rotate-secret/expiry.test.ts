/** A token that is about to end is warned of while there is time. */
import { describe, expect, it } from 'vitest'
import { expiryWarning, gitHubTokenEnd } from '../../actions/rotate-secret/expiry.ts'
import { CLOUDFLARE, DAY, type Scene, startScene } from './setup.ts'

const TARGETS = { ...CLOUDFLARE, targets: 'repository\nworker:api' }
const inDays = (days: number) => new Date(Date.now() + days * DAY + 60_000)
const date = (at: Date) => at.toISOString().slice(0, 10)
const ending = ({ github }: Scene, expiresAt: Date) =>
  github.issuePersonalToken({ login: 'octocat', permissions: { secrets: 'write' }, expiresAt })

describe('the token for GitHub', () => {
  it('is warned of in the days before its end', async () => {
    await using scene = await startScene()
    const end = inDays(3)
    const ended = await scene.rotate({ 'github-token': ending(scene, end) })
    expect(ended.outputs['result']).toBe('rotated')
    expect(ended.warnings).toEqual([
      `The token in github-token expires on ${date(end)}, in 3 d: make a new one in time, or the next rotation fails.`,
    ])
  })

  it.each([
    ['there is time left', 15, {}],
    ['it is not asked for', 1, { 'warn-expiry': '0' }],
    ['less is asked for', 3, { 'warn-expiry': '2d' }],
  ])('is not warned of where %s', async (_, days, inputs) => {
    await using scene = await startScene()
    const ended = await scene.rotate({ 'github-token': ending(scene, inDays(days)), ...inputs })
    expect(ended.warnings).toEqual([])
  })

  it('without an end is not warned of', async () => {
    await using scene = await startScene()
    expect((await scene.rotate({ 'warn-expiry': '3650d' })).warnings).toEqual([])
  })

  it.each([
    ['2026-12-31 09:00:00 UTC', Date.UTC(2026, 11, 31, 9)],
    ['2026-12-31 09:00:00 +0100', Date.UTC(2026, 11, 31, 8)],
    ['2026-12-31 09:00:00 -0500', Date.UTC(2026, 11, 31, 14)],
  ])('has its end in the header as %s', (text, at) => {
    expect(gitHubTokenEnd({ 'github-authentication-token-expiration': text })).toEqual({ token: 'github-token', at })
  })

  it.each([{}, { 'github-authentication-token-expiration': 'soon' }])('has no end in %j', (headers) => {
    expect(gitHubTokenEnd(headers)).toBeUndefined()
  })
})

describe.each(['user', 'account'] as const)('the token for Cloudflare of a %s', (tokenOwner) => {
  it('is warned of in the days before its end', async () => {
    const end = inDays(10)
    await using scene = await startScene({ cloudflare: { tokenOwner, tokenExpiresOn: end.toISOString() } })
    const ended = await scene.rotate(TARGETS)
    expect(ended.warnings).toEqual([
      `The token in api-token expires on ${date(end)}, in 10 d: make a new one in time, or the next rotation fails.`,
    ])
  })

  it('is not asked about where no warning is wanted', async () => {
    await using scene = await startScene({ cloudflare: { tokenOwner, tokenExpiresOn: inDays(1).toISOString() } })
    const ended = await scene.rotate({ ...TARGETS, 'warn-expiry': '0' })
    expect(ended.warnings).toEqual([])
    expect(ended.requests.filter((request) => request.endsWith('/tokens/verify'))).toEqual([])
  })

  it('without an end is not warned of', async () => {
    await using scene = await startScene({ cloudflare: { tokenOwner } })
    expect((await scene.rotate(TARGETS)).warnings).toEqual([])
  })
})

it('is warned of where nothing is due, too: that is when there is time', async () => {
  await using scene = await startScene({ age: DAY })
  const ended = await scene.rotate({ 'github-token': ending(scene, inDays(1)) })
  expect(ended.outputs['result']).toBe('not-due')
  expect(ended.warnings).toHaveLength(1)
})

it('says so where the end has passed', () => {
  const at = Date.UTC(2026, 2, 1)
  expect(expiryWarning({ token: 'api-token', at }, at + 1, DAY)).toBe(
    'The token in api-token has expired on 2026-03-01.',
  )
  expect(expiryWarning({ token: 'api-token', at }, at - DAY, DAY)).toContain('in 1 d')
  expect(expiryWarning({ token: 'api-token', at }, at - DAY - 1, DAY)).toBeUndefined()
})
