import { describe, expect, test } from 'vitest'
import type { Dispatched } from '../../rehearsal/github/dispatch.ts'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { takeDepartures } from '../support/exchanges.ts'
import { personal } from './github-secrets-support.ts'
import { client, octokit, owner, REPO, repo, runOf, SHA, startWithHistory } from './github-support.ts'

const PATH = '.github/workflows/deploy.yml'
const DEPLOY = { name: 'Deploy', path: PATH, state: 'active' } as const
const WORKFLOW = `${REPO}/actions/workflows/deploy.yml`
const DOCS = 'https://docs.github.com/rest/actions'

async function start(): Promise<GitHub> {
  const github = await startWithHistory()
  github.setWorkflow(DEPLOY)
  return github
}

function dispatch(github: GitHub, body: unknown, workflow = WORKFLOW) {
  return client(github, { actions: 'write' })(`${workflow}/dispatches`, { method: 'POST', body })
}

test.each([
  ['POST', `${WORKFLOW}/dispatches`, 'write', 'workflows#create-a-workflow-dispatch-event'],
  ['GET', `${WORKFLOW}/runs`, 'read', 'workflow-runs#list-workflow-runs-for-a-workflow'],
] as const)('%s %s needs to %s actions', async (method, path, level, page) => {
  await using github = await start()
  const reply = await client(github, { actions: level === 'write' ? 'read' : 'none' })(path, { method })
  expect(reply).toMatchObject({ status: 403, body: { documentation_url: `${DOCS}/${page}` } })
  expect(reply.headers.get('x-accepted-github-permissions')).toBe(`actions=${level}`)
})

describe('a dispatch', () => {
  test('queues a run, and tells which when it is asked to', async () => {
    await using github = await start()
    const { status, body } = await dispatch(github, { ref: 'topic', return_run_details: true })
    const { workflow_run_id: id } = Object(body)
    const html = `${github.serverUrl}/octo-org/site/actions/runs/${id}`
    const answer = { workflow_run_id: id, run_url: `${github.apiUrl}${REPO}/actions/runs/${id}`, html_url: html }
    expect([status, body]).toEqual([200, answer])
    const { data } = await octokit(github).actions.getWorkflowRun({ owner, repo, run_id: id })
    expect(data).toMatchObject({
      id,
      name: 'Deploy',
      path: PATH,
      event: 'workflow_dispatch',
      status: 'queued',
      conclusion: null,
      head_branch: 'topic',
      head_sha: SHA.topic,
      run_number: 1,
      html_url: html,
      actor: { login: 'github-actions[bot]' },
    })
  })

  test('says nothing otherwise, and is the run of who asked', async () => {
    await using github = await start()
    const ask = personal(github, { permissions: { actions: 'write' } })
    const reply = await ask(`${WORKFLOW}/dispatches`, { method: 'POST', body: { ref: 'v1' } })
    expect(reply).toMatchObject({ status: 204, body: undefined })
    expect(Object((await ask(`${WORKFLOW}/runs`)).body).workflow_runs).toMatchObject([
      { head_branch: 'v1', head_sha: SHA.main, actor: { login: 'octocat' } },
    ])
  })

  test('is told to the hook with its inputs, which may finish the run', async () => {
    await using github = await start()
    const seen: Dispatched[] = []
    github.onDispatch((run) => {
      seen.push(run)
      github.updateRun(run.id, { status: 'completed', conclusion: 'success' })
    })
    const { body } = await dispatch(github, {
      ref: 'main',
      inputs: { reason: 'rotation', attempt: 2, force: true },
      return_run_details: true,
    })
    const id = Object(body).workflow_run_id
    const inputs = { reason: 'rotation', attempt: '2', force: 'true' }
    expect(seen).toEqual([{ id, path: PATH, ref: 'refs/heads/main', inputs }])
    expect(github.describeRun(id)).toMatchObject({ status: 'completed', conclusion: 'success' })
  })

  test.each([
    ['main', 'refs/heads/main'],
    ['refs/heads/main', 'refs/heads/main'],
    ['v1', 'refs/tags/v1'],
    ['refs/tags/v1', 'refs/tags/v1'],
  ])('to %s is of %s', async (ref, qualified) => {
    await using github = await start()
    const refs: string[] = []
    github.onDispatch((run) => refs.push(run.ref))
    expect((await dispatch(github, { ref })).status).toBe(204)
    expect(refs).toEqual([qualified])
  })

  test.each(['nowhere', SHA.main, 'refs/heads/nowhere', ''])('to "%s" finds no ref', async (ref) => {
    await using github = await start()
    expect(await dispatch(github, { ref })).toMatchObject({
      status: 422,
      body: {
        message: `No ref found for: ${ref}`,
        documentation_url: `${DOCS}/workflows#create-a-workflow-dispatch-event`,
      },
    })
    expect(github.runsOf(PATH)).toBe(0)
  })

  test('of a workflow without the trigger is refused', async () => {
    await using github = await start()
    github.setWorkflow({ ...DEPLOY, dispatchable: false })
    const message = "Workflow does not have 'workflow_dispatch' trigger"
    expect(await dispatch(github, { ref: 'main' })).toMatchObject({ status: 422, body: { message } })
    expect((await client(github)(WORKFLOW)).status).toBe(200)
  })

  test('of a disabled workflow is refused, and of an unknown one not found', async () => {
    await using github = await start()
    github.setWorkflow({ ...DEPLOY, state: 'disabled_inactivity' })
    const message = "Cannot trigger a 'workflow_dispatch' on a disabled workflow"
    expect(await dispatch(github, { ref: 'main' })).toMatchObject({ status: 422, body: { message } })
    const unknown = await dispatch(github, { ref: 'main' }, `${REPO}/actions/workflows/other.yml`)
    expect(unknown).toMatchObject({ status: 404, body: { message: 'Not Found' } })
    expect((await client(github)(`${REPO}/actions/workflows/other.yml/runs`)).status).toBe(404)
  })

  test('needs a ref', async () => {
    await using github = await start()
    expect(await dispatch(github, {})).toMatchObject({
      status: 422,
      body: { message: `Invalid request.\n\n"ref" wasn't supplied.` },
    })
  })
})

