/** What `workflows/release.yml` promises, from a history of Conventional Commits to production, and where it must stop. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import type { Rehearsal, RehearseOptions } from '../../rehearsal/options.ts'
import { type OpenRehearsal, openRehearsal } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'
import { type Edit, errors, rehearseTemplate, results, summaries } from './support.ts'

// Two deployments and six checks with two rounds each, on a machine that does something else besides.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const TEMPLATE = 'release.yml'
const repository = `${root}examples/fullstack`
const SKIPPED = { staging: 'skipped', production: 'skipped', publish: 'skipped' }
const UNTOUCHED = { test: 'skipped', scan: 'skipped', build: 'skipped', ...SKIPPED }
const READY = { plan: 'success', test: 'success', scan: 'success', build: 'success' }
const LIVE = { ...READY, staging: 'success', production: 'success' }

/** The deployments that a run has made on Pages, in their order. */
function made({ pages, requests }: Rehearsal): readonly string[] {
  const uploads = requests.cloudflare.filter(({ method, path }) => method === 'POST' && path.endsWith('/deployments'))
  return pages.slice(pages.length - uploads.length).map(({ environment, branch }) => `${environment} ${branch}`)
}

function environments({ deployments, sha }: Rehearsal): readonly string[] {
  return deployments
    .filter((deployment) => deployment.sha === sha)
    .map(({ environment, statuses }) => `${environment}: ${statuses.at(-1)?.state}`)
}

describe('one history', () => {
  let open: OpenRehearsal

  beforeAll(async () => {
    open = await openRehearsal({
      workflow: `${root}workflows/${TEMPLATE}`,
      repository,
      event: 'push',
      branch: 'develop',
      history: [{ branch: 'develop', message: 'feat: show the wind\n\nMeasured at the pier.' }],
    })
  })

  afterAll(async () => {
    await open?.[Symbol.asyncDispose]()
  })

  it('develop goes to staging, and nowhere else', () => {
    const { report } = open
    expect(results(report)).toEqual({ 'release-please': 'skipped', ...READY, ...SKIPPED, staging: 'success' })
    expect(made(report)).toEqual(['preview develop'])
    expect(environments(report)).toEqual(['staging: success'])
    expect(report.services).toMatchObject([{ name: 'staging', commit: report.sha }, { name: 'production' }])
    expect(report.services[1]?.commit).not.toBe(report.sha)
  })

  it('builds what is for staging with the address of staging', async () => {
    const [{ url = '' } = {}] = open.report.pages
    const page = await (await fetch(url)).text()
    const [script = ''] = /\/assets\/[\w-]+\.js/.exec(page) ?? []
    expect(await (await fetch(`${url}${script}`)).text()).toContain(open.report.services[0]?.url)
  })

  it('a merge into main opens the release pull request, and deploys nothing', async () => {
    const number = await open.openPullRequest({ head: 'develop', title: 'Wind' })
    const { branch } = await open.merge(number)
    const report = await open.run({ event: 'push', branch })
    expect(results(report)).toEqual({ 'release-please': 'success', plan: 'success', ...UNTOUCHED })
    expect(open.github.pulls[0]).toMatchObject({ state: 'open', title: 'chore(main): release 1.3.0' })
    expect(made(report)).toEqual([])
    expect(summaries(report)).toContain('Nowhere')
  })

  it('its merge makes the release, and brings it to staging and then to production, in the same run', async () => {
    const [{ number = 0 } = {}] = open.github.pulls
    const { branch } = await open.merge(number)
    const report = await open.run({ event: 'push', branch, approvals: { production: 'approved' } })
    expect(results(report)).toEqual({ 'release-please': 'success', ...LIVE, publish: 'success' })
    expect(made(report)).toEqual(['preview develop', 'preview candidate', 'production main'])
    expect(environments(report)).toEqual(['staging: success', 'production: success'])
    expect(report.services.map(({ commit }) => commit)).toEqual([report.sha, report.sha])
    const [release] = open.github.releases
    expect(release).toMatchObject({ tag_name: 'v1.3.0', draft: false, body: expect.stringContaining('show the wind') })
    expect(release?.assets.map(({ name }) => name).toSorted()).toEqual([
      'SHA256SUMS',
      'sbom-1.3.0.cdx.json',
      'site-1.3.0.tar.gz',
    ])
    expect(report.artifacts.some(({ name }) => name.includes('production-deploy'))).toBe(true)
    expect(report.unsupportedRequests).toEqual([])
  })

  it('a hotfix goes to production at once, and the release pull request will give it a version', async () => {
    await open.commit({ branch: 'hotfix/wind', message: 'fix: the wind blows the right way' })
    const number = await open.openPullRequest({ head: 'hotfix/wind', title: 'fix: the wind' })
    const { branch } = await open.merge(number, { method: 'squash' })
    const report = await open.run({ event: 'push', branch, approvals: { production: 'approved' } })
    expect(results(report)).toEqual({ 'release-please': 'success', ...LIVE, publish: 'skipped' })
    expect(made(report)).toEqual(['preview develop', 'preview candidate', 'production main'])
    expect(open.github.pulls[0]).toMatchObject({ state: 'open', title: 'chore(main): release 1.3.1' })
  })

  it('a tag that somebody pushes is released', async () => {
    const report = await open.run({ event: 'tag', tag: 'v1.4.0', approvals: { production: 'approved' } })
    expect(results(report)).toEqual({ 'release-please': 'skipped', ...LIVE, publish: 'success' })
    expect(open.github.releases.find(({ tag_name }) => tag_name === 'v1.4.0')?.assets).toHaveLength(3)
  })
})

