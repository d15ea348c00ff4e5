import { describe, expect, test } from 'vitest'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { client, octokit, owner, REPO, repo, SHA, startWithHistory } from './github-support.ts'

const DOCS = 'https://docs.github.com/rest/deployments/deployments#create-a-deployment'
const NO_CHECKS = { required_contexts: [], auto_merge: false }

function create(github: GitHub, body: Record<string, unknown>) {
  return client(github)(`${REPO}/deployments`, { method: 'POST', body })
}

test('creates a deployment with the defaults of GitHub', async () => {
  await using github = await startWithHistory()
  const { status, data, headers } = await octokit(github).repos.createDeployment({ owner, repo, ref: 'main' })
  if (status !== 201) throw new Error(`Expected a deployment, not ${status}`)
  const url = `${github.apiUrl}${REPO}/deployments/${data.id}`
  expect(headers.location).toBe(url)
  expect(data).toMatchObject({
    url,
    statuses_url: `${url}/statuses`,
    repository_url: `${github.apiUrl}${REPO}`,
    node_id: expect.stringMatching(/^DE_/),
    ref: 'main',
    sha: SHA.main,
    task: 'deploy',
    payload: {},
    environment: 'production',
    original_environment: 'production',
    description: null,
    transient_environment: false,
    production_environment: true,
    creator: { login: 'github-actions[bot]', id: 41898282, type: 'Bot' },
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    updated_at: data.created_at,
  })
})

test('keeps what it is given', async () => {
  await using github = await startWithHistory()
  const given = {
    ref: 'topic',
    task: 'deploy:migrations',
    payload: { slipway: { run: 7, list: [1, null] } },
    environment: 'preview/topic',
    description: 'A try',
    transient_environment: true,
    production_environment: true,
  }
  const { status, body } = await create(github, { ...given, ...NO_CHECKS })
  expect(status).toBe(201)
  expect(body).toMatchObject({ ...given, sha: SHA.topic })
  expect(github.deployments).toEqual([{ ...Object(body), statuses: [] }])
})

test('a payload that is a string stays one, and only the environment called production is one by itself', async () => {
  await using github = await startWithHistory()
  const { body } = await create(github, { ref: 'main', payload: '{"a":1}', environment: 'staging' })
  expect(body).toMatchObject({ payload: '{"a":1}', production_environment: false })
})

test.each([
  ['a branch', 'topic', SHA.topic],
  ['a qualified branch', 'refs/heads/topic', SHA.topic],
  ['a tag', 'v1', SHA.main],
  ['a qualified tag', 'refs/tags/v1', SHA.main],
  ['a pull request ref', 'refs/pull/7/merge', SHA.base],
  ['a full SHA', SHA.root, SHA.root],
  ['a short SHA', SHA.root.slice(0, 7), SHA.root],
])('%s is resolved to its commit', async (_, ref, sha) => {
  await using github = await startWithHistory()
  github.addRef('refs/pull/7/merge', SHA.base)
  expect(await create(github, { ref, ...NO_CHECKS })).toMatchObject({ status: 201, body: { ref, sha } })
})

test('a branch goes before a tag of its name', async () => {
  await using github = await startWithHistory()
  github.addRef('tags/topic', SHA.root)
  expect(await create(github, { ref: 'topic', ...NO_CHECKS })).toMatchObject({ body: { sha: SHA.topic } })
})

test.each(['nowhere', 'refs/heads/nowhere', 'f'.repeat(40), '333', ''])(
  'the unknown ref "%s" is refused',
  async (ref) => {
    await using github = await startWithHistory()
    expect(await create(github, { ref })).toMatchObject({
      status: 422,
      body: { message: `No ref found for: ${ref}`, documentation_url: DOCS, status: '422' },
    })
  },
)

test('a short SHA that two commits share resolves to neither', async () => {
  await using github = await startWithHistory()
  github.addCommit({ sha: `${'1'.repeat(39)}2` })
  expect((await create(github, { ref: '1111111', ...NO_CHECKS })).status).toBe(422)
})

test.each([
  [{}, `"ref" wasn't supplied.`],
  [{ ref: 7 }, `For 'properties/ref', 7 is not a string.`],
  [{ ref: null }, `For 'properties/ref', nil is not a string.`],
  [{ ref: 'main', auto_merge: 'no' }, `For 'properties/auto_merge', "no" is not a boolean.`],
  [{ ref: 'main', required_contexts: 'ci' }, `For 'properties/required_contexts', "ci" is not an array.`],
  [{ ref: 'main', payload: 5 }, `For 'properties/payload', 5 is not an object.`],
])('the body %j is an invalid request', async (body, complaint) => {
  await using github = await startWithHistory()
  expect(await create(github, body)).toMatchObject({
    status: 422,
    body: { message: `Invalid request.\n\n${complaint}`, documentation_url: DOCS, status: '422' },
  })
})

