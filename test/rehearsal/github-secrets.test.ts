import { describe, expect, test } from 'vitest'
import type { SecretScope } from '../../rehearsal/github/secrets/scopes.ts'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { bearer, personal, publicKey, put, seal } from './github-secrets-support.ts'
import { client, REPO, REPOSITORY, startWithHistory } from './github-support.ts'

const DOCS = 'https://docs.github.com/rest'
const IMPROPER = 'Bad request - validation failed due to an improperly encrypted secret'
const ENVIRONMENT = 'preview/topic 1'
const TIME = new Date('2026-03-01T10:00:00.700Z')

interface Place {
  readonly path: string
  readonly scope: SecretScope
  readonly permission: string
  /** What a write must hold besides the value. */
  readonly more?: object
  readonly page: string
}

const PLACES = {
  repository: {
    path: `${REPO}/actions/secrets`,
    scope: { kind: 'repository', repository: REPOSITORY },
    permission: 'secrets',
    page: 'actions/secrets#get-a-repository-secret',
  },
  environment: {
    path: `${REPO}/environments/${encodeURIComponent(ENVIRONMENT)}/secrets`,
    scope: { kind: 'environment', repository: REPOSITORY, environment: ENVIRONMENT },
    permission: 'environments',
    page: 'actions/secrets#get-an-environment-secret',
  },
  organization: {
    path: '/orgs/octo-org/actions/secrets',
    scope: { kind: 'organization', organization: 'octo-org' },
    permission: 'organization_secrets',
    more: { visibility: 'private' },
    page: 'actions/secrets#get-an-organization-secret',
  },
  dependabot: {
    path: `${REPO}/dependabot/secrets`,
    scope: { kind: 'dependabot', repository: REPOSITORY },
    permission: 'dependabot_secrets',
    page: 'dependabot/secrets#get-a-repository-secret',
  },
  codespaces: {
    path: `${REPO}/codespaces/secrets`,
    scope: { kind: 'codespaces', repository: REPOSITORY },
    permission: 'codespaces_secrets',
    page: 'codespaces/repository-secrets#get-a-repository-secret',
  },
} satisfies Record<string, Place>
const each = Object.entries<Place>(PLACES)
const { repository: own, environment, organization } = PLACES

async function start(options: Parameters<typeof startWithHistory>[0] = {}): Promise<GitHub> {
  const github = await startWithHistory(options)
  github.addEnvironment(ENVIRONMENT)
  github.setTime(TIME)
  return github
}

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

describe('an environment', () => {
  test('has no secrets before it is there, and its name is compared without case', async () => {
    await using github = await start()
    const ask = personal(github)
    const path = `${REPO}/environments/production/secrets`
    for (const under of ['', '/public-key', '/A']) expect((await ask(`${path}${under}`)).status).toBe(404)
    const body = await seal('x', await publicKey(ask, own.path))
    expect((await ask(`${path}/A`, { method: 'PUT', body })).status).toBe(404)
    github.addEnvironment('Production')
    expect((await put(ask, path, 'A', 'x')).status).toBe(201)
  })

  test('is created by a deployment to it', async () => {
    await using github = await start()
    const deployment = { ref: 'main', environment: 'staging', required_contexts: [] }
    await client(github)(`${REPO}/deployments`, { method: 'POST', body: deployment })
    expect((await personal(github)(`${REPO}/environments/staging/secrets`)).status).toBe(200)
  })
})

