/** workflows/trivy.yml over several runs, and with scans that went wrong. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenRehearsal, openRehearsal } from '../../../rehearsal/rehearse.ts'
import { configuration, image, lockFile, misconfiguration, report, vulnerability } from '../../gate-findings/reports.ts'
import { errors, fullstack, rehearseTemplate, results, summaries } from '../support.ts'
import { alertsOf, CLEAN, critical, project, step, TEMPLATE, workflow } from '../trivy-support.ts'

it('finds the same again in the weekly run, and keeps its schedule alive', async () => {
  await using open = await openRehearsal({ workflow, repository: fullstack })
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
