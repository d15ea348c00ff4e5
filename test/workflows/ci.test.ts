/** workflows/ci.yml on examples/fullstack: everything passes as it is, and what fails says why. The rest is in matrix/. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Rehearsal, rehearse } from '../../rehearsal/rehearse.ts'
import { hasPostgres } from '../support/postgres.ts'
import { rehearseJob, rehearseOne, workflow } from './ci-support.ts'
import { errors, fullstack, results, summaries } from './support.ts'

const jobs = [
  ...['title', 'frontend-lint', 'frontend-types', 'frontend-build', 'frontend-test', 'api', 'backend'],
  ...['npm-audit', 'pip-audit', 'terraform'],
]
const ofAll = (result: string) => Object.fromEntries(jobs.map((id) => [id, result]))

describe.skipIf(!hasPostgres())('a pull request that is as it should be', () => {
  let report: Rehearsal
  beforeAll(async () => {
    report = await rehearse({ workflow, repository: fullstack })
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
      expect.stringMatching(/^With Python 3\.\d+\.\d+\.$/),
      expect.stringMatching(/^\d+\.\d % of the code is covered; 85 % are wanted\.$/),
      '### npm audit: success',
      '### pip-audit: success',
      expect.stringMatching(/^With Python 3\.\d+\.\d+\.$/),
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

describe('a check that fails', () => {
  it('explains a title, and prints it nowhere that it could be a command', async () => {
    const report = await rehearseOne('title', { title: '::error::not mine' })
    expect(results(report)).toEqual({ title: 'failure' })
    expect(errors(report)).toEqual([
      expect.stringMatching(
        /^It is no Conventional Commit, .* TYPE is one of: build chore .* test\. Edit the title: a new run/,
      ),
      'Process completed with exit code 1.',
    ])
    expect(summaries(report)).toContain('### Title: failure')
  })

  it('says how little of the front end its tests reach', async () => {
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

  it('names the file of Terraform that is not formatted', async () => {
    const report = await rehearseJob('terraform', { 'infra/main.tf': (text) => text.replace('  type  ', ' type ') })
    expect(results(report)).toEqual({ terraform: 'failure' })
    expect(errors(report)[0]).toBe(
      'A file is not as terraform fmt writes it; the summary shows which. On your machine: terraform fmt -recursive infra',
    )
    expect(summaries(report)).toMatch(/### Terraform: failure[\s\S]*main\.tf/)
  })
})

it('has no title to check by hand, under a name that stands for no other check', async () => {
  const report = await rehearseOne('title', { event: 'workflow_dispatch' })
  expect(report.jobs.map(({ name, result }) => [name, result])).toEqual([['Title (no pull request)', 'success']])
  expect(summaries(report)).toContain('### Title: nothing to check')
})

it('has a name for every check that can be required', () => {
  const names = [...readFileSync(workflow, 'utf8').matchAll(/^ {4}name: (.+)$/gm)].map(([, name]) => name)
  expect(names).toHaveLength(jobs.length)
  expect(new Set(names).size).toBe(jobs.length)
})
