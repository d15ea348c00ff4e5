import { describe, expect, test } from 'vitest'
import { client, octokit, startWithHistory } from './github-support.ts'
import { INDEX, pushImage, registryClient } from './registry-support.ts'

const PATH = '/users/octo-org/packages/container/site'
const ORG_PATH = '/orgs/octo-org/packages/container/site'
const DOCS = 'https://docs.github.com/rest/packages/packages'
const DAY = 24 * 3_600_000
const WRITE = { packages: 'write' } as const

const OWNERS = [
  ['User', 'users'],
  ['Organization', 'orgs'],
] as const

const NEEDS = [
  ['GET', '', 'read', 'get-a-package-for-a-user'],
  ['GET', '/versions', 'read', 'list-package-versions-for-a-package-owned-by-a-user'],
  ['GET', '/versions/1', 'read', 'get-a-package-version-for-a-user'],
  ['DELETE', '/versions/1', 'write', 'delete-package-version-for-a-user'],
] as const

test.each(NEEDS)('%s %s needs to %s packages', async (method, rest, level, heading) => {
  await using github = await startWithHistory()
  github.addPackageVersion({ name: 'site', tags: ['latest'] })
  const lesser = level === 'write' ? ({ packages: 'read' } as const) : {}
  const reply = await client(github, lesser)(`${PATH}${rest}`, { method })
  expect(reply).toMatchObject({
    status: 403,
    body: { message: 'Resource not accessible by integration', documentation_url: `${DOCS}#${heading}` },
  })
  expect(reply.headers.get('x-accepted-github-permissions')).toBe(`packages=${level}`)
  expect([200, 404]).toContain((await client(github, { packages: level })(`${PATH}${rest}`, { method })).status)
  expect(github.permissionUse().at(-1)?.used).toBe(level)
})

test.each(OWNERS)('a package of an account that is a %s', async (ownerType, list) => {
  await using github = await startWithHistory({ ownerType })
  github.setTime(new Date('2026-03-01T10:00:00Z'))
  const { id, digest } = github.addPackageVersion({ name: 'site/api', tags: ['v1', 'latest'] })
  const { rest } = octokit(github, { packages: 'read' })
  const wanted = { package_type: 'container', package_name: 'site/api' } as const
  const { data } = await (ownerType === 'User'
    ? rest.packages.getPackageForUser({ ...wanted, username: 'octo-org' })
    : rest.packages.getPackageForOrganization({ ...wanted, org: 'octo-org' }))
  expect(data).toMatchObject({
    name: 'site/api',
    version_count: 1,
    visibility: 'private',
    url: `${github.apiUrl}/${list}/octo-org/packages/container/site%2Fapi`,
    owner: { login: 'octo-org', type: ownerType },
    repository: { full_name: 'octo-org/site', owner: { type: ownerType } },
  })
  const ask = client(github, { packages: 'read' })
  expect((await ask(`/${list}/octo-org/packages/container/site%2Fapi/versions`)).body).toEqual([
    {
      id,
      name: digest,
      url: `${github.apiUrl}/${list}/octo-org/packages/container/site%2Fapi/versions/${id}`,
      package_html_url: `${github.apiUrl}/${list}/octo-org/packages/container/package/site%2Fapi`,
      html_url: `${github.apiUrl}/${list}/octo-org/packages/container/site%2Fapi/${id}`,
      created_at: expect.stringMatching(/^2026-03-01T10:00:\d\dZ$/),
      updated_at: expect.stringMatching(/^2026-03-01T10:00:\d\dZ$/),
      metadata: { package_type: 'container', container: { tags: ['v1', 'latest'] } },
    },
  ])
  const elsewhere = ownerType === 'User' ? 'orgs' : 'users'
  expect(await ask(`/${elsewhere}/octo-org/packages/container/site%2Fapi`)).toMatchObject({
    status: 404,
    body: { message: 'Package not found.', documentation_url: expect.stringContaining(`${DOCS}#`) },
  })
})

test('versions come in pages, newest first', async () => {
  await using github = await startWithHistory()
  const all = [1, 2, 3].map((number) => github.addPackageVersion({ name: 'site', tags: [`v${number}`] }).id)
  const ask = client(github, { packages: 'read' })
  const first = await ask(`${PATH}/versions?per_page=2`)
  expect(first.body).toMatchObject([{ id: all[2] }, { id: all[1] }])
  expect(first.headers.get('link')).toContain('rel="next"')
  expect((await ask(`${PATH}/versions?per_page=2&page=2`)).body).toMatchObject([{ id: all[0] }])
  expect((await ask(`${PATH}/versions/${all[1]}`)).body).toMatchObject({ id: all[1] })
})

