/** The committed bundle as a step: what only a process of its own shows. */
import { expect, it } from 'vitest'
import { readManifest } from '../../scripts/action-yml.ts'
import { lockFile, report, vulnerability } from './reports.ts'
import { startScene } from './setup.ts'

it('fails the step with one annotation, and has all outputs all the same', async () => {
  await using scene = await startScene()
  await scene.upload([])
  await scene.write(report([lockFile([vulnerability({ Title: '::error::no command' })])]))
  const step = await scene.step()
  expect(step.exitCode).toBe(1)
  expect(step.annotations).toEqual([
    {
      level: 'error',
      title: 'Findings',
      message: expect.stringMatching(
        /^1 finding is critical or high and not an alert of main yet\. CVE-2021-23337 \(lodash, /,
      ),
    },
  ])
  expect(step.outputs).toMatchObject({ result: 'failed', new: '1', 'open-alerts': '0' })
  expect(Object.keys(step.outputs).sort()).toEqual(Object.keys(readManifest('gate-findings').outputs).sort())
  expect(step.summary).toContain('### Findings of trivy-dependencies: **failed**')
  expect(step.stdout).toContain('high CVE-2021-23337 lodash 4.17.20, in package-lock.json: ::error::no command')
  expect(scene.github.permissionUse().filter(({ job }) => job === 'gate')).toEqual([
    { job: 'gate', permission: 'security-events', granted: 'read', used: 'read' },
  ])
})

it('passes, and is quiet', async () => {
  await using scene = await startScene()
  await scene.upload([{ rule: 'CVE-2021-23337', path: 'package-lock.json', line: 3, packageName: 'lodash' }])
  await scene.write(report([lockFile([vulnerability()])]))
  const step = await scene.step()
  expect([step.exitCode, step.annotations, step.stderr]).toEqual([0, [], ''])
  const said = step.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('::debug::'))
  expect(said).toEqual(['No new finding is critical or high; 1 of the same severities is known.'])
})

it('prints no stack for a report that is none', async () => {
  await using scene = await startScene()
  await scene.write('')
  const step = await scene.step()
  expect(step.exitCode).toBe(1)
  expect(step.annotations).toEqual([
    { level: 'error', message: expect.stringMatching(/^The report trivy\.json is empty\.\n/) },
  ])
  expect(step.stdout).not.toMatch(/\n\s+at /)
})

it('counts in the recorded scan what the workflow of this repository expects', async () => {
  await using scene = await startScene({})
  const fixture = new URL('fixtures/trivy.json', import.meta.url).pathname
  const step = await scene.step({ reports: fixture, baseline: 'none', fail: 'false' })
  expect(step.exitCode).toBe(0)
  expect(step.outputs).toMatchObject({ result: 'failed', new: '2', total: '3', critical: '1' })
})
