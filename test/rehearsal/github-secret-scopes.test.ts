/** What is of one scope of the embedded GitHub's secrets alone, who reads which, and whose token may. */
import { describe, expect, test } from 'vitest'
import { bearer, ENVIRONMENT, PLACES, personal, publicKey, put, seal, start } from './github-secrets-support.ts'
import { client, REPO, REPOSITORY } from './github-support.ts'

const { repository: own, environment, organization } = PLACES

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
