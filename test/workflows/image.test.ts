/** workflows/image.yml on examples/fullstack: the real file and bundles, the embedded registry, and a container host. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFault } from '../../rehearsal/fault-spec.ts'
import { FaultSet } from '../../rehearsal/faults.ts'
import type { ImageReport } from '../../rehearsal/github/packages/teaching.ts'
import type { Rehearsal, RehearseOptions } from '../../rehearsal/options.ts'
import { type OpenRehearsal, openRehearsal } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'
import { type Edit, errors, fullstack, rehearseTemplate, results, summaries } from './support.ts'

const TEMPLATE = 'image.yml'
const DAY = 86_400_000
const SKIPPED = { build: 'skipped', publish: 'skipped', deploy: 'skipped', cleanup: 'skipped' } as const
/** No test waits for a host that never comes round. */
const IMPATIENT: Edit = ['deadline: 15m', 'deadline: 6s']

let folder = ''
/** The example, with nothing in its image that has a fix. */
let clean = ''
/** The example with something critical in its image. */
let vulnerable = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-image-'))
  clean = await repositoryWith('clean', [])
  vulnerable = await repositoryWith('vulnerable', [CRITICAL])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const CRITICAL = {
  VulnerabilityID: 'CVE-2026-4242',
  PkgName: 'openssl',
  InstalledVersion: '3.0.1',
  FixedVersion: '3.0.2',
  Status: 'fixed',
  Severity: 'CRITICAL',
  Title: 'A hole',
}

/** A recorded scan of its image stands in the repository. */
async function repositoryWith(name: string, Vulnerabilities: readonly object[]): Promise<string> {
  const repository = join(folder, name, 'lighthouse')
  const made = /[\\/](node_modules|dist|coverage|\.venv)$/
  await cp(fullstack, repository, { recursive: true, filter: (source) => !made.test(source) })
  await mkdir(join(repository, '.rehearsal/trivy'), { recursive: true })
  const report = {
    SchemaVersion: 2,
    ArtifactName: 'image',
    ArtifactType: 'container_image',
    Results: [{ Target: 'image (debian 12)', Class: 'os-pkgs', Type: 'debian', Vulnerabilities }],
  }
  await writeFile(join(repository, '.rehearsal/trivy/image.json'), JSON.stringify(report))
  return repository
}

const rehearseImage = (options: Partial<RehearseOptions>, ...edits: readonly Edit[]) =>
  rehearseTemplate(TEMPLATE, { repository: clean, ...options }, ...edits)

/** Without what is about an image: signatures and attestations. */
function imagesIn(report: Rehearsal): readonly ImageReport[] {
  return report.images.filter(({ tags }) => tags.some((tag) => !tag.startsWith('sha256-')))
}

function outputOf(report: Rehearsal, step: string, name: string): string {
  const found = report.jobs.flatMap(({ steps }) => steps).find((one) => one.name === step)
  return found?.outputs[name] ?? ''
}