/** What keeps a version from production; the run is of a tag on main, so that it would get there. */
function rehearse(options: Partial<RehearseOptions> = {}, ...edits: readonly Edit[]): Promise<Rehearsal> {
  return rehearseTemplate(TEMPLATE, { repository, event: 'tag', tag: 'v1.1.0', ...options }, ...edits)
}

function untouched(report: Rehearsal): void {
  expect(report.pages.filter(({ environment }) => environment === 'production')).toEqual([])
  expect(report.requests.github.filter(({ method, path }) => method === 'POST' && path.endsWith('/releases'))).toEqual(
    [],
  )
}

it('refused by its reviewers, a version stays out of production', async () => {
  const report = await rehearse({ approvals: { production: 'rejected' } })
  expect(results(report)).toMatchObject({ ...READY, staging: 'success', production: 'failure', publish: 'skipped' })
  untouched(report)
  expect(environments(report)).toEqual(['staging: success'])
  expect(report.services[1]?.deploys).toEqual([])
})

it('a staging that serves an old version keeps it out of production', async () => {
  const faults = new FaultSet()
  faults.add(parseFault('site:GET /version.json:stale'))
  const report = await rehearse({ faults }, [
    /(Check what visitors get[\s\S]*?expect-version: .*\n)/,
    '$1          deadline: 5s\n',
  ])
  expect(results(report)).toMatchObject({ ...READY, staging: 'failure', production: 'skipped', publish: 'skipped' })
  expect(environments(report)).toEqual(['staging: failure'])
  untouched(report)
})

it('a candidate that does not answer as it should is not promoted', async () => {
  const file = 'frontend/package.json'
  const { scripts, ...rest } = JSON.parse(await readFile(`${repository}/${file}`, 'utf8'))
  // The second build, which is the one for production, loses the file that says which version it is.
  const build = `${scripts.build} && if [ -d "$RUNNER_TEMP/staging" ]; then rm dist/version.json; fi`
  const manifest = JSON.stringify({ ...rest, scripts: { ...scripts, build } }, undefined, 2)
  const report = await rehearse({ history: [{ message: 'feat: a build that breaks', files: { [file]: manifest } }] }, [
    /(Check the candidate[\s\S]*?expect-version: .*\n)/,
    '$1          deadline: 5s\n',
  ])
  expect(results(report)).toMatchObject({ ...READY, staging: 'success', production: 'failure', publish: 'skipped' })
  expect(made(report)).toEqual(['preview develop', 'preview candidate'])
  expect(environments(report)).toEqual(['staging: success', 'production: failure'])
  untouched(report)
})

it.each([
  [
    'a tag that is not on main',
    { history: [{ branch: 'side', message: 'feat: beside', tag: 'v1.1.0' }] },
    /The commit of the tag v1\.1\.0 is not on main \(diverged|ahead\)/,
  ],
  ['a tag that is no version', { tag: 'vNext' }, /The tag is no version of Semantic Versioning/],
])('%s is not released', async (_, options, message) => {
  const report = await rehearse(options)
  expect(results(report)).toEqual({ 'release-please': 'skipped', plan: 'failure', ...UNTOUCHED })
  expect(errors(report).join('\n')).toMatch(message)
})

it('with too little coverage nothing is deployed', async () => {
  const report = await rehearse(
    { history: [{ message: 'feat: more', files: { 'frontend/src/lights.ts': await untested() } }] },
    ["MIN_COVERAGE: '85'", "MIN_COVERAGE: '99'"],
  )
  expect(results(report)).toMatchObject({ test: 'failure', build: 'success', ...SKIPPED })
  expect(errors(report).join('\n')).toMatch(/The tests reach \d+\.\d\d % of the lines, and 99 % are wanted/)
})

async function untested(): Promise<string> {
  const text = await readFile(`${repository}/frontend/src/lights.ts`, 'utf8')
  return `${text}\nexport function unused(): number {\n${'  Math.random()\n'.repeat(20)}  return 1\n}\n`
}

it('says why there is no release pull request, and lets a hotfix go on', async () => {
  await using open = await openRehearsal({
    workflow: `${root}workflows/${TEMPLATE}`,
    repository,
    event: 'push',
    history: [{ message: 'docs: begin' }],
  })
  open.github.setActionsMayOpenPullRequests(false)
  await open.commit({ branch: 'main', message: 'feat: more' })
  const report = await open.run({ event: 'push', branch: 'main' })
  expect(results(report)).toEqual({ 'release-please': 'failure', plan: 'success', ...UNTOUCHED })
  expect(errors(report).join('\n')).toContain('not permitted to create or approve pull requests')
})
