import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cloudflare } from '../../../rehearsal/cloudflare/server.ts'
import { ACCOUNT, call, hashOf, PROJECTS, start, upload } from './client.ts'

let cloudflare: Cloudflare

beforeEach(async () => {
  cloudflare = await start()
})

afterEach(async () => {
  await cloudflare[Symbol.asyncDispose]()
})

describe('credentials', () => {
  const refused = (status: number, ...codes: readonly number[]) => ({
    status,
    success: false,
    result: null,
    errors: codes.map((code) => expect.objectContaining({ code })),
  })

  test('a request without a token is refused with 9106', async () => {
    expect(await call(cloudflare, 'GET', `${PROJECTS}/site`, { headers: {} })).toMatchObject(refused(400, 9106))
  })

  test.each(['Bearer ***', 'Bearer a b', 'Basic abc', 'Bearer'])('%j is refused as no token at all', async (header) => {
    const answer = await call(cloudflare, 'GET', `${PROJECTS}/site`, { headers: { authorization: header } })
    expect(answer).toMatchObject(refused(400, 6003))
    expect(answer.errors[0]).toMatchObject({ error_chain: [{ code: 6111 }] })
  })

  test('an unknown token is refused with 10000, and says so when it is verified', async () => {
    const token = 'another-token'
    expect(await call(cloudflare, 'GET', `${PROJECTS}/site`, { token })).toMatchObject(refused(403, 10000))
    expect(await call(cloudflare, 'GET', '/accounts', { token })).toMatchObject(refused(403, 10000))
    expect(await call(cloudflare, 'GET', '/user/tokens/verify', { token })).toMatchObject(refused(401, 1000))
  })

  test('the known token is active, finds its account and may not read its user', async () => {
    expect(await call(cloudflare, 'GET', '/user/tokens/verify')).toMatchObject({ result: { status: 'active' } })
    expect(await call(cloudflare, 'GET', '/accounts?page=1')).toMatchObject({
      result: [{ id: ACCOUNT }],
      result_info: { page: 1, count: 1, total_count: 1 },
    })
    expect(await call(cloudflare, 'GET', '/memberships?page=1')).toMatchObject({
      result: [{ account: { id: ACCOUNT } }],
    })
    expect(await call(cloudflare, 'GET', '/user')).toMatchObject(refused(403, 9109))
  })

  test("another account's id is refused like a bad token, and what is no id is not routed", async () => {
    const other = 'f'.repeat(32)
    const site = (account: string) => call(cloudflare, 'GET', `/accounts/${account}/pages/projects/site`)
    expect(await site(other)).toMatchObject(refused(403, 10000))
    expect(await site('my-account')).toMatchObject(refused(404, 7003, 7000))
  })

  test('an unknown path is not routed', async () => {
    expect(await call(cloudflare, 'GET', `${PROJECTS}/site/unknown`)).toMatchObject(refused(404, 7003, 7000))
  })
})

describe('projects', () => {
  test('a project shows its branch, hosts and configurations, and no deployment yet', async () => {
    const { status, success, result } = await call(cloudflare, 'GET', `${PROJECTS}/site`)
    expect({ status, success }).toEqual({ status: 200, success: true })
    expect(result).toMatchObject({
      name: 'site',
      production_branch: 'main',
      subdomain: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      domains: [result.subdomain],
      latest_deployment: null,
      canonical_deployment: null,
      deployment_configs: { production: { env_vars: {} }, preview: { env_vars: {} } },
    })
  })

  test('an unknown project is 8000007', async () => {
    const answer = await call(cloudflare, 'GET', `${PROJECTS}/other`)
    expect(answer).toMatchObject({ status: 404, errors: [{ code: 8000007 }] })
  })

  test('a project can be created once', async () => {
    const json = { name: 'docs', production_branch: 'trunk' }
    const created = await call(cloudflare, 'POST', PROJECTS, { json })
    expect(created.result).toMatchObject(json)
    expect(await call(cloudflare, 'GET', `${PROJECTS}/docs`)).toMatchObject({ result: json })
    expect(await call(cloudflare, 'POST', PROJECTS, { json })).toMatchObject({ errors: [{ code: 8000002 }] })
  })
})