describe('a push to main', () => {
  let open: OpenRehearsal
  let report: Rehearsal
  beforeAll(async () => {
    open = await openRehearsal({ workflow: `${root}workflows/${TEMPLATE}`, repository: clean, event: 'push' })
    report = open.report
  })
  afterAll(() => open[Symbol.asyncDispose]())

  it('is built, scanned, published and deployed', () => {
    expect(errors(report)).toEqual([])
    expect(results(report)).toEqual({ ...SKIPPED, build: 'success', publish: 'success', deploy: 'success' })
    expect(summaries(report)).toContain(
      'Verify it with `gh attestation verify oci://ghcr.io/rehearsal/lighthouse@sha256:',
    )
  })

  it('publishes the digest that was scanned, under the branch and the commit', () => {
    const digest = outputOf(report, 'Build', 'digest')
    expect(imagesIn(report)).toMatchObject([{ package: 'lighthouse', digest }])
    expect(imagesIn(report)[0]?.tags.toSorted()).toEqual(['main', `sha-${report.sha}`])
  })

  it('attests it before it has any tag', () => {
    const written = report.requests.github.filter(({ method }) => method === 'PUT' || method === 'POST')
    const at = (end: string) => written.findIndex(({ path }) => path.endsWith(end))
    const digest = outputOf(report, 'Build', 'digest')
    expect(at(`/manifests/${digest}`)).toBeGreaterThan(-1)
    expect(at('/attestations')).toBeGreaterThan(at(`/manifests/${digest}`))
    expect(at('/manifests/main')).toBeGreaterThan(at('/attestations'))
    expect(report.images.some(({ tags }) => tags.includes(digest.replace(':', '-')))).toBe(true)
  })

  it('is what the host runs, and the deployment says which image that is', () => {
    const image = `ghcr.io/rehearsal/lighthouse@${outputOf(report, 'Build', 'digest')}`
    expect(report.services).toMatchObject([{ name: 'staging' }, { name: 'production', commit: report.sha, image }])
    expect(report.deployments).toMatchObject([{ environment: 'production', sha: report.sha, payload: { image } }])
    expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success'])
  })

  it('uses each permission that it is granted, and the job that runs the Dockerfile can write nothing', () => {
    expect(report.permissionUse).toEqual([
      { job: 'build', permission: 'contents', granted: 'read', used: 'read' },
      { job: 'publish', permission: 'packages', granted: 'write', used: 'write' },
      { job: 'publish', permission: 'id-token', granted: 'write', used: 'write' },
      { job: 'publish', permission: 'attestations', granted: 'write', used: 'write' },
      { job: 'deploy', permission: 'contents', granted: 'read', used: 'read' },
      { job: 'deploy', permission: 'deployments', granted: 'write', used: 'write' },
    ])
    expect(report.unsupportedRequests).toEqual([])
  })

  it('shows neither the hook nor a token', () => {
    const written = JSON.stringify(report)
    expect(written).toContain('***')
    expect(written).not.toMatch(/\?key=[\w-]|ghs_[A-Za-z0-9]{20}/)
  })

  it('changes nothing for the image when the run is run again', async () => {
    const again = await open.rerun()
    expect(results(again)).toMatchObject({ publish: 'success', deploy: 'success' })
    expect(imagesIn(again).filter(({ tags }) => tags.includes('main'))).toHaveLength(1)
  })

  it('does not replace what is newer: once main has moved on, its run is green and asks no host', async () => {
    const before = open.host.report().flatMap(({ deploys }) => deploys)
    const recorded = open.github.deployments.length
    const { sha } = await open.commit({ message: 'feat: newer' })
    const late = await open.rerun()
    expect(errors(late)).toEqual([])
    expect(results(late)).toMatchObject({ publish: 'success', deploy: 'success' })
    expect(summaries(late)).toContain(`\`main\` is at \`${sha.slice(0, 12)}\` by now, whose run deploys.`)
    expect(late.services.flatMap(({ deploys }) => deploys)).toEqual(before)
    expect(late.deployments).toHaveLength(recorded)
  })
})

describe('a tag', () => {
  it.each([
    ['v1.2.3', ['1', '1.2', '1.2.3', 'latest']],
    ['v0.4.0', ['0.4', '0.4.0', 'latest']],
    ['v2.0.0-rc.1', ['2.0.0-rc.1']],
  ])('%s gets its versions, and nothing is deployed', async (tag, expected) => {
    const report = await rehearseImage({ event: 'tag', tag })
    expect(errors(report)).toEqual([])
    expect(results(report)).toEqual({ ...SKIPPED, build: 'success', publish: 'success' })
    expect(imagesIn(report)).toHaveLength(1)
    expect(imagesIn(report)[0]?.tags.toSorted()).toEqual([...expected, `sha-${report.sha}`].toSorted())
    expect(report.deployments).toEqual([])
  })

  it('of a commit that is not on main is not published', async () => {
    const history = [{ branch: 'side', message: 'feat: beside', tag: 'v1.1.0' }]
    const report = await rehearseImage({ event: 'tag', tag: 'v1.1.0', history })
    expect(results(report)).toEqual({ ...SKIPPED, build: 'failure' })
    expect(errors(report).join()).toMatch(/The commit of the tag v1\.1\.0 is not on main \((ahead|diverged)\)/)
    expect(report.images).toEqual([])
    // Not by the name, which a tag may have, too.
    const compared = report.requests.github.filter(({ path }) => path.includes('/compare/'))
    expect(compared).toMatchObject([{ path: expect.stringMatching(/\/compare\/[0-9a-f]{40}\.\.\.[0-9a-f]{40}$/) }])
  })
})