describe('the runs of a workflow', () => {
  async function startWithRuns(): Promise<GitHub> {
    const github = await start()
    github.setTime(new Date('2026-03-01T10:00:00Z'))
    github.addRun(runOf(1, { path: PATH, status: 'completed', conclusion: 'failure' }))
    github.addRun(runOf(9))
    github.passTime(24 * 3600 * 1000)
    github.addRun(
      runOf(2, { path: PATH, event: 'schedule', headBranch: 'topic', headSha: SHA.topic, actor: 'octocat' }),
    )
    github.addRun(runOf(3, { path: PATH, status: 'queued' }))
    return github
  }

  async function idsOf(github: GitHub, query = ''): Promise<readonly number[]> {
    const { body } = await client(github)(`${WORKFLOW}/runs${query}`)
    return Object(body).workflow_runs.map(({ id }: { readonly id: number }) => id)
  }

  test.each([
    ['', [3, 2, 1]],
    ['?event=schedule', [2]],
    ['?branch=main', [3, 1]],
    ['?status=queued', [3]],
    ['?status=failure', [1]],
    ['?status=completed&branch=topic', []],
    ['?actor=octocat', [2]],
    [`?head_sha=${SHA.topic}`, [2]],
    ['?per_page=1&page=2', [2]],
  ])('are listed newest first: %s', async (query, ids) => {
    await using github = await startWithRuns()
    expect(await idsOf(github, query)).toEqual(ids)
  })

  test.each([
    ['>=2026-03-02', [3, 2]],
    ['>2026-03-01', [3, 2]],
    ['<=2026-03-01', [1]],
    ['<2026-03-01', []],
    ['2026-03-01', [1]],
    ['>=2026-03-02T10:00:00Z', [3, 2]],
    ['>=2026-03-02T11:00:00Z', []],
    ['2026-02-01..2026-03-01', [1]],
    ['2026-03-02..*', [3, 2]],
    ['*..2026-03-02', [3, 2, 1]],
  ])('are filtered by when they were created: %s', async (created, ids) => {
    await using github = await startWithRuns()
    expect(await idsOf(github, `?created=${encodeURIComponent(created)}`)).toEqual(ids)
    // GitHub describes the parameter as one time, though its text has ranges.
    const departures = await takeDepartures()
    expect(departures.filter((departure) => !departure.includes('created must match format "date-time"'))).toEqual([])
  })

  test('count all, and a re-run once, which is as old as its first attempt', async () => {
    await using github = await startWithRuns()
    github.addRun(runOf(1, { path: PATH, attempt: 2 }))
    const { body } = await client(github)(`${WORKFLOW}/runs?per_page=1&page=3`)
    const [created_at, run_started_at] = ['01', '02'].map((day) => expect.stringMatching(`^2026-03-${day}T`))
    const run = { id: 1, run_attempt: 2, status: 'in_progress', created_at, run_started_at }
    expect(body).toMatchObject({ total_count: 3, workflow_runs: [run] })
  })
})

describe('the clock', () => {
  test('dates runs, jobs and answers', async () => {
    await using github = await start()
    github.setTime(new Date('2024-02-29T23:59:00Z'))
    github.addRun(runOf(1))
    github.addJob({ id: 7, runId: 1, name: 'rotate', status: 'in_progress', conclusion: null })
    github.passTime(3600 * 1000)
    github.updateRun(1, { status: 'completed', conclusion: 'success' })
    github.updateJob(7, { status: 'completed', conclusion: 'success' })
    github.addRun(runOf(2))
    expect(github.describeRun(1)).toMatchObject({
      created_at: expect.stringMatching(/^2024-02-29T23:59:/),
      updated_at: expect.stringMatching(/^2024-03-01T00:59:/),
    })
    expect(github.describeRun(2)).toMatchObject({ created_at: expect.stringMatching(/^2024-03-01T00:59:/) })
    const { headers, body } = await client(github)(`${REPO}/actions/jobs/7`)
    expect(headers.get('date')).toMatch(/^Fri, 01 Mar 2024 00:59:\d\d GMT$/)
    expect(body).toMatchObject({ completed_at: expect.stringMatching(/^2024-03-01T00:59:/) })
  })

  test('is not set to what is no time', async () => {
    await using github = await start()
    expect(() => github.setTime(new Date('tomorrow'))).toThrow('this is none')
  })
})
