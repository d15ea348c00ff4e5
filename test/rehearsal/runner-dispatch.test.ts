/** Secrets that the embedded GitHub keeps from run to run, and workflows that a rehearsed one dispatches. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OpenRehearsal, openRehearsal, type RehearseOptions } from '../../rehearsal/rehearse.ts'
import { fixtureRepository, jobOf, printed, quick, results } from '../support/rehearse.ts'

const REPO = { kind: 'repository', repository: 'rehearsal/repository' } as const

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** @param files workflows by their names; the first is rehearsed */
async function open(
  files: Readonly<Record<string, string>>,
  options: Partial<RehearseOptions> = {},
): Promise<OpenRehearsal> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const workflow = join(folder, Object.keys(files)[0] ?? '')
  return openRehearsal({ workflow, repository: fixtureRepository, clock: quick, ...options })
}

describe('secrets', () => {
  const shows = jobOf(`
- name: Show
  run: test -z "$NEXT" && echo "\${KEY:0:4} of \${#TOKEN}"
  env:
    KEY: \${{ secrets.KEY }}
    NEXT: \${{ secrets.KEY_NEXT }}
    TOKEN: \${{ secrets.UPKEEP }}
- name: Use
  if: false
  uses: actions/checkout@v7
  with:
    github-token: \${{ secrets.UPKEEP }}
`)

  it('are those of the repository, old enough to be renewed, and empty where a rotation makes them', async () => {
    await using rehearsal = await open({ 'show.yml': shows }, { secrets: { KEY: 'one-of-the-first-run' } })
    const { github, report } = rehearsal
    expect(results(report)).toEqual({ job: 'success' })
    expect(report.notes).toContain('Left empty, since the rotation makes it: secrets.KEY_NEXT')
    expect(github.secretValue(REPO, 'KEY')).toBe('one-of-the-first-run')
    const answer = await ask(rehearsal, '/actions/secrets/KEY')
    const [, at = ''] = /"updated_at":"([^"]+)"/.exec(await answer.text()) ?? []
    expect(Date.now() - Date.parse(at)).toBeGreaterThan(89 * 86_400_000)
  })

  it('are in the next run what they have become since, and in a re-run what they were', async () => {
    await using rehearsal = await open({ 'show.yml': shows }, { secrets: { KEY: 'one-of-the-first-run' } })
    const length = `${rehearsal.github.secretValue(REPO, 'UPKEEP')?.length}`
    expect(printed(rehearsal.report, 'Show')).toEqual([`one- of ${length}`])
    rehearsal.github.setSecret(REPO, 'KEY', 'two-of-the-second-run')
    expect(printed(await rehearsal.rerun(), 'Show')).toEqual([`one- of ${length}`])
    expect(printed(await rehearsal.run(), 'Show')).toEqual([`two- of ${length}`])
  })

  it('that are given as github-token are tokens that may write secrets, and are never shown', async () => {
    await using rehearsal = await open({ 'show.yml': shows })
    const token = rehearsal.github.secretValue(REPO, 'UPKEEP') ?? ''
    expect(token).toMatch(/^github_pat_/)
    expect((await ask(rehearsal, '/actions/secrets/public-key', token)).status).toBe(200)
    expect(JSON.stringify(rehearsal.report)).not.toContain(token)
    expect(rehearsal.report.permissionUse.map(({ permission }) => permission)).not.toContain('secrets')
  })
})

function ask({ github }: OpenRehearsal, path: string, token?: string): Promise<Response> {
  const permitted = token ?? github.issuePersonalToken({ login: 'octocat', permissions: { secrets: 'read' } })
  const headers = { authorization: `Bearer ${permitted}` }
  return fetch(`${github.apiUrl}/repos/rehearsal/repository${path}`, { headers })
}