describe('an organization', () => {
  const { path, scope } = organization

  test('says who may read a secret in every write, and keeps those it has selected', async () => {
    await using github = await start()
    const id = github.addRepository('octo-org/other')
    const ask = personal(github)
    expect(await put(ask, path, 'A', 'x')).toMatchObject({
      status: 422,
      body: { message: `Invalid request.\n\n"visibility" wasn't supplied.` },
    })
    const selected = { visibility: 'selected', selected_repository_ids: [id, github.repository.id] }
    expect((await put(ask, path, 'A', 'x', selected)).status).toBe(201)
    expect((await ask(`${path}/A`)).body).toMatchObject({
      visibility: 'selected',
      selected_repositories_url: `${github.apiUrl}${path}/A/repositories`,
    })
    const { body, headers } = await ask(`${path}/A/repositories?per_page=1`)
    expect(body).toMatchObject({ total_count: 2, repositories: [{ full_name: REPOSITORY }] })
    expect(headers.get('link')).toContain('rel="next"')
    expect((await ask(`${path}/A/repositories?per_page=1&page=2`)).body).toMatchObject({
      repositories: [{ id, full_name: 'octo-org/other' }],
    })
    expect((await ask(`${path}/B/repositories`)).status).toBe(404)
  })

  test('takes a list that is left out for an empty one', async () => {
    await using github = await start()
    const ask = personal(github)
    await put(ask, path, 'A', 'x', { visibility: 'selected', selected_repository_ids: [github.repository.id] })
    expect(github.secretsOfRun()).toEqual({ A: 'x' })
    await put(ask, path, 'A', 'y', { visibility: 'selected' })
    expect((await ask(`${path}/A/repositories`)).body).toEqual({ total_count: 0, repositories: [] })
    expect(github.secretsOfRun()).toEqual({})
  })

  test('may change who reads a secret without its value, and not create one so', async () => {
    await using github = await start()
    const ask = personal(github)
    const body = { visibility: 'all' }
    expect((await ask(`${path}/A`, { method: 'PUT', body })).status).toBe(422)
    github.setSecret(scope, 'A', 'x')
    expect((await ask(`${path}/A`)).body).toMatchObject({ visibility: 'private' })
    expect((await ask(`${path}/A`, { method: 'PUT', body })).status).toBe(204)
    expect((await ask(`${path}/A`)).body).toMatchObject({ visibility: 'all' })
    expect(github.secretValue(scope, 'A')).toBe('x')
  })

  test('selects known repositories only, and only where they are to be selected', async () => {
    await using github = await start()
    const ask = personal(github)
    const ids = { selected_repository_ids: [github.repository.id] }
    expect((await put(ask, path, 'A', 'x', { visibility: 'all', ...ids })).status).toBe(422)
    expect((await put(ask, path, 'A', 'x', { visibility: 'selected', selected_repository_ids: [1] })).status).toBe(422)
    expect((await put(ask, path, 'A', 'x', { visibility: 'everyone' })).status).toBe(422)
  })

  test('that nobody added is not found', async () => {
    await using github = await start()
    const ask = personal(github)
    expect((await ask('/orgs/acme/actions/secrets')).status).toBe(404)
    github.addOrganization('acme')
    expect((await ask('/orgs/ACME/actions/secrets')).body).toEqual({ total_count: 0, secrets: [] })
  })
})

describe('another repository', () => {
  test('has secrets of its own once it was added, and nothing else', async () => {
    await using github = await start()
    const ask = personal(github, { permissions: { secrets: 'write', deployments: 'read' } })
    const path = '/repos/acme/other/actions/secrets'
    expect((await ask(path)).status).toBe(404)
    github.addRepository('acme/other')
    expect((await put(ask, '/repos/Acme/OTHER/actions/secrets', 'A', 'theirs')).status).toBe(201)
    expect(github.secretValue({ kind: 'repository', repository: 'acme/other' }, 'a')).toBe('theirs')
    expect(github.secrets(own.scope)).toEqual({})
    expect((await ask('/repos/acme/other/deployments')).status).toBe(404)
    expect(() => github.addRepository('acme/other')).toThrow('there already')
    expect(() => github.addRepository('other')).toThrow('Give it as owner/name.')
  })

  test("is not there for a job's own token, nor for one that was granted for others", async () => {
    await using github = await start()
    github.addRepository('acme/other')
    const path = '/repos/acme/other/actions/secrets'
    expect((await client(github, { secrets: 'write' })(path)).status).toBe(404)
    const ask = personal(github, { repositories: ['acme/other'] })
    expect((await ask(path)).status).toBe(200)
    expect((await ask(own.path)).status).toBe(404)
  })
})

