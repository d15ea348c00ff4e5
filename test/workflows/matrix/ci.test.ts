/** workflows/ci.yml on examples/fullstack: each check fails for what it is there for, with the real tools. */
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../support/postgres.ts'
import { rehearseJob } from '../ci-support.ts'
import { errors, results, summaries } from '../support.ts'

describe('the front end', () => {
  it('fails its lint with what was found in the summary', async () => {
    const report = await rehearseJob('frontend-lint', { 'frontend/src/lights.ts': (text) => `var unused = 1\n${text}` })
    expect(results(report)).toEqual({ 'frontend-lint': 'failure' })
    expect(errors(report)).toContain(
      'It found something; the summary shows what. On your machine: cd frontend && npm run lint',
    )
    expect(summaries(report)).toMatch(/### Front end lint: failure\n\n```text\n[\s\S]*noUnusedVariables[\s\S]*```/)
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

/** Of Django's code only this counts: so many lines that the tests reach, and so many that they do not. */
const measured = (reached: number, missed: number) => ({
  'backend/measured.py': () =>
    [
      ...Array.from({ length: reached - 1 }, (_, i) => `VALUE_${i} = ${i}`),
      '\n\ndef never():',
      ...Array.from({ length: missed }, () => '    print()'),
      '',
    ].join('\n'),
  'backend/pyproject.toml': (text: string) => text.replace('source = ["."]', 'include = ["measured.py"]'),
  'backend/lights/tests.py': (text: string) => `${text}\n\nimport measured  # noqa: E402, F401, I001\n`,
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

  it('fail when a model was changed without a migration, or their tests reach all but a little', async () => {
    const report = await rehearseJob(
      'backend',
      {
        'backend/lights/models.py': (text) => text.replace('max_length=80', 'max_length=90'),
        ...measured(2124, 376),
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
      expect.stringMatching(/^84\.9 % of the code is covered; 85 % are wanted\. Test what this change adds/),
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