describe('commit checks', () => {
  const FAILED = {
    status: 409,
    body: {
      message: 'Conflict: Commit status checks failed for main.',
      errors: [
        {
          contexts: [
            { context: 'build', state: 'success' },
            { context: 'review', state: 'pending' },
          ],
          resource: 'Deployment',
          field: 'required_contexts',
          code: 'invalid',
        },
      ],
      documentation_url: DOCS,
      status: '409',
    },
  }

  async function startWithChecks(): Promise<GitHub> {
    const github = await startWithHistory()
    github.addCheck(SHA.main, { context: 'build', state: 'failure' })
    github.addCheck(SHA.main, { context: 'build', state: 'success' })
    github.addCheck(SHA.main, { context: 'review', state: 'pending' })
    return github
  }

  test('without required_contexts every reported one must have succeeded', async () => {
    await using github = await startWithChecks()
    expect(await create(github, { ref: 'main' })).toMatchObject(FAILED)
    expect(github.deployments).toEqual([])
    github.addCheck(SHA.main, { context: 'review', state: 'success' })
    expect((await create(github, { ref: 'main' })).status).toBe(201)
  })

  test('an empty list asks for none', async () => {
    await using github = await startWithChecks()
    expect((await create(github, { ref: 'main', required_contexts: [] })).status).toBe(201)
  })

  test('a list asks for those alone', async () => {
    await using github = await startWithChecks()
    expect((await create(github, { ref: 'main', required_contexts: ['build'] })).status).toBe(201)
    expect(await create(github, { ref: 'main', required_contexts: ['build', 'review'] })).toMatchObject(FAILED)
  })

  test('a listed context that was never reported fails', async () => {
    await using github = await startWithChecks()
    expect(await create(github, { ref: 'main', required_contexts: ['lint'] })).toMatchObject(FAILED)
  })

  test('a skipped check is no success', async () => {
    await using github = await startWithHistory()
    github.addCheck(SHA.main, { context: 'preview', state: 'skipped' })
    expect((await create(github, { ref: 'main' })).status).toBe(409)
  })
})

describe('auto_merge', () => {
  test('a branch behind the default branch is merged instead, and deployed by the next request', async () => {
    await using github = await startWithHistory()
    expect(await create(github, { ref: 'topic' })).toMatchObject({
      status: 202,
      body: { message: 'Auto-merged main into topic on deployment.' },
    })
    expect(github.deployments).toEqual([])

    const deployed = await create(github, { ref: 'topic' })
    expect(deployed).toMatchObject({ status: 201, body: { ref: 'topic' } })
    const { data } = await octokit(github).repos.getCommit({ owner, repo, ref: 'topic' })
    expect(deployed.body).toMatchObject({ sha: data.sha })
    expect(data.parents.map(({ sha }) => sha)).toEqual([SHA.topic, SHA.main])
  })

  test('a merge that conflicts is refused', async () => {
    await using github = await startWithHistory()
    github.addConflict('topic')
    expect(await create(github, { ref: 'topic' })).toMatchObject({
      status: 409,
      body: { message: 'Conflict merging main into topic.', documentation_url: DOCS, status: '409' },
    })
  })

  test('nothing can be merged into a commit', async () => {
    await using github = await startWithHistory()
    expect(await create(github, { ref: SHA.topic })).toMatchObject({
      status: 409,
      body: { message: `Conflict merging main into ${SHA.topic}.` },
    })
  })

  test('false leaves the branch alone', async () => {
    await using github = await startWithHistory()
    expect(await create(github, { ref: 'topic', auto_merge: false })).toMatchObject({
      status: 201,
      body: { sha: SHA.topic },
    })
  })

  test('a branch ahead of the default branch needs no merge', async () => {
    await using github = await startWithHistory()
    const ahead = '6'.repeat(40)
    github.addCommit({ sha: ahead, parents: [SHA.main] })
    github.addRef('heads/topic', ahead)
    expect(await create(github, { ref: 'topic' })).toMatchObject({ status: 201, body: { sha: ahead } })
  })
})

