/** A repository with a history, what people do to it between runs, and what reviewers say of an environment. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { type OpenRehearsal, openRehearsal, type RehearseOptions } from '../../rehearsal/rehearse.ts'
import type { HistoryCommit } from '../../rehearsal/runner/history.ts'
import { fixtureRepository, jobOf, outcomes, printed, quick, rehearseText, results } from '../support/rehearse.ts'

/** What it was pushed, and what of the history can be seen after a full checkout. */
const show = jobOf(`
- { uses: actions/checkout@v7, with: { fetch-depth: 0 } }
- name: Show
  run: |
    git log --format=%s -3
    node -e '
      const { ref, before, after, created, commits, head_commit } = require(process.env.GITHUB_EVENT_PATH)
      console.log(JSON.stringify({ ref, before, after, created, commits: commits.map(({ message }) => message), head: head_commit.message }))'
`).replace('on: push', "on: { push: { branches: ['**'], tags: ['**'] }, pull_request: }")

const Tree = v.object({ sha: v.string(), tree: v.array(v.object({ path: v.string() })) })

const feature = 'feat(map): show lights\n\nWith a body.\n\nBREAKING CHANGE: the old map is gone'

const gitflow: readonly HistoryCommit[] = [
  { message: 'chore: begin', files: { 'a.txt': 'a\n', 'gone.txt': 'x\n' }, tag: 'v1.0.0' },
  { message: feature, branch: 'develop', files: { 'deep/b.txt': 'b\n', 'gone.txt': null } },
  { message: 'fix: late', branch: 'release/1.1', from: 'develop' },
  { merge: 'release/1.1', pullRequest: { title: 'Release 1.1', labels: ['done'] } },
  { message: 'fix: hot', branch: 'hotfix/x', from: 'v1.0.0' },
  { merge: 'develop', message: 'Merge it again' },
]

async function openText(text: string, options: Partial<RehearseOptions> = {}) {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const workflow = join(folder, 'fixture.yml')
  await writeFile(workflow, text)
  const open = stack.use(await openRehearsal({ workflow, repository: fixtureRepository, clock: quick, ...options }))
  const opened = stack.move()
  return { open, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

function pushed(report: OpenRehearsal['report']) {
  return JSON.parse(printed(report, 'Show').at(-1) ?? '')
}

function git(open: OpenRehearsal, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: join(open.folder, 'origin.git'), encoding: 'utf8' }).trim()
}

