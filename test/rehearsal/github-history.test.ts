import { describe, expect, test } from 'vitest'
import { client, octokit, owner, REPO, repo, SHA, startWithHistory } from './github-support.ts'

describe('commits and refs', () => {
  test.each(['main', 'heads/main', 'refs/heads/main', 'v1', 'tags/v1', SHA.main, SHA.main.slice(0, 8)])(
    'gets the commit of %s',
    async (ref) => {
      await using github = await startWithHistory()
      const { data } = await octokit(github).repos.getCommit({ owner, repo, ref })
      expect(data).toMatchObject({
        sha: SHA.main,
        commit: { message: 'Add a style', tree: { sha: expect.stringMatching(/^[0-9a-f]{40}$/) } },
        html_url: `${github.serverUrl}/octo-org/site/commit/${SHA.main}`,
        parents: [{ sha: SHA.base }],
      })
    },
  )

  test('an unknown commit is no commit', async () => {
    await using github = await startWithHistory()
    expect(await client(github)(`${REPO}/commits/nowhere`)).toMatchObject({
      status: 422,
      body: {
        message: 'No commit found for SHA: nowhere',
        documentation_url: 'https://docs.github.com/rest/commits/commits#get-a-commit',
        status: '422',
      },
    })
  })

  test('gets a ref by its qualified name only', async () => {
    await using github = await startWithHistory()
    const kit = octokit(github)
    const { data } = await kit.git.getRef({ owner, repo, ref: 'heads/topic' })
    expect(data).toMatchObject({ ref: 'refs/heads/topic', object: { type: 'commit', sha: SHA.topic } })
    await expect(kit.git.getRef({ owner, repo, ref: 'topic' })).rejects.toMatchObject({
      status: 404,
      response: { data: { documentation_url: 'https://docs.github.com/rest/git/refs#get-a-reference' } },
    })
  })

  test('a ref that is added again has moved', async () => {
    await using github = await startWithHistory()
    github.addRef('heads/topic', SHA.main)
    const { data } = await octokit(github).git.getRef({ owner, repo, ref: 'heads/topic' })
    expect(data.object.sha).toBe(SHA.main)
  })
})

describe('comparisons', () => {
  test.each([
    [SHA.base, SHA.main, 'ahead', 1, 0, SHA.base],
    [SHA.main, SHA.root, 'behind', 0, 2, SHA.root],
    ['main', 'v1', 'identical', 0, 0, SHA.main],
    ['main', 'topic', 'diverged', 1, 1, SHA.base],
  ])('from %s to %s is %s', async (base, head, status, ahead, behind, mergeBase) => {
    await using github = await startWithHistory()
    const basehead = `${base}...${head}`
    const { data } = await octokit(github).repos.compareCommitsWithBasehead({ owner, repo, basehead })
    expect(data).toMatchObject({ status, ahead_by: ahead, behind_by: behind, total_commits: ahead })
    expect(data.merge_base_commit.sha).toBe(mergeBase)
    expect(data.commits).toHaveLength(ahead)
  })

  test('lists the new commits oldest first, also across a merge', async () => {
    await using github = await startWithHistory()
    const [merge, last] = ['a'.repeat(40), 'b'.repeat(40)]
    github.addCommit({ sha: merge, parents: [SHA.main, SHA.topic] })
    github.addCommit({ sha: last, parents: [merge] })
    const { data } = await octokit(github).repos.compareCommitsWithBasehead({
      owner,
      repo,
      basehead: `${SHA.main}...${last}`,
    })
    expect(data.status).toBe('ahead')
    expect(data.commits.map(({ sha }) => sha)).toEqual([SHA.topic, merge, last])
  })

  test('the merge base is the best common ancestor', async () => {
    await using github = await startWithHistory()
    const [left, right] = ['c'.repeat(40), 'd'.repeat(40)]
    github.addCommit({ sha: left, parents: [SHA.root, SHA.main] })
    github.addCommit({ sha: right, parents: [SHA.root, SHA.main] })
    const { data } = await octokit(github).repos.compareCommitsWithBasehead({
      owner,
      repo,
      basehead: `${left}...${right}`,
    })
    expect(data.merge_base_commit.sha).toBe(SHA.main)
  })

  test('unrelated histories have no common ancestor, and an unknown side is not found', async () => {
    await using github = await startWithHistory()
    const call = client(github)
    expect(await call(`${REPO}/compare/main...${SHA.orphan}`)).toMatchObject({
      status: 404,
      body: { message: `No common ancestor between main and ${SHA.orphan}.`, status: '404' },
    })
    for (const basehead of ['main...nowhere', 'nowhere...main', 'main']) {
      expect(await call(`${REPO}/compare/${basehead}`)).toMatchObject({ status: 404, body: { message: 'Not Found' } })
    }
  })

  test('a history of many commits is compared in pages', async () => {
    await using github = await startWithHistory()
    const shas = Array.from({ length: 300 }, (_, i) => (i + 0x1000).toString(16).padStart(40, 'f'))
    for (const [i, sha] of shas.entries()) github.addCommit({ sha, parents: [shas[i - 1] ?? SHA.main] })
    const basehead = `main...${shas.at(-1)}`
    const kit = octokit(github)
    const first = await kit.repos.compareCommitsWithBasehead({ owner, repo, basehead })
    expect(first.data).toMatchObject({ ahead_by: 300, total_commits: 300 })
    expect(first.data.commits).toHaveLength(250)
    const last = await kit.repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: 100, page: 3 })
    expect(last.data.commits.at(-1)?.sha).toBe(shas.at(-1))
  })
})

