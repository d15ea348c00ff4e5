/** Pull requests, their labels and comments. Every exchange is compared with GitHub's description (exchanges-setup.ts). */
import { describe, expect, test } from 'vitest'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { client, owner, REPO, type Reply, SHA, startWithHistory } from './github-support.ts'

const WRITE = { 'pull-requests': 'write', issues: 'write', contents: 'write' } as const
const PULLS = `${REPO}/pulls`
const BODY = { title: 'Try a font', head: 'topic', base: 'main' }

function open(github: GitHub, more: object = {}): Promise<Reply> {
  return client(github, WRITE)(PULLS, { method: 'POST', body: { ...BODY, ...more } })
}

function numbers({ body }: Reply): readonly number[] {
  return Object.values(Object(body)).map((pull) => Object(pull).number)
}

test.each([
  ['GET', `${PULLS}`, 'pull_requests=read'],
  ['POST', `${PULLS}`, 'pull_requests=write'],
  ['GET', `${PULLS}/1`, 'pull_requests=read'],
  ['PATCH', `${PULLS}/1`, 'pull_requests=write'],
  ['GET', `${REPO}/commits/${SHA.main}/pulls`, 'pull_requests=read'],
  ['GET', `${REPO}/labels`, 'pull_requests=read; issues=read'],
  ['POST', `${REPO}/labels`, 'issues=write'],
  ['GET', `${REPO}/labels/bug`, 'pull_requests=read; issues=read'],
  ['DELETE', `${REPO}/labels/bug`, 'pull_requests=write; issues=write'],
  ['GET', `${REPO}/issues/1/labels`, 'pull_requests=read; issues=read'],
  ['POST', `${REPO}/issues/1/labels`, 'pull_requests=write; issues=write'],
  ['DELETE', `${REPO}/issues/1/labels/bug`, 'pull_requests=write; issues=write'],
  ['GET', `${REPO}/issues/1/comments`, 'pull_requests=read; issues=read'],
  ['POST', `${REPO}/issues/1/comments`, 'pull_requests=write; issues=write'],
] as const)('%s %s needs %s', async (method, path, accepted) => {
  await using github = await startWithHistory()
  const reply = await client(github, { contents: 'write', 'pull-requests': 'none' })(path, { method })
  expect(reply).toMatchObject({ status: 403, body: { message: 'Resource not accessible by integration' } })
  expect(reply.headers.get('x-accepted-github-permissions')).toBe(accepted)
})