describe('a history', () => {
  test('is made with whole messages, branches, merges, tags and the pull requests that were merged', async () => {
    await using stage = await openText(show, { history: gitflow })
    const { open } = stage
    expect(git(open, 'log', '--format=%s', '--topo-order', 'main').split('\n')).toEqual([
      'Merge pull request #1 from rehearsal/release/1.1',
      'fix: late',
      'feat(map): show lights',
      'chore: begin',
      'Add .github/workflows/fixture.yml',
      'Add the site',
    ])
    expect(git(open, 'log', '-1', '--format=%B', 'develop')).toBe(feature)
    expect(git(open, 'branch', '--format=%(refname:short)').split('\n').sort()).toEqual([
      'develop',
      'hotfix/x',
      'main',
      'release/1.1',
    ])
    expect(git(open, 'rev-parse', 'v1.0.0')).toBe(git(open, 'rev-parse', 'hotfix/x~1'))
    expect(git(open, 'ls-tree', '-r', '--name-only', 'main')).toMatch(/^a\.txt\ndeep\/b\.txt$/m)
    expect(git(open, 'ls-tree', '-r', '--name-only', 'main')).not.toContain('gone.txt')
    expect(open.github.pulls[0]).toMatchObject({
      number: 1,
      title: 'Release 1.1',
      merged: true,
      merge_commit_sha: git(open, 'rev-parse', 'main'),
      commits: 2,
      labels: [{ name: 'done' }],
    })
    expect(pushed(open.report)).toMatchObject({
      before: git(open, 'rev-parse', 'v1.0.0'),
      created: false,
      commits: [feature, 'fix: late', 'Merge pull request #1 from rehearsal/release/1.1\n\nRelease 1.1'],
    })
  })

  test('is that of the branches that runs are of, and of what the API answers', async () => {
    await using stage = await openText(show, { history: gitflow, branch: 'develop' })
    const { open } = stage
    expect(pushed(open.report)).toMatchObject({ ref: 'refs/heads/develop', created: false, head: feature })
    const sha = git(open, 'rev-parse', 'develop')
    expect(open.report.sha).toBe(sha)
    const token = open.github.issueToken('test', { contents: 'read' })
    const url = `${open.github.apiUrl}/repos/rehearsal/repository/git/trees/develop?recursive=1`
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    const answer = v.parse(Tree, await response.json())
    expect(answer.tree.map(({ path }) => path)).toEqual(expect.arrayContaining(['a.txt', 'deep/b.txt']))
    expect(answer.sha).toBe(git(open, 'rev-parse', 'develop^{tree}'))
  })

  test.each<readonly [HistoryCommit, string]>([
    [{}, "The history's commit 1 cannot be made: it has neither a 'message' nor a 'merge'."],
    [{ merge: 'none' }, "there is no branch 'none' to merge."],
    [{ message: 'x', files: { '../x': '' } }, "'../x' is no path of a file in the repository."],
    [{ message: 'x', files: { '.git/config': '' } }, "'.git/config' is no path of a file"],
  ])('%j is refused', async (commit, message) => {
    await expect(rehearseText(show, { history: [commit] })).rejects.toThrow(message)
  })

  test('with conflicts is refused', async () => {
    const history = [
      { message: 'one', branch: 'one', files: { 'a.txt': '1\n' } },
      { message: 'two', files: { 'a.txt': '2\n' } },
      { merge: 'one' },
    ]
    await expect(rehearseText(show, { history })).rejects.toThrow("commit 3 cannot be made: 'one' does not merge")
  })
})

