/** docs/permissions.md says what the templates grant, and its generator refuses what is not needed. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lasting, lastingPath } from '../../rehearsal/permissions/finding.ts'
import { limitTo } from '../../rehearsal/permissions/limit.ts'
import { renderPage, renderTemplate, rowsOf, sectionsOf } from '../../rehearsal/permissions/page.ts'
import { checkScenarios, prove } from '../../rehearsal/permissions/prove.ts'
import { isRefusal } from '../../rehearsal/permissions/refusal.ts'
import { scenarios } from '../../rehearsal/permissions/scenarios.ts'
import { onlyJobs, readJobs, withoutGrant } from '../../rehearsal/permissions/template.ts'
import { root } from '../../scripts/actions.ts'
import { templateNames } from '../../scripts/templates.ts'

const page = readFileSync(`${root}docs/permissions.md`, 'utf8')
const sections = sectionsOf(page)
const textOf = (name: string) => readFileSync(`${root}workflows/${name}`, 'utf8')

it('has a section for each template, and is written as the generator writes it', () => {
  expect([...sections.keys()]).toEqual(templateNames())
  expect(renderPage(sections)).toBe(page)
})

it('has scenarios for templates only', () => {
  expect(Object.keys(scenarios).filter((name) => !templateNames().includes(name))).toEqual([])
})

describe.each(templateNames())('%s', (name) => {
  const jobs = readJobs(textOf(name), name)

  it('has on the page exactly the permissions that it grants, with their comments', () => {
    const granted = jobs.flatMap(({ id, grants }) =>
      grants.map(({ permission, level, why }) => ({ job: id, grant: `${permission}: ${level}`, why })),
    )
    expect(granted.length).toBeGreaterThan(0)
    expect(rowsOf(sections.get(name) ?? '')).toEqual(granted)
  })

  it('has a scenario for each job that is granted something', () => {
    expect(() => checkScenarios(name, jobs, scenarios[name] ?? [])).not.toThrow()
  })
})

const WORKFLOW = `
name: Small
on: push
permissions: {}
jobs:
  first:
    name: The first
    runs-on: ubuntu-latest
    permissions:
      contents: read # to check out the repository
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
  other:
    runs-on: ubuntu-latest
    permissions: {}
    steps:
      - run: 'true'
  second:
    needs: first
    runs-on: ubuntu-latest
    permissions:
      contents: write # to tell what is read from what is written
      issues: write # to be found out
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
`
const jobs = readJobs(WORKFLOW, 'small.yml')

describe('the generator', () => {
  it('reads jobs, what they need and what they are granted', () => {
    expect(jobs.map(({ id, name, needs, grants }) => ({ id, name, needs, grants }))).toEqual([
      {
        id: 'first',
        name: 'The first',
        needs: [],
        grants: [{ permission: 'contents', level: 'read', why: 'to check out the repository' }],
      },
      { id: 'other', name: 'other', needs: [], grants: [] },
      {
        id: 'second',
        name: 'second',
        needs: ['first'],
        grants: [
          { permission: 'contents', level: 'write', why: 'to tell what is read from what is written' },
          { permission: 'issues', level: 'write', why: 'to be found out' },
        ],
      },
    ])
  })

  it.each([
    ['a permission without a comment', WORKFLOW.replace(' # to be found out', '')],
    ['all permissions at once', WORKFLOW.replace('permissions: {}\n    steps', 'permissions: write-all\n    steps')],
    ['a job that says nothing of permissions', WORKFLOW.replace('    permissions: {}\n    steps', '    steps')],
  ])('refuses %s', (_, text) => {
    expect(() => readJobs(text, 'small.yml')).toThrow(
      /^small\.yml, job (second|other): write each permission as a line/,
    )
  })

  it('takes one line out, or lowers it, and leaves all others alone', () => {
    const [first, , second] = jobs
    if (first?.grants[0] === undefined || second?.grants[0] === undefined) throw new Error('The fixture has changed.')
    expect(withoutGrant(WORKFLOW, first, first.grants[0], 'none')).toBe(
      WORKFLOW.replace('permissions:\n      contents: read # to check out the repository', 'permissions: {}'),
    )
    expect(withoutGrant(WORKFLOW, second, second.grants[0], 'none')).toBe(
      WORKFLOW.replace('      contents: write # to tell what is read from what is written\n', ''),
    )
    expect(withoutGrant(WORKFLOW, second, second.grants[0], 'read')).toBe(
      WORKFLOW.replace('contents: write', 'contents: read'),
    )
    const gone = { permission: 'pages', level: 'write', why: '' } as const
    expect(() => withoutGrant(WORKFLOW, second, gone, 'none')).toThrow('The job second has no line "pages: write".')
  })

  it('leaves out the jobs that nobody waits for', () => {
    expect(readJobs(onlyJobs(WORKFLOW, jobs, ['second']), 'small.yml').map(({ id }) => id)).toEqual(['first', 'second'])
    expect(readJobs(onlyJobs(WORKFLOW, jobs, ['other']), 'small.yml').map(({ id }) => id)).toEqual(['other'])
  })

  it.each([
    [['first'], 'no scenario proves "second: contents"; no scenario proves "second: issues"'],
    [['first', 'second: contents'], 'no scenario proves "second: issues"'],
    [['first', 'second', 'gone'], 'a scenario names "gone"'],
    [['first', 'second', 'second: pages'], 'a scenario names "second: pages"'],
    [['first', 'second', 'second: issues'], 'a scenario names "second: issues"'],
  ])('refuses scenarios that prove %s', (proves, message) => {
    expect(() => checkScenarios('small.yml', jobs, [{ proves, when: '', run: {} }])).toThrow(message)
  })

  it('names every permission that is unused, only read, or not missed', async () => {
    const run = { event: 'push' } as const
    const known = [
      { proves: ['first', 'second: contents'], when: 'a push', run },
      { proves: ['second: issues'], when: 'another push', run },
    ]
    const { jobs: proven, problems } = await prove('small.yml', WORKFLOW, known, limitTo(2))
    expect([...problems].sort()).toEqual([
      expect.stringMatching(/^small\.yml, job second, contents: write: only read was used by a push\.$/),
      expect.stringMatching(
        /^small\.yml, job second, contents: write: with read in its place the job ends as success\./,
      ),
      expect.stringMatching(/^small\.yml, job second, issues: write: it was not used by another push\.$/),
      expect.stringMatching(/^small\.yml, job second, issues: write: with read in its place the job ends as success\./),
      expect.stringMatching(/^small\.yml, job second, issues: write: without it the job ends as success\./),
    ])
    expect(proven.map(({ id, proofs }) => [id, proofs.map(({ when }) => when)])).toEqual([
      ['first', ['a push']],
      ['other', []],
      ['second', ['a push', 'another push']],
    ])
    expect(renderTemplate('small.yml', { jobs: proven })).toContain(
      '### second: second\n\nRehearsed with a push (contents) and another push (issues).\n',
    )
    expect(proven[0]?.proofs[0]).toMatchObject({
      permission: 'contents',
      without: {
        step: expect.stringContaining('actions/checkout'),
        error: expect.stringContaining("no 'contents: read'"),
      },
      reading: undefined,
    })
  })
})

/** `deployments` is asked for, and what becomes of it does not matter. */
const ASKING = `
      - name: Ask
        env:
          TOKEN: \${{ github.token }}
        run: |
          curl --fail --silent --header "Authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/deployments" || true`