describe('a version that is deleted', () => {
  test('is gone from the list and the registry, and among those that are deleted', async () => {
    await using github = await startWithHistory({ ownerType: 'Organization' })
    const old = github.addPackageVersion({ name: 'site', tags: ['v1'] })
    const newer = github.addPackageVersion({ name: 'site', tags: ['v2'] })
    const ask = client(github, WRITE)
    const ids = async (state: string) => {
      const { body } = await ask(`${ORG_PATH}/versions?state=${state}`)
      return Array.isArray(body) ? body.map(({ id }) => id) : body
    }
    expect((await ask(`${ORG_PATH}/versions/${old.id}`, { method: 'DELETE' })).status).toBe(204)
    expect([await ids('active'), await ids('deleted')]).toEqual([[newer.id], [old.id]])
    expect((await ask(`${ORG_PATH}/versions/${old.id}`)).status).toBe(404)
    const registry = await registryClient(github)
    expect((await registry('GET', 'manifests/v1')).status).toBe(404)
  })

  test('cannot be the last one, nor the last one with a tag', async () => {
    await using github = await startWithHistory()
    const tagged = github.addPackageVersion({ name: 'site', tags: ['v1'] })
    const untagged = github.addPackageVersion({ name: 'site' })
    const ask = client(github, WRITE)
    const remove = async (id: number) => {
      const { status, body } = await ask(`${PATH}/versions/${id}`, { method: 'DELETE' })
      return [status, body]
    }
    const message = 'You cannot delete the last tagged version of a package. You must delete the package instead.'
    expect(await remove(tagged.id)).toEqual([400, expect.objectContaining({ message })])
    expect(await remove(untagged.id)).toEqual([204, undefined])
    expect(await remove(tagged.id)).toEqual([400, expect.objectContaining({ message })])
    const lone = github.addPackageVersion({ name: 'lone' })
    expect(
      await ask(`/users/octo-org/packages/container/lone/versions/${lone.id}`, { method: 'DELETE' }),
    ).toMatchObject({
      status: 400,
      body: { message: 'You cannot delete the last version of a package. You must delete the package instead.' },
    })
  })

  test('cannot be public and much used', async () => {
    await using github = await startWithHistory()
    for (const [visibility, status] of [
      ['public', 400],
      ['private', 204],
    ] as const) {
      const name = `site-${visibility}`
      const { id } = github.addPackageVersion({ name, tags: ['old'], downloads: 5001, visibility })
      github.addPackageVersion({ name, tags: ['new'] })
      const path = `/users/octo-org/packages/container/${name}/versions/${id}`
      const reply = await client(github, WRITE)(path, { method: 'DELETE' })
      expect(reply.status).toBe(status)
      if (status === 400) {
        expect(reply.body).toMatchObject({
          message:
            'Publicly visible package versions with more than 5000 downloads cannot be deleted. Contact GitHub support for further assistance.',
        })
      }
    }
  })
})

test('a public package that the repository was not given can be read, and not deleted from', async () => {
  await using github = await startWithHistory()
  const { id } = github.addPackageVersion({ name: 'theirs', visibility: 'public', linked: false, tags: ['a'] })
  github.addPackageVersion({ name: 'theirs', tags: ['b'] })
  github.addPackageVersion({ name: 'hidden', linked: false, tags: ['b'] })
  const ask = client(github, WRITE)
  const theirs = '/users/octo-org/packages/container/theirs'
  expect((await ask(theirs)).status).toBe(200)
  expect((await ask(`${theirs}/versions/${id}`, { method: 'DELETE' })).status).toBe(403)
  expect((await ask('/users/octo-org/packages/container/hidden')).status).toBe(404)
  expect((await ask('/users/octo-org/packages/npm/theirs')).status).toBe(404)
})

test('each push is a version, with the time at which it came and was changed last', async () => {
  await using github = await startWithHistory()
  github.setTime(new Date('2026-01-01T00:00:00Z'))
  const registry = await registryClient(github)
  const old = await pushImage(registry, 'latest', '{"n":1}')
  github.passTime(90 * DAY)
  const fresh = await pushImage(registry, 'latest', '{"n":2}')
  const day = (text: string) => text.slice(0, 10)
  expect(github.images.map((image) => [image.digest, day(image.createdAt), day(image.updatedAt)])).toEqual([
    [old.digest, '2026-01-01', '2026-04-01'],
    [fresh.digest, '2026-04-01', '2026-04-01'],
  ])
})

test('a test may say what is in a package: kinds, tags that move, and how old it is', async () => {
  await using github = await startWithHistory()
  const image = github.addPackageVersion({
    name: 'site',
    tags: ['latest'],
    createdAt: new Date('2026-01-01T00:00:00Z'),
  })
  const manifest = { schemaVersion: 2, mediaType: INDEX, manifests: [{ digest: image.digest, size: 2 }] }
  const index = github.addPackageVersion({ name: 'site', tags: ['latest'], manifest })
  expect(github.images).toMatchObject([
    { digest: image.digest, tags: [], createdAt: '2026-01-01T00:00:00Z' },
    { digest: index.digest, tags: ['latest'], mediaType: INDEX },
  ])
  expect(github.manifestOf('site', 'latest')).toEqual(manifest)
  expect(github.manifestOf('site', 'gone')).toBeUndefined()
})