describe('runs and jobs', () => {
  const RUN = {
    id: 5001,
    attempt: 1,
    event: 'push',
    headBranch: 'main',
    headSha: SHA.main,
    status: 'in_progress',
    conclusion: null,
    name: 'Deploy',
    path: '.github/workflows/deploy.yml',
  } as const
  const JOB = { id: 7001, runId: 5001, name: 'deploy', status: 'in_progress', conclusion: null } as const

  test('a run and its job are read as they were registered', async () => {
    await using github = await startWithHistory()
    github.addRun(RUN)
    github.addJob(JOB)
    const kit = octokit(github)
    const run = await kit.actions.getWorkflowRun({ owner, repo, run_id: 5001 })
    expect(run.data).toMatchObject({
      id: 5001,
      name: 'Deploy',
      event: 'push',
      head_branch: 'main',
      head_sha: SHA.main,
      path: '.github/workflows/deploy.yml',
      display_title: 'Add a style',
      run_attempt: 1,
      run_number: 1,
      status: 'in_progress',
      conclusion: null,
      previous_attempt_url: null,
      html_url: `${github.serverUrl}/octo-org/site/actions/runs/5001`,
      head_commit: { id: SHA.main, message: 'Add a style' },
    })
    const job = await kit.actions.getJobForWorkflowRun({ owner, repo, job_id: 7001 })
    expect(job.data).toMatchObject({
      id: 7001,
      run_id: 5001,
      run_attempt: 1,
      name: 'deploy',
      workflow_name: 'Deploy',
      head_sha: SHA.main,
      status: 'in_progress',
      conclusion: null,
      completed_at: null,
      html_url: `${github.serverUrl}/octo-org/site/actions/runs/5001/job/7001`,
    })
  })

  test('progress is seen', async () => {
    await using github = await startWithHistory()
    github.addRun(RUN)
    github.addJob(JOB)
    github.updateJob(7001, { status: 'completed', conclusion: 'failure' })
    github.updateRun(5001, { status: 'completed', conclusion: 'failure' })
    const kit = octokit(github)
    const run = await kit.actions.getWorkflowRun({ owner, repo, run_id: 5001 })
    expect(run.data).toMatchObject({ status: 'completed', conclusion: 'failure' })
    const job = await kit.actions.getJobForWorkflowRun({ owner, repo, job_id: 7001 })
    expect(job.data).toMatchObject({ status: 'completed', conclusion: 'failure' })
    expect(job.data.completed_at).toMatch(/Z$/)
  })

  test('each attempt has its own jobs, and the run is its newest attempt', async () => {
    await using github = await startWithHistory()
    github.addRun(RUN)
    github.addJob(JOB)
    github.addRun({ ...RUN, attempt: 2 })
    github.addJob({ ...JOB, id: 7002 })
    github.addJob({ ...JOB, id: 7003, name: 'announce' })
    github.addRun({ ...RUN, id: 5002 })
    const kit = octokit(github)
    const jobs = async (attempt_number: number) => {
      const { data } = await kit.actions.listJobsForWorkflowRunAttempt({ owner, repo, run_id: 5001, attempt_number })
      return [data.total_count, data.jobs.map(({ id, run_attempt }) => [id, run_attempt])]
    }
    expect(await jobs(1)).toEqual([1, [[7001, 1]]])
    expect(await jobs(2)).toEqual([
      2,
      [
        [7002, 2],
        [7003, 2],
      ],
    ])
    const run = await kit.actions.getWorkflowRun({ owner, repo, run_id: 5001 })
    expect(run.data).toMatchObject({
      run_attempt: 2,
      run_number: 1,
      previous_attempt_url: expect.stringContaining('/actions/runs/5001/attempts/1'),
    })
    expect((await kit.actions.getWorkflowRun({ owner, repo, run_id: 5002 })).data.run_number).toBe(2)
  })

  test.each(['runs/1', 'runs/5001/attempts/2/jobs', 'runs/1/attempts/1/jobs', 'jobs/1'])(
    'actions/%s is not found',
    async (path) => {
      await using github = await startWithHistory()
      github.addRun(RUN)
      expect(await client(github)(`${REPO}/actions/${path}`)).toMatchObject({
        status: 404,
        body: { message: 'Not Found', status: '404' },
      })
    },
  )
})