const UPLOADING = `
name: Fooled
on: push
permissions: {}
jobs:
  first:
    runs-on: ubuntu-latest
    permissions: {}
    steps:
      - run: date > made
      - uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0
        with: { name: made, path: made }
  second:
    runs-on: ubuntu-latest
    permissions:
      deployments: read # to be asked for and never needed
    steps:`

const DOWNLOADING = `
      - name: Take what the other job has made
        uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
        with: { name: made }
`

describe('a failure that is no refusal proves nothing', () => {
  const known = [{ proves: ['second'], when: 'a push', run: { event: 'push' } as const }]

  it('of a job that fails in any case without another one beside it', async () => {
    const { problems } = await prove('fooled.yml', UPLOADING + ASKING + DOWNLOADING, known, limitTo(2))
    expect([...problems].sort()).toEqual([
      expect.stringMatching(
        /^fooled\.yml, job second, deployments: read: without it the job ends as failure, but the step that failed was not refused for want of it\. Take what .*made/,
      ),
      expect.stringMatching(
        /^fooled\.yml, job second: unedited, with the jobs that it needs and no others, it ends as failure\. Take what/,
      ),
    ])
  })

  it('nor of a step after the one that was refused', async () => {
    const text = `${UPLOADING}${ASKING.replace('|| true', '> asked || true')}
      - name: Fail for the rest
        run: test -s asked
`
    const { problems } = await prove('fooled.yml', text, known, limitTo(2))
    expect(problems).toEqual([
      expect.stringMatching(/without it the job ends as failure, but the step that failed was not refused/),
    ])
  })
})