describe('what GitHub does not tell', () => {
  it.each([
    ['tag', { ...SKIPPED, build: 'failure' }],
    ['push', { ...SKIPPED, build: 'success', publish: 'success', deploy: 'failure' }],
  ] as const)('is not taken for the best: %s', async (event, expected) => {
    const faults = new FaultSet([parseFault('github:GET /repos/*/*/git/ref/heads/main:403')])
    const report = await rehearseImage({ event, faults })
    expect(results(report)).toEqual(expected)
    expect(errors(report).join()).toContain(
      'GitHub did not answer what it was asked about git, so it is not known whether',
    )
    expect(report.services.flatMap(({ deploys }) => deploys)).toEqual([])
    expect(report.deployments).toEqual([])
  })
})

describe('a pull request', () => {
  it.each([undefined, 'stranger'])('is built and scanned, and goes nowhere (fork of %s)', async (fork) => {
    const report = await rehearseImage({ event: 'pull_request', ...(fork && { fork }) })
    expect(errors(report)).toEqual([])
    expect(results(report)).toEqual({ ...SKIPPED, build: 'success' })
    expect(report.images).toEqual([])
    expect(report.requests.github.filter(({ path }) => path.startsWith('/v2/'))).toEqual([])
  })
})

describe('what must not go out', () => {
  it.each(['push', 'tag', 'pull_request'] as const)('is stopped by the scan: %s', async (event) => {
    const report = await rehearseImage({ event, repository: vulnerable })
    expect(results(report)).toEqual({ ...SKIPPED, build: 'failure' })
    expect(errors(report).join()).toContain('1 finding is critical or high. CVE-2026-4242 (openssl')
    expect(summaries(report)).toContain('CVE-2026-4242')
    expect(report.images).toEqual([])
    expect(report.deployments).toEqual([])
  })

  it('gets no tag when it cannot be attested', async () => {
    const faults = new FaultSet([parseFault('github:POST /repos/*/*/attestations:403')])
    const report = await rehearseImage({ event: 'push', faults })
    expect(results(report)).toMatchObject({ publish: 'failure', deploy: 'skipped' })
    expect(report.images.flatMap(({ tags }) => tags)).toEqual([])
  })

  it('is not what the archive has: another digest than the build reported stops it', async () => {
    const report = await rehearseImage({ event: 'push' }, [
      /DIGEST: .* steps\.build\.outputs\.digest \}\}/,
      `DIGEST: sha256:${'0'.repeat(64)}`,
    ])
    expect(results(report)).toMatchObject({ build: 'failure' })
    expect(errors(report).join()).toContain(`the build reports sha256:${'0'.repeat(64)}`)
  })

  it('is not the first image of an index: only that one would be scanned', async () => {
    const report = await rehearseImage({ event: 'push' }, ['provenance: false', 'provenance: true'])
    expect(results(report)).toMatchObject({ build: 'failure', publish: 'skipped' })
    expect(errors(report).join()).toContain('Trivy would look at the first image in it alone')
  })

  it('cannot be pushed under a digest that was not scanned', async () => {
    const report = await rehearseImage({ event: 'push' }, [
      /DIGEST: .* needs\.build\.outputs\.digest \}\}/,
      `DIGEST: sha256:${'0'.repeat(64)}`,
    ])
    expect(results(report)).toMatchObject({ build: 'success', publish: 'failure' })
    expect(report.images).toEqual([])
  })
})

