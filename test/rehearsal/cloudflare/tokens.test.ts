import { describe, expect, test } from 'vitest'
import { ACCOUNT, call, deploy, PROJECTS, start } from './client.ts'

const USER = '/user/tokens/verify'
const OF_ACCOUNT = `/accounts/${ACCOUNT}/tokens/verify`
const WORKER = `/accounts/${ACCOUNT}/workers/scripts/api/secrets`

const invalid = { status: 401, success: false, result: null, errors: [{ code: 1000, message: 'Invalid API Token' }] }
const refused = { status: 403, success: false, errors: [{ code: 10000 }] }

describe('the verification of a token', () => {
  test.each([
    ['user', USER, OF_ACCOUNT],
    ['account', OF_ACCOUNT, USER],
  ] as const)('of one that belongs to the %s answers at %s and not at %s', async (tokenOwner, here, there) => {
    await using cloudflare = await start({ tokenOwner })
    expect(await call(cloudflare, 'GET', here)).toMatchObject({
      status: 200,
      result: { id: expect.stringMatching(/^[0-9a-f]{32}$/), status: 'active' },
      messages: [{ code: 10000, message: 'This API Token is valid and active' }],
    })
    expect(await call(cloudflare, 'GET', there)).toMatchObject(invalid)
    expect(await call(cloudflare, 'GET', `${PROJECTS}/site`)).toMatchObject({ status: 200 })
  })

  test.each([USER, OF_ACCOUNT])('at %s knows no other token, and needs one', async (path) => {
    await using cloudflare = await start({ tokenOwner: path === USER ? 'user' : 'account' })
    expect(await call(cloudflare, 'GET', path, { token: 'another-token' })).toMatchObject(invalid)
    const without = await call(cloudflare, 'GET', path, { headers: {} })
    expect(without).toMatchObject({ status: 400, errors: [{ code: 9106 }] })
  })

  test('for another account knows no token, and what is no account is not routed', async () => {
    await using cloudflare = await start({ tokenOwner: 'account' })
    const verify = (account: string) => call(cloudflare, 'GET', `/accounts/${account}/tokens/verify`)
    expect(await verify('f'.repeat(32))).toMatchObject(invalid)
    expect(await verify('my-account')).toMatchObject({ status: 404, errors: [{ code: 7003 }, { code: 7000 }] })
  })

  test.each(['user', 'account'] as const)(
    'tells when one of the %s ends, and nothing where it does not',
    async (tokenOwner) => {
      const tokenExpiresOn = '2026-12-31T23:59:59Z'
      const path = tokenOwner === 'user' ? USER : OF_ACCOUNT
      await using ending = await start({ tokenOwner, tokenExpiresOn })
      expect((await call(ending, 'GET', path)).result).toMatchObject({ status: 'active', expires_on: tokenExpiresOn })
      await using endless = await start({ tokenOwner })
      expect((await call(endless, 'GET', path)).result).not.toHaveProperty('expires_on')
    },
  )
})

describe('what a token may do', () => {
  const workers = [{ name: 'api' }]
  const json = { name: 'KEY', text: 'x', type: 'secret_text' }
  const patch = { deployment_configs: { production: { env_vars: { KEY: { type: 'secret_text', value: 'x' } } } } }

  test('is everything when nothing is said', async () => {
    await using cloudflare = await start({ workers })
    expect(await call(cloudflare, 'PATCH', `${PROJECTS}/site`, { json: patch })).toMatchObject({ status: 200 })
    expect(await call(cloudflare, 'PUT', WORKER, { json })).toMatchObject({ status: 200 })
  })

  test('without Pages is nothing with projects, not even to learn whether one exists', async () => {
    await using cloudflare = await start({ workers, tokenScopes: ['workers'] })
    expect(await call(cloudflare, 'PATCH', `${PROJECTS}/site`, { json: patch })).toMatchObject(refused)
    expect(await call(cloudflare, 'GET', `${PROJECTS}/site`)).toMatchObject(refused)
    expect(await call(cloudflare, 'GET', `${PROJECTS}/other`)).toMatchObject(refused)
    expect(await call(cloudflare, 'POST', PROJECTS, { json: { name: 'docs' } })).toMatchObject(refused)
    expect(await call(cloudflare, 'PUT', WORKER, { json })).toMatchObject({ status: 200 })
    expect(cloudflare.projects.map((project) => project.variablesOf('production'))).toEqual([{}])
  })

  test('without Workers is nothing with their secrets', async () => {
    await using cloudflare = await start({ workers, tokenScopes: ['pages'] })
    expect(await call(cloudflare, 'GET', WORKER)).toMatchObject(refused)
    expect(await call(cloudflare, 'PUT', WORKER, { json })).toMatchObject(refused)
    expect(await call(cloudflare, 'DELETE', `${WORKER}/KEY`)).toMatchObject(refused)
    expect(cloudflare.workers).toEqual({ api: {} })
    expect(await deploy(cloudflare, { '/index.html': 'home' })).toMatchObject({ environment: 'production' })
  })

  test('without either is to be verified', async () => {
    await using cloudflare = await start({ workers, tokenScopes: [] })
    expect(await call(cloudflare, 'GET', USER)).toMatchObject({ status: 200, result: { status: 'active' } })
    expect(await call(cloudflare, 'GET', WORKER)).toMatchObject(refused)
    expect(await call(cloudflare, 'GET', `${PROJECTS}/site`)).toMatchObject(refused)
  })

  test('is nothing with Workers for another token or account', async () => {
    await using cloudflare = await start({ workers })
    expect(await call(cloudflare, 'GET', WORKER, { token: 'another-token' })).toMatchObject(refused)
    const elsewhere = WORKER.replace(ACCOUNT, 'f'.repeat(32))
    expect(await call(cloudflare, 'GET', elsewhere)).toMatchObject(refused)
  })
})
