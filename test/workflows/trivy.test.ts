/** workflows/trivy.yml from end to end: the real file and bundle, recorded scans, the embedded code scanning. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rehearsal } from '../../rehearsal/options.ts'
import { type OpenRehearsal, openRehearsal } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'
import { configuration, image, lockFile, misconfiguration, report, vulnerability } from '../gate-findings/reports.ts'
import { errors, rehearseTemplate, results, summaries } from './support.ts'

const TEMPLATE = 'trivy.yml'
const workflow = `${root}workflows/${TEMPLATE}`
const CATEGORIES = ['trivy-config', 'trivy-dependencies', 'trivy-image', 'trivy-secrets']
const CLEAN = {
  dependencies: 'success',
  image: 'success',
  config: 'success',
  secrets: 'success',
  'keep-alive': 'skipped',
}

const critical = vulnerability({
  VulnerabilityID: 'CVE-2021-44906',
  PkgName: 'minimist',
  Severity: 'CRITICAL',
  PrimaryURL: 'https://avd.aquasec.com/nvd/cve-2021-44906',
  Title: 'minimist: prototype pollution',
})

/** A project in which scans find what is given; nothing else. */
async function project(found: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-trivy-'))
  const scans = { fs: report(), image: image([]), config: configuration([]), secret: report([]), ...found }
  await mkdir(join(folder, '.rehearsal/trivy'), { recursive: true })
  for (const [kind, scan] of Object.entries(scans)) {
    const text = typeof scan === 'string' ? scan : JSON.stringify(scan, null, 2)
    await writeFile(join(folder, '.rehearsal/trivy', `${kind}.json`), text)
  }
  await writeFile(join(folder, 'Dockerfile'), 'FROM alpine:3.19.1\nCOPY package-lock.json /app/\nUSER 1000\n')
  const lines = Array.from({ length: 20 }, (_, index) => `  "line-${index + 2}": ${index}`)
  await writeFile(join(folder, 'package-lock.json'), `{\n${lines.join(',\n')}\n}\n`)
  return folder
}

const Alerts = v.array(
  v.object({
    state: v.string(),
    rule: v.object({ id: v.string() }),
    most_recent_instance: v.object({ category: v.string(), location: v.object({ path: v.string() }) }),
  }),
)

/** As people see them. */
async function alertsOf({ github, report }: OpenRehearsal, ref = 'main') {
  const token = github.issueToken('reader', { 'security-events': 'read' })
  const url = `${github.apiUrl}/repos/${report.repository}/code-scanning/alerts?per_page=100&ref=${ref}`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  return v.parse(Alerts, await answer.json()).map(({ state, rule, most_recent_instance: { category, location } }) => {
    return { state, rule: rule.id, category, path: location.path }
  })
}

function step(rehearsal: Rehearsal, job: string, name: string) {
  const found = rehearsal.jobs.find(({ id }) => id === job)?.steps.find((one) => one.name === name)
  if (found === undefined) throw new Error(`No step "${name}" in ${job}.`)
  return found
}

