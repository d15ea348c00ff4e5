/** The stand-ins that make releases: of googleapis/release-please-action and of softprops/action-gh-release. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type OpenRehearsal, openRehearsal, type RehearseOptions } from '../../rehearsal/rehearse.ts'
import { conventional } from '../../rehearsal/standins/googleapis/release-please-action/commits.ts'
import { notesOf, SECTIONS } from '../../rehearsal/standins/googleapis/release-please-action/notes.ts'
import { nextVersion, parseVersion, textOf } from '../../rehearsal/standins/googleapis/release-please-action/version.ts'
import { quick, step } from '../support/rehearse.ts'

function commits(...messages: readonly string[]) {
  return conventional(messages.map((message, at) => ({ sha: `${at}`.repeat(40), message })))
}

describe('the next version', () => {
  const none = { bumpMinorPreMajor: false, bumpPatchForMinorPreMajor: false }
  const minor = { ...none, bumpMinorPreMajor: true }
  const both = { bumpMinorPreMajor: true, bumpPatchForMinorPreMajor: true }

  test.each<readonly [string, readonly string[], typeof none, string]>([
    ['1.2.3', ['fix: a'], none, '1.2.4'],
    ['1.2.3', ['perf: a'], none, '1.2.4'],
    ['1.2.3', ['deps: a'], none, '1.2.4'],
    ['1.2.3', ['chore: a'], none, '1.2.4'],
    ['1.2.3', ['fix: a', 'feat: b'], none, '1.3.0'],
    ['1.2.3', ['feature: b'], none, '1.3.0'],
    ['1.2.3', ['feat: b', 'fix!: c'], none, '2.0.0'],
    ['1.2.3', ['feat(map)!: c'], none, '2.0.0'],
    ['1.2.3', ['fix: c\n\nBREAKING CHANGE: all'], none, '2.0.0'],
    ['1.2.3', ['chore: c\n\nBody.\n\nBREAKING-CHANGE: all\nRefs: #1'], none, '2.0.0'],
    ['1.2.3', ['docs: c\n\nThis is no BREAKING CHANGE: of anything'], none, '1.2.4'],
    ['0.4.2', ['feat!: c'], none, '1.0.0'],
    ['0.4.2', ['feat!: c'], minor, '0.5.0'],
    ['0.4.2', ['feat: c'], minor, '0.5.0'],
    ['0.4.2', ['feat: c'], both, '0.4.3'],
    ['0.4.2', ['feat!: c'], both, '0.5.0'],
    ['1.4.2', ['feat!: c'], both, '2.0.0'],
    ['1.2.3', ['chore: c\n\nRelease-As: 3.0.0', 'feat!: b'], none, '3.0.0'],
    ['1.2.3', ['feat: c', 'chore: d\n\nrelease-as: v1.9.0-rc.1'], none, '1.9.0-rc.1'],
    ['1.2.3', ['chore: all\n\nOf it.\n\nfeat: one\nfix: two'], none, '1.3.0'],
    ['1.2.3', ['fix: a\n\nReviewed-by: feat'], none, '1.2.4'],
  ])('after %s with %j is %j → %s', (last, messages, rules, expected) => {
    expect(textOf(nextVersion(parseVersion(last), commits(...messages), rules))).toBe(expected)
  })

  test.each(['update things', 'Merge pull request #1 from octo/x\n\nfeat: x', 'feat:no space', 'feat : x', ''])(
    'has nothing of %j, which is no conventional commit',
    (message) => expect(commits(message)).toEqual([]),
  )

  test('is refused where it is none', () => {
    expect(() => parseVersion('1.2')).toThrow('release-please failed: unable to parse version string: 1.2')
    expect(() => commits('feat: x\n\nBEGIN_NESTED_COMMIT')).toThrow('does not read BEGIN_NESTED_COMMIT')
  })
})

describe('the notes', () => {
  const options = { version: '1.3.0', tag: 'v1.3.0', previousTag: 'v1.2.0', url: 'https://h/o/r', date: '2026-12-01' }
  const of = (...messages: readonly string[]) => notesOf(commits(...messages), { ...options, sections: SECTIONS })

  test('are in sections, what breaks first, sorted, with links', () => {
    expect(of('fix: z (#7)', 'feat(map)!: y', 'feat: b\n\nCloses: #5', 'docs: hidden', 'perf(api): <x>')).toBe(
      `## [1.3.0](https://h/o/r/compare/v1.2.0...v1.3.0) (2026-12-01)


### ⚠ BREAKING CHANGES

* **map:** y


### Features

* b ([2222222](https://h/o/r/commit/${'2'.repeat(40)})), closes [#5](https://h/o/r/issues/5)
* **map:** y ([1111111](https://h/o/r/commit/${'1'.repeat(40)}))


### Bug Fixes

* z ([#7](https://h/o/r/issues/7)) ([0000000](https://h/o/r/commit/${'0'.repeat(40)}))


### Performance Improvements

* **api:** &lt;x&gt; ([4444444](https://h/o/r/commit/${'4'.repeat(40)}))`,
    )
  })

  test.each([
    [['chore: a', 'ci: b', 'docs: c', 'style: d', 'refactor: e', 'test: f', 'build: g', 'odd: h'], false],
    [['deps: a'], true],
    [['revert: a'], true],
    [['chore: a\n\nRelease-As: 2.0.0'], true],
    [['odd!: a'], true],
  ])('of %j are something: %s', (messages, something) => {
    expect(of(...messages) !== undefined).toBe(something)
  })
})

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

interface Stage extends AsyncDisposable {
  readonly open: OpenRehearsal
  git(...args: readonly string[]): string
}

async function stageOf(text: string, files: Readonly<Record<string, string>>, options: Partial<RehearseOptions> = {}) {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const all = { 'site/README.md': 'A site.\n', ...prefixed(files), 'release.yml': text }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  const given = { workflow: join(folder, 'release.yml'), repository: join(folder, 'site'), clock: quick }
  const open = stack.use(await openRehearsal({ ...given, ...options }))
  const opened = stack.move()
  const cwd = join(open.folder, 'origin.git')
  const stage: Stage = {
    open,
    git: (...args) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
  return stage
}

function prefixed(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`site/${path}`, text]))
}

function annotations(report: OpenRehearsal['report']): readonly string[] {
  return report.jobs.flatMap(({ steps }) => steps).flatMap((of) => of.annotations.map(({ message }) => message))
}

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

describe('action-gh-release', () => {
  const publish = (inputs: string, before = 'true', permissions = 'contents: write') => `
on: { push: { tags: ['v*'], branches: [main] } }
permissions: {}
jobs:
  release:
    runs-on: ubuntu-latest
    permissions: { ${permissions} }
    steps:
      - run: mkdir -p out/deep && echo a > out/a.txt && echo '{}' > out/deep/b.json && ${before}
      - { name: Publish, uses: softprops/action-gh-release@v3, with: { ${inputs} } }
`

  test('makes the release of the pushed tag, as a draft until its files are there', async () => {
    const text = publish("files: 'out/**', body: Notes, name: The first, prerelease: false")
    await using stage = await stageOf(text, {}, { event: 'tag', tag: 'v1.0.0' })
    const { open } = stage
    expect(open.github.releases).toHaveLength(1)
    const [release] = open.github.releases
    expect(release).toMatchObject({ tag_name: 'v1.0.0', name: 'The first', body: 'Notes', draft: false })
    expect(release?.assets.map(({ name, content_type }) => [name, content_type])).toEqual([
      ['a.txt', 'text/plain'],
      ['b.json', 'application/json'],
    ])
    const { outputs } = step(open.report, 'Publish')
    expect(outputs).toMatchObject({ id: `${release?.id}`, url: release?.html_url, upload_url: release?.upload_url })
    const assets: readonly object[] = JSON.parse(outputs['assets'] ?? '')
    expect(assets.map((asset) => Object.keys(asset).includes('uploader'))).toEqual([false, false])
    const writes = open.report.requests.github.filter(({ method }) => method !== 'GET')
    expect(writes.map(({ method, path }) => `${method} ${path.replace(/\d{4,}/, 'ID')}`)).toEqual([
      'POST /repos/rehearsal/site/releases',
      'POST /repos/rehearsal/site/releases/ID/assets',
      'POST /repos/rehearsal/site/releases/ID/assets',
      'PATCH /repos/rehearsal/site/releases/ID',
    ])

    // Once more: the same release, its files replaced.
    const ids = release?.assets.map(({ id }) => id)
    await open.run({ event: 'tag', tag: 'v1.0.0' })
    expect(open.github.releases).toHaveLength(1)
    const again = open.github.releases[0]?.assets
    expect(again?.map(({ name }) => name)).toEqual(['a.txt', 'b.json'])
    expect(again?.some(({ id }) => ids?.includes(id))).toBe(false)
  })

  test('makes the tag, keeps a draft, and leaves files that are there, as it is told', async () => {
    const inputs = "tag_name: refs/tags/v2.0.0, draft: true, files: 'out/a.txt, out/{a,b}.txt', overwrite_files: false"
    await using drafted = await stageOf(publish(inputs), {}, { event: 'push' })
    expect(drafted.open.github.releases[0]).toMatchObject({
      draft: true,
      tag_name: 'v2.0.0',
      assets: [{ name: 'a.txt' }],
    })
    expect(drafted.git('tag')).toBe('')
    await using tagged = await stageOf(
      publish('tag_name: v2.0.0, files: out/a.txt, overwrite_files: false'),
      {},
      { event: 'push' },
    )
    expect(tagged.git('rev-parse', 'v2.0.0')).toBe(tagged.open.report.sha)
    const [before] = tagged.open.github.releases
    expect((await tagged.open.run({ event: 'push' })).result).toBe('success')
    expect(tagged.open.github.releases[0]?.assets[0]?.id).toBe(before?.assets[0]?.id)
  })

  test('adds the notes that GitHub writes', async () => {
    const inputs = 'tag_name: v2.0.0, body_path: out/a.txt, generate_release_notes: true'
    await using stage = await stageOf(publish(inputs), {}, { event: 'push' })
    expect(stage.open.github.releases[0]?.body).toMatch(/^a\n\n\n\*\*Full Changelog\*\*: http/)
  })

  test.each([
    ['tag_name: v1.0.0', 'contents: read', 'Resource not accessible by integration'],
    [
      "files: 'none/*', tag_name: v1.0.0, fail_on_unmatched_files: true",
      'contents: write',
      "⚠️ Pattern 'none/*' does not match any files.",
    ],
    ['files: out/a.txt', 'contents: write', '⚠️ GitHub Releases requires a tag'],
    [
      'tag_name: v1, discussion_category_name: News',
      'contents: write',
      "does not support the input 'discussion_category_name'",
    ],
    ['tag_name: v1, repository: octo/other', 'contents: write', "does not support the input 'repository'"],
  ])('with { %s } and %s says what is wrong', async (inputs, permissions, message) => {
    await using stage = await stageOf(publish(inputs, 'true', permissions), {}, { event: 'push' })
    expect(annotations(stage.open.report)).toEqual([expect.stringContaining(message)])
    expect(stage.open.github.releases).toEqual([])
  })
})
