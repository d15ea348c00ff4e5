import { expect, test } from 'vitest'
import { startGitHub } from '../../rehearsal/github/server.ts'
import { client, octokit, owner, REPO, REPOSITORY, repo, SHA, send, startWithHistory } from './github-support.ts'

test('answers octokit with the repository', async () => {
  await using github = await startGitHub({ repository: REPOSITORY, defaultBranch: 'trunk' })
  const { data } = await octokit(github, {}).repos.get({ owner, repo })
  expect(data).toMatchObject({ full_name: REPOSITORY, private: true, visibility: 'private', default_branch: 'trunk' })
  expect(data.html_url).toBe(`${github.serverUrl}/${REPOSITORY}`)
})

test('refuses a repository that is not owner/name', async () => {
  await expect(startGitHub({ repository: 'site' })).rejects.toThrow(
    '"site" is not a repository. Give it as owner/name.',
  )
})

test('a request without a token, or with one that was never issued, gets "Bad credentials"', async () => {
  await using github = await startWithHistory()
  for (const authorization of [undefined, 'Bearer ghs_unknown', 'token ', 'Basic Z2hzX3g6']) {
    const reply = await send(`${github.apiUrl}${REPO}`, { ...(authorization && { headers: { authorization } }) })
    expect(reply).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
    })
  }
})

test('takes a token in both schemes, and in any case', async () => {
  await using github = await startWithHistory()
  const token = github.issueToken('build', {})
  for (const scheme of ['token', 'Bearer', 'bearer']) {
    const reply = await send(`${github.apiUrl}${REPO}`, { headers: { authorization: `${scheme} ${token}` } })
    expect(reply.status).toBe(200)
  }
})

test('tokens look like installation tokens and differ', async () => {
  await using github = await startWithHistory()
  const tokens = [github.issueToken('build', {}), github.issueToken('build', {})]
  for (const token of tokens) expect(token).toMatch(/^ghs_[A-Za-z0-9]{36}$/)
  expect(tokens[0]).not.toBe(tokens[1])
})

const NEEDS = [
  ['GET', `${REPO}/commits/main`, 'contents=read', 'commits/commits#get-a-commit'],
  ['GET', `${REPO}/compare/main...topic`, 'contents=read', 'commits/commits#compare-two-commits'],
  ['GET', `${REPO}/git/ref/heads/main`, 'contents=read', 'git/refs#get-a-reference'],
  ['GET', `${REPO}/deployments`, 'deployments=read', 'deployments/deployments#list-deployments'],
  ['POST', `${REPO}/deployments`, 'deployments=write', 'deployments/deployments#create-a-deployment'],
  ['GET', `${REPO}/deployments/1`, 'deployments=read', 'deployments/deployments#get-a-deployment'],
  ['DELETE', `${REPO}/deployments/1`, 'deployments=write', 'deployments/deployments#delete-a-deployment'],
  ['GET', `${REPO}/deployments/1/statuses`, 'deployments=read', 'deployments/statuses#list-deployment-statuses'],
  ['POST', `${REPO}/deployments/1/statuses`, 'deployments=write', 'deployments/statuses#create-a-deployment-status'],
  ['GET', `${REPO}/deployments/1/statuses/2`, 'deployments=read', 'deployments/statuses#get-a-deployment-status'],
  ['GET', `${REPO}/actions/runs/1`, 'actions=read', 'actions/workflow-runs#get-a-workflow-run'],
  [
    'GET',
    `${REPO}/actions/runs/1/attempts/1/jobs`,
    'actions=read',
    'actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt',
  ],
  ['GET', `${REPO}/actions/jobs/1`, 'actions=read', 'actions/workflow-jobs#get-a-job-for-a-workflow-run'],
  ['GET', `${REPO}/actions/artifacts`, 'actions=read', 'actions/artifacts#list-artifacts-for-a-repository'],
  ['GET', `${REPO}/actions/runs/1/artifacts`, 'actions=read', 'actions/artifacts#list-workflow-run-artifacts'],
  ['GET', `${REPO}/actions/artifacts/1`, 'actions=read', 'actions/artifacts#get-an-artifact'],
  ['GET', `${REPO}/actions/artifacts/1/zip`, 'actions=read', 'actions/artifacts#download-an-artifact'],
  ['DELETE', `${REPO}/actions/artifacts/1`, 'actions=write', 'actions/artifacts#delete-an-artifact'],
  ['GET', `${REPO}/actions/workflows/deploy.yml`, 'actions=read', 'actions/workflows#get-a-workflow'],
  ['PUT', `${REPO}/actions/workflows/deploy.yml/enable`, 'actions=write', 'actions/workflows#enable-a-workflow'],
  ['GET', `${REPO}/releases`, 'contents=read', 'releases/releases#list-releases'],
  ['POST', `${REPO}/releases`, 'contents=write', 'releases/releases#create-a-release'],
  ['GET', `${REPO}/releases/1`, 'contents=read', 'releases/releases#get-a-release'],
  ['PATCH', `${REPO}/releases/1`, 'contents=write', 'releases/releases#update-a-release'],
  ['DELETE', `${REPO}/releases/1`, 'contents=write', 'releases/releases#delete-a-release'],
  ['GET', `${REPO}/releases/tags/v1`, 'contents=read', 'releases/releases#get-a-release-by-tag-name'],
  ['GET', `${REPO}/releases/1/assets`, 'contents=read', 'releases/assets#list-release-assets'],
  ['POST', `${REPO}/releases/1/assets?name=a`, 'contents=write', 'releases/assets#upload-a-release-asset'],
  ['GET', `${REPO}/releases/assets/1`, 'contents=read', 'releases/assets#get-a-release-asset'],
  ['DELETE', `${REPO}/releases/assets/1`, 'contents=write', 'releases/assets#delete-a-release-asset'],
] as const

