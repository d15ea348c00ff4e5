/** The gate from end to end in this process, against the embedded code scanning. */
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../scripts/action-yml.ts'
import {
  configuration,
  image,
  lockFile,
  MATCH,
  misconfiguration,
  report,
  type SarifFinding,
  secrets,
  vulnerability,
} from './reports.ts'
import { startScene } from './setup.ts'

const LODASH = { rule: 'CVE-2021-23337', path: 'package-lock.json', line: 10, packageName: 'lodash' } as const
const REPO = '/repos/octo-org/site'

describe('with the alerts of the default branch', () => {
  it('fails for a finding that is none of them, and says which, where and what to do', async () => {
    await using scene = await startScene()
    await scene.upload([{ ...LODASH, rule: 'CVE-2000-0001' }])
    await scene.write(
      report([lockFile([vulnerability(), vulnerability({ VulnerabilityID: 'CVE-2020-8203', Severity: 'LOW' })])]),
    )
    const { error, outputs, warnings, summary, log } = await scene.gate()
    expect(error).toBe(
      '1 finding is critical or high and not an alert of main yet. CVE-2021-23337 (lodash, package-lock.json).\n' +
        'Update the packages or mend the files that they name; the job summary has the table. What is not to be mended now: once its upload has made it an alert of main, open or dismissed there, it counts as known.',
    )
    expect(outputs).toEqual({
      result: 'failed',
      new: '1',
      known: '0',
      total: '2',
      critical: '0',
      high: '1',
      medium: '0',
      low: '1',
      unknown: '0',
      'open-alerts': '1',
      'critical-alerts': '0',
    })
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(readManifest('gate-findings').outputs).sort())
    expect(warnings).toEqual([])
    expect(log).toContain('high CVE-2021-23337 lodash 4.17.20, in package-lock.json: nodejs-lodash: command injection')
    expect(summary).toBe(
      [
        '### Findings of trivy-dependencies: **failed**',
        '1 finding is critical or high and not an alert of main yet.',
        [
          '| Report | Scanned | Critical | High | Medium | Low | Unknown |',
          '| --- | --- | --- | --- | --- | --- | --- |',
          '| `. (trivy.json)` | 1 target | 0 | 1 | 0 | 1 | 0 |',
        ].join('\n'),
        [
          '| Severity | Finding | Where | Installed → fixed in |  |',
          '| --- | --- | --- | --- | --- |',
          '| high | [CVE-2021-23337](https://avd.aquasec.com/nvd/cve-2021-23337) | `lodash` in `package-lock.json` | 4.17.20 → 4.17.21 | nodejs-lodash: command injection via template |',
        ].join('\n'),
        'On main before this run: [1 open alert, 0 critical](https://github.com/octo-org/site/security/code-scanning) of Trivy in `trivy-dependencies`.',
      ].join('\n\n'),
    )
  })

  it('passes where each finding is an open alert, whatever line it is in by now', async () => {
    await using scene = await startScene()
    await scene.upload([
      { ...LODASH, line: 400, score: '9.8' },
      { rule: 'DS-0002', path: 'Dockerfile' },
    ])
    await scene.write(report([lockFile([vulnerability({ Severity: 'CRITICAL' })])]))
    await scene.write(configuration([misconfiguration()]), 'config.json')
    const { error, outputs, summary, log } = await scene.gate({ reports: 'trivy.json\nconfig.json' })
    expect(error).toBeUndefined()
    expect(outputs).toMatchObject({
      result: 'passed',
      new: '0',
      known: '2',
      'open-alerts': '2',
      'critical-alerts': '1',
    })
    expect(log).toBe('No new finding is critical or high; 2 of the same severities are known.')
    expect(summary).toContain('### Findings of trivy-dependencies: passed')
    expect(scene.requests()).toEqual([
      `GET ${REPO}/code-scanning/alerts?tool_name=Trivy&state=open&per_page=100&page=1`,
    ])
  })

  it('takes what somebody has dismissed for known, and says so', async () => {
    await using scene = await startScene()
    await scene.upload([LODASH])
    scene.github.dismissAlert(1, "won't fix", 'octocat')
    await scene.write(report([lockFile([vulnerability()])]))
    const { error, outputs, log } = await scene.gate()
    expect(error).toBeUndefined()
    expect(outputs).toMatchObject({ result: 'passed', known: '1', 'open-alerts': '0' })
    expect(log).toBe('No new finding is critical or high; 1 of the same severities is known, 1 of them dismissed.')
  })

  it.each([
    ['that is fixed there', { findings: [] }],
    ['of another branch', { ref: 'refs/heads/topic' }],
    ['of another rule', { findings: [{ ...LODASH, rule: 'CVE-2019-10744' }] }],
    ['of another file', { findings: [{ ...LODASH, path: 'api/package-lock.json' }] }],
    ['of another package', { findings: [{ ...LODASH, packageName: 'lodash-es' }] }],
  ])('does not take an alert %s for it', async (_, { findings = [LODASH], ...options }: Given) => {
    await using scene = await startScene()
    await scene.upload(findings.length === 0 ? [LODASH] : [])
    await scene.upload(findings, options)
    await scene.write(report([lockFile([vulnerability()])]))
    expect((await scene.gate()).outputs).toMatchObject({ result: 'failed', new: '1', known: '0' })
  })

  it('needs an alert for each place, and one is enough where code scanning can tell none from another', async () => {
    await using scene = await startScene()
    await scene.upload([{ rule: 'AWS-0086', path: 'main.tf', line: 5 }])
    const at = (StartLine: number) =>
      misconfiguration({ ID: 'AWS-0086', CauseMetadata: { StartLine, EndLine: StartLine } })
    await scene.write(configuration([at(7), at(30)], 'main.tf'))
    expect((await scene.gate()).outputs).toMatchObject({ new: '1', known: '1' })
    await scene.upload([{ rule: 'CVE-1', path: 'library/image.tar', packageName: 'libssl3' }], {
      category: 'trivy-image',
    })
    const inPackage = (PkgName: string) => vulnerability({ VulnerabilityID: 'CVE-1', PkgName })
    await scene.write(image([inPackage('openssl'), inPackage('libssl3')]))
    expect((await scene.gate({ category: 'trivy-image' })).outputs).toMatchObject({
      new: '0',
      known: '2',
      'open-alerts': '1',
    })
  })

  it('reads on behind the first hundred alerts', async () => {
    await using scene = await startScene()
    const others = Array.from({ length: 120 }, (_, index) => ({
      rule: `CVE-${index}`,
      path: 'old.lock',
      packageName: 'a',
    }))
    await scene.upload([LODASH, ...others])
    await scene.write(report([lockFile([vulnerability()])]))
    expect((await scene.gate()).outputs).toMatchObject({ result: 'passed', 'open-alerts': '121' })
    expect(scene.requests()).toHaveLength(2)
  })

  it('counts every finding where nothing was uploaded yet, and says so', async () => {
    await using scene = await startScene()
    await scene.write(report([lockFile([vulnerability()])]))
    const { outputs, warnings, summary } = await scene.gate()
    expect(outputs).toMatchObject({ result: 'failed', new: '1', 'open-alerts': '0' })
    const note =
      'Nothing is known yet: octo-org/site has no code scanning analysis of main, so every finding counts as new.'
    expect(warnings.join()).toContain(note)
    expect(summary).toContain(`**${note}`)
  })

  it('counts every finding where code scanning is off, and says how to have it', async () => {
    await using scene = await startScene()
    scene.github.setCodeScanning(false)
    await scene.write(report())
    const { outputs, warnings } = await scene.gate()
    expect(outputs).toMatchObject({ result: 'passed', new: '0' })
    expect(outputs['open-alerts']).toBeUndefined()
    expect(warnings.join()).toMatch(/code scanning is not enabled for octo-org\/site.+Settings > Advanced Security/)
  })

  it('fails without the permission, and says which', async () => {
    await using scene = await startScene({ contents: 'read' })
    await scene.write(report())
    const { error, outputs } = await scene.gate()
    expect(error).toMatch(
      /^GitHub refused to list the code scanning alerts: Resource not accessible by integration \(403\)\.\nAdd "security-events: read" to the job's permissions/,
    )
    expect(outputs).toEqual({})
  })

  it('asks again after a failure of GitHub', async () => {
    await using scene = await startScene()
    await scene.upload([LODASH])
    await scene.write(report([lockFile([vulnerability()])]))
    scene.fault('GET /code-scanning/alerts:503*1')
    scene.fault('GET /code-scanning/alerts:truncate*1')
    expect((await scene.gate()).outputs).toMatchObject({ result: 'passed', known: '1' })
  })

  it('fails, and passes nothing, when GitHub does not answer', async () => {
    await using scene = await startScene()
    await scene.upload([LODASH])
    await scene.write(report([lockFile([vulnerability()])]))
    scene.fault('GET /code-scanning/alerts:reset')
    const { error, outputs } = await scene.gate()
    expect(error).toMatch(
      /^GitHub could not be asked to list the code scanning alerts: .+\nCheck that the runner reaches http/,
    )
    expect(outputs).toEqual({})
  })
})

