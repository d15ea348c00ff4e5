/** Reports of Trivy's, and what is none: each with an error that says which file, what, and what to do. */
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LARGEST, readReports } from '../../actions/gate-findings/read-reports.ts'
import { parseReport } from '../../actions/gate-findings/report.ts'
import { ActionError } from '../../src/errors.ts'
import { configuration, image, lockFile, misconfiguration, report, sarif, secrets, vulnerability } from './reports.ts'

const parse = (content: unknown) => parseReport('trivy.json', JSON.stringify(content))

describe('a report', () => {
  it('has vulnerabilities, each where its package stands in the lock file', () => {
    const second = vulnerability({ PkgName: 'minimist', Severity: 'CRITICAL', FixedVersion: '' })
    expect(parse(report([lockFile([vulnerability(), second])]))).toEqual({
      file: 'trivy.json',
      artifact: '.',
      targets: 1,
      findings: [
        {
          kind: 'vulnerability',
          severity: 'high',
          rule: 'CVE-2021-23337',
          path: 'package-lock.json',
          line: 10,
          packageName: 'lodash',
          installed: '4.17.20',
          fixed: '4.17.21',
          title: 'nodejs-lodash: command injection via template',
          url: 'https://avd.aquasec.com/nvd/cve-2021-23337',
        },
        expect.objectContaining({ packageName: 'minimist', line: 11, severity: 'critical', fixed: '' }),
      ],
    })
  })

  it('has vulnerabilities of an image, at its name or at the path of the package', () => {
    const { findings } = parse(image([vulnerability(), vulnerability({ PkgPath: '/app/node_modules/a/package.json' })]))
    expect(findings.map(({ path, line }) => [path, line])).toEqual([
      ['library/image.tar', 1],
      ['app/node_modules/a/package.json', 1],
    ])
  })

  it('has misconfigurations that failed, and none that passed or are excepted', () => {
    const passed = misconfiguration({ ID: 'DS-0001', Status: 'PASS' })
    const excepted = misconfiguration({ ID: 'DS-0003', Status: 'EXCEPTION' })
    const failed = misconfiguration({ CauseMetadata: { StartLine: 7, EndLine: 9 } })
    const { findings } = parse(configuration([passed, failed, excepted]))
    expect(findings).toEqual([
      expect.objectContaining({ kind: 'misconfiguration', rule: 'DS-0002', path: 'Dockerfile', line: 7 }),
    ])
  })

  it.each(['FAIL', 'FAILURE', 'fail', '', undefined])('has a misconfiguration of the status %s', (Status) => {
    expect(parse(configuration([misconfiguration({ Status })])).findings).toHaveLength(1)
  })

  it('has secrets without what was matched, and licences', () => {
    const { findings } = parse(secrets())
    expect(findings).toEqual([
      expect.objectContaining({
        kind: 'secret',
        severity: 'critical',
        rule: 'aws-access-key-id',
        path: 'deploy/.env',
        line: 3,
      }),
    ])
    expect(JSON.stringify(findings)).not.toContain('topsecret')
    const licence = {
      Severity: 'HIGH',
      Category: 'restricted',
      PkgName: 'ghost',
      Name: 'GPL-3.0',
      Confidence: 1,
      Link: '',
    }
    expect(parse(report([{ Target: 'package-lock.json', Class: 'license', Licenses: [licence] }])).findings).toEqual([
      expect.objectContaining({ kind: 'licence', rule: 'ghost:GPL-3.0', title: 'GPL-3.0 in ghost' }),
    ])
  })

  it.each([
    ['CRITICAL', 'critical'],
    ['UNKNOWN', 'unknown'],
    ['', 'unknown'],
    ['constructor', 'unknown'],
    ['Severe', 'unknown'],
  ])('calls the severity "%s" %s', (Severity, severity) => {
    expect(parse(report([lockFile([vulnerability({ Severity })])])).findings[0]?.severity).toBe(severity)
  })

  it('may lack what Go leaves out, and have what Trivy will add', () => {
    const bare = report([{ Target: 'Dockerfile', Class: 'config', Vulnerabilities: null, Later: { a: 1 } }], {
      Later: [],
    })
    expect(parse(bare)).toMatchObject({ targets: 1, findings: [] })
    expect(parse(report([]))).toMatchObject({ targets: 0, findings: [] })
    expect(parse({ SchemaVersion: 2, Results: null })).toMatchObject({ targets: 0, artifact: '' })
  })
})

