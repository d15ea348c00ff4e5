/** The secrets of the embedded GitHub, of each scope: what is kept, what is shown of it, what is refused. */
import { describe, expect, test } from 'vitest'
import { bearer, PLACES, type Place, personal, publicKey, put, seal, start } from './github-secrets-support.ts'
import { client, REPO } from './github-support.ts'

const DOCS = 'https://docs.github.com/rest'
const IMPROPER = 'Bad request - validation failed due to an improperly encrypted secret'
const each = Object.entries<Place>(PLACES)
const { repository: own, environment } = PLACES

describe.each(each)('a secret of the scope %s', (_, { path, scope, permission, more, page }) => {
  test('is created, listed, got, updated and deleted, and what it holds is what was sealed', async () => {
    await using github = await start()
    const ask = personal(github)
    expect(await put(ask, path, 'API_TOKEN', 'first', more)).toMatchObject({ status: 201, body: {} })
    expect(github.secretValue(scope, 'API_TOKEN')).toBe('first')
    expect((await ask(path)).body).toMatchObject({ total_count: 1, secrets: [{ name: 'API_TOKEN', ...more }] })
    expect(await put(ask, path, 'API_TOKEN', 'zweite · ✓', more)).toMatchObject({ status: 204, body: undefined })
    expect(github.secrets(scope)).toEqual({ API_TOKEN: 'zweite · ✓' })
    expect((await ask(`${path}/API_TOKEN`, { method: 'DELETE' })).status).toBe(204)
    expect(github.secrets(scope)).toEqual({})
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await ask(`${path}/API_TOKEN`, { method })).status).toBe(404)
    }
    expect((await ask(path)).body).toEqual({ total_count: 0, secrets: [] })
  })

  test('is dated in whole seconds, and only a write moves updated_at', async () => {
    await using github = await start()
    const ask = personal(github)
    await put(ask, path, 'A', 'x', more)
    const first = Object((await ask(`${path}/A`)).body)
    expect(first).toMatchObject({ created_at: expect.stringMatching(/^2026-03-01T10:00:\d\dZ$/) })
    expect(first.updated_at).toBe(first.created_at)
    github.passTime(3600_000)
    await ask(path)
    await ask(`${path}/public-key`)
    expect((await ask(`${path}/A`)).body).toEqual(first)
    await put(ask, path, 'A', 'x', more)
    expect((await ask(`${path}/A`)).body).toEqual({
      ...first,
      updated_at: expect.stringMatching(/^2026-03-01T11:00:\d\dZ$/),
    })
  })

  test('cannot be read back', async () => {
    await using github = await start()
    const ask = personal(github)
    const value = 'hunter2-and-more'
    await put(ask, path, 'A', value, more)
    await put(ask, path, 'A', value, more)
    const { body } = await ask(`${path}/A`)
    await ask(path)
    const known = ['name', 'created_at', 'updated_at', ...Object.keys(more ?? {})]
    expect(Object.keys(Object(body)).sort()).toEqual(known.sort())
    expect(JSON.stringify(github.requests)).not.toContain(value)
  })

  test('is found in any case, and kept in upper case', async () => {
    await using github = await start()
    const ask = personal(github)
    expect((await put(ask, path, 'api_token', 'one', more)).status).toBe(201)
    expect((await put(ask, path, 'Api_Token', 'two', more)).status).toBe(204)
    expect((await ask(`${path}/aPI_tOKEN`)).body).toMatchObject({ name: 'API_TOKEN' })
    expect(github.secrets(scope)).toEqual({ API_TOKEN: 'two' })
    expect((await ask(`${path}/api_token`, { method: 'DELETE' })).status).toBe(204)
  })

  test('that is sealed with the key of another scope is refused, and so is a wrong key_id', async () => {
    await using github = await start()
    const ask = personal(github)
    const key = await publicKey(ask, path)
    const other = await publicKey(ask, path === own.path ? environment.path : own.path)
    const damaged = { ...(await seal('x', key)), encrypted_value: Buffer.alloc(64).toString('base64') }
    const bodies = [await seal('x', other), { ...(await seal('x', other)), key_id: key.key_id }, damaged]
    for (const body of [...bodies, { ...(await seal('x', key)), key_id: '1' }]) {
      expect(await ask(`${path}/A`, { method: 'PUT', body: { ...body, ...more } })).toMatchObject({
        status: 422,
        body: { message: IMPROPER, status: '422' },
      })
    }
    expect(github.secrets(scope)).toEqual({})
  })

  test.each([
    ['1ST', 'can only contain'],
    ['WITH-DASH', 'can only contain'],
    ['WITH%20SPACE', 'can only contain'],
    ['GITHUB_TOKEN', 'must not start with GITHUB_.'],
    ['github_token', 'must not start with GITHUB_.'],
  ])('cannot be called %s', async (name, complaint) => {
    await using github = await start()
    expect(await put(personal(github), path, name, 'x', more)).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining(`Secret names ${complaint}`) },
    })
  })

  test('holds 48 KB and no byte more', async () => {
    await using github = await start()
    const ask = personal(github)
    expect((await put(ask, path, 'LARGE', 'ä'.repeat(24 * 1024), more)).status).toBe(201)
    expect(await put(ask, path, 'LARGE', `${'ä'.repeat(24 * 1024)}x`, more)).toMatchObject({ status: 422 })
  })

  test('needs its own permission, of which to read is not to write', async () => {
    await using github = await start({ private: false })
    const reads = [path, `${path}/public-key`, `${path}/A`]
    const writes = [
      { path: `${path}/A`, method: 'PUT' },
      { path: `${path}/A`, method: 'DELETE' },
    ] as const
    const without = personal(github, { permissions: { contents: 'write', actions: 'write' } })
    const reader = personal(github, { permissions: { [permission]: 'read' } })
    for (const read of reads) {
      const reply = await without(read)
      expect(reply).toMatchObject({
        status: 403,
        body: { message: 'Resource not accessible by personal access token' },
      })
      expect(reply.headers.get('x-accepted-github-permissions')).toBe(`${permission}=read`)
      expect([200, 404]).toContain((await reader(read)).status)
    }
    for (const write of writes) {
      const reply = await reader(write.path, { method: write.method })
      expect(reply.status).toBe(403)
      expect(reply.headers.get('x-accepted-github-permissions')).toBe(`${permission}=write`)
    }
    expect((await without(`${path}/A`)).body).toMatchObject({ documentation_url: `${DOCS}/${page}` })
  })

  test("is closed to a job's own token, whatever it is said to have", async () => {
    await using github = await start()
    expect(await client(github, { [permission]: 'write' })(path)).toMatchObject({
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    })
  })

  test("is open to the installation token of an app, whose use is listed with the job's", async () => {
    await using github = await start()
    const token = github.issueToken('rotate', { [permission]: 'write' }, 'rotator[bot]')
    expect((await put(bearer(github, token), path, 'A', 'x', more)).status).toBe(201)
    expect(github.permissionUse()).toEqual([{ job: 'rotate', permission, granted: 'write', used: 'write' }])
  })
})