describe('a pull request', () => {
  test('is opened by the job, described, changed, closed and opened again', async () => {
    await using github = await startWithHistory()
    const ask = client(github, WRITE)
    const opened = await open(github, { body: 'Why not.', draft: true })
    expect(opened).toMatchObject({
      status: 201,
      body: {
        number: 1,
        state: 'open',
        draft: true,
        user: { login: 'github-actions[bot]' },
        head: { label: `${owner}:topic`, sha: SHA.topic },
        base: { ref: 'main', sha: SHA.main },
        commits: 1,
        labels: [],
        merged: false,
      },
    })
    expect((await ask(`${PULLS}/1`)).body).toEqual(opened.body)
    const change = (body: unknown) => ask(`${PULLS}/1`, { method: 'PATCH', body })
    expect((await change({ title: 'Try two', body: 'Because.' })).body).toMatchObject({
      title: 'Try two',
      body: 'Because.',
    })
    expect((await change({ state: 'closed' })).body).toMatchObject({
      state: 'closed',
      merged_at: null,
      title: 'Try two',
    })
    expect(numbers(await ask(PULLS))).toEqual([])
    expect((await change({ state: 'open' })).body).toMatchObject({ state: 'open', closed_at: null })
    expect(await change({ base: 'none' })).toMatchObject({ status: 422, body: { errors: [{ field: 'base' }] } })
    expect(await ask(`${PULLS}/2`)).toMatchObject({ status: 404 })
  })

  test.each([
    [{ title: '' }, { field: 'title', code: 'missing_field' }],
    [{ head: 'none' }, { field: 'head', code: 'invalid' }],
    [{ base: 'none' }, { field: 'base', code: 'invalid' }],
    [{ head: 'main', base: 'topic' }, undefined],
    [{ head: 'old' }, { code: 'custom', message: 'No commits between main and old' }],
    [{ head: `${owner}:open` }, { code: 'custom', message: `A pull request already exists for ${owner}:open.` }],
  ])('of %j is opened or refused', async (more, error) => {
    await using github = await startWithHistory()
    github.addRef('heads/old', SHA.base)
    github.addRef('heads/open', SHA.topic)
    await open(github, { head: 'open' })
    const reply = await open(github, more)
    if (error === undefined) expect(reply.status).toBe(201)
    else expect(reply).toMatchObject({ status: 422, body: { message: 'Validation Failed', errors: [error] } })
  })

  test('is not opened by a job where the repository does not allow it, whatever the permissions are', async () => {
    await using github = await startWithHistory()
    github.setActionsMayOpenPullRequests(false)
    expect(await open(github)).toMatchObject({
      status: 403,
      body: {
        message: 'GitHub Actions is not permitted to create or approve pull requests.',
        documentation_url: 'https://docs.github.com/rest/pulls/pulls#create-a-pull-request',
      },
    })
    expect(github.pulls).toEqual([])
    const app = github.issueToken('deploy', WRITE, 'release-app[bot]')
    const response = await fetch(github.apiUrl + PULLS, {
      method: 'POST',
      headers: { authorization: `Bearer ${app}` },
      body: JSON.stringify(BODY),
    })
    expect([response.status, github.pulls[0]?.user.login]).toEqual([201, 'release-app[bot]'])
  })

  test('is listed by state, base, head and age', async () => {
    await using github = await startWithHistory()
    github.addRef('heads/develop', SHA.topic)
    await open(github)
    await open(github, { head: 'develop' })
    await open(github, { head: 'main', base: 'develop' })
    github.mergePullRequest(2, { sha: SHA.main, by: 'mona' })
    const ask = client(github, { 'pull-requests': 'read' })
    const list = async (query: string) => numbers(await ask(`${PULLS}?${query}`))
    expect(await list('')).toEqual([3, 1])
    expect(await list('state=closed')).toEqual([2])
    expect(await list('state=all&direction=asc')).toEqual([1, 2, 3])
    expect(await list('base=develop')).toEqual([3])
    expect(await list(`head=${owner}:topic`)).toEqual([1])
    const page = await ask(`${PULLS}?state=all&per_page=2`)
    expect(numbers(page)).toEqual([3, 2])
    expect(page.headers.get('link')).toContain('page=2')
  })

  test('that was merged by a person tells so, and keeps what it was of', async () => {
    await using github = await startWithHistory()
    await open(github)
    const merge = 'a'.repeat(40)
    github.addCommit({ sha: merge, message: 'Merge', parents: [SHA.main, SHA.topic] })
    github.addRef('heads/main', merge)
    github.mergePullRequest(1, { sha: merge, by: 'mona', baseSha: SHA.main })
    expect(github.pulls[0]).toMatchObject({
      state: 'closed',
      merged: true,
      merged_by: { login: 'mona' },
      merge_commit_sha: merge,
      base: { sha: SHA.main },
      commits: 1,
    })
    const ask = client(github, { 'pull-requests': 'read' })
    const of = async (sha: string) => numbers(await ask(`${REPO}/commits/${sha}/pulls`))
    expect([await of(merge), await of(SHA.topic), await of(SHA.base)]).toEqual([[1], [1], []])
    expect(await ask(`${REPO}/commits/none/pulls`)).toMatchObject({ status: 422 })
    expect(() => github.mergePullRequest(1, { sha: merge, by: 'mona' })).toThrow(
      'No pull request 1 is open. Open: none.',
    )
  })

  test('that is open is that of its commits', async () => {
    await using github = await startWithHistory()
    await open(github)
    const reply = await client(github, { 'pull-requests': 'read' })(`${REPO}/commits/topic/pulls`)
    expect(numbers(reply)).toEqual([1])
  })
})

