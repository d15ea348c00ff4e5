/** The trivy stand-in against what Trivy v0.70.0 itself made of the same reports. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..', '..')
const program = join(root, 'rehearsal/standins/trivy/trivy.ts')
const recorded = join(root, 'rehearsal/standins/trivy/recorded')
const fixtures = join(root, 'test/rehearsal/fixtures/trivy')

const folder = mkdtempSync(join(tmpdir(), 'slipway-trivy-'))
const at = (name: string) => join(folder, name)
const text = (name: string) => readFileSync(at(name), 'utf8')
const json = (name: string) => JSON.parse(text(name))

beforeAll(() => mkdirSync(folder, { recursive: true }))
beforeEach(() => {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

function trivy(args: string, more: Readonly<Record<string, string>> = {}) {
  const environment = { PATH: process.env['PATH'] ?? '', ...more }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args.split(' ')], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** Makes the repository's own reports of what was found with critical and high findings. */
function findMuch(): void {
  mkdirSync(at('.rehearsal/trivy'), { recursive: true })
  for (const kind of KINDS) cpSync(join(fixtures, 'found', `${kind}.json`), at(`.rehearsal/trivy/${kind}.json`))
}

const KINDS = ['fs', 'secret', 'config', 'image'] as const
const REPORTS = [
  ['found/repository', join(fixtures, 'found', 'repository.json'), ''] as const,
  ...KINDS.flatMap((kind) => [
    [`few/${kind}`, join(recorded, `${kind}.json`), ''] as const,
    [`found/${kind}`, join(fixtures, 'found', `${kind}.json`), ''] as const,
    [`found/${kind}.high`, join(fixtures, 'found', `${kind}.json`), ' --severity HIGH,CRITICAL'] as const,
  ]),
]

describe('convert is what Trivy makes of the same report', () => {
  test.each(REPORTS)('as SARIF: %s', (golden, report, flags) => {
    cpSync(report, at('report.json'))
    expect(trivy(`convert --format sarif${flags} --output out.sarif report.json`)).toMatchObject({ status: 0 })
    const wanted = JSON.parse(readFileSync(join(fixtures, `${golden}.sarif`), 'utf8'))
    const made = json('out.sarif')
    // Trivy names the converted file as the root of the paths; it was another one when this was recorded.
    const roots = [wanted, made].map(({ runs }) => runs[0].originalUriBaseIds?.ROOTPATH.uri)
    if (roots[0] !== undefined) {
      expect(roots[0]).toMatch(/^file:\/\/\/srv\/lighthouse\/.*\.json\/$/)
      expect(roots[1]).toBe(`file://${at('report.json')}/`)
      wanted.runs[0].originalUriBaseIds = made.runs[0].originalUriBaseIds
    }
    expect(made).toEqual(wanted)
  })

  test.each(REPORTS)('as a table: %s', (golden, report, flags) => {
    cpSync(report, at('report.json'))
    expect(trivy(`convert -f table${flags} -o out.txt report.json`)).toMatchObject({ status: 0 })
    expect(text('out.txt')).toBe(readFileSync(join(fixtures, `${golden}.txt`), 'utf8'))
  })
})