test.each(NEEDS)('%s %s without %s is not accessible, and says what would be accepted', async (...row) => {
  const [method, path, needed, docs] = row
  await using github = await startWithHistory()
  const [permission = '', level] = needed.split('=')
  const tooLittle = level === 'write' ? 'read' : 'none'
  const reply = await client(github, { [permission]: tooLittle })(path, { method })
  expect(reply).toMatchObject({
    status: 403,
    body: {
      message: 'Resource not accessible by integration',
      documentation_url: `https://docs.github.com/rest/${docs}`,
      status: '403',
    },
  })
  expect(reply.headers.get('x-accepted-github-permissions')).toBe(needed)
  expect(github.deployments).toEqual([])
})

test.each(NEEDS)('%s %s with %s is let through', async (method, path, needed) => {
  await using github = await startWithHistory()
  const [permission = '', level] = needed.split('=')
  const call = client(github, { [permission]: level === 'write' ? 'write' : 'read' })
  const reply = await call(path, { method, ...(method === 'POST' && { body: {} }) })
  expect([200, 404, 422]).toContain(reply.status)
})

test('a public repository can be read without any permission, and not written', async () => {
  await using github = await startWithHistory({ private: false })
  const call = client(github, {})
  expect((await call(`${REPO}/deployments`)).status).toBe(200)
  expect((await call(`${REPO}/commits/main`)).status).toBe(200)
  expect((await call(`${REPO}/deployments`, { method: 'POST', body: { ref: 'main' } })).status).toBe(403)
})

test('another repository does not exist for a token, and the name is compared without case', async () => {
  await using github = await startWithHistory()
  const call = client(github)
  expect(await call('/repos/octo-org/other/deployments')).toMatchObject({
    status: 404,
    body: {
      message: 'Not Found',
      documentation_url: 'https://docs.github.com/rest/deployments/deployments#list-deployments',
      status: '404',
    },
  })
  expect((await call('/repos/Octo-Org/SITE/deployments')).status).toBe(200)
})

test('an operation it does not have gets the 404 of GitHub and is listed as unsupported', async () => {
  await using github = await startWithHistory()
  const call = client(github)
  await call(`${REPO}/deployments`)
  const reply = await call(`${REPO}/issues`, { method: 'POST', body: { title: 'Hello' } })
  expect(reply).toMatchObject({
    status: 404,
    body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
  })
  expect(github.unsupported.map(({ method, path, job }) => `${job}: ${method} ${path}`)).toEqual([
    `deploy: POST ${REPO}/issues`,
  ])
})

test('every request is recorded with its job, body and answer, and never with its token', async () => {
  await using github = await startWithHistory()
  const token = github.issueToken('publish', { deployments: 'write' })
  const headers = { authorization: `Bearer ${token}` }
  const url = `${github.apiUrl}${REPO}/deployments`
  await send(`${url}?environment=staging`, { headers })
  await send(url, { method: 'POST', headers, body: { ref: 'nowhere' } })
  await send(url, {})
  expect(github.requests).toEqual([
    expect.objectContaining({
      side: 'github',
      method: 'GET',
      path: `${REPO}/deployments`,
      query: { environment: 'staging' },
      body: null,
      status: 200,
      response: [],
      job: 'publish',
    }),
    expect.objectContaining({
      method: 'POST',
      body: { ref: 'nowhere' },
      status: 422,
      response: expect.objectContaining({ message: 'No ref found for: nowhere' }),
      job: 'publish',
    }),
    expect.not.objectContaining({ job: expect.anything() }),
  ])
  expect(JSON.stringify(github.requests)).not.toContain(token)
})