describe('labels', () => {
  test('are put on and taken off', async () => {
    await using github = await startWithHistory()
    const ask = client(github, WRITE)
    await open(github)
    const labels = `${REPO}/issues/1/labels`
    const names = ({ body }: Reply) => Object.values(Object(body)).map((label) => Object(label).name)
    const add = (body: unknown) => ask(labels, { method: 'POST', body })
    expect(names(await add({ labels: ['autorelease: pending', 'b'] }))).toEqual(['autorelease: pending', 'b'])
    expect(names(await add({ labels: ['B', 'c'] }))).toEqual(['autorelease: pending', 'b', 'c'])
    const remove = (name: string) => ask(`${labels}/${encodeURIComponent(name)}`, { method: 'DELETE' })
    expect(names(await remove('autorelease: pending'))).toEqual(['b', 'c'])
    expect(await remove('autorelease: pending')).toMatchObject({
      status: 404,
      body: { message: 'Label does not exist' },
    })
    expect(names(await ask(labels))).toEqual(['b', 'c'])
    expect(names(await ask(`${REPO}/labels`))).toEqual(['autorelease: pending', 'b', 'c'])
    expect((await ask(`${REPO}/labels/c`, { method: 'DELETE' })).status).toBe(204)
    expect(github.pulls[0]?.labels.map(({ name }) => name)).toEqual(['b'])
    expect(await ask(`${REPO}/issues/2/labels`)).toMatchObject({ status: 404 })
  })

  test('are made by their first use only where the job may write issues', async () => {
    await using github = await startWithHistory()
    await open(github)
    const little = client(github, { 'pull-requests': 'write' })
    const add = () => little(`${REPO}/issues/1/labels`, { method: 'POST', body: { labels: ['new'] } })
    expect(await add()).toMatchObject({
      status: 403,
      body: {
        message: 'You do not have permission to create labels on this repository.',
        errors: [{ resource: 'Repository', field: 'label', code: 'unauthorized' }],
      },
    })
    const made = await client(github, { issues: 'write' })(`${REPO}/labels`, { method: 'POST', body: { name: 'new' } })
    expect(made).toMatchObject({ status: 201, body: { name: 'new', color: 'ededed' } })
    expect((await add()).status).toBe(200)
    const again = await client(github, { issues: 'write' })(`${REPO}/labels`, { method: 'POST', body: { name: 'NEW' } })
    expect(again).toMatchObject({ status: 422, body: { errors: [{ code: 'already_exists' }] } })
  })

  test('of a pull request may be written with either permission, and the use of the one that did is noted', async () => {
    await using github = await startWithHistory()
    await open(github)
    const token = github.issueToken('label', { issues: 'write' })
    const headers = { authorization: `Bearer ${token}` }
    const url = `${github.apiUrl}${REPO}/issues/1/comments`
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ body: 'Released.' }) })
    expect(await response.json()).toMatchObject({ body: 'Released.', user: { login: 'github-actions[bot]' } })
    expect(github.permissionUse().find(({ job }) => job === 'label')).toMatchObject({
      permission: 'issues',
      used: 'write',
    })
    const comments = await client(github, { 'pull-requests': 'read' })(`${REPO}/issues/1/comments`)
    expect(comments).toMatchObject({ status: 200, body: [{ body: 'Released.' }] })
    expect(github.pulls[0]?.comments).toBe(1)
  })
})

describe('notes that GitHub writes', () => {
  const notes = (github: GitHub, body: unknown) =>
    client(github, WRITE)(`${REPO}/releases/generate-notes`, { method: 'POST', body })

  test('name what was merged since the release before', async () => {
    await using github = await startWithHistory()
    github.addCommit({ sha: 'a'.repeat(40), message: 'Merge', parents: [SHA.main, SHA.topic] })
    await open(github)
    github.addRef('heads/main', 'a'.repeat(40))
    github.mergePullRequest(1, { sha: 'a'.repeat(40), by: 'mona', baseSha: SHA.main })
    const { body } = await notes(github, { tag_name: 'v2', previous_tag_name: 'v1' })
    const url = `${github.serverUrl}/octo-org/site`
    expect(body).toEqual({
      name: 'v2',
      body: `## What's Changed\n* Try a font by @github-actions in ${url}/pull/1\n\n**Full Changelog**: ${url}/compare/v1...v2`,
    })
    expect(await notes(github, { tag_name: 'v1' })).toMatchObject({
      body: { body: `**Full Changelog**: ${url}/commits/v1` },
    })
  })

  test.each([
    [{ tag_name: 'v2', target_commitish: 'none' }, 'target_commitish'],
    [{ tag_name: 'v2', previous_tag_name: 'none' }, 'previous_tag_name'],
  ])('of %j are refused', async (body, field) => {
    await using github = await startWithHistory()
    expect(await notes(github, body)).toMatchObject({ status: 422, body: { errors: [{ field }] } })
  })
})