function refusal(text: string): string {
  try {
    parseReport('out/trivy.json', text)
  } catch (error) {
    if (error instanceof ActionError) return error.text
    throw error
  }
  throw new Error('Nothing was refused.')
}

describe('what is no report', () => {
  const text = (content: unknown) => JSON.stringify(content)
  const broken = report([lockFile([{ ...vulnerability(), VulnerabilityID: 7 }])])
  it.each([
    ['nothing', '', 'The report out/trivy.json is empty.\nThe scan ended before it wrote its report'],
    ['white space', ' \n\t ', 'is empty.'],
    ['half a report', text(report()).slice(0, -5), 'The report out/trivy.json is no whole JSON'],
    ['two reports', `${text(report())}\n${text(report())}`, 'is no whole JSON'],
    ['a mistake', '{\n  "SchemaVersion": 2,\n  "Results": [}\n', 'is no whole JSON'],
    ['a log', '2026-11-02 INFO Vulnerability scanning is enabled', 'is no whole JSON'],
    ['SARIF', text(sarif([])), 'is SARIF, not a JSON report of Trivy.'],
    ['CycloneDX', text({ bomFormat: 'CycloneDX', specVersion: '1.6' }), 'is a CycloneDX bill of materials'],
    ['SPDX', text({ spdxVersion: 'SPDX-2.3' }), 'is an SPDX bill of materials'],
    ['a cluster', text({ ClusterName: 'x', Findings: [] }), 'is the report of a Kubernetes cluster'],
    ['an old report', text([{ Target: 'a' }]), 'is a list, as Trivy before version 0.20 wrote it'],
    [
      'a newer schema',
      text({ ...report(), SchemaVersion: 3 }),
      'is not what Trivy writes: SchemaVersion should be 2 and is 3.',
    ],
    ['another object', text({ name: 'site' }), 'is not what Trivy writes: SchemaVersion is missing.'],
    ['null', 'null', 'is not what Trivy writes: it should be Object and is null.'],
    ['results of another kind', text({ ...report(), Results: {} }), 'Results should be'],
    ['a wrong field', text(broken), 'Results.0.Vulnerabilities.0.VulnerabilityID should be string and is 7.'],
    ['a deep nest', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'is a list'],
  ])('%s has an error of its own', (_, content, expected) => {
    expect(refusal(content)).toContain(expected)
    expect(refusal(content)).toMatch(/\n.+--format json|\nThe scan ended/)
  })

  it('is not quoted, since it may hold secrets', () => {
    expect(refusal('{"Match": "topsecretvalue", oops')).not.toContain('topsecret')
    expect(refusal('topsecretvalue')).not.toContain('topsecret')
  })

  it('names the line of a mistake', () => {
    expect(refusal('{\n  "SchemaVersion": 2,\n  "Results": ["a" "b"]\n}')).toContain(
      'is no whole JSON (line 3 column 19).',
    )
  })
})

describe('a file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-reports-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const error = async (...files: readonly string[]) => {
    const thrown: unknown = await readReports(files, folder).catch((reason: unknown) => reason)
    if (thrown instanceof ActionError) return thrown.text
    throw new Error(`Nothing was refused: ${String(thrown)}`)
  }

  it('is read from the workspace, or from an absolute path, in the order given', async () => {
    await writeFile(join(folder, 'b.json'), JSON.stringify(report([])))
    await writeFile(join(folder, 'a.json'), JSON.stringify(report()))
    const reports = await readReports(['b.json', join(folder, 'a.json')], folder)
    expect(reports.map(({ file, targets }) => [file, targets])).toEqual([
      ['b.json', 0],
      [join(folder, 'a.json'), 1],
    ])
  })

  it('that is not there, or none, is an error', async () => {
    expect(await error('missing.json')).toMatch(
      /^There is no report missing\.json\.\nCheck that the step with the scan/,
    )
    await mkdir(join(folder, 'folder'))
    expect(await error('folder')).toMatch(/^The report folder is no file\./)
  })

  it('that is too large is not read', async () => {
    await writeFile(join(folder, 'large.json'), '')
    await truncate(join(folder, 'large.json'), LARGEST + 1)
    expect(await error('large.json')).toMatch(
      /^The report large\.json has 100\.0 MB, and at most 100\.0 MB are read\.\nScan less/,
    )
  })
})
