import { describe, expect, test } from 'vitest'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { client, octokit, owner, REPO, repo, startWithHistory } from './github-support.ts'

const DOCS = 'https://docs.github.com/rest/deployments/statuses#create-a-deployment-status'

async function deploy(github: GitHub, more: Record<string, unknown> = {}): Promise<number> {
  const { body } = await client(github)(`${REPO}/deployments`, {
    method: 'POST',
    body: { ref: 'main', environment: 'staging', ...more },
  })
  return Number(Object(body).id)
}

function setStatus(github: GitHub, id: number, body: unknown) {
  return client(github)(`${REPO}/deployments/${id}/statuses`, { method: 'POST', body })
}

test('creates a status with everything given', async () => {
  await using github = await startWithHistory()
  const deployment_id = await deploy(github)
  const { status, data } = await octokit(github).repos.createDeploymentStatus({
    owner,
    repo,
    deployment_id,
    state: 'in_progress',
    description: 'Uploading',
    log_url: 'https://example.com/log',
    environment_url: 'https://example.com',
  })
  const deploymentUrl = `${github.apiUrl}${REPO}/deployments/${deployment_id}`
  expect(status).toBe(201)
  expect(data).toMatchObject({
    url: `${deploymentUrl}/statuses/${data.id}`,
    deployment_url: deploymentUrl,
    repository_url: `${github.apiUrl}${REPO}`,
    node_id: expect.stringMatching(/^DES_/),
    state: 'in_progress',
    description: 'Uploading',
    log_url: 'https://example.com/log',
    target_url: 'https://example.com/log',
    environment_url: 'https://example.com',
    environment: 'staging',
    creator: { login: 'github-actions[bot]' },
    created_at: expect.stringMatching(/Z$/),
  })
  const got = await client(github)(`${REPO}/deployments/${deployment_id}/statuses/${data.id}`)
  expect(got).toMatchObject({ status: 200, body: Object(data) })
})

test('what is not given is an empty string, and target_url is log_url by its old name', async () => {
  await using github = await startWithHistory()
  const id = await deploy(github)
  expect((await setStatus(github, id, { state: 'queued' })).body).toMatchObject({
    description: '',
    log_url: '',
    target_url: '',
    environment_url: '',
  })
  const target_url = 'https://example.com/old'
  expect((await setStatus(github, id, { state: 'queued', target_url })).body).toMatchObject({
    target_url,
    log_url: target_url,
  })
})

test.each(['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'])(
  'the state %s is accepted',
  async (state) => {
    await using github = await startWithHistory()
    expect(await setStatus(github, await deploy(github), { state })).toMatchObject({ status: 201, body: { state } })
  },
)

test('any other state is refused, and so is none', async () => {
  await using github = await startWithHistory()
  const id = await deploy(github)
  expect(await setStatus(github, id, { state: 'cancelled' })).toMatchObject({
    status: 422,
    body: {
      message:
        'Invalid request.\n\ncancelled is not a member of ' +
        '["error", "failure", "inactive", "in_progress", "queued", "pending", "success"].',
      documentation_url: DOCS,
      status: '422',
    },
  })
  expect((await setStatus(github, id, {})).body).toMatchObject({
    message: `Invalid request.\n\n"state" wasn't supplied.`,
  })
  expect(github.deployments[0]?.statuses).toEqual([])
})

test('a description has 140 characters at most, whatever their size in bytes', async () => {
  await using github = await startWithHistory()
  const id = await deploy(github)
  expect((await setStatus(github, id, { state: 'queued', description: '🚀'.repeat(140) })).status).toBe(201)
  expect(await setStatus(github, id, { state: 'queued', description: 'x'.repeat(141) })).toMatchObject({
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [
        {
          resource: 'DeploymentStatus',
          code: 'custom',
          field: 'description',
          message: 'description is too long (maximum is 140 characters)',
        },
      ],
      documentation_url: DOCS,
      status: '422',
    },
  })
})

test('an environment_url needs http or https', async () => {
  await using github = await startWithHistory()
  const reply = await setStatus(github, await deploy(github), { state: 'success', environment_url: 'example.com' })
  expect(reply).toMatchObject({
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [
        {
          resource: 'DeploymentStatus',
          code: 'custom',
          field: 'environment_url',
          message: 'environment_url must use http(s) scheme',
        },
      ],
    },
  })
})

