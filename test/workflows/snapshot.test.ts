/** workflows/snapshot.yml from end to end: the real file and bundle, the embedded GitHub and its artifact service. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFault } from '../../rehearsal/fault-spec.ts'
import { FaultSet } from '../../rehearsal/faults.ts'
import type { Rehearsal } from '../../rehearsal/options.ts'
import { type OpenRehearsal, openRehearsal } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'
import { errors, rehearseTemplate, results, site, summaries } from './support.ts'

const TEMPLATE = 'snapshot.yml'
const nightly = { event: 'schedule', schedule: '17 2 * * *' } as const
const weekly = { event: 'schedule', schedule: '43 3 * * 0' } as const
const dispatch = (operation: string, snapshot = 'latest') =>
  ({ event: 'workflow_dispatch', inputs: { operation, snapshot } }) as const

function outputsOf(report: Rehearsal, name: string): Readonly<Record<string, string>> {
  const found = report.jobs.flatMap(({ steps }) => steps).find((step) => step.name === name)
  if (found === undefined) throw new Error(`No step "${name}".`)
  return found.outputs
}

describe('a night, a second one, and what people do afterwards', () => {
  let open: OpenRehearsal
  let id = ''
  beforeAll(async () => {
    open = await openRehearsal({ workflow: `${root}workflows/${TEMPLATE}`, repository: site, ...nightly })
    id = outputsOf(open.report, 'Snapshot')['snapshot-id'] ?? ''
  })
  afterAll(() => open[Symbol.asyncDispose]())

  it('keeps an encrypted snapshot, reads it back, prunes, and keeps its schedule alive', () => {
    const { report } = open
    expect(results(report)).toEqual({ create: 'success', drill: 'skipped', inspect: 'skipped' })
    expect(report.artifacts.map(({ name }) => name).sort()).toEqual(
      [`${id}.tar.zst.age`, 'slipway-snapshot.production.scheduled'].sort(),
    )
    expect(summaries(report)).toContain('kept and read back')
    expect(summaries(report)).toContain('Retention of production: 0 of 1 deleted')
    expect(report.requests.github.map(({ method, path }) => `${method} ${path}`)).toContain(
      'PUT /repos/rehearsal/site/actions/workflows/snapshot.yml/enable',
    )
    expect(report.jobs.flatMap(({ steps }) => steps.flatMap(({ annotations }) => annotations))).toEqual([])
  })

  it('tells nothing of what is in it beside the archive', async () => {
    const { files } = await downloaded(open, 'slipway-snapshot.production.scheduled')
    const text = files.toString()
    expect(JSON.parse(text)).toMatchObject({ id, reason: 'scheduled', content: { files: 1 } })
    expect(text).not.toMatch(/wrangler\.toml|pages\/project|harbour/)
    expect(JSON.parse(text).content.digest).toBeUndefined()
  })

  it('uses each permission that it is granted', () => {
    expect(open.report.permissionUse).toEqual([
      { job: 'create', permission: 'contents', granted: 'read', used: 'read' },
      { job: 'create', permission: 'actions', granted: 'write', used: 'write' },
    ])
    expect(open.report.unsupportedRequests).toEqual([])
  })

  it('shows neither the token nor the key', () => {
    const written = JSON.stringify(open.report)
    expect(written).toContain('***')
    expect(written).not.toMatch(/AGE-SECRET-KEY-1|ghs_[A-Za-z0-9]{20}/)
  })

  it('drills a restore on Sundays', async () => {
    const report = await open.run(weekly)
    expect(results(report)).toEqual({ create: 'skipped', drill: 'success', inspect: 'skipped' })
    expect(summaries(report)).toContain('the drill-command succeeded there')
    expect(report.permissionUse).toContainEqual({ job: 'drill', permission: 'actions', granted: 'read', used: 'read' })
  })

  it('lists, verifies and restores by hand', async () => {
    const listed = await open.run(dispatch('list'))
    expect(results(listed)).toEqual({ create: 'skipped', drill: 'skipped', inspect: 'success' })
    expect(summaries(listed)).toMatch(/Snapshots of production: 1[\s\S]*restored in a drill/)
    expect(results(await open.run(dispatch('verify', id)))).toMatchObject({ inspect: 'success' })
    const restored = await open.run(dispatch('restore', 'latest:scheduled'))
    expect(results(restored)).toMatchObject({ inspect: 'success' })
    const step = restored.jobs.flatMap(({ steps }) => steps).find(({ name }) => name === 'Use what was restored')
    expect(step?.log.join('\n')).toContain('restored/pages/project.json')
    expect(step?.annotations.map(({ message }) => message).join()).toContain('gone when the job ends')
  })

  it('finds a snapshot by the tag of its commit', async () => {
    open.github.addRef('tags/v1.2.3', open.report.sha)
    const report = await open.run(dispatch('verify', 'v1.2.3'))
    expect(outputsOf(report, 'Look')['snapshot-id']).toBe(id)
    expect(report.permissionUse).toContainEqual({
      job: 'inspect',
      permission: 'contents',
      granted: 'read',
      used: 'read',
    })
  })

  it('fails the drill when the newest verified snapshot is older than it may be', async () => {
    const text = await readFile(`${root}workflows/${TEMPLATE}`, 'utf8')
    const folder = await mkdtemp(join(tmpdir(), 'slipway-template-'))
    try {
      await writeFile(join(folder, TEMPLATE), text.replace('fail-if-older-than: 50h', 'fail-if-older-than: 1s'))
      const report = await open.run({ ...weekly, workflow: join(folder, TEMPLATE) })
      expect(results(report)).toMatchObject({ drill: 'failure' })
      expect(errors(report).join()).toContain('fail-if-older-than')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

/** An artifact's bytes, as a person with the API gets them. */
async function downloaded(open: OpenRehearsal, name: string): Promise<{ readonly files: Buffer }> {
  const token = open.github.issueToken('reader', { actions: 'read' })
  const found = open.report.artifacts.find((artifact) => artifact.name === name)
  const url = `${open.github.apiUrl}/repos/rehearsal/site/actions/artifacts/${found?.id}/zip`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  return { files: Buffer.from(await answer.arrayBuffer()) }
}