describe('list, get and delete', () => {
  test('lists newest first and filters by each of sha, ref, task and environment', async () => {
    await using github = await startWithHistory()
    await create(github, { ref: 'main', environment: 'staging' })
    await create(github, { ref: SHA.main, task: 'migrate' })
    await create(github, { ref: 'topic', ...NO_CHECKS })
    const call = client(github)
    const refs = async (query: string) => {
      const { body } = await call(`${REPO}/deployments?${query}`)
      return Array.isArray(body) && body.map(({ ref }) => ref)
    }
    expect(await refs('')).toEqual(['topic', SHA.main, 'main'])
    expect(await refs(`sha=${SHA.main}`)).toEqual([SHA.main, 'main'])
    expect(await refs('ref=topic')).toEqual(['topic'])
    expect(await refs('task=migrate')).toEqual([SHA.main])
    expect(await refs('environment=production')).toEqual(['topic', SHA.main])
    expect(await refs('environment=production&ref=main')).toEqual([])
  })

  test('pages are linked, and octokit follows the links', async () => {
    await using github = await startWithHistory()
    for (let i = 0; i < 5; i++) await create(github, { ref: 'main', environment: `e${i}` })
    const call = client(github)
    const link = async (query: string) => (await call(`${REPO}/deployments?${query}`)).headers.get('link')
    const to = (page: number, rel: string) =>
      `<${github.apiUrl}${REPO}/deployments?per_page=2&page=${page}>; rel="${rel}"`
    expect(await link('per_page=2&page=1')).toBe([to(2, 'next'), to(3, 'last')].join(', '))
    expect(await link('per_page=2&page=2')).toBe(
      [to(1, 'prev'), to(1, 'first'), to(3, 'next'), to(3, 'last')].join(', '),
    )
    expect(await link('per_page=2&page=3')).toBe([to(2, 'prev'), to(1, 'first')].join(', '))
    expect(await link('')).toBeNull()

    const kit = octokit(github)
    const all = await kit.paginate(kit.repos.listDeployments, { owner, repo, per_page: 2 })
    expect(all.map(({ environment }) => environment)).toEqual(['e4', 'e3', 'e2', 'e1', 'e0'])
  })

  test('a page holds 30 entries by default and 100 at most', async () => {
    await using github = await startWithHistory()
    for (let i = 0; i < 101; i++) await create(github, { ref: 'main' })
    const call = client(github)
    const size = async (query: string) => Object(await call(`${REPO}/deployments?${query}`)).body.length
    expect(await size('')).toBe(30)
    expect(await size('per_page=1000')).toBe(100)
    expect(await size('per_page=0')).toBe(30)
    expect(await size('per_page=100&page=2')).toBe(1)
  })

  test('gets one; an unknown id is not found', async () => {
    await using github = await startWithHistory()
    const { body } = await create(github, { ref: 'main' })
    const call = client(github)
    expect(await call(`${REPO}/deployments/${Object(body).id}`)).toMatchObject({ status: 200, body: Object(body) })
    for (const id of ['42', 'latest']) {
      expect(await call(`${REPO}/deployments/${id}`)).toMatchObject({
        status: 404,
        body: {
          message: 'Not Found',
          documentation_url: 'https://docs.github.com/rest/deployments/deployments#get-a-deployment',
          status: '404',
        },
      })
    }
  })

  test('an active deployment is deleted only if it is alone in its environment', async () => {
    await using github = await startWithHistory()
    const kit = octokit(github)
    const make = async () => {
      const { data } = await kit.repos.createDeployment({ owner, repo, ref: 'main', environment: 'production' })
      return 'id' in data ? data.id : 0
    }
    const succeed = (deployment_id: number) =>
      kit.repos.createDeploymentStatus({ owner, repo, deployment_id, state: 'success' })
    const remove = (id: number) => client(github)(`${REPO}/deployments/${id}`, { method: 'DELETE' })

    const alone = await make()
    await succeed(alone)
    expect((await remove(alone)).status).toBe(204)

    const [older, newer] = [await make(), await make()]
    await succeed(older)
    await succeed(newer)
    expect(await remove(older)).toMatchObject({
      status: 422,
      body: {
        message: 'We cannot delete an active deployment unless it is the only deployment in a given environment.',
        documentation_url: 'https://docs.github.com/rest/deployments/deployments#delete-a-deployment',
        status: '422',
      },
    })
    await kit.repos.createDeploymentStatus({ owner, repo, deployment_id: older, state: 'inactive' })
    expect((await remove(older)).status).toBe(204)
    expect(github.deployments.map(({ id }) => id)).toEqual([newer])
    expect((await remove(older)).status).toBe(404)
  })
})