describe('a host that takes the order', () => {
  it('and goes on with the old version proves nothing: the error names both', async () => {
    const faults = new FaultSet([parseFault('host:POST /deploy/*:stale')])
    const report = await rehearseImage({ event: 'push', faults }, IMPATIENT)
    expect(results(report)).toMatchObject({ publish: 'success', deploy: 'failure' })
    const told = `${errors(report).join('\n')}\n${summaries(report)}`
    expect(errors(report).join()).toContain('01d001d0')
    expect(told).toContain(report.sha)
    expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'failure'])
  })

  it('refuses it: the deployment is marked as failed, and nothing shows the hook', async () => {
    const faults = new FaultSet([parseFault('host:POST /deploy/*:404')])
    const report = await rehearseImage({ event: 'push', faults }, IMPATIENT)
    expect(results(report)).toMatchObject({ deploy: 'failure' })
    expect(report.deployments[0]?.statuses.at(-1)?.state).toBe('failure')
    expect(JSON.stringify(report)).not.toMatch(/\?key=[\w-]/)
  })

  it.each([
    ['secret DEPLOY_HOOK_URL', { secrets: { DEPLOY_HOOK_URL: '' } }],
    ['variable BACKEND_URL', { vars: { BACKEND_URL: '' } }],
  ])('is not asked without %s', async (name, given) => {
    const report = await rehearseImage({ event: 'push', ...given })
    expect(results(report)).toMatchObject({ deploy: 'failure' })
    expect(errors(report).join()).toContain(`The ${name} is empty`)
    expect(report.services.flatMap(({ deploys }) => deploys)).toEqual([])
  })

  it('is out of order for a moment', async () => {
    const faults = new FaultSet([parseFault('host:POST /deploy/*:503*1')])
    const report = await rehearseImage({ event: 'push', faults })
    expect(results(report)).toMatchObject({ deploy: 'success' })
  })
})

describe('the cleanup', () => {
  const weekly = { event: 'schedule', schedule: '37 4 * * 6' } as const
  let open: OpenRehearsal
  let deployed = ''
  /** An image of two platforms, of a release a year ago. */
  let release: readonly string[] = []
  let builds: readonly string[] = []

  beforeAll(async () => {
    const start = new Date()
    open = await openRehearsal({
      workflow: `${root}workflows/${TEMPLATE}`,
      repository: clean,
      event: 'push',
      at: start,
    })
    deployed = outputOf(open.report, 'Build', 'digest')
    const { github } = open
    const name = 'lighthouse'
    const type = 'application/vnd.oci.image.manifest.v1+json'
    const createdAt = new Date(start.getTime() - 365 * DAY)
    const parts = [github.addPackageVersion({ name, createdAt }), github.addPackageVersion({ name, createdAt })]
    const manifests = parts.map(({ digest }) => ({ mediaType: type, digest, size: 7 }))
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }
    release = [...parts, github.addPackageVersion({ name, createdAt, manifest: index, tags: ['1.0.0'] })].map(
      ({ digest }) => digest,
    )
    // Newer than what is deployed, and enough of them that it is not among the newest ten.
    builds = Array.from({ length: 14 }, (_, count) => {
      const at = new Date(start.getTime() + (count + 1) * 60_000)
      return github.addPackageVersion({ name, createdAt: at, tags: [`sha-${count}`] }).digest
    })
    github.passTime(100 * DAY)
  })
  afterAll(() => open[Symbol.asyncDispose]())

  it('shows by hand what it would delete, and deletes nothing', async () => {
    const before = open.github.images.length
    const report = await open.run({ event: 'workflow_dispatch' })
    expect(errors(report)).toEqual([])
    expect(results(report)).toEqual({ ...SKIPPED, cleanup: 'success' })
    expect(summaries(report)).toContain('4 of 20 would be deleted')
    expect(open.github.images).toHaveLength(before)
  })

  it('after 100 days deletes what is old, and keeps releases with all their parts, and what is deployed with its attestation', async () => {
    const report = await open.run(weekly)
    expect(errors(report)).toEqual([])
    expect(results(report)).toEqual({ ...SKIPPED, cleanup: 'success' })
    const left = report.images.map(({ digest }) => digest)
    expect(left).toEqual(expect.arrayContaining([deployed, ...release, ...builds.slice(4)]))
    expect(left.filter((digest) => builds.slice(0, 4).includes(digest))).toEqual([])
    expect(report.images.some(({ tags }) => tags.includes(deployed.replace(':', '-')))).toBe(true)
    expect(report.requests.github.map(({ method, path }) => `${method} ${path}`)).toContain(
      'PUT /repos/rehearsal/lighthouse/actions/workflows/image.yml/enable',
    )
    expect(report.permissionUse.filter(({ job }) => job === 'cleanup')).toEqual([
      { job: 'cleanup', permission: 'packages', granted: 'write', used: 'write' },
      { job: 'cleanup', permission: 'deployments', granted: 'read', used: 'read' },
      { job: 'cleanup', permission: 'actions', granted: 'write', used: 'write' },
    ])
  })

  it('finds nothing more to do a week later', async () => {
    const report = await open.run(weekly)
    expect(summaries(report)).toContain('0 of 16 deleted')
  })
})
