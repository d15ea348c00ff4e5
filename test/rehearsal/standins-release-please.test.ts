/** The stand-in of googleapis/release-please-action. */
import { describe, expect, test } from 'vitest'
import { step } from '../support/rehearse.ts'
import { annotations, stageOf } from './standins-release-support.ts'

const workflow = `
on: { push: { branches: ['**'] } }
permissions: {}
jobs:
  release:
    runs-on: ubuntu-latest
    permissions: { contents: write, pull-requests: write, issues: write }
    steps:
      - name: Please
        id: release
        uses: googleapis/release-please-action@v4
      - name: Files
        if: steps.release.outputs.release_created
        run: mkdir out && echo a > out/a.txt && echo b > 'out/b c.tgz'
      - name: Publish
        if: steps.release.outputs.release_created
        uses: softprops/action-gh-release@v3
        with: { tag_name: '\${{ steps.release.outputs.tag_name }}', files: out/*, fail_on_unmatched_files: true }
`

const simple = {
  'release-please-config.json': '{"release-type":"simple","packages":{".":{}}}',
  '.release-please-manifest.json': '{\n  ".": "1.2.0"\n}\n',
  'version.txt': '1.2.0\n',
  'CHANGELOG.md': '# Changelog\n\n## 1.2.0 (2026-10-12)\n\n### Features\n\n* the first\n',
}

const begun = { message: 'chore: begin', tag: 'v1.2.0' }

const at = new Date('2026-12-01T10:00:00Z')