describe('what a run reads', () => {
  test("the environment's goes before the repository's, and that before the organization's", async () => {
    await using github = await start()
    for (const name of ['A', 'B', 'C']) github.setSecret(organization.scope, name, 'organization')
    for (const name of ['B', 'C']) github.setSecret(own.scope, name, 'repository')
    github.setSecret(environment.scope, 'c', 'environment')
    const outside = { A: 'organization', B: 'repository', C: 'repository' }
    expect(github.secretsOfRun()).toEqual(outside)
    expect(github.secretsOfRun('production')).toEqual(outside)
    expect(github.secretsOfRun(ENVIRONMENT)).toEqual({ ...outside, C: 'environment' })
  })

  test("an organization's secret is for all, for private repositories or for those it has selected", async () => {
    for (const isPrivate of [true, false]) {
      await using github = await start({ private: isPrivate })
      github.addRepository('octo-org/other')
      github.setSecret(organization.scope, 'ALL', 'x', { visibility: 'all' })
      github.setSecret(organization.scope, 'PRIVATE', 'x')
      github.setSecret(organization.scope, 'OURS', 'x', { repositories: [REPOSITORY] })
      github.setSecret(organization.scope, 'THEIRS', 'x', { repositories: ['octo-org/other'] })
      const read = Object.keys(github.secretsOfRun())
      expect(read).toEqual(isPrivate ? ['ALL', 'OURS', 'PRIVATE'] : ['ALL', 'OURS'])
    }
  })

  test('what a test sets may be as old as it says', async () => {
    await using github = await start()
    github.setSecret(own.scope, 'old', 'x', { updatedAt: new Date('2025-12-24T18:00:00Z') })
    const { body } = await personal(github)(`${own.path}/OLD`)
    const at = '2025-12-24T18:00:00Z'
    expect(body).toEqual({ name: 'OLD', created_at: at, updated_at: at })
    const nowhere = { kind: 'environment', repository: REPOSITORY, environment: 'nowhere' } as const
    expect(() => github.setSecret(nowhere, 'A', 'x')).toThrow('No environment for the secret A')
    const strangers = { repositories: ['acme/other'] }
    expect(() => github.setSecret(organization.scope, 'A', 'x', strangers)).toThrow(
      'No repository acme/other to select',
    )
  })
})

describe('a personal access token', () => {
  test('looks like one, and every answer says when it expires, until it has', async () => {
    await using github = await start()
    const expiresAt = new Date('2026-12-31T00:00:00Z')
    const token = github.issuePersonalToken({ login: 'octocat', permissions: {}, expiresAt })
    expect(token).toMatch(/^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/)
    const ask = bearer(github, token)
    for (const path of [REPO, own.path, '/repos/acme/other']) {
      const header = (await ask(path)).headers.get('github-authentication-token-expiration')
      expect(header).toBe('2026-12-31 00:00:00 UTC')
    }
    github.setTime(expiresAt)
    expect(await ask(REPO)).toMatchObject({ status: 401, body: { message: 'Bad credentials' } })
  })

  test('may never expire, acts for its owner, and is in no list of uses', async () => {
    await using github = await start()
    const ask = personal(github, { permissions: { deployments: 'write' } })
    const body = { ref: 'main', required_contexts: [] }
    const reply = await ask(`${REPO}/deployments`, { method: 'POST', body })
    expect(reply).toMatchObject({ status: 201, body: { creator: { login: 'octocat' } } })
    expect(reply.headers.get('github-authentication-token-expiration')).toBeNull()
    expect(github.permissionUse()).toEqual([])
    expect(github.requests[0]).not.toHaveProperty('job')
  })

  test('is listed with the job that it is said to be used by', async () => {
    await using github = await start()
    await personal(github, { permissions: { secrets: 'write' }, job: 'rotate' })(own.path)
    expect(github.permissionUse()).toEqual([{ job: 'rotate', permission: 'secrets', granted: 'write', used: 'read' }])
  })
})
