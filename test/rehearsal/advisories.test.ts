/** What npm and pip-audit are told about vulnerabilities in a rehearsal. `pip-audit` itself: test/workflows/ci.test.ts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { affecting, type KnownAdvisories, readAdvisories } from '../../rehearsal/advisories/known.ts'
import { startAdvisories } from '../../rehearsal/advisories/server.ts'
import type { LoopbackServer } from '../../rehearsal/server.ts'
import { jobOf, printed, rehearseText, step } from '../support/rehearse.ts'

const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const minimist = {
  id: 1096549,
  url: 'https://github.com/advisories/GHSA-xvch-5gv4-984h',
  title: 'Prototype Pollution in minimist',
  severity: 'critical',
  vulnerable_versions: '<0.2.4',
}
const django = {
  id: 'PYSEC-2026-1',
  affected: [
    {
      package: { name: 'django', ecosystem: 'PyPI' },
      ranges: [
        {
          type: 'ECOSYSTEM',
          events: [{ introduced: '0' }, { fixed: '4.2.9' }, { introduced: '5.0' }, { fixed: '5.0.1' }],
        },
      ],
      versions: ['6.0rc1'],
    },
  ],
}

function repositoryWith(files: Readonly<Record<string, unknown>>): string {
  const repository = mkdtempSync(join(folder, 'repository-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, name)), { recursive: true })
    writeFileSync(join(repository, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return repository
}

const known = (content: unknown) => readAdvisories(repositoryWith({ '.rehearsal/advisories.json': content }))

describe('the file of the repository', () => {
  it('may be missing: then nothing is known', () => {
    expect(readAdvisories(repositoryWith({ README: '' }))).toEqual({ npm: {}, pypi: [] })
  })

  it('is refused with the place of what is wrong', () => {
    expect(() => known({ npm: { minimist: [{ ...minimist, severity: 'awful' }] } })).toThrow(
      /advisories\.json is not what the rehearsal reads\. npm\.minimist\.0\.severity: .*"awful"\.$/,
    )
    expect(() => known({ rubygems: {} })).toThrow(/rubygems/)
    expect(() => known('{')).toThrow(/advisories\.json is not valid JSON/)
  })

  it('is refused before anything runs', async () => {
    const repository = repositoryWith({ '.rehearsal/advisories.json': '{' })
    await expect(rehearseText(jobOf(`- run: 'true'`), { repository })).rejects.toThrow(/is not valid JSON/)
  })
})

it.each([
  ['4.2.8', true],
  ['4.2.9', false],
  ['4.2.10', false],
  ['5.0', true],
  ['5.0.1', false],
  ['6.0rc1', true],
])('of Django %s a record is: %s', (version, expected) => {
  expect(affecting(known({ pypi: [django] }).pypi, 'django', version).length > 0).toBe(expected)
  expect(affecting(known({ pypi: [django] }).pypi, 'flask', version)).toEqual([])
})

describe('the server', () => {
  let server: LoopbackServer
  const all: KnownAdvisories = known({ npm: { minimist: [minimist] }, pypi: [django] })
  beforeEach(async () => {
    server = await startAdvisories(all, async () => 'https://mirror.example/npm/')
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const ask = async (path: string, body: unknown, headers = {}) => {
    const bytes = 'content-encoding' in headers ? gzipSync(JSON.stringify(body)) : JSON.stringify(body)
    return fetch(`${server.origin}${path}`, { method: 'POST', body: bytes, headers })
  }

  it('answers in bulk about the packages that were asked for', async () => {
    const path = '/npm/-/npm/v1/security/advisories/bulk'
    const answer = await ask(path, { minimist: ['0.0.8'], left: ['1.0.0'] }, { 'content-encoding': 'gzip' })
    expect(await answer.json()).toEqual({
      minimist: [{ ...minimist, cwe: [], cvss: { score: 0, vectorString: null } }],
    })
    expect(await (await ask(path, { left: ['1.0.0'] })).json()).toEqual({})
  })

  it('answers about a tree', async () => {
    const tree = { name: 'x', requires: {}, dependencies: { a: { version: '1.0.0', dependencies: { minimist: {} } } } }
    const answer = await ask('/npm/-/npm/v1/security/audits/quick', tree)
    expect(await answer.json()).toMatchObject({
      advisories: { 1096549: { module_name: 'minimist', severity: 'critical' } },
    })
  })

  it('sends everything else to the registry of this machine', async () => {
    const answer = await fetch(`${server.origin}/npm/@scope%2fpackage?write=true`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([
      307,
      'https://mirror.example/npm/@scope%2fpackage?write=true',
    ])
  })

  it('answers about a version on PyPI', async () => {
    const query = (version: string) => ask('/osv/v1/query', { package: { name: 'django', ecosystem: 'PyPI' }, version })
    expect(await (await query('4.2.1')).json()).toMatchObject({ vulns: [{ id: 'PYSEC-2026-1' }] })
    expect(await (await query('4.2.9')).json()).toEqual({})
  })

  it('names what it does not know, and what it cannot read', async () => {
    expect((await fetch(`${server.origin}/npm/-/whoami`, { method: 'PUT' })).status).toBe(404)
    const answer = await ask('/osv/v1/query', { version: 1 })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('cannot read this')])
  })
})

describe('a step of a rehearsal', () => {
  const lock = {
    name: 'small',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'small', dependencies: { minimist: '0.0.8' } },
      'node_modules/minimist': {
        version: '0.0.8',
        integrity: 'sha512-miQKw5Hv4NS1Psg2517mV4e4dYNaO3++hjAvLOAzKqZ61rH8NS1SK+vbfBWZ5PY/Me/bEWhUwqMghEW5Fb9T7Q==',
      },
    },
  }
  const files = {
    'package.json': { name: 'small', dependencies: { minimist: '0.0.8' } },
    'package-lock.json': lock,
    '.rehearsal/advisories.json': { npm: { minimist: [minimist] } },
  }
  const steps = `
- uses: actions/checkout@v7
- { name: Before, run: npm config get registry; npm config get cache }
- { name: Audit, run: npm audit --audit-level=high }
- { name: After, if: always(), run: npm config get registry; npm config get cache }
`

  it('that asks is told, and fails on what is too severe', async () => {
    const report = await rehearseText(jobOf(steps, 'permissions: { contents: read }'), {
      repository: repositoryWith(files),
    })
    expect(report.result).toBe('failure')
    const log = printed(report, 'Audit')
    expect(log[0]).toBe(
      'The rehearsal answers what is known of vulnerabilities: what stands in .rehearsal/advisories.json.',
    )
    expect(log.join('\n')).toMatch(/minimist {2}<0\.2\.4\nSeverity: critical\nPrototype Pollution in minimist/)
    expect(step(report, 'Audit').outcome).toBe('failure')
    const [before, after] = [printed(report, 'Before'), printed(report, 'After')]
    expect(before).toEqual(after)
    expect(before.join()).not.toMatch(/127\.0\.0\.1|slipway-npm/)
    // npm keeps advisories by their ids: what is made up here must not be in anybody's cache.
    const milder = {
      ...files,
      '.rehearsal/advisories.json': { npm: { minimist: [{ ...minimist, severity: 'moderate' }] } },
    }
    const again = await rehearseText(jobOf(steps, 'permissions: { contents: read }'), {
      repository: repositoryWith(milder),
    })
    expect(printed(again, 'Audit').join('\n')).toContain('Severity: moderate')
    expect(again.result).toBe('success')
  })

  it('that asks is told of nothing where nothing is known', async () => {
    const { '.rehearsal/advisories.json': _, ...clean } = files
    const report = await rehearseText(jobOf(steps, 'permissions: { contents: read }'), {
      repository: repositoryWith(clean),
    })
    expect(report.result).toBe('success')
    expect(printed(report, 'Audit')).toEqual([
      'The rehearsal answers what is known of vulnerabilities: nothing. .rehearsal/advisories.json may say more.',
      'found 0 vulnerabilities',
    ])
  })
})