it('a run is created when it is said to be, and the next one later', async () => {
  await using rehearsal = await open({ 'plain.yml': jobOf('- run: true') }, { at: new Date('2027-01-01T03:17:00Z') })
  const later = await rehearsal.run({ at: new Date('2027-01-09T03:17:00Z') })
  const born = [rehearsal.report, later].map(({ runId }) => rehearsal.github.describeRun(runId).created_at)
  expect(born).toEqual([expect.stringMatching(/^2027-01-01T03:17/), expect.stringMatching(/^2027-01-09T03:17/)])
})

it('each step knows the id of the repository, which secrets of an organization name', async () => {
  const shows = jobOf('- name: Show\n  run: echo "$GITHUB_REPOSITORY_ID"')
  await using rehearsal = await open({
    'plain.yml': shows.replace('on: push', "on: { schedule: [{ cron: '1 2 3 * *' }] }"),
  })
  expect(printed(rehearsal.report, 'Show')).toEqual([`${rehearsal.github.repository.id}`])
})

describe('a workflow that is dispatched', () => {
  const dispatch = (inputs: string) =>
    jobOf(
      `
- name: Dispatch
  env:
    TOKEN: \${{ github.token }}
  run: |
    curl --silent --output answer.json --write-out '%{http_code}' --header "Authorization: Bearer $TOKEN" \\
      --data '{"ref":"main","inputs":${inputs},"return_run_details":true}' \\
      "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/workflows/other.yml/dispatches"
`,
      'permissions:\n  actions: write',
    )
  const other = `
name: Other
on:
  workflow_dispatch:
    inputs:
      word: { type: string, required: true }
jobs:
  say:
    runs-on: ubuntu-latest
    steps:
      - name: Say
        run: test "$WORD" = aye
        env:
          WORD: \${{ inputs.word }}
`

  it('is rehearsed, too, with its inputs, at the same commit, as a run of its own', async () => {
    await using rehearsal = await open({ 'first.yml': dispatch('{"word":"aye"}'), 'other.yml': other })
    const { report, github } = rehearsal
    expect(printed(report, 'Dispatch')).toEqual(['200'])
    expect(report.dispatched).toMatchObject([
      { workflow: 'other.yml', ref: 'refs/heads/main', inputs: { word: 'aye' }, result: 'success', problem: null },
    ])
    expect(report.dispatched[0]?.jobs[0]?.steps[0]?.name).toBe('Say')
    expect(github.describeRun(report.dispatched[0]?.runId ?? 0)).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      head_sha: report.sha,
      run_number: 1,
    })
    expect(report.permissionUse.map(({ job }) => job)).toEqual(['job'])
  })

  it.each([
    ['fails where a step of it does', '{"word":"nay"}', other, null],
    ['fails without an input that it requires', '{}', other, "Required input 'word' not provided"],
    ['fails with an input that it has not', '{"word":"aye","more":"x"}', other, /^Unexpected input: more/],
    [
      'fails where the rehearsal cannot run it',
      '{}',
      other.replace('steps:', 'container: node:24\n    steps:'),
      /rehearsal cannot run/,
    ],
  ])('%s', async (_, inputs, text, problem) => {
    await using rehearsal = await open({ 'first.yml': dispatch(inputs), 'other.yml': text })
    const [dispatched] = rehearsal.report.dispatched
    expect(dispatched?.result).toBe('failure')
    expect(dispatched?.problem).toEqual(problem instanceof RegExp ? expect.stringMatching(problem) : problem)
    expect(rehearsal.github.describeRun(dispatched?.runId ?? 0)).toMatchObject({ conclusion: 'failure' })
    expect(rehearsal.report.result).toBe('success')
  })

  it('is unknown when it lies neither beside the first one nor in the repository', async () => {
    await using rehearsal = await open({ 'first.yml': dispatch('{"word":"aye"}') })
    expect(printed(rehearsal.report, 'Dispatch')).toEqual(['404'])
    expect(rehearsal.report.dispatched).toEqual([])
  })
})