describe('assets', () => {
  const jwt = async () => (await call(cloudflare, 'GET', `${PROJECTS}/site/upload-token`)).result.jwt

  test('the upload token tells how many files are allowed', async () => {
    const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims(await jwt())).toMatchObject({ max_file_count_allowed: 20_000 })
    await using large = await start({ maxFileCount: 3 })
    const { result } = await call(large, 'GET', `${PROJECTS}/site/upload-token`)
    expect(claims(result.jwt)).toMatchObject({ max_file_count_allowed: 3 })
  })

  test('the API token does not upload: an asset call without the upload token is 8000013', async () => {
    const json = { hashes: [] }
    const answer = await call(cloudflare, 'POST', '/pages/assets/check-missing', { json })
    expect(answer).toMatchObject({ status: 401, errors: [{ code: 8000013 }] })
  })

  test('a hash is missing until its file was uploaded', async () => {
    const token = await jwt()
    const [here, there] = [hashOf('here'), hashOf('there')]
    const missing = async () => {
      const json = { hashes: [here, there] }
      return (await call(cloudflare, 'POST', '/pages/assets/check-missing', { token, json })).result
    }
    expect(await missing()).toEqual([here, there])
    const json = [{ key: here, value: btoa('here'), metadata: { contentType: 'text/plain' }, base64: true }]
    expect(await call(cloudflare, 'POST', '/pages/assets/upload', { token, json })).toMatchObject({ success: true })
    expect(await missing()).toEqual([there])
    const upsert = { token, json: { hashes: [here, there] } }
    expect(await call(cloudflare, 'POST', '/pages/assets/upsert-hashes', upsert)).toMatchObject({ success: true })
  })

  test('a deployment that names a hash nobody uploaded is refused', async () => {
    const form = new FormData()
    form.set('manifest', JSON.stringify({ '/index.html': hashOf('never uploaded') }))
    const answer = await call(cloudflare, 'POST', `${PROJECTS}/site/deployments`, { form })
    expect(answer).toMatchObject({ status: 400, success: false, errors: [{ code: 8000000 }] })
    expect(cloudflare.projects[0]?.deployments).toEqual([])
  })

  test.each(['no manifest', 'a broken manifest'])('a deployment with %s is refused', async (what) => {
    const form = new FormData()
    form.set('branch', 'main')
    if (what === 'a broken manifest') form.set('manifest', '{')
    const answer = await call(cloudflare, 'POST', `${PROJECTS}/site/deployments`, { form })
    const code = what === 'no manifest' ? 8000096 : 8000000
    expect(answer).toMatchObject({ status: 400, errors: [{ code }] })
  })
})

describe('the record of requests', () => {
  test('keeps paths, bodies and answers, and neither credentials nor files', async () => {
    await upload(cloudflare, { '/index.html': 'a whole page' }, { fields: { _headers: 'x'.repeat(500) } })
    expect(cloudflare.requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
      `GET ${PROJECTS}/site/upload-token 200`,
      'POST /pages/assets/upload 200',
      `POST ${PROJECTS}/site/deployments 200`,
    ])
    const [token, asset, deployment] = cloudflare.requests
    expect(token).toMatchObject({ side: 'cloudflare', body: null, response: { result: { jwt: '***' } } })
    expect(asset?.body).toMatchObject([{ key: hashOf('a whole page'), value: { bytes: 12 } }])
    expect(deployment?.body).toMatchObject({ branch: 'main', _headers: { bytes: 500 } })
    expect(deployment?.response).toMatchObject({ success: true, result: { project_name: 'site' } })
  })

  test('keeps refused requests and their query too', async () => {
    await call(cloudflare, 'GET', `${PROJECTS}/site/deployments?per_page=100`)
    expect(cloudflare.requests).toMatchObject([
      { query: { per_page: '100' }, status: 400, response: { success: false } },
    ])
  })
})
