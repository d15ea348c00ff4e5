/** workflows/trivy.yml from end to end: the real file and bundle, recorded scans, the embedded code scanning. More is in matrix/. */
import { readFile, rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenRehearsal, openRehearsal } from '../../rehearsal/rehearse.ts'
import { lockFile, report } from '../gate-findings/reports.ts'
import { errors, fullstack, rehearseTemplate, results, summaries } from './support.ts'
import { alertsOf, CATEGORIES, CLEAN, critical, project, step, TEMPLATE, workflow } from './trivy-support.ts'

describe('a project without critical or high findings', () => {
  let open: OpenRehearsal
  beforeAll(async () => {
    open = await openRehearsal({ workflow, repository: fullstack })
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
})

it('fails the gate for a new critical finding, says why, and uploads it all the same', async () => {
  const repository = await project({ fs: report([lockFile([critical])]) })
  try {
    const rehearsal = await rehearseTemplate(TEMPLATE, { repository })
    expect(results(rehearsal)).toEqual({ ...CLEAN, dependencies: 'failure' })
    expect(errors(rehearsal).join('\n')).toContain(
      '1 finding is critical or high and not an alert of main yet. CVE-2021-44906 (minimist, package-lock.json).',
    )
    expect(step(rehearsal, 'dependencies', 'Upload').outcome).toBe('success')
  } finally {
    await rm(repository, { recursive: true })
  }
})

it('pins one safe version of Trivy', async () => {
  const versions = [...(await readFile(workflow, 'utf8')).matchAll(/^ +version: (\S+)/gm)].map(([, version]) => version)
  expect(versions).toEqual(Array.from({ length: 4 }, () => 'v0.70.0'))
})