describe('release-please', () => {
  test('keeps a pull request, and its merge makes the release', async () => {
    const history = [begun, { message: 'feat: one', files: { 'a.txt': '1\n' } }, { message: 'docs: words' }]
    await using stage = await stageOf(workflow, simple, { history, at })
    const { open, git } = stage
    expect(step(open.report, 'Please').outputs).toMatchObject({
      releases_created: 'false',
      paths_released: '[]',
      prs_created: 'true',
    })
    expect(step(open.report, 'Please').outputs).not.toHaveProperty('release_created')
    const branch = 'release-please--branches--main'
    expect(open.github.pulls[0]).toMatchObject({
      number: 1,
      title: 'chore(main): release 1.3.0',
      user: { login: 'github-actions[bot]' },
      head: { ref: branch, sha: git('rev-parse', branch) },
      labels: [{ name: 'autorelease: pending' }],
      commits: 1,
    })
    expect(git('diff', '--stat', '--name-only', 'main', branch).split('\n')).toEqual([
      '.release-please-manifest.json',
      'CHANGELOG.md',
      'version.txt',
    ])
    expect(git('show', `${branch}:.release-please-manifest.json`)).toBe('{\n  ".": "1.3.0"\n}')
    expect(git('show', `${branch}:version.txt`)).toBe('1.3.0')
    const changelog = git('show', `${branch}:CHANGELOG.md`)
    expect(changelog).toMatch(
      /^# Changelog\n\n## \[1\.3\.0\]\(.+\/compare\/v1\.2\.0\.\.\.v1\.3\.0\) \(2026-12-01\)\n\n\n### Features\n\n\* one /,
    )
    expect(changelog).toMatch(/\n\n## 1\.2\.0 \(2026-10-12\)\n\n### Features\n\n\* the first$/)

    // Nothing new to tell: the same pull request, and no new commit.
    await open.commit({ message: 'ci: quieter' })
    const quiet = await open.run()
    expect(step(quiet, 'Please').outputs).toMatchObject({ prs_created: 'false' })
    expect(git('rev-parse', branch)).toBe(open.github.pulls[0]?.head.sha)

    await open.commit({ message: 'feat!: two' })
    await open.run()
    expect(open.github.pulls.map(({ title }) => title)).toEqual(['chore(main): release 2.0.0'])
    expect(git('rev-parse', `${branch}~1`)).toBe(git('rev-parse', 'main'))

    const { sha } = await open.merge(1)
    const released = await open.run()
    expect(step(released, 'Please').outputs).toMatchObject({
      releases_created: 'true',
      release_created: 'true',
      paths_released: '["."]',
      tag_name: 'v2.0.0',
      name: 'v2.0.0',
      version: '2.0.0',
      major: '2',
      minor: '0',
      patch: '0',
      path: '.',
      draft: 'false',
      sha,
      body: expect.stringContaining('BREAKING CHANGES'),
      html_url: `${open.github.serverUrl}/rehearsal/site/releases/tag/v2.0.0`,
      upload_url: expect.stringMatching(/\/assets\{\?name,label\}$/),
      id: expect.stringMatching(/^\d+$/),
      prs_created: 'false',
    })
    expect(git('rev-parse', 'v2.0.0')).toBe(sha)
    expect(open.github.pulls[0]?.labels.map(({ name }) => name)).toEqual(['autorelease: tagged'])
    expect(open.github.releases[0]).toMatchObject({
      tag_name: 'v2.0.0',
      draft: false,
      author: { login: 'github-actions[bot]' },
      assets: [{ name: 'a.txt' }, { name: 'b.c.tgz' }],
    })
    // The tag was made with the job's own token, and started nothing.
    expect(released.dispatched).toEqual([])

    await open.commit({ message: 'fix: three' })
    await open.run()
    expect(open.github.pulls[0]).toMatchObject({ number: 2, title: 'chore(main): release 2.0.1' })
  })

  test('of a node package has its name in tags and branches unless it is told otherwise, and changes its files', async () => {
    const files = {
      'release-please-config.json': JSON.stringify({
        packages: {
          '.': {
            'release-type': 'node',
            'extra-files': ['a.py', { type: 'json', path: 'b.json', jsonpath: '$.app.version' }],
          },
        },
      }),
      '.release-please-manifest.json': '{".":"0.4.2"}',
      'package.json': '{\n    "name": "@octo/site",\n    "version": "0.4.2"\n}\n',
      'package-lock.json': JSON.stringify({
        version: '0.4.2',
        packages: { '': { version: '0.4.2' }, x: { version: '1.0.0' } },
      }),
      'a.py':
        'V = "0.4.2" # x-release-please-version\nW = "0.4.2"\n# x-release-please-start-version\nX = "0.4.2"\n# x-release-please-end\n',
      'b.json': '{"app":{"version":"0.4.2"}}',
    }
    const history = [{ message: 'chore: begin', tag: 'site-v0.4.2' }, { message: 'fix: one' }]
    await using stage = await stageOf(workflow, files, { history })
    const { open, git } = stage
    const branch = 'release-please--branches--main--components--site'
    expect(open.github.pulls[0]).toMatchObject({ title: 'chore(main): release site 0.4.3', head: { ref: branch } })
    expect(git('show', `${branch}:package.json`)).toBe('{\n    "name": "@octo/site",\n    "version": "0.4.3"\n}')
    const lock = JSON.parse(git('show', `${branch}:package-lock.json`))
    expect(lock).toEqual({ version: '0.4.3', packages: { '': { version: '0.4.3' }, x: { version: '1.0.0' } } })
    expect(git('show', `${branch}:a.py`).match(/0\.4\.\d/g)).toEqual(['0.4.3', '0.4.2', '0.4.3'])
    expect(JSON.parse(git('show', `${branch}:b.json`))).toEqual({ app: { version: '0.4.3' } })
    expect(git('show', `${branch}:CHANGELOG.md`)).toMatch(/^# Changelog\n\n## \[0\.4\.3\]/)
    await open.merge(1, { method: 'squash' })
    expect(step(await open.run(), 'Please').outputs).toMatchObject({ tag_name: 'site-v0.4.3', name: 'site: v0.4.3' })
  })

  test('proposes nothing where nothing is to be told', async () => {
    await using stage = await stageOf(workflow, simple, { history: [begun, { message: 'docs: words' }] })
    expect(step(stage.open.report, 'Please').outputs).toMatchObject({ prs_created: 'false' })
    expect(stage.open.github.pulls).toEqual([])
    expect(stage.git('branch', '--list', 'release-please*')).toBe('')
  })

  test.each([
    ['contents: read, pull-requests: write, issues: write', 'Resource not accessible by integration'],
    ['contents: write, pull-requests: read, issues: write', 'Resource not accessible by integration'],
    ['contents: write, issues: write', 'Resource not accessible by integration'],
    ['contents: write, pull-requests: write', 'You do not have permission to create labels on this repository.'],
  ])('with %s fails as on GitHub', async (permissions, message) => {
    const text = workflow.replace('contents: write, pull-requests: write, issues: write', permissions)
    await using stage = await stageOf(text, simple, { history: [begun, { message: 'feat: one' }] })
    expect(stage.open.report.result).toBe('failure')
    expect(annotations(stage.open.report)).toEqual([expect.stringContaining(`release-please failed: ${message}`)])
  })

  test('without leave to open pull requests fails after it has pushed the branch', async () => {
    await using stage = await stageOf(workflow, simple, { history: [begun] })
    const { open, git } = stage
    open.github.setActionsMayOpenPullRequests(false)
    await open.commit({ message: 'feat: one' })
    const refused = await open.run()
    expect(annotations(refused)).toEqual([
      'release-please failed: GitHub Actions is not permitted to create or approve pull requests. - https://docs.github.com/rest/pulls/pulls#create-a-pull-request',
    ])
    expect(git('show', 'release-please--branches--main:version.txt')).toBe('1.3.0')
    open.github.setActionsMayOpenPullRequests(true)
    expect((await open.run()).result).toBe('success')
  })

  test('fails where the tag has a release already, and lets the pull request rest', async () => {
    await using stage = await stageOf(workflow, simple, { history: [begun, { message: 'feat: one' }] })
    const { open } = stage
    const token = open.github.issueToken('person', { contents: 'write' }, 'mona')
    await fetch(`${open.github.apiUrl}/repos/rehearsal/site/releases`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ tag_name: 'v1.3.0' }),
    })
    await open.merge(1)
    expect(annotations(await open.run())).toEqual(['release-please failed: Duplicate release tag: v1.3.0'])
    expect(open.github.pulls[0]?.labels.map(({ name }) => name)).toEqual(['autorelease: tagged'])
  })

  test.each<readonly [Readonly<Record<string, string>>, string]>([
    [{}, 'release-please failed: Missing required manifest config: release-please-config.json'],
    [{ ...simple, '.release-please-manifest.json': '{}' }, ".release-please-manifest.json has no version of '.'"],
    [{ ...simple, 'release-please-config.json': '{' }, 'Failed to parse release-please-config.json as JSON.'],
    [
      { ...simple, 'release-please-config.json': '{"release-type":"rust","packages":{".":{}}}' },
      "'simple' and 'node', not 'rust'",
    ],
    [{ ...simple, 'release-please-config.json': '{"packages":{"a":{}}}' }, "releases one package, '.'; here: a."],
    [
      { ...simple, 'release-please-config.json': '{"plugins":["x"],"packages":{".":{}}}' },
      'does not support \'plugins\' (here ["x"])',
    ],
  ])('names what it cannot do: %#', async (files, message) => {
    await using stage = await stageOf(workflow, files, { history: [begun, { message: 'feat: one' }] })
    expect(annotations(stage.open.report)).toEqual([expect.stringContaining(message)])
  })
})