interface Given {
  readonly findings?: readonly SarifFinding[]
  readonly ref?: string
}

describe('without a baseline', () => {
  it('asks nobody and counts every finding of the severities', async () => {
    await using scene = await startScene({})
    await scene.write(
      report([lockFile([vulnerability(), vulnerability({ VulnerabilityID: 'CVE-2', Severity: 'MEDIUM' })])]),
    )
    const { error, outputs, summary } = await scene.gate({ baseline: 'none', severity: 'medium' })
    expect(error).toMatch(/^1 finding is medium\. CVE-2 \(lodash, package-lock\.json\)\.\nUpdate the packages/)
    expect(outputs).toMatchObject({ new: '1', total: '2', medium: '1' })
    expect(outputs).not.toHaveProperty('open-alerts')
    expect(summary).not.toContain('before this run')
    expect(scene.requests()).toEqual([])
  })

  it('only warns when it is told to', async () => {
    await using scene = await startScene({})
    await scene.write(report([lockFile([vulnerability()])]))
    const { error, outputs, warnings, summary } = await scene.gate({ baseline: 'none', fail: 'false' })
    expect(error).toBeUndefined()
    expect(outputs).toMatchObject({ result: 'failed', new: '1' })
    expect(warnings.join()).toContain('1 finding is critical or high. CVE-2021-23337')
    expect(summary).toContain('**failed**, and the step goes on (`fail: false`)')
  })

  it('passes where nothing is found', async () => {
    await using scene = await startScene({})
    await scene.write(report())
    const { error, log } = await scene.gate({ baseline: 'none' })
    expect([error, log]).toEqual([undefined, 'No finding is critical or high.'])
  })
})