test('every scope has a key of its own, of 32 bytes, and keeps it', async () => {
  await using github = await start()
  github.addEnvironment('production')
  const ask = personal(github)
  const paths = [...each.map(([, { path }]) => path), `${REPO}/environments/production/secrets`]
  const keys = await Promise.all(paths.map((path) => publicKey(ask, path)))
  expect(new Set(keys.map(({ key }) => key)).size).toBe(paths.length)
  expect(new Set(keys.map(({ key_id }) => key_id)).size).toBe(paths.length)
  for (const { key } of keys) expect(Buffer.from(key, 'base64')).toHaveLength(32)
  expect(await Promise.all(paths.map((path) => publicKey(ask, path)))).toEqual(keys)
})

test.each([
  [{}, `"encrypted_value" wasn't supplied.`],
  [{ encrypted_value: 'AAAA' }, `"key_id" wasn't supplied.`],
  [{ encrypted_value: 5, key_id: '1' }, `For 'properties/encrypted_value', 5 is not a string.`],
  [{ encrypted_value: 'no base64!', key_id: '1' }, `For 'properties/encrypted_value', "no base64!" does not match /`],
  [{ encrypted_value: 'AAAA', key_id: 1 }, `For 'properties/key_id', 1 is not a string.`],
])('the body %j is an invalid request', async (body, complaint) => {
  await using github = await start()
  expect(await personal(github)(`${own.path}/A`, { method: 'PUT', body })).toMatchObject({
    status: 422,
    body: {
      message: expect.stringContaining(`Invalid request.\n\n${complaint}`),
      documentation_url: `${DOCS}/actions/secrets#create-or-update-a-repository-secret`,
    },
  })
})

test('lists are in the order of the names and cut into pages', async () => {
  await using github = await start()
  for (const name of ['C', 'A', 'B']) github.setSecret(own.scope, name, name)
  const ask = personal(github)
  const { body, headers } = await ask(`${own.path}?per_page=2`)
  expect(body).toMatchObject({ total_count: 3, secrets: [{ name: 'A' }, { name: 'B' }] })
  expect(headers.get('link')).toContain('page=2>; rel="next"')
  expect((await ask(`${own.path}?per_page=2&page=2`)).body).toMatchObject({ secrets: [{ name: 'C' }] })
})