describe('a scan', () => {
  test.each([
    ['fs --scanners vuln .', 'fs'],
    ['filesystem --scanners secret .', 'secret'],
    ['config .', 'config'],
    ['image --input image.tar --scanners vuln', 'image'],
  ])('%s gives the recorded report', (command, kind) => {
    writeFileSync(at('image.tar'), '')
    const quiet = '--quiet --offline-scan --skip-db-update --db-repository public.ecr.aws/a/b --timeout 5m'
    const flags = kind === 'config' ? '--quiet --skip-check-update' : quiet
    expect(trivy(`${command} ${flags} --format json --output out.json`)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(json('out.json')).toEqual(JSON.parse(readFileSync(join(recorded, `${kind}.json`), 'utf8')))
  })

  test.each(['fs', 'config'] as const)('of --severity is as Trivy narrows it: %s', (kind) => {
    findMuch()
    const scanners = kind === 'fs' ? ' --scanners vuln' : ''
    expect(trivy(`${kind}${scanners} --severity HIGH,CRITICAL --format json --output out.json .`).status).toBe(0)
    const wanted = JSON.parse(readFileSync(join(fixtures, 'found', `${kind}.high.json`), 'utf8'))
    expect(facts(json('out.json'))).toEqual(facts(wanted))
  })

  test('of an image calls its packages by the file', () => {
    writeFileSync(at('site.tar'), '')
    trivy('image --input site.tar --scanners vuln --format json --output out.json')
    expect(json('out.json')).toMatchObject({
      ArtifactName: 'site.tar',
      Results: [{ Target: 'site.tar (alpine 3.19.1)', Class: 'os-pkgs' }],
    })
    trivy('image --input site.tar --scanners secret --format json --output out.json')
    expect(json('out.json').Results).toEqual([])
  })

  test('of two scanners has the results of both, each once', () => {
    expect(trivy('fs --format json --output out.json .').status).toBe(0)
    expect(json('out.json').Results.map(({ Class }: { readonly Class: string }) => Class)).toEqual([
      'lang-pkgs',
      'lang-pkgs',
      'secret',
    ])
  })

  test('takes the report of the rehearsed repository, from the workspace too', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'slipway-workspace-'))
    mkdirSync(join(elsewhere, '.rehearsal/trivy'), { recursive: true })
    writeFileSync(join(elsewhere, '.rehearsal/trivy/config.json'), '{"ArtifactType":"filesystem","Results":[]}')
    trivy('config --format json --output out.json .', { GITHUB_WORKSPACE: elsewhere })
    rmSync(elsewhere, { recursive: true })
    expect(json('out.json')).toEqual({ ArtifactType: 'filesystem', ArtifactName: '.', Results: [] })
  })

  test.each(['{"Results": [', '{"Results": "none"}', ''])('hands a broken report of it on: %j', (broken) => {
    mkdirSync(at('.rehearsal/trivy'), { recursive: true })
    writeFileSync(at('.rehearsal/trivy/config.json'), broken)
    expect(trivy('config --format json --output out.json --exit-code 1 .').status).toBe(0)
    expect(text('out.json')).toBe(broken)
    const { status, stderr } = trivy('convert --format sarif --output out.sarif out.json')
    expect(status).toBe(1)
    expect(stderr).toContain('FATAL\tFatal error\tjson decode error: ')
    expect(existsSync(at('out.sarif'))).toBe(false)
  })

  test.each([
    ['fs --scanners vuln --exit-code 3 .', 3],
    ['fs --scanners vuln --exit-code 3 --severity CRITICAL .', 0],
    ['fs --scanners vuln .', 0],
    ['config --exit-code 4 .', 4],
    ['fs --scanners secret --exit-code 5 .', 5],
    ['fs --scanners vuln --exit-code 3 --skip-dirs ./frontend,backend/ .', 0],
  ])('%s ends with %i', (command, status) => {
    expect(trivy(`${command} --format json --output out.json`).status).toBe(status)
  })

  test('--ignore-unfixed leaves out what has no fix', () => {
    findMuch()
    const report = json('.rehearsal/trivy/fs.json')
    for (const result of report.Results) for (const found of result.Vulnerabilities ?? []) found.Status = 'affected'
    writeFileSync(at('.rehearsal/trivy/fs.json'), JSON.stringify(report))
    expect(trivy('fs --scanners vuln --ignore-unfixed --exit-code 1 --format json --output out.json .').status).toBe(0)
    expect(text('out.json')).not.toContain('CVE-')
  })

  test('.trivyignore is obeyed until its date', () => {
    writeFileSync(at('.trivyignore'), '# reasons\nCVE-2023-26136 exp:2999-01-01\nCVE-2025-5889 exp:2020-01-01\n')
    trivy('fs --scanners vuln --format json --output out.json .')
    expect(text('out.json')).toContain('"VulnerabilityID": "CVE-2025-5889"')
    expect(text('out.json')).not.toContain('"VulnerabilityID": "CVE-2023-26136"')
  })

  test('without --output is a table on the standard output', () => {
    expect(trivy('fs --scanners vuln .').stdout).toContain('│ brace-expansion │ CVE-2025-5889')
  })
})

test('version is the one that was installed', () => {
  expect(trivy('version', { REHEARSAL_TRIVY_VERSION: 'v0.71.2' }).stdout).toBe('Version: 0.71.2\n')
  expect(trivy('--version').stdout).toBe('Version: 0.70.0\n')
})

test('REHEARSAL_TRIVY is used in its place', () => {
  expect(trivy('-e console.log("real");process.exit(7)', { REHEARSAL_TRIVY: process.execPath })).toMatchObject({
    status: 7,
    stdout: 'real\n',
  })
  const { status, stderr } = trivy('version', { REHEARSAL_TRIVY: '/nowhere/trivy' })
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('which REHEARSAL_TRIVY names'),
  })
})

describe('what the stand-in does not do it refuses', () => {
  test.each([
    ['sbom x', "has no command 'sbom'"],
    ['fs --list-all-pkgs .', 'does not know --list-all-pkgs here'],
    ['config --scanners vuln .', 'does not know --scanners here'],
    ['fs --scanners license .', "has no scanner 'license'"],
    ['fs --severity high .', 'invalid argument "high" for "--severity" flag'],
    ['fs --format cyclonedx .', "does not write the format 'cyclonedx'"],
    ['fs --skip-dirs **/x .', "does not match patterns, as '**/x' is one"],
    ['fs', 'Give exactly one file or folder'],
    ['fs nowhere', 'stat nowhere: no such file or directory'],
    ['image alpine:3.19', 'scans the file of an image only'],
    ['image --input image.tar', 'unable to open image.tar'],
    ['convert --format sarif nothing.json', 'open nothing.json: no such file or directory'],
    ['fs --output', 'flag needs an argument: --output'],
  ])('%s', (command, message) => {
    expect(trivy(command)).toMatchObject({ status: 1, stderr: expect.stringContaining(message) })
  })

  test('settings that the command line does not show', () => {
    expect(trivy('fs .', { TRIVY_SEVERITY: 'LOW' }).stderr).toContain('does not read the variable TRIVY_SEVERITY')
    writeFileSync(at('trivy.yaml'), 'severity: [LOW]\n')
    expect(trivy('fs .').stderr).toContain('does not read trivy.yaml')
  })

  test('a report of another program', () => {
    writeFileSync(at('other.json'), '{"Results": []}')
    expect(trivy('convert --format sarif other.json').stderr).toContain('AWS and Kubernetes scanning reports')
  })
})

/** What is the same in two scans of the same files: neither their ids and times, nor how many checks were passed. */
function facts(report: { readonly Results: readonly Record<string, unknown>[] }): unknown {
  const { ReportID: _, CreatedAt: __, ...others } = Object(report)
  const results = report.Results.map(({ MisconfSummary, ...result }) => ({
    ...result,
    failures: Object(MisconfSummary).Failures ?? 0,
  }))
  return { ...others, Results: results }
}