test('lists for each job what was granted and the highest use of it', async () => {
  await using github = await startWithHistory()
  const build = github.issueToken('build', { contents: 'read', actions: 'none' })
  const deploy = github.issueToken('deploy', { contents: 'read', deployments: 'write', actions: 'write' })
  github.notePermissionUse('build', 'contents', 'read')
  const get = (path: string, token: string) =>
    send(`${github.apiUrl}${REPO}${path}`, { headers: { authorization: `Bearer ${token}` } })
  await get('/deployments', build)
  await get('/deployments', deploy)
  await get('/actions/jobs/1', deploy)
  expect(github.permissionUse()).toEqual([
    { job: 'build', permission: 'contents', granted: 'read', used: 'read' },
    { job: 'deploy', permission: 'contents', granted: 'read', used: 'none' },
    { job: 'deploy', permission: 'deployments', granted: 'write', used: 'read' },
    { job: 'deploy', permission: 'actions', granted: 'write', used: 'read' },
  ])
})

test('a write is a higher use than a later read, also over two tokens of one job', async () => {
  await using github = await startWithHistory()
  await client(github)(`${REPO}/deployments`, { method: 'POST', body: { ref: 'main', required_contexts: [] } })
  await client(github)(`${REPO}/deployments`)
  expect(github.permissionUse()).toContainEqual({
    job: 'deploy',
    permission: 'deployments',
    granted: 'write',
    used: 'write',
  })
})

test('of several tokens of one job the widest grant counts', async () => {
  await using github = await startWithHistory()
  github.issueToken('deploy', { deployments: 'write' })
  github.issueToken('deploy', { deployments: 'read' })
  expect(github.permissionUse()).toEqual([{ job: 'deploy', permission: 'deployments', granted: 'write', used: 'none' }])
})

test('carries the headers of api.github.com and counts 1,000 requests an hour', async () => {
  await using github = await startWithHistory()
  const call = client(github)
  await call(REPO)
  const { headers } = await call(REPO)
  const reset = Number(headers.get('x-ratelimit-reset'))
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-accepted-github-permissions': 'metadata=read',
    'x-github-request-id': expect.stringMatching(/^[0-9A-F]{32}$/),
    'x-ratelimit-limit': '1000',
    'x-ratelimit-remaining': '998',
    'x-ratelimit-used': '2',
    'x-ratelimit-resource': 'core',
  })
  expect(reset - Date.now() / 1000).toBeGreaterThan(3590)
  expect(reset - Date.now() / 1000).toBeLessThanOrEqual(3600)
})

test('asking for the rate limit is free', async () => {
  await using github = await startWithHistory()
  const client = octokit(github)
  await client.repos.get({ owner, repo })
  await client.rateLimit.get()
  const { data } = await client.rateLimit.get()
  expect(data.rate).toMatchObject({ limit: 1000, used: 1, remaining: 999 })
  expect(data.resources.core).toEqual(data.rate)
})

test('a body that is no JSON is a problem of parsing', async () => {
  await using github = await startWithHistory()
  const reply = await client(github)(`${REPO}/deployments`, { method: 'POST', body: '{"ref":' })
  expect(reply).toMatchObject({ status: 400, body: { message: 'Problems parsing JSON', status: '400' } })
})

test('what is taught wrongly is refused at once', async () => {
  await using github = await startWithHistory()
  expect(() => github.addCommit({ sha: 'abc' })).toThrow('"abc" is not a commit SHA.')
  expect(() => github.addRef('heads/new', 'f'.repeat(40))).toThrow('Add the commit first.')
  expect(() => github.addJob({ id: 1, runId: 9, name: 'x', status: 'queued', conclusion: null })).toThrow('No run 9')
  expect(() => github.updateRun(9, { status: 'completed' })).toThrow('No run 9')
  expect(() => github.updateJob(9, { status: 'completed' })).toThrow('No job 9')
})

test('after closing, nothing listens', async () => {
  const github = await startWithHistory()
  await github[Symbol.asyncDispose]()
  await expect(fetch(github.apiUrl)).rejects.toThrow()
})

test('the shared history is what its picture says', async () => {
  await using github = await startWithHistory()
  const { data } = await octokit(github).repos.getCommit({ owner, repo, ref: 'topic' })
  expect(data.parents.map(({ sha }) => sha)).toEqual([SHA.base])
})