describe('a request is a refusal', () => {
  const asked = { side: 'github', at: '', query: {}, body: null, response: null, status: 403 } as const
  const refusal = (request: string, lacking: string, more = {}) => {
    const [method = '', path = ''] = request.split(' ')
    const [permission = '', left = ''] = lacking.split(': ')
    return isRefusal({ ...asked, method, path, ...more }, { permission, left: left === 'read' ? 'read' : 'none' })
  }

  it.each([
    ['GET /repos/rehearsal/site/deployments', 'deployments: none'],
    ['POST /repos/rehearsal/site/deployments', 'deployments: read'],
    ['GET /repos/rehearsal/site/compare/refs/heads/main...abc', 'contents: none'],
    ['GET /repos/rehearsal/site/commits/abc/pulls', 'pull-requests: none'],
    ['POST /repos/rehearsal/site/issues/7/labels', 'issues: read'],
    ['DELETE /users/rehearsal/packages/container/site/versions/7', 'packages: read'],
    ['POST /v2/rehearsal/site/blobs/uploads/', 'packages: read'],
    ['GET /token', 'packages: none'],
  ])('%s without more than %s', (request, lacking) => {
    expect(refusal(request, lacking)).toBe(true)
  })

  it.each([
    ['GET /repos/rehearsal/site/deployments', 'deployments: read'],
    ['GET /repos/rehearsal/site/deployments', 'contents: none'],
    ['HEAD /v2/rehearsal/site/blobs/sha256:0', 'packages: read'],
    ['GET /nowhere', 'contents: none'],
    ['GET /repos/rehearsal/site/deployments', 'deployments: none', { status: 404 }],
    ['GET /repos/rehearsal/site/deployments', 'deployments: none', { fault: 'github:GET /**:403' }],
  ])('%s without more than %s not %s', (request, lacking, more?: object) => {
    expect(refusal(request, lacking, more)).toBe(false)
  })
})

it.each([
  ['/repos/me/it/actions/runs/1234567', '/repos/{owner}/{repo}/actions/runs/{id}'],
  [`/v2/me/it/blobs/sha256:${'0a'.repeat(32)}`, '/v2/{owner}/{repo}/blobs/{digest}'],
  [`/v2/me/it/blobs/sha256%3A${'0a'.repeat(32)}`, '/v2/{owner}/{repo}/blobs/{digest}'],
  [`/repos/me/it/compare/main...${'a'.repeat(40)}`, '/repos/{owner}/{repo}/compare/main...{sha}'],
])('a path stays the same from run to run: %s', (path, text) => {
  expect(lastingPath(path, { me: '{owner}', it: '{repo}' })).toBe(text)
})

it.each([
  ['at http://127.0.0.1:4711/repos/rehearsal/site/runs/1234567', 'at https://api.github.com/repos/owner/repo/runs/ID'],
  ['see http://127.0.0.1:4712/rehearsal/site', 'see https://github.com/owner/repo'],
  ['commits aaaaaaa and bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'commits SHA and SHA'],
  [`at ${'a'.repeat(12)}, which nobody released`, 'at SHA, which nobody released'],
  [`at ${'a'.repeat(40)}, 403 after 1.5 s`, 'at SHA, 403 after a moment'],
  [`production-20270101T031700123Z-0123abc on 2027-01-01 03:17 UTC`, 'production-SNAPSHOT on TIME'],
  [`sha256:${'0'.repeat(64)}\n  of 12 files`, 'DIGEST of 12 files'],
])('an error stays the same from run to run: %s', (error, text) => {
  const run = { apiUrl: 'http://127.0.0.1:4711', repository: 'rehearsal/site', sha: 'a'.repeat(40) }
  expect(lasting(error, run)).toBe(text)
})