describe('between runs', () => {
  test('a person pushes, and the next run is of that push', async () => {
    await using stage = await openText(show)
    const { open } = stage
    const { sha } = await open.commit({ message: 'feat: one\n\nBody', files: { 'new.txt': '1\n' }, actor: 'mona' })
    const next = pushed(await open.run())
    expect(next).toEqual({
      ref: 'refs/heads/main',
      before: open.report.sha,
      after: sha,
      created: false,
      commits: ['feat: one\n\nBody'],
      head: 'feat: one\n\nBody',
    })
    const branched = await open.commit({ message: 'fix: hot', branch: 'hotfix/x' })
    const hotfix = pushed(await open.run({ branch: 'hotfix/x' }))
    expect(hotfix).toMatchObject({ before: '0'.repeat(40), after: branched.sha, created: true, commits: ['fix: hot'] })
  })

  test.each([
    ['merge', ['one', 'two', 'Merge pull request #1 from rehearsal/topic\n\nA topic'], 2],
    ['squash', ['A topic (#1)\n\n* one\n\n* two'], 1],
    ['rebase', ['one', 'two'], 1],
  ] as const)('a pull request is merged by %s, and the next run is of that push', async (method, commits, parents) => {
    await using stage = await openText(show)
    const { open } = stage
    await open.commit({ message: 'one', branch: 'topic', files: { '1.txt': '1\n' } })
    await open.commit({ message: 'two', branch: 'topic', files: { '2.txt': '2\n' } })
    const number = await open.openPullRequest({ head: 'topic', title: 'A topic', actor: 'mona' })
    await open.commit({ message: 'meanwhile', files: { '3.txt': '3\n' } })
    const { sha, branch } = await open.merge(number, { method, actor: 'lisa' })
    expect([number, branch]).toEqual([1, 'main'])
    expect(open.github.pulls[0]).toMatchObject({ merged: true, merge_commit_sha: sha, merged_by: { login: 'lisa' } })
    const report = await open.run()
    expect(pushed(report)).toMatchObject({ after: sha, commits })
    expect(git(open, 'log', '-1', '--format=%P', 'main').split(' ')).toHaveLength(parents)
    expect(git(open, 'log', '-1', '--format=%an', 'main')).toBe(method === 'rebase' ? 'octocat' : 'lisa')
    await expect(open.merge(number)).rejects.toThrow('No pull request 1 is open. Open: none.')
  })

  test('a pull request of one commit is squashed into that commit’s own message', async () => {
    await using stage = await openText(show)
    const { open } = stage
    await open.commit({ message: 'feat: one\n\nBREAKING CHANGE: all', branch: 'topic' })
    await open.merge(await open.openPullRequest({ head: 'topic', title: 'Another' }), { method: 'squash' })
    expect(pushed(await open.run()).head).toBe('feat: one (#1)\n\nBREAKING CHANGE: all')
  })

  test('what cannot be done is said', async () => {
    await using stage = await openText(show)
    const { open } = stage
    await expect(open.openPullRequest({ head: 'none', title: 'x' })).rejects.toThrow('There is no branch "none".')
    await open.commit({ message: 'one', branch: 'topic', files: { 'index.html': '1\n' } })
    await open.commit({ message: 'two', files: { 'index.html': '2\n' } })
    const number = await open.openPullRequest({ head: 'topic', title: 'x' })
    for (const method of ['merge', 'squash', 'rebase'] as const) {
      await expect(open.merge(number, { method })).rejects.toThrow('without conflicts')
    }
  })

  test('a pull_request run is of the one that is open, with its number and its text', async () => {
    await using stage = await openText(show)
    const { open } = stage
    await open.commit({ message: 'one', branch: 'other' })
    await open.openPullRequest({ head: 'other', title: 'The other' })
    const { sha } = await open.commit({ message: 'two', branch: 'topic' })
    await open.openPullRequest({ head: 'topic', title: 'A topic', body: 'Why.' })
    const run = await open.run({ event: 'pull_request', branch: 'topic' }).catch((error: unknown) => error)
    // The step reads a push's payload: what counts is the ref.
    expect(run).toMatchObject({ ref: 'refs/pull/2/merge', event: 'pull_request' })
    expect(git(open, 'rev-parse', 'refs/pull/2/head')).toBe(sha)
    const unspoken = await open.run({ event: 'pull_request', branch: 'third' })
    expect(unspoken.ref).toBe('refs/pull/3/merge')
  })

  test('what a run writes through the API is there for git, and the other way round', async () => {
    const workflow = jobOf(
      `
- { uses: actions/checkout@v7 }
- name: Write
  env: { TOKEN: '\${{ github.token }}' }
  run: |
    api() { curl -sf -H "authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$@"; }
    id() { node -p "JSON.parse(require('fs').readFileSync(0)).sha"; }
    tree="$(api git/trees -d "{\\"base_tree\\":\\"$(git rev-parse 'HEAD^{tree}')\\",\\"tree\\":[{\\"path\\":\\"by/api.txt\\",\\"mode\\":\\"100644\\",\\"type\\":\\"blob\\",\\"content\\":\\"api\\"}]}" | id)"
    commit="$(api git/commits -d "{\\"message\\":\\"By the API\\",\\"tree\\":\\"$tree\\",\\"parents\\":[\\"$GITHUB_SHA\\"]}" | id)"
    api git/refs -d "{\\"ref\\":\\"refs/heads/by-api-$GITHUB_RUN_NUMBER\\",\\"sha\\":\\"$commit\\"}" > /dev/null
    git fetch --quiet origin "by-api-$GITHUB_RUN_NUMBER"
    git show --stat --format=%s FETCH_HEAD | head -1
    git ls-tree -r --name-only FETCH_HEAD | tail -20 | grep -c .
`,
      'permissions: { contents: write }',
    )
    await using stage = await openText(workflow)
    const { open } = stage
    expect(open.report.result).toBe('success')
    expect(printed(open.report, 'Write')[0]).toBe('By the API')
    expect(git(open, 'show', 'by-api-1:by/api.txt')).toBe('api')
    git(open, 'fsck', '--strict')
    const number = await open.openPullRequest({ head: 'by-api-1', title: 'From the run' })
    const { sha } = await open.merge(number)
    const next = await open.run()
    expect([next.sha, next.result]).toEqual([sha, 'success'])
    expect(git(open, 'show', 'main:by/api.txt')).toBe('api')
  })

  test('a tag is pushed to the newest commit, or has been pushed before', async () => {
    await using stage = await openText(show, { history: [{ message: 'one', tag: 'v1.0.0' }, { message: 'two' }] })
    const { open } = stage
    const old = await open.run({ event: 'tag', tag: 'v1.0.0' })
    const tagged = await open.run({ event: 'tag', tag: 'v1.1.0' })
    expect([old.sha, tagged.sha]).toEqual([git(open, 'rev-parse', 'main~1'), git(open, 'rev-parse', 'main')])
    expect(pushed(old)).toMatchObject({ ref: 'refs/tags/v1.0.0', head: 'one', commits: [] })
    expect(git(open, 'tag').split('\n')).toEqual(['v1.0.0', 'v1.1.0'])
  })
})

