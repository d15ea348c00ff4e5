/**
 * What `workflows/release.yml` promises up to staging, and what it does not let further. How versions come to production is in
 * matrix/release.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type OpenRehearsal, openRehearsal } from '../../rehearsal/rehearse.ts'
import { environments, made, READY, rehearseTag, repository, SKIPPED, UNTOUCHED, workflow } from './release-support.ts'
import { errors, results, summaries } from './support.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

describe('a push to develop', () => {
  let open: OpenRehearsal

  beforeAll(async () => {
    const history = [{ branch: 'develop', message: 'feat: show the wind\n\nMeasured at the pier.' }]
    open = await openRehearsal({ workflow, repository, event: 'push', branch: 'develop', history })
  })

  afterAll(async () => {
    await open?.[Symbol.asyncDispose]()
  })

  it('goes to staging, and nowhere else', () => {
    const { report } = open
    expect(results(report)).toEqual({ 'release-please': 'skipped', ...READY, ...SKIPPED, staging: 'success' })
    expect(made(report)).toEqual(['preview develop'])
    expect(environments(report)).toEqual(['staging: success'])
    expect(report.services).toMatchObject([{ name: 'staging', commit: report.sha }, { name: 'production' }])
    expect(report.services[1]?.commit).not.toBe(report.sha)
    expect(report.unsupportedRequests).toEqual([])
  })

  it('is built with the address of staging', async () => {
    const [{ url = '' } = {}] = open.report.pages
    const page = await (await fetch(url)).text()
    const [script = ''] = /\/assets\/[\w-]+\.js/.exec(page) ?? []
    expect(await (await fetch(`${url}${script}`)).text()).toContain(open.report.services[0]?.url)
  })

  it('opens the release pull request once it is merged into main, and deploys nothing then', async () => {
    const number = await open.openPullRequest({ head: 'develop', title: 'Wind' })
    const { branch } = await open.merge(number)
    const report = await open.run({ event: 'push', branch })
    expect(results(report)).toEqual({ 'release-please': 'success', plan: 'success', ...UNTOUCHED })
    expect(open.github.pulls[0]).toMatchObject({ state: 'open', title: 'chore(main): release 1.3.0' })
    expect(made(report)).toEqual([])
    expect(summaries(report)).toContain('Nowhere')
  })
})

describe('a push to main', () => {
  it('that makes the release of an earlier commit offers nothing to production', async () => {
    await using open = await openRehearsal({
      workflow,
      repository,
      event: 'push',
      history: [{ message: 'feat: wind' }],
    })
    await open.merge(open.github.pulls[0]?.number ?? 0)
    await open.commit({ branch: 'main', message: 'feat: nobody released this' })
    const report = await open.run({ event: 'push', branch: 'main' })
    expect(results(report)).toEqual({ 'release-please': 'success', plan: 'failure', ...UNTOUCHED })
    expect(errors(report).join('\n')).toMatch(
      /The release v1\.3\.0 is of [0-9a-f]{12}, and this run is of [0-9a-f]{12}/,
    )
  })

  it('says why there is no release pull request', async () => {
    await using open = await openRehearsal({
      workflow,
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

  it('is no hotfix by what its message says', async () => {
    const message = 'Merge pull request #7 from rehearsal/hotfix/wind\n\nfix: the wind'
    await using open = await openRehearsal({ workflow, repository, event: 'push', history: [{ message }] })
    expect(results(open.report)).toEqual({ 'release-please': 'success', plan: 'success', ...UNTOUCHED })
  })
})

it.each([
  [
    'that is not on main',
    { history: [{ branch: 'side', message: 'feat: beside', tag: 'v1.3.0' }] },
    /The commit of the tag v1\.3\.0 is not on main \((diverged|ahead)\)/,
  ],
  [
    'that is not on main, although a tag of that name is on its commit',
    {
      history: [
        { branch: 'side', message: 'feat: beside', tag: 'v1.3.0' },
        { branch: 'side', message: 'x', tag: 'main' },
      ],
    },
    /The commit of the tag v1\.3\.0 is not on main/,
  ],
  ['that is no version', { tag: 'vNext' }, /The tag is no version of Semantic Versioning/],
])('a tag %s is not released', async (_, options, message) => {
  const report = await rehearseTag(options)
  expect(results(report)).toEqual({ 'release-please': 'skipped', plan: 'failure', ...UNTOUCHED })
  expect(errors(report).join('\n')).toMatch(message)
})