test('an empty environment_url gets an answer that is no JSON, and no status', async () => {
  await using github = await startWithHistory()
  const id = await deploy(github)
  const reply = await setStatus(github, id, { state: 'success', environment_url: '' })
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(reply.body).toBeUndefined()
  expect(github.deployments[0]?.statuses).toEqual([])
})

test('an unknown deployment has no statuses', async () => {
  await using github = await startWithHistory()
  const call = client(github)
  for (const method of ['GET', 'POST'] as const) {
    const reply = await call(`${REPO}/deployments/42/statuses`, { method, ...(method === 'POST' && { body: {} }) })
    expect(reply).toMatchObject({ status: 404, body: { message: 'Not Found', status: '404' } })
  }
  const id = await deploy(github)
  expect((await call(`${REPO}/deployments/${id}/statuses/42`)).status).toBe(404)
})

test('the API lists statuses newest first, in pages; the double shows them oldest first', async () => {
  await using github = await startWithHistory()
  const deployment_id = await deploy(github)
  for (const state of ['queued', 'in_progress', 'success']) await setStatus(github, deployment_id, { state })
  const kit = octokit(github)
  const page = await kit.repos.listDeploymentStatuses({ owner, repo, deployment_id, per_page: 2 })
  expect(page.data.map(({ state }) => state)).toEqual(['success', 'in_progress'])
  expect(page.headers.link).toContain('page=2>; rel="next"')
  const all = await kit.paginate(kit.repos.listDeploymentStatuses, { owner, repo, deployment_id, per_page: 2 })
  expect(all.map(({ state }) => state)).toEqual(['success', 'in_progress', 'queued'])
  expect(github.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['queued', 'in_progress', 'success'])
})

test('a status can move its deployment to another environment, and the next one stays there', async () => {
  await using github = await startWithHistory()
  const id = await deploy(github)
  await setStatus(github, id, { state: 'queued', environment: 'qa' })
  const { body } = await setStatus(github, id, { state: 'in_progress' })
  expect(body).toMatchObject({ environment: 'qa' })
  expect(github.deployments[0]).toMatchObject({ environment: 'qa', original_environment: 'staging' })
})

describe('auto_inactive', () => {
  async function lastStates(github: GitHub) {
    return github.deployments.map(({ statuses }) => statuses.at(-1)?.state)
  }

  test('a success makes the older success of its environment inactive', async () => {
    await using github = await startWithHistory()
    await setStatus(github, await deploy(github), { state: 'success' })
    await setStatus(github, await deploy(github), { state: 'success' })
    expect(await lastStates(github)).toEqual(['inactive', 'success'])
    expect(github.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['success', 'inactive'])
  })

  test.each([
    ['production', { environment: 'live', production_environment: true }],
    ['transient', { transient_environment: true }],
  ])('a %s deployment is left as it is', async (_, kind) => {
    await using github = await startWithHistory()
    await setStatus(github, await deploy(github, kind), { state: 'success' })
    await setStatus(github, await deploy(github, kind), { state: 'success' })
    expect(await lastStates(github)).toEqual(['success', 'success'])
  })

  test('so is one of another environment, a newer one, and one that never succeeded', async () => {
    await using github = await startWithHistory()
    const other = await deploy(github, { environment: 'qa' })
    const failed = await deploy(github)
    const current = await deploy(github)
    const newer = await deploy(github)
    await setStatus(github, other, { state: 'success' })
    await setStatus(github, failed, { state: 'failure' })
    await setStatus(github, newer, { state: 'success', auto_inactive: false })
    await setStatus(github, current, { state: 'success' })
    expect(await lastStates(github)).toEqual(['success', 'failure', 'success', 'success'])
  })

  test('false, or a state other than success, makes nothing inactive', async () => {
    await using github = await startWithHistory()
    await setStatus(github, await deploy(github), { state: 'success' })
    const current = await deploy(github)
    await setStatus(github, current, { state: 'in_progress' })
    await setStatus(github, current, { state: 'success', auto_inactive: false })
    expect(await lastStates(github)).toEqual(['success', 'success'])
  })
})