describe('a report that names nothing', () => {
  it('is no pass', async () => {
    await using scene = await startScene()
    await scene.write(report([]))
    const { error, outputs } = await scene.gate()
    expect(error).toMatch(
      /^Nothing was scanned: the report trivy\.json names no target in \.\.\nCheck the folder or image/,
    )
    expect(outputs).toEqual({})
    expect(scene.requests()).toEqual([])
  })

  it('is one where that is right', async () => {
    await using scene = await startScene()
    await scene.upload([])
    await scene.write(report([]))
    const { error, outputs, summary } = await scene.gate({ 'allow-empty': 'true' })
    expect(error).toBeUndefined()
    expect(outputs).toMatchObject({ result: 'passed', total: '0' })
    expect(summary).toContain('| nothing | 0 |')
  })
})

describe('what others wrote', () => {
  const HOSTILE =
    '::error::pwned\n##[error]x | <img src=x> [a](javascript:1) `b` @octocat \u202e\u0007 https://evil.example'

  it('stays text in the summary, the log and the annotation', async () => {
    await using scene = await startScene()
    await scene.upload([])
    const hostile = vulnerability({
      VulnerabilityID: HOSTILE,
      PkgName: HOSTILE,
      InstalledVersion: HOSTILE,
      FixedVersion: HOSTILE,
      Title: HOSTILE,
      PrimaryURL: 'javascript:alert(1)',
    })
    await scene.write(report([lockFile([hostile], HOSTILE)], { ArtifactName: HOSTILE }))
    const { error = '', summary, log } = await scene.gate()
    for (const text of [error.split('\n')[0] ?? '', summary, log]) {
      expect(text).toContain('pwned')
      expect(text).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u)
      expect(text).not.toMatch(/^(::|##\[)/m)
    }
    expect(summary).not.toMatch(/<img|(?<!\\)\]\(javascript|https:\/\/evil|(?<!\\)\[a\]/)
    expect(summary.split('\n').filter((line) => line.startsWith('| high'))).toHaveLength(1)
  })

  it.each([
    'javascript:alert(1)',
    'http://example.com/',
    'https://github.com@evil.example/',
    'no address',
    `https://a/${'b'.repeat(3000)}`,
  ])('is no link where the address is %s', async (PrimaryURL) => {
    await using scene = await startScene()
    await scene.upload([])
    await scene.write(report([lockFile([vulnerability({ PrimaryURL })])]))
    expect((await scene.gate()).summary).toContain('| high | `CVE-2021-23337` | ')
  })

  it('is cut where it is long, and a long list ends', async () => {
    await using scene = await startScene({})
    const many = Array.from({ length: 30 }, (_, index) =>
      vulnerability({
        VulnerabilityID: `CVE-${index}`,
        Title: 'x'.repeat(100_000),
        Severity: index === 29 ? 'CRITICAL' : 'HIGH',
      }),
    )
    await scene.write(report([lockFile(many)]))
    const { error = '', summary, log } = await scene.gate({ baseline: 'none' })
    expect(summary).toContain('and 10 more, which the log lists')
    expect(summary.split('\n').find((line) => line.startsWith('| critical |'))).toContain('CVE-29')
    expect(summary.length).toBeLessThan(10_000)
    expect(error).toContain('CVE-29 (lodash, package-lock.json), CVE-0 (lodash, package-lock.json)')
    expect(error).toContain(' and 25 more.')
    expect(log.length).toBeLessThan(10_000)
  })

  it('is never the secret that was found', async () => {
    await using scene = await startScene({})
    await scene.write(secrets())
    const ended = await scene.gate({ baseline: 'none' })
    expect(ended.error).toContain('aws-access-key-id (deploy/.env)')
    expect(JSON.stringify(ended)).not.toContain(MATCH.split('=')[1])
  })
})