describe('without one of its permissions', () => {
  it.each([
    [
      'contents: read of create',
      '      contents: read # to check out the repository\n      actions: write',
      '      actions: write',
      nightly,
    ],
    ['actions: write of create', / {6}actions: write # .*\n/, '', nightly],
    ['actions: write, with read instead,', 'actions: write # to', 'actions: read # to', nightly],
    [
      'actions: read of drill',
      / {6}actions: read # .*\n( {4}environment:\n.*\n.*\n {4}steps:\n {6}- name: Restore)/,
      '$1',
      weekly,
    ],
  ] as const)('fails: %s', async (_, text, replacement, run) => {
    const report = await rehearseTemplate(TEMPLATE, run, [text, replacement])
    expect(report.result).toBe('failure')
  })
})

describe('when it goes wrong', () => {
  it('keeps nothing when a command fails, and says which and why', async () => {
    const faults = new FaultSet([parseFault('cloudflare:GET /projects/*:503')])
    const report = await rehearseTemplate(TEMPLATE, { ...nightly, faults })
    expect(results(report)).toMatchObject({ create: 'failure' })
    expect(errors(report).join('\n')).toMatch(/pages\/project\.json was not made[\s\S]*503/)
    expect(report.artifacts).toEqual([])
  })

  it('goes on after a service that is down for a moment', async () => {
    const faults = new FaultSet([parseFault('github:POST /twirp/**:503*2'), parseFault('github:PUT /storage/**:503*1')])
    const report = await rehearseTemplate(TEMPLATE, { ...nightly, faults })
    expect(results(report)).toMatchObject({ create: 'success' })
    expect(report.faults.map(({ met }) => met)).toEqual([2, 1])
  })

  it('is not a snapshot when what comes back is not what was sent', async () => {
    const faults = new FaultSet([parseFault('github:GET /storage/**:truncate')])
    const report = await rehearseTemplate(TEMPLATE, { ...nightly, faults })
    expect(results(report)).toMatchObject({ create: 'failure' })
    expect(report.artifacts.map(({ name }) => name)).not.toContain('slipway-snapshot.production.scheduled')
  })
})

describe('the worked examples', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-programs-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** Programs that only a real account could answer: they print what they were asked. */
  async function programs(): Promise<string> {
    const bin = join(folder, 'bin')
    await mkdir(bin, { recursive: true })
    for (const name of ['az', 'terraform', 'pg_dump']) {
      const line = name === 'az' ? 'echo /subscriptions/x/snapshots/disk-1' : `echo "${name} $*"`
      await writeFile(join(bin, name), `#!/bin/sh\n${line}\n`)
      await chmod(join(bin, name), 0o755)
    }
    return bin
  }

  it('take a disk, a database, Terraform state and settings, when their lines are uncommented', async () => {
    const path = process.env['PATH']
    const bin = await programs()
    process.env['PATH'] = [bin, path].join(delimiter)
    try {
      const text = await readFile(`${root}workflows/${TEMPLATE}`, 'utf8')
      const edited = text
        // By its path: the rehearsal's own comes first, and reads no state.
        .replace('terraform.tfstate: terraform', `terraform.tfstate: ${join(bin, 'terraform')}`)
        .replaceAll(/^( {4})# ((?:database|terraform|app)[\w./]*: )/gm, '$1$2')
        .replace(/recipients: .*\n {10}prune/, 'prune')
      expect(edited.match(/^ {4}(database\.dump|terraform\.tfstate|app\/settings\.json): /gm)).toHaveLength(3)
      const file = join(folder, TEMPLATE)
      await writeFile(file, edited)
      await using open = await openRehearsal({
        workflow: file,
        repository: site,
        ...nightly,
        vars: { AZURE_DISK_ID: '/subscriptions/x/disks/data' },
        secrets: { SNAPSHOT_IDENTITY: '' }, // as nothing is encrypted
      })
      expect(results(open.report)).toMatchObject({ create: 'success' })
      const restored = await open.run(dispatch('restore'))
      const target = join(restoredFolder(restored, open.folder), 'restored')
      const kept = await readdir(target, { recursive: true })
      expect(kept.sort()).toEqual(
        ['app', 'app/settings.json', 'database.dump', 'pages', 'pages/project.json', 'terraform.tfstate'].sort(),
      )
      expect(await readFile(join(target, 'database.dump'), 'utf8')).toBe('pg_dump --format=custom --no-owner\n')
      const name = `${outputsOf(open.report, 'Snapshot')['snapshot-id']}.tar.zst`
      const { files } = await downloaded(open, name)
      const { zstdDecompressSync } = await import('node:zlib')
      expect(zstdDecompressSync(files).toString()).toContain('"disk-snapshot":"/subscriptions/x/snapshots/disk-1"')
    } finally {
      process.env['PATH'] = path
    }
  })
})

function restoredFolder(report: Rehearsal, folder: string): string {
  return join(folder, `run-${report.runId}`, 'jobs/job-inspect/workspace')
}
