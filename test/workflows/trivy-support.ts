/** What the tests of `workflows/trivy.yml` share. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Rehearsal } from '../../rehearsal/options.ts'
import type { OpenRehearsal } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'
import { configuration, image, report, vulnerability } from '../gate-findings/reports.ts'

export const TEMPLATE = 'trivy.yml'
export const workflow = `${root}workflows/${TEMPLATE}`
export const CATEGORIES = ['trivy-config', 'trivy-dependencies', 'trivy-image', 'trivy-secrets']
export const CLEAN = {
  dependencies: 'success',
  image: 'success',
  config: 'success',
  secrets: 'success',
  'keep-alive': 'skipped',
}

export const critical = vulnerability({
  VulnerabilityID: 'CVE-2021-44906',
  PkgName: 'minimist',
  Severity: 'CRITICAL',
  PrimaryURL: 'https://avd.aquasec.com/nvd/cve-2021-44906',
  Title: 'minimist: prototype pollution',
})

/** A project in which scans find what is given; nothing else. */
export async function project(found: Readonly<Record<string, unknown>> = {}): Promise<string> {
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
export async function alertsOf({ github, report }: OpenRehearsal, ref = 'main') {
  const token = github.issueToken('reader', { 'security-events': 'read' })
  const url = `${github.apiUrl}/repos/${report.repository}/code-scanning/alerts?per_page=100&ref=${ref}`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  return v.parse(Alerts, await answer.json()).map(({ state, rule, most_recent_instance: { category, location } }) => {
    return { state, rule: rule.id, category, path: location.path }
  })
}

export function step(rehearsal: Rehearsal, job: string, name: string) {
  const found = rehearsal.jobs.find(({ id }) => id === job)?.steps.find((one) => one.name === name)
  if (found === undefined) throw new Error(`No step "${name}" in ${job}.`)
  return found
}
