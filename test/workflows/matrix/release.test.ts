/** How versions come to production by `workflows/release.yml`, and what keeps them from it. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FaultSet, parseFault } from '../../../rehearsal/faults.ts'
import { type OpenRehearsal, openRehearsal } from '../../../rehearsal/rehearse.ts'
import {
  environments,
  expectUntouched,
  made,
  READY,
  rehearseTag,
  repository,
  SKIPPED,
  workflow,
} from '../release-support.ts'
import { type Edit, errors, results } from '../support.ts'

// Two deployments and seven checks with two rounds each, on a machine that does something else besides.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 })

const LIVE = { ...READY, staging: 'success', production: 'success' }
const PROMOTED = ['preview develop', 'preview candidate', 'production main']

describe('one history', () => {
  let open: OpenRehearsal
  let live = ''

  beforeAll(async () => {
    open = await openRehearsal({ workflow, repository, event: 'push', history: [{ message: 'feat: show the wind' }] })
  })

  afterAll(async () => {
    await open?.[Symbol.asyncDispose]()
  })

  it('refused by its reviewers, a release stays out of production', async () => {
    const { branch } = await open.merge(open.github.pulls[0]?.number ?? 0)
    const report = await open.run({ event: 'push', branch, approvals: { production: 'rejected' } })
    const created = { 'release-please': 'success', ...READY, staging: 'success' }
    expect(results(report)).toEqual({ ...created, production: 'failure', publish: 'skipped' })
    expect(environments(report)).toEqual(['staging: success'])
    expectUntouched(report)
  })

  it('approved in a second attempt, it comes to staging and then to production, in the same run', async () => {
    const report = await open.rerun({ approvals: { production: 'approved' } })
    expect(results(report)).toEqual({ 'release-please': 'success', ...LIVE, publish: 'success' })
    expect(made(report).slice(-2)).toEqual(['preview candidate', 'production main'])
    expect(environments(report)).toContain('production: success')
    expect(report.services.map(({ commit }) => commit)).toEqual([report.sha, report.sha])
    const [release] = open.github.releases
    expect(release).toMatchObject({ tag_name: 'v1.3.0', draft: false, body: expect.stringContaining('show the wind') })
    const assets = release?.assets.map(({ name }) => name) ?? []
    expect(assets.toSorted()).toEqual(['SHA256SUMS', 'sbom-1.3.0.cdx.json', 'site-1.3.0.tar.gz'])
    expect(report.artifacts.some(({ name }) => name.includes('production-deploy'))).toBe(true)
    expect(report.unsupportedRequests).toEqual([])
  })

  it('a hotfix goes to production at once, and the release pull request will give it a version', async () => {
    await open.commit({ branch: 'hotfix/wind', message: 'fix: the wind blows the right way' })
    const number = await open.openPullRequest({ head: 'hotfix/wind', title: 'fix: the wind' })
    const { branch } = await open.merge(number, { method: 'squash' })
    const report = await open.run({ event: 'push', branch, approvals: { production: 'approved' } })
    expect(results(report)).toEqual({ 'release-please': 'success', ...LIVE, publish: 'skipped' })
    expect(made(report)).toEqual(PROMOTED)
    expect(open.github.pulls[0]).toMatchObject({ state: 'open', title: 'chore(main): release 1.3.1' })
    live = report.sha
  })

  it('a version that is overtaken touches nothing of production', async () => {
    const report = await open.run({ event: 'tag', tag: 'v1.3.0', approvals: { production: 'approved' } })
    expect(results(report)).toMatchObject({ staging: 'success', production: 'failure', publish: 'skipped' })
    expect(made(report)).toEqual(['preview develop'])
    expect(environments(report)).not.toContain('production: failure')
    expect(report.services.find(({ name }) => name === 'production')?.commit).toBe(live)
    expect(errors(report).join('\n')).toContain('is live in production of lighthouse already')
  })

  it('a tag that somebody pushes is released', async () => {
    const report = await open.run({ event: 'tag', tag: 'v1.4.0', approvals: { production: 'approved' } })
    expect(results(report)).toEqual({ 'release-please': 'skipped', ...LIVE, publish: 'success' })
    expect(open.github.releases.find(({ tag_name }) => tag_name === 'v1.4.0')?.assets).toHaveLength(3)
  })
})

it('a staging that serves an old version keeps the new one out of production', async () => {
  const faults = new FaultSet()
  faults.add(parseFault('site:GET /version.json:stale'))
  const brief = [/(Check what visitors get[\s\S]*?expect-version: .*\n)/, '$1          deadline: 5s\n'] as const
  const report = await rehearseTag({ faults }, brief)
  expect(results(report)).toMatchObject({ ...READY, staging: 'failure', production: 'skipped', publish: 'skipped' })
  expect(environments(report)).toEqual(['staging: failure'])
  expectUntouched(report)
})

it('a candidate that does not answer as it should is not promoted', async () => {
  const file = 'frontend/package.json'
  const { scripts, ...rest } = JSON.parse(await readFile(`${repository}/${file}`, 'utf8'))
  // The second build, which is the one for production, loses the file that says which version it is.
  const build = `${scripts.build} && if [ -d "$RUNNER_TEMP/staging" ]; then rm dist/version.json; fi`
  const manifest = JSON.stringify({ ...rest, scripts: { ...scripts, build } }, undefined, 2)
  const report = await rehearseTag(
    { history: [{ message: 'feat: a build that breaks', files: { [file]: manifest } }] },
    [/(Check the candidate[\s\S]*?expect-version: .*\n)/, '$1          deadline: 5s\n'],
  )
  expect(results(report)).toMatchObject({ ...READY, staging: 'success', production: 'failure', publish: 'skipped' })
  expect(made(report)).toEqual(['preview develop', 'preview candidate'])
  expect(environments(report)).toEqual(['staging: success', 'production: failure'])
  expect(report.pages.filter(({ environment }) => environment === 'production')).toEqual([])
})

const BRIEF: Edit = [/(name: Check the back end\n[\s\S]*?)deadline: 10m/, '$1deadline: 5s']

it.each([
  [
    'a back end that keeps its old version',
    ['host:POST /deploy/*:stale'],
    [BRIEF],
    { staging: 'failure', production: 'skipped' },
  ],
  [
    'response times above the limit',
    [],
    [[/(name: Write down what is measured[\s\S]*?)\$MAX_P95([\s\S]*?)\$MAX_P95/, '$11ms$21ms']],
    { staging: 'failure', production: 'skipped' },
  ],
  [
    'a snapshot that cannot be made',
    [],
    [['pages/project.json: bash', 'pages/project.json: false']],
    { staging: 'success', production: 'failure' },
  ],
] satisfies readonly (readonly [string, readonly string[], readonly Edit[], object])[])(
  '%s keeps a version out of production',
  async (_, specs, edits, wanted) => {
    const faults = new FaultSet()
    for (const spec of specs) faults.add(parseFault(spec))
    const report = await rehearseTag({ faults }, ...edits)
    expect(results(report)).toMatchObject({ ...READY, ...wanted, publish: 'skipped' })
    expectUntouched(report)
  },
)

it('with too little coverage nothing is deployed', async () => {
  const lights = await readFile(`${repository}/frontend/src/lights.ts`, 'utf8')
  const untested = `${lights}\nexport function unused(): number {\n${'  Math.random()\n'.repeat(20)}  return 1\n}\n`
  const report = await rehearseTag(
    { history: [{ message: 'feat: more', files: { 'frontend/src/lights.ts': untested } }] },
    ["MIN_COVERAGE: '85'", "MIN_COVERAGE: '99'"],
  )
  expect(results(report)).toMatchObject({ test: 'failure', ...SKIPPED })
  expect(errors(report).join('\n')).toMatch(/The tests reach \d+\.\d\d % of the lines, and 99 % are wanted/)
})

it('with a critical finding nothing is deployed', async () => {
  const found = await readFile(new URL('../../rehearsal/fixtures/trivy/found/fs.json', import.meta.url), 'utf8')
  const report = await rehearseTag({
    history: [{ message: 'feat: more', files: { '.rehearsal/trivy/fs.json': found } }],
  })
  expect(results(report)).toMatchObject({ scan: 'failure', ...SKIPPED })
})