describe('a project without critical or high findings', () => {
  let open: OpenRehearsal
  beforeAll(async () => {
    open = await openRehearsal({ workflow, repository: `${root}examples/fullstack` })
  })
  afterAll(() => open[Symbol.asyncDispose]())

  it('passes four gates, and shows what was found all the same', async () => {
    expect(errors(open.report)).toEqual([])
    expect(results(open.report)).toEqual(CLEAN)
    const alerts = await alertsOf(open)
    expect([...new Set(alerts.map(({ category }) => category))].sort()).toEqual(CATEGORIES)
    expect(new Set(alerts.map(({ state }) => state))).toEqual(new Set(['open']))
    for (const category of CATEGORIES) expect(summaries(open.report)).toContain(`### Findings of ${category}: passed`)
    expect(step(open.report, 'dependencies', 'Scan').log.join('\n')).toMatch(/Total: \d+ \(/)
  })

  it('uses each permission that it is granted, and asks for nothing that GitHub does not have', () => {
    expect(open.report.permissionUse).toEqual(
      ['dependencies', 'image', 'config', 'secrets'].flatMap((job) => [
        { job, permission: 'contents', granted: 'read', used: 'read' },
        { job, permission: 'security-events', granted: 'write', used: 'write' },
        { job, permission: 'actions', granted: 'read', used: 'read' },
      ]),
    )
    expect(open.report.unsupportedRequests).toEqual([])
  })

  it('finds the same again in the weekly run, and keeps its schedule alive', async () => {
    const before = await alertsOf(open)
    const weekly = await open.run({ event: 'schedule' })
    expect(results(weekly)).toEqual({ ...CLEAN, 'keep-alive': 'success' })
    expect(await alertsOf(open)).toEqual(before)
    expect(summaries(weekly)).toMatch(/On main before this run: \[[1-9]\d* open alerts?, 0 critical\]/)
    expect(weekly.permissionUse).toContainEqual({
      job: 'keep-alive',
      permission: 'actions',
      granted: 'write',
      used: 'write',
    })
    expect(weekly.requests.github.map(({ method, path }) => `${method} ${path}`)).toContain(
      `PUT /repos/${weekly.repository}/actions/workflows/trivy.yml/enable`,
    )
  })
})

describe('a project with new critical and high findings', () => {
  let folder = ''
  let open: OpenRehearsal
  beforeAll(async () => {
    const system = vulnerability({ VulnerabilityID: 'CVE-2024-0727', PkgName: 'libssl3', Severity: 'HIGH' })
    const other = vulnerability({ VulnerabilityID: 'CVE-2024-0727', PkgName: 'libcrypto3', Severity: 'HIGH' })
    folder = await project({
      fs: report([lockFile([critical])]),
      image: image([system, other]),
      config: configuration([misconfiguration({ CauseMetadata: { StartLine: 1, EndLine: 3 } })]),
    })
    open = await openRehearsal({ workflow, repository: folder })
  })
  afterAll(async () => {
    await open[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it('fails the gates, says why, and uploads all the same', async () => {
    expect(results(open.report)).toEqual({ ...CLEAN, dependencies: 'failure', image: 'failure', config: 'failure' })
    expect(errors(open.report).join('\n')).toContain(
      '1 finding is critical or high and not an alert of main yet. CVE-2021-44906 (minimist, package-lock.json).',
    )
    expect(summaries(open.report)).toContain('### Findings of trivy-dependencies: **failed**')
    expect(step(open.report, 'dependencies', 'Upload').outcome).toBe('success')
    const alerts = await alertsOf(open)
    const known = alerts.map(({ rule, category, path, state }) => `${rule} ${category} ${path} ${state}`)
    expect([...new Set(known)].sort()).toEqual([
      'CVE-2021-44906 trivy-dependencies package-lock.json open',
      'CVE-2024-0727 trivy-image library/image.tar open',
      'DS-0002 trivy-config Dockerfile open',
    ])
  })

  it('passes with the same findings from then on, also on another branch', async () => {
    const develop = await open.run({ event: 'push', branch: 'develop' })
    expect([errors(develop), results(develop)]).toEqual([[], CLEAN])
    expect(summaries(develop)).toContain('2 of the same severities are known')
    expect((await alertsOf(open, 'develop')).length).toBeGreaterThan(0)
  })

  it('passes with what somebody has dismissed', async () => {
    const alerts = await alertsOf(open)
    for (const number of alerts.keys()) open.github.dismissAlert(number + 1, "won't fix", 'octocat')
    const dismissed = await open.run({ event: 'push' })
    expect(results(dismissed)).toEqual(CLEAN)
    expect(summaries(dismissed)).toContain('1 of the same severities is known, 1 of them dismissed')
  })
})

describe('a scan that went wrong', () => {
  it('fails its job, and closes no alert by an empty upload', async () => {
    const whole = JSON.stringify(report([lockFile([critical])]))
    const folder = await project({ fs: report([]), config: whole.slice(0, -20) })
    try {
      const rehearsal = await rehearseTemplate(TEMPLATE, { repository: folder })
      expect(results(rehearsal)).toEqual({ ...CLEAN, dependencies: 'failure', config: 'failure' })
      expect(errors(rehearsal).join('\n')).toMatch(
        /Nothing was scanned: the report .+dependencies\.json names no target/,
      )
      expect(step(rehearsal, 'dependencies', 'Upload').outcome).toBe('skipped')
      expect(step(rehearsal, 'config', 'Scan').outcome).toBe('failure')
      expect(step(rehearsal, 'config', 'Upload').outcome).toBe('skipped')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('a job without one of its permissions', () => {
  const lines = {
    contents: '      contents: read # to check out the repository\n',
    events: '      security-events: write # to list the alerts of the default branch, and to upload what was found\n',
    actions: '      actions: read # to look up the run that the upload is of, in a private repository\n',
  }
  const within = (job: string, line: string, instead: string) =>
    [new RegExp(`(\\n  ${job}:\\n[\\s\\S]*?)${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`), `$1${instead}`] as const

  it('fails, and says which it was', async () => {
    const folder = await project()
    try {
      const rehearsal = await rehearseTemplate(
        TEMPLATE,
        { repository: folder },
        within('dependencies', lines.events, ''),
        within('image', lines.actions, ''),
        within('config', lines.contents, ''),
        within('secrets', lines.events, lines.events.replace('write', 'read')),
      )
      const all = 'failure'
      expect(results(rehearsal)).toEqual({ ...CLEAN, dependencies: all, image: all, config: all, secrets: all })
      expect(step(rehearsal, 'dependencies', 'Gate').outcome).toBe('failure')
      expect(step(rehearsal, 'image', 'Upload').outcome).toBe('failure')
      expect(step(rehearsal, 'config', 'Check out').outcome).toBe('failure')
      expect(step(rehearsal, 'secrets', 'Upload').outcome).toBe('failure')
      expect(errors(rehearsal).join('\n')).toContain('Add "security-events: read" to the job\'s permissions')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

it('pins one safe version of Trivy', async () => {
  const versions = [...(await readFile(workflow, 'utf8')).matchAll(/^ +version: (\S+)/gm)].map(([, version]) => version)
  expect(versions).toEqual(Array.from({ length: 4 }, () => 'v0.70.0'))
})
