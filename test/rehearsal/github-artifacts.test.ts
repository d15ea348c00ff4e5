/** Artifacts in the REST API of the embedded GitHub. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { client, octokit, owner, REPO, repo, runOf, SHA, startWithHistory } from './github-support.ts'

const WRITE = { actions: 'write' } as const
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

async function startWithRuns() {
  const github = await startWithHistory()
  github.addRun(runOf(7001))
  github.addRun(runOf(7002, { headBranch: 'topic', headSha: SHA.topic }))
  github.addRun(runOf(7003, { headBranch: 'main', fork: 'mona' }))
  return github
}

describe('artifacts', () => {
  test('are listed newest first, of all runs and attempts, with the run that made them', async () => {
    await using github = await startWithRuns()
    const at = (day: number) => new Date(Date.UTC(2026, 9, day))
    const second = await github.addArtifact({ name: 'site', runId: 7001, content: 'two', createdAt: at(2) })
    const third = await github.addArtifact({ name: 'site', runId: 7003, content: 'three', createdAt: at(3) })
    const first = await github.addArtifact({ name: 'other', runId: 7002, content: 'one', createdAt: at(1) })
    const kit = octokit(github, WRITE)
    const { data } = await kit.actions.listArtifactsForRepo({ owner, repo })
    expect(data.total_count).toBe(3)
    expect(data.artifacts.map(({ id }) => id)).toEqual([third, second, first])
    expect(data.artifacts.map(({ workflow_run }) => workflow_run)).toEqual([
      {
        id: 7003,
        repository_id: github.repository.id,
        head_repository_id: github.repository.id + 1_000_000,
        head_branch: 'main',
        head_sha: SHA.main,
      },
      expect.objectContaining({ id: 7001, head_repository_id: github.repository.id, head_branch: 'main' }),
      expect.objectContaining({ id: 7002, head_branch: 'topic', head_sha: SHA.topic }),
    ])
    expect(data.artifacts[1]).toMatchObject({
      name: 'site',
      size_in_bytes: 3,
      digest: `sha256:${createHash('sha256').update('two').digest('hex')}`,
      created_at: '2026-10-02T00:00:00Z',
      expires_at: '2026-12-31T00:00:00Z',
      expired: false,
    })
  })

  test('are found by their exact name, page by page', async () => {
    await using github = await startWithRuns()
    for (const name of ['site', 'site-2', 'site', 'sit']) await github.addArtifact({ name, runId: 7001, content: name })
    const call = client(github, WRITE)
    expect((await call(`${REPO}/actions/artifacts?name=site`)).body).toMatchObject({ total_count: 2 })
    const page = await call(`${REPO}/actions/artifacts?name=site&per_page=1&page=2`)
    expect(page.body).toMatchObject({ total_count: 2, artifacts: [{ name: 'site' }] })
    expect(page.headers.get('link')).toContain('rel="prev"')
    expect((await call(`${REPO}/actions/artifacts?name=site-`)).body).toEqual({ total_count: 0, artifacts: [] })
  })

  test('of one run are those of all its attempts', async () => {
    await using github = await startWithRuns()
    const before = await github.addArtifact({ name: 'site', runId: 7001, content: '1' })
    github.addRun(runOf(7001, { attempt: 2 }))
    const after = await github.addArtifact({ name: 'site', runId: 7001, content: '2' })
    await github.addArtifact({ name: 'site', runId: 7002, content: '3' })
    const ids = async (query: string) => {
      const { body } = await client(github, WRITE)(`${REPO}/actions/runs/7001/artifacts${query}`)
      return Object(body).artifacts.map(({ id }: { id: number }) => id)
    }
    expect(await ids('')).toEqual([after, before])
    expect(await ids('?name=site&direction=asc')).toEqual([before, after])
    expect(await ids('?name=other')).toEqual([])
    expect((await client(github, WRITE)(`${REPO}/actions/runs/1/artifacts`)).status).toBe(404)
  })

  test('are downloaded from an address that needs no token and lives a minute', async () => {
    await using github = await startWithRuns()
    const id = await github.addArtifact({ name: 'site', runId: 7001, content: 'content' })
    const token = github.issueToken('deploy', WRITE)
    const url = `${github.apiUrl}${REPO}/actions/artifacts/${id}/zip`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, redirect: 'manual' })
    expect(answer.status).toBe(302)
    const location = answer.headers.get('location') ?? ''
    const content = await fetch(location)
    expect([content.status, content.headers.get('content-type'), await content.text()]).toEqual([
      200,
      'application/zip',
      'content',
    ])
    github.passTime(MINUTE)
    const late = await fetch(location)
    expect(late.status).toBe(403)
    expect(await late.text()).toContain('<Code>AuthenticationFailed</Code>')
    expect(JSON.stringify(github.requests)).not.toContain(new URL(location).searchParams.get('sig'))
  })

  test('expire: they are still listed, and their content is gone', async () => {
    await using github = await startWithRuns()
    const id = await github.addArtifact({ name: 'site', runId: 7001, content: 'content' })
    const short = new Date(Date.now() + DAY)
    const early = await github.addArtifact({ name: 'early', runId: 7001, content: 'content', expiresAt: short })
    const call = client(github, WRITE)
    const expired = async () => {
      const { body } = await call(`${REPO}/actions/artifacts`)
      return Object(body).artifacts.filter((artifact: { expired: boolean }) => artifact.expired).length
    }
    expect(await expired()).toBe(0)
    github.passTime(2 * DAY)
    expect(await expired()).toBe(1)
    expect(await call(`${REPO}/actions/artifacts/${early}/zip`)).toMatchObject({
      status: 410,
      body: { message: 'Artifact has expired' },
    })
    github.passTime(88 * DAY)
    expect(await expired()).toBe(2)
    const reply = await call(`${REPO}/actions/artifacts/${id}`)
    expect(reply.body).toMatchObject({ id, expired: true })
    expect(Date.parse(reply.headers.get('date') ?? '') - Date.now()).toBeGreaterThan(89 * DAY)
  })

  test('are gone once they are deleted', async () => {
    await using github = await startWithRuns()
    const id = await github.addArtifact({ name: 'site', runId: 7001, content: 'content' })
    const call = client(github, WRITE)
    expect((await call(`${REPO}/actions/artifacts/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await call(`${REPO}/actions/artifacts/${id}`, { method: 'DELETE' })).status).toBe(404)
    expect((await call(`${REPO}/actions/artifacts/${id}`)).status).toBe(404)
    expect((await call(`${REPO}/actions/artifacts/${id}/zip`)).status).toBe(404)
    expect(github.artifacts).toEqual([])
  })

  test('need a run', async () => {
    await using github = await startWithHistory()
    await expect(github.addArtifact({ name: 'site', runId: 1, content: '' })).rejects.toThrow('No run 1')
    expect(() => github.issueRuntimeToken(1)).toThrow('No run 1')
    expect(() => github.passTime(-1)).toThrow('Time only passes')
  })
})

describe('a workflow', () => {
  test('that is disabled is enabled again, by its file or its id', async () => {
    await using github = await startWithRuns()
    const workflow = { name: 'Snapshot', path: '.github/workflows/snapshot.yml' } as const
    github.setWorkflow({ ...workflow, state: 'disabled_inactivity' })
    github.setWorkflow({ name: 'Other', path: '.github/workflows/other.yml', state: 'disabled_manually' })
    const call = client(github, WRITE)
    const { body } = await call(`${REPO}/actions/workflows/snapshot.yml`)
    expect(body).toMatchObject({ ...workflow, state: 'disabled_inactivity' })
    expect((await call(`${REPO}/actions/workflows/${Object(body).id}/enable`, { method: 'PUT' })).status).toBe(204)
    expect(github.workflows).toEqual([
      { ...workflow, state: 'active' },
      expect.objectContaining({ name: 'Other', state: 'disabled_manually' }),
    ])
    expect((await call(`${REPO}/actions/workflows/other.yml/enable`, { method: 'PUT' })).status).toBe(204)
    expect((await call(`${REPO}/actions/workflows/none.yml/enable`, { method: 'PUT' })).status).toBe(404)
    expect(github.workflows.map(({ state }) => state)).toEqual(['active', 'active'])
  })

  test('of a run is known, and active', async () => {
    await using github = await startWithRuns()
    const { body } = await client(github, WRITE)(`${REPO}/actions/workflows/snapshot.yml`)
    const { data: run } = await octokit(github, WRITE).actions.getWorkflowRun({ owner, repo, run_id: 7001 })
    expect(body).toMatchObject({ id: run.workflow_id, name: 'Snapshot', state: 'active' })
  })
})
