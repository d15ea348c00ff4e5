/** workflows/ci.yml on examples/fullstack: everything passes as it is, and each check fails for what it is there for. */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Rehearsal, rehearse } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'
import { hasPostgres } from '../support/postgres.ts'
import { type Edit, errors, fullstack, onlyJobs, rehearseWorkflow, results, summaries } from './support.ts'

const TEMPLATE = 'ci.yml'
const jobs = [
  ...['title', 'frontend-lint', 'frontend-types', 'frontend-build', 'frontend-test', 'api', 'backend'],
  ...['npm-audit', 'pip-audit', 'terraform'],
]
const ofAll = (result: string) => Object.fromEntries(jobs.map((id) => [id, result]))

interface Template {
  readonly env: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>
}

let template = ''
let folder = ''
beforeAll(async () => {
  template = await readFile(`${root}workflows/${TEMPLATE}`, 'utf8')
  folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** One job on the example with other files; a text is given what stands there, and returns what shall. */
async function rehearseJob(
  id: string,
  files: Readonly<Record<string, (before: string) => string>> = {},
  ...edits: readonly Edit[]
): Promise<Rehearsal> {
  const repository = await mkdtemp(join(folder, 'lighthouse-'))
  const made = /[\\/](node_modules|dist|coverage|\.venv)$/
  await cp(fullstack, repository, { recursive: true, filter: (source) => !made.test(source) })
  for (const [name, change] of Object.entries(files)) {
    const before = await readFile(join(repository, name), 'utf8').catch(() => '')
    const after = change(before)
    if (after === before) throw new Error(`Nothing of ${name} was changed.`)
    await mkdir(dirname(join(repository, name)), { recursive: true })
    await writeFile(join(repository, name), after)
  }
  return rehearseWorkflow(TEMPLATE, onlyJobs(template, id), { repository }, ...edits)
}

const title = (text: string) =>
  rehearseWorkflow(TEMPLATE, onlyJobs(template, 'title'), { repository: fullstack, title: text })

describe.skipIf(!hasPostgres())('a pull request that is as it should be', () => {
  let report: Rehearsal
  beforeAll(async () => {
    report = await rehearse({ workflow: `${root}workflows/${TEMPLATE}`, repository: fullstack })
  }, 900_000)

  it('passes every check', () => {
    expect(report.event).toBe('pull_request')
    expect(results(report)).toEqual(ofAll('success'))
    expect(errors(report)).toEqual([])
  })

  it('says so in a line or two for each', () => {
    expect(
      summaries(report)
        .split('\n')
        .filter((line) => line !== ''),
    ).toEqual([
      '### Title: success',
      '### Front end lint: success',
      '### Front end types: success',
      '### Front end build: success',
      '### Front end tests: success',
      expect.stringMatching(/^\d+ of \d+ lines \(\d+\.\d %\) are covered; 85 % are wanted\.$/),
      '### Node back end: success',
      expect.stringMatching(/^\d+ of \d+ lines \(\d+\.\d %\) are covered; 85 % are wanted\.$/),
      '### Django back end: success',
      expect.stringMatching(/^\d+\.\d % of the code is covered; 85 % are wanted\.$/),
      '### npm audit: success',
      '### pip-audit: success',
      '### Terraform: success',
    ])
  })

  it('asks for no permission but to read the repository, and uses it', () => {
    expect(report.permissionUse).toEqual(
      jobs.slice(1).map((job) => ({ job, permission: 'contents', granted: 'read', used: 'read' })),
    )
    expect(report.unsupportedRequests).toEqual([])
    expect(report.filled).toEqual([])
  })
})

describe('the title', () => {
  /** The step's own script, without a rehearsal around it. */
  const check = (text: string) => {
    const { jobs, env }: Template = parse(template)
    const script = jobs['title']?.steps[0]?.run ?? 'exit 99'
    const environment = { PATH: process.env['PATH'], ...env, TITLE: text, GITHUB_STEP_SUMMARY: '/dev/null' }
    return spawnSync('bash', ['-eo', 'pipefail', '-c', script], { env: environment }).status
  }

  it.each([
    ['feat: list the lights', 0],
    ['fix(api): answer 404', 0],
    ['refactor(api)!: drop v1', 0],
    ['revert: feat: list the lights', 0],
    ['chore: `$(exit 7)`; "x" \\ y', 0],
    ['Update stuff', 1],
    ['feature: list', 1],
    ['feat list', 1],
    ['feat:list', 1],
    ['feat(: x', 1],
    ['fix(api):', 1],
    ['Feat: list', 1],
    ['', 1],
  ])('%s: exit %i', (text, status) => {
    expect(check(text)).toBe(status)
  })

  it('is explained, and printed nowhere that it could be a command', async () => {
    const report = await title('::error::not mine')
    expect(results(report)).toEqual({ title: 'failure' })
    expect(errors(report)).toEqual([
      expect.stringMatching(/^It is no Conventional Commit, .* TYPE is one of: build chore .* test\.$/),
      'Process completed with exit code 1.',
    ])
    expect(summaries(report)).toContain('### Title: failure')
  })

  it('is left alone where there is no pull request', async () => {
    const one = onlyJobs(template, 'title')
    const report = await rehearseWorkflow(TEMPLATE, one, { repository: fullstack, event: 'workflow_dispatch' })
    expect(results(report)).toEqual({ title: 'skipped' })
  })
})

describe('the front end', () => {
  it('fails its lint with what was found in the summary', async () => {
    const report = await rehearseJob('frontend-lint', { 'frontend/src/lights.ts': (text) => `var unused = 1\n${text}` })
    expect(results(report)).toEqual({ 'frontend-lint': 'failure' })
    expect(errors(report)).toContain(
      'It found something; the summary shows what. On your machine: cd frontend && npm run lint',
    )
    expect(summaries(report)).toMatch(/### Front end lint: failure\n\n```text\n[\s\S]*noUnusedVariables[\s\S]*```/)
  })

  it('fails when its tests reach too little of it', async () => {
    const report = await rehearseJob('frontend-test', {
      'frontend/test/lights.test.ts': (text) => text.slice(0, text.indexOf("test('asks the API")),
    })
    expect(results(report)).toEqual({ 'frontend-test': 'failure' })
    const [first] = errors(report)
    expect(first).toMatch(
      /^\d+ of \d+ lines \([1-7]\d\.\d %\) are covered; 85 % are wanted\. Test what this change adds/,
    )
    expect(summaries(report)).toMatch(/### Front end tests: failure[\s\S]*85 % are wanted/)
  })

  it('fails when its tests write no coverage', async () => {
    const report = await rehearseJob('frontend-test', {
      'frontend/package.json': (text) => text.replace(/"test": ".*"/, '"test": "node --test"'),
    })
    expect(errors(report)[0]).toBe(
      'The tests wrote no frontend/coverage/lcov.info. Let them write one in the format lcov, or correct REPORT in this workflow.',
    )
  })
})

describe.skipIf(!hasPostgres())('the back ends', () => {
  it('are tested with the database of the job, and with no other', async () => {
    const report = await rehearseJob('api', {}, ['PGPASSWORD: ci\n', 'PGPASSWORD: guessed\n'])
    expect(results(report)).toEqual({ api: 'failure' })
    expect(errors(report)[0]).toMatch(/^A test failed; the summary shows which\. On your machine: cd api && npm test/)
    expect(summaries(report)).toMatch(/### Node back end: failure[\s\S]*password authentication failed for user "ci"/)
  })

  it('fail with the query that was wrong', async () => {
    const report = await rehearseJob('api', {
      'api/src/sightings.ts': (text) => text.replace('order by id desc', 'order by id'),
    })
    expect(results(report)).toEqual({ api: 'failure' })
    expect(summaries(report)).toContain('Bishop Rock')
  })

  it('fail when a model was changed without a migration, or their tests reach too little', async () => {
    const report = await rehearseJob(
      'backend',
      {
        'backend/lights/models.py': (text) => text.replace('max_length=80', 'max_length=90'),
        'backend/lights/untested.py': () => Array.from({ length: 40 }, (_, i) => `VALUE_${i} = ${i}\n`).join(''),
      },
      // Both at once: an installation takes most of the time.
      [
        '      - name: Look for missing migrations\n',
        '      - name: Look for missing migrations\n        continue-on-error: true\n',
      ],
    )
    expect(results(report)).toEqual({ backend: 'failure' })
    expect(errors(report)).toEqual([
      'A model was changed without a migration. On your machine: cd backend && python manage.py makemigrations',
      'Process completed with exit code 1.',
      expect.stringMatching(/^[1-7]\d\.\d % of the code is covered; 85 % are wanted\. Test what this change adds/),
      'Process completed with exit code 1.',
    ])
  }, 600_000)
})

describe('the audits', () => {
  const advisory = (severity: string) => ({
    id: 1112233,
    url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
    title: 'Made up for a test',
    severity,
    vulnerable_versions: '<99.0.0',
  })
  const known = (advisories: object) => ({ '.rehearsal/advisories.json': () => JSON.stringify(advisories) })

  it('fail on a package of npm that is vulnerable enough, and name it', async () => {
    const report = await rehearseJob('npm-audit', known({ npm: { pg: [advisory('high')] } }))
    expect(results(report), summaries(report)).toEqual({ 'npm-audit': 'failure' })
    expect(errors(report)[0]).toMatch(
      /^Of what is locked in: api, something has a vulnerability of the level high or above/,
    )
    expect(summaries(report)).toMatch(/### npm audit: failure[\s\S]*pg {2}\*\nSeverity: high\nMade up for a test/)
  })

  it('let pass what is less than that', async () => {
    const report = await rehearseJob('npm-audit', known({ npm: { pg: [advisory('moderate')] } }))
    expect(results(report), summaries(report)).toEqual({ 'npm-audit': 'success' })
    const step = report.jobs[0]?.steps.find(({ name }) => name === 'Audit the packages')
    expect(step?.log.join('\n')).toContain('2 moderate severity vulnerabilities')
  })

  it('fail on a package of Python, and say which version is fixed', async () => {
    const record = {
      id: 'PYSEC-2026-1',
      aliases: ['CVE-2026-0001'],
      affected: [
        {
          package: { name: 'django', ecosystem: 'PyPI' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '5.0' }, { fixed: '5.2.99' }] }],
        },
      ],
    }
    const report = await rehearseJob('pip-audit', known({ pypi: [record] }))
    expect(results(report)).toEqual({ 'pip-audit': 'failure' })
    expect(errors(report)[0]).toMatch(/^A package of backend\/requirements\.txt has a known vulnerability/)
    expect(summaries(report)).toMatch(/### pip-audit: failure[\s\S]*django +5\.2\.\d+ +PYSEC-2026-1 +5\.2\.99/)
  }, 600_000)
})

describe('Terraform', () => {
  it('fails on a file that is not formatted, and names it', async () => {
    const report = await rehearseJob('terraform', { 'infra/main.tf': (text) => text.replace('  type  ', ' type ') })
    expect(results(report)).toEqual({ terraform: 'failure' })
    expect(errors(report)[0]).toBe(
      'A file is not as terraform fmt writes it; the summary shows which. On your machine: terraform fmt -recursive infra',
    )
    expect(summaries(report)).toMatch(/### Terraform: failure[\s\S]*main\.tf/)
  })

  it('fails on a configuration that is not valid', async () => {
    const report = await rehearseJob('terraform', { 'infra/main.tf': (text) => text.replace(/\}\n$/, '') })
    expect(results(report)).toEqual({ terraform: 'failure' })
    expect(errors(report).length).toBeGreaterThan(0)
    expect(summaries(report)).toMatch(/### Terraform: failure[\s\S]*main\.tf/)
  })

  it('runs nothing that is not what was pinned', async () => {
    const report = await rehearseJob('terraform', {}, [
      'if terraform version',
      'curl() { echo else > "$archive"; }; if false && terraform version',
    ])
    expect(errors(report)[0]).toMatch(
      /^The SHA-256 of the download is [0-9a-f]{64}, and TERRAFORM_SHA256 says otherwise\./,
    )
  })
})

it('has a name for every check that can be required', () => {
  const names = [...template.matchAll(/^ {4}name: (.+)$/gm)].map(([, name]) => name)
  expect(names).toHaveLength(jobs.length)
  expect(new Set(names).size).toBe(jobs.length)
})