describe('the reviewers of an environment', () => {
  const guarded = `
on: push
jobs:
  before: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  deploy:
    needs: before
    runs-on: ubuntu-latest
    permissions: { contents: write }
    environment: { name: production, deployment: false }
    steps: [{ run: 'echo "$KEY"', env: { KEY: '\${{ secrets.KEY }}' } }]
  after: { needs: deploy, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  anyway: { needs: deploy, if: always(), runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`

  test('reject a job, which then never starts, and what needs it', async () => {
    const details: string[] = []
    const rehearsal = await rehearseText(guarded, {
      approvals: { Production: 'rejected' },
      onProgress: (progress) => {
        if (progress.kind === 'job-start') details.push(`${progress.job}: ${progress.detail}`)
      },
    })
    expect(results(rehearsal)).toEqual({ before: 'success', deploy: 'failure', after: 'skipped', anyway: 'success' })
    expect(rehearsal.result).toBe('failure')
    expect(outcomes(rehearsal)).toEqual(['Run true: success', 'Run true: success'])
    expect(rehearsal.jobs[1]).toMatchObject({
      steps: [],
      environment: { name: 'production', deployment: false, review: 'rejected' },
      annotations: [
        { level: 'error', message: "The deployment was rejected or didn't satisfy other protection rules." },
      ],
    })
    expect(details[1]).toBe('deploy: ubuntu-latest · environment production (no deployment by GitHub, rejected)')
    // It was given no token.
    expect(rehearsal.permissionUse.map(({ job }) => job)).not.toContain('deploy')
  })

  test('approve a job, or are not asked', async () => {
    const approved = await rehearseText(guarded, { approvals: { production: 'approved' } })
    expect([approved.result, approved.jobs[1]?.environment]).toEqual([
      'success',
      { name: 'production', deployment: false, review: 'approved' },
    ])
    const unasked = await rehearseText(guarded)
    expect(unasked.jobs[1]?.environment).toEqual({ name: 'production', deployment: false })
  })

  test('may think differently of each run', async () => {
    await using stage = await openText(guarded, { approvals: { production: 'rejected' } })
    const { open } = stage
    const rerun = await open.rerun({ approvals: { production: 'approved' } })
    const next = await open.run()
    expect([open.report.result, rerun.result, next.result]).toEqual(['failure', 'success', 'failure'])
  })

  test('are of environments that the workflow has', async () => {
    const rehearsal = rehearseText(guarded, { approvals: { staging: 'rejected' } })
    await expect(rehearsal).rejects.toThrow(
      "No job has the environment 'staging'. The workflow's environments: production.",
    )
  })
})
