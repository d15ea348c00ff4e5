/** What `workflows/deploy-pages.yml` promises, event by event, with the real site, the real bundles and wrangler. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { type OpenRehearsal, openRehearsal, type Rehearsal } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'
import { errors, rehearseTemplate, results, site, summaries } from './support.ts'

const TEMPLATE = 'deploy-pages.yml'
const TOKEN = 'token-that-nobody-may-read'

describe('a push to the production branch', () => {
  let open: OpenRehearsal

  beforeAll(async () => {
    open = await openRehearsal({
      workflow: `${root}workflows/${TEMPLATE}`,
      repository: site,
      event: 'push',
      secrets: { CLOUDFLARE_API_TOKEN: TOKEN },
    })
  })

  afterAll(async () => {
    await open?.[Symbol.asyncDispose]()
  })

  it('succeeds, with one deployment in progress and then successful', () => {
    const { report } = open
    expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'success' })
    expect(report.deployments).toHaveLength(1)
    expect(report.deployments[0]).toMatchObject({
      environment: 'production',
      sha: report.sha,
      production: true,
      transient: false,
    })
    expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success'])
  })

  it('links the deployment to the live site and to the page of its job', () => {
    const [deployment] = open.report.deployments
    const [pages] = open.report.pages
    expect(deployment?.statuses.at(-1)?.environmentUrl).toBe(pages?.url)
    for (const { logUrl } of deployment?.statuses ?? []) {
      expect(logUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/rehearsal\/site\/actions\/runs\/\d+\/job\/\d+$/)
    }
  })

  it('is what the project shows, as one deployment that succeeded', () => {
    expect(open.report.pages).toHaveLength(1)
    expect(open.report.pages[0]).toMatchObject({
      project: 'harbour',
      environment: 'production',
      branch: 'main',
      commit: open.report.sha,
      stage: 'deploy: success',
      canonical: true,
    })
  })

  it('serves the built bytes over HTTP, with the headers of the project', async () => {
    const built = join(open.folder, 'jobs/job-build/workspace/dist')
    const files = (await readdir(built, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && !entry.name.startsWith('_') && !entry.name.endsWith('.html'))
      .map((entry) => join(entry.parentPath, entry.name))
    expect(files.length).toBeGreaterThan(2)
    const url = open.report.pages[0]?.url ?? ''
    for (const file of files) {
      const answer = await fetch(`${url}${file.slice(built.length)}`)
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(await readFile(file))
    }
    const page = await fetch(`${url}/tides/`)
    expect(await page.text()).toBe(await readFile(join(built, 'tides/index.html'), 'utf8'))
    expect(page.headers.get('content-security-policy')).toBe("default-src 'self'; frame-ancestors 'none'")
    expect(await (await fetch(`${url}/version.json`)).json()).toEqual({ commit: open.report.sha })
  })

  it('uses each permission that it is granted', () => {
    expect(open.report.permissionUse).toEqual([
      { job: 'build', permission: 'contents', granted: 'read', used: 'read' },
      { job: 'deploy', permission: 'contents', granted: 'read', used: 'read' },
      { job: 'deploy', permission: 'actions', granted: 'read', used: 'read' },
      { job: 'deploy', permission: 'deployments', granted: 'write', used: 'write' },
      // Asked for once there are snapshots of other commits, which a first run has none of.
      { job: 'snapshot', permission: 'contents', granted: 'read', used: 'none' },
      { job: 'snapshot', permission: 'actions', granted: 'read', used: 'read' },
    ])
    expect(open.report.unsupportedRequests).toEqual([])
  })

  it('shows no secret, in the log or anywhere else', () => {
    const written = JSON.stringify(open.report)
    expect(written).toContain('***')
    expect(written).not.toContain(TOKEN)
    expect(written).not.toMatch(/ghs_[A-Za-z0-9]{20}/)
  })
})

it('deploys a push to develop to staging, under the alias of the branch', async () => {
  const report = await rehearseTemplate(TEMPLATE, { event: 'push', branch: 'develop' })
  expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'success' })
  expect(report.deployments).toMatchObject([{ environment: 'staging', transient: false, production: false }])
  expect(report.pages).toMatchObject([{ environment: 'preview', branch: 'develop', canonical: false }])
  expect(report.pages[0]?.aliases).toHaveLength(1)
})

it('deploys a pull request to a transient environment of its own, at its head commit', async () => {
  const report = await rehearseTemplate(TEMPLATE, { event: 'pull_request', branch: 'fix/tides' })
  expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'skipped' })
  expect(report.deployments).toMatchObject([{ environment: 'preview/fix/tides', transient: true, production: false }])
  expect(report.pages).toMatchObject([
    { environment: 'preview', branch: 'fix/tides', commit: report.deployments[0]?.sha, canonical: false },
  ])
})

it.each(['Develop', '_develop--'])('never lets a pull request of "%s" pass for staging', async (branch) => {
  const report = await rehearseTemplate(TEMPLATE, { event: 'pull_request', branch })
  expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'skipped' })
  expect(report.deployments).toMatchObject([{ environment: `preview/${branch}` }])
  expect(report.pages).toMatchObject([{ environment: 'preview', branch: expect.stringMatching(`^pr-\\d+-${branch}$`) }])
})

it('never lets a pull request pass for staging by the beginning that Pages keeps of a long name', async () => {
  const staging = 'release-candidate-of-next-spring'
  const report = await rehearseTemplate(
    TEMPLATE,
    { event: 'pull_request', branch: 'release-candidate-of-next-spree' },
    ['STAGING_BRANCH: develop', `STAGING_BRANCH: ${staging}`],
  )
  expect(report.pages).toMatchObject([
    { environment: 'preview', branch: expect.stringMatching(/^pr-\d+-release-candidate-of-next-spree$/) },
  ])
})

describe.each([
  ['a fork', { fork: 'stranger', branch: 'main' }, 'the pull request comes from a fork'],
  ['Dependabot', { actor: 'dependabot[bot]', branch: 'dependabot/npm/vite' }, 'the pull request comes from Dependabot'],
])('a pull request from %s', (_, options, reason) => {
  it('is built, not deployed, and the summary says why', async () => {
    const report = await rehearseTemplate(TEMPLATE, { event: 'pull_request', ...options })
    expect(report.result).toBe('success')
    expect(results(report)).toEqual({ build: 'success', deploy: 'skipped', snapshot: 'skipped' })
    expect(summaries(report)).toContain(`Built but not deployed: ${reason}`)
    expect([report.deployments, report.pages]).toEqual([[], []])
  })
})

describe('a manual run', () => {
  it('takes production from the production branch', async () => {
    const inputs = { environment: 'production', reason: 'Hotfix of the tide table' }
    const report = await rehearseTemplate(TEMPLATE, { event: 'workflow_dispatch', inputs })
    expect(report.deployments).toMatchObject([{ environment: 'production', description: 'Hotfix of the tide table' }])
    expect(report.pages).toMatchObject([{ environment: 'production', branch: 'main', canonical: true }])
  })

  it('refuses production from any other branch before anything is built', async () => {
    const inputs = { environment: 'production', reason: 'In a hurry' }
    const report = await rehearseTemplate(TEMPLATE, { event: 'workflow_dispatch', branch: 'feature', inputs })
    expect(results(report)).toEqual({ build: 'failure', deploy: 'skipped', snapshot: 'skipped' })
    expect(errors(report)[0]).toContain('Production is deployed from main only, and this run is on feature.')
    expect([report.deployments, report.pages]).toEqual([[], []])
  })

  it('takes staging from any branch to the alias of staging', async () => {
    const inputs = { environment: 'staging', reason: 'To show it' }
    const report = await rehearseTemplate(TEMPLATE, { event: 'workflow_dispatch', branch: 'feature', inputs })
    expect(report.deployments).toMatchObject([{ environment: 'staging' }])
    expect(report.pages).toMatchObject([{ environment: 'preview', branch: 'develop' }])
  })
})

describe('the check of what visitors get', () => {
  const soon = ['checks: smoke-checks.yml # EDIT', 'checks: smoke-checks.yml\n          deadline: 8s'] as const
  const table = (report: Rehearsal) => summaries(report).split('### Smoke check')[1] ?? ''

  it('is green once the deployed commit answers', async () => {
    const report = await rehearseTemplate(TEMPLATE, { event: 'push', branch: 'develop' })
    const [pages] = report.pages
    expect(table(report)).toContain('All 3 checks were healthy in 2 rounds in a row')
    expect(table(report)).toContain(`served \`${pages?.commit}\``)
  })

  it('is red, with both versions in its table, while the old one is still served', async () => {
    const faults = new FaultSet([parseFault('site:GET /version.json:stale')])
    const report = await rehearseTemplate(TEMPLATE, { faults }, soon)
    expect(results(report)).toEqual({ build: 'success', deploy: 'failure', snapshot: 'skipped' })
    expect(table(report)).toMatch(/\| version \|.*waiting.*Version \w{40} answers; waiting for/)
    expect(table(report)).toContain(report.sha)
    expect(table(report)).toMatch(/\| front page \|.*passed/)
    expect(errors(report).join()).toContain(report.sha)
    expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'failure'])
    expect(report.pages).toMatchObject([{ canonical: true }])
  })

  it('waits for a new version that comes late', async () => {
    const faults = new FaultSet([parseFault('site:GET /version.json:stale*2')])
    const report = await rehearseTemplate(TEMPLATE, { faults })
    expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'success' })
    expect(report.faults).toMatchObject([{ met: 2 }])
  })

  it('is red when the checks are missing, and says which file', async () => {
    const report = await rehearseTemplate(TEMPLATE, {}, ['checks: smoke-checks.yml', 'checks: checks/gone.yml'])
    expect(results(report)).toEqual({ build: 'success', deploy: 'failure', snapshot: 'skipped' })
    expect(errors(report).join()).toContain('checks/gone.yml')
  })
})

describe('when it goes wrong', () => {
  it('ends the deployment in failure when a step after it fails', async () => {
    const report = await rehearseTemplate(TEMPLATE, {
      behaviour: { stages: { stage: 'build', status: 'failure' } },
    })
    expect(results(report)).toEqual({ build: 'success', deploy: 'failure', snapshot: 'skipped' })
    expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'failure'])
    expect(report.pages).toMatchObject([{ canonical: false }])
  })

  it('ends the deployment in error when the run is cancelled', async () => {
    const report = await rehearseTemplate(TEMPLATE, { cancelAfter: 'Record the deployment' })
    expect(report.result).toBe('cancelled')
    expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'error'])
    expect(report.pages).toEqual([])
  })

  it('builds again when the artifact cannot be had', async () => {
    const lost = [/(download-artifact[\s\S]*?name: )site/, '$1gone'] as const
    const report = await rehearseTemplate(TEMPLATE, {}, lost)
    expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'success' })
    expect(report.pages).toMatchObject([{ canonical: true }])
  })

  it('stops before the deployment when the build wrote nothing', async () => {
    const report = await rehearseTemplate(TEMPLATE, {}, ['OUTPUT: dist', 'OUTPUT: out'])
    expect(results(report)).toEqual({ build: 'failure', deploy: 'skipped', snapshot: 'skipped' })
    expect(errors(report)[0]).toContain('the folder "out" has no files')
    expect(report.deployments).toEqual([])
  })
})

describe('without one of its permissions', () => {
  const contents = 'contents: read # to check out the repository'
  const actions = 'actions: read # to look up earlier snapshots among the artifacts'
  const deployments = 'deployments: write # to record the deployment and its statuses'

  it.each([
    [
      'contents: read of the build job',
      `permissions:\n      ${contents}\n    concurrency`,
      'permissions: {}\n    concurrency',
    ],
    ['contents: read of the deploy job', `${contents}\n      ${actions}`, actions],
    ['actions: read of the deploy job', `${actions}\n      ${deployments}`, deployments],
    ['deployments: write', `      ${deployments}\n`, ''],
  ])('fails: %s', async (_, text, replacement) => {
    const report = await rehearseTemplate(TEMPLATE, {}, [text, replacement])
    expect(report.result).toBe('failure')
    expect(report.deployments).toEqual([])
  })
})

describe('snapshots', () => {
  it('are taken of what is replaced, before anything is deployed, and of the build, bound to its deployment', async () => {
    const report = await rehearseTemplate(TEMPLATE, { event: 'push' })
    expect(report.artifacts.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'slipway-snapshot.production-deploy.pre-deploy',
        'slipway-snapshot.production-build.post-deploy',
        expect.stringMatching(/^production-deploy-\d{8}T\d{9}Z-[0-9a-f]{7}\.tar\.zst\.age$/),
        expect.stringMatching(/^production-build-\d{8}T\d{9}Z-[0-9a-f]{7}\.tar\.zst$/),
      ]),
    )
    const order = report.requests.github.map(({ method, path }) => `${method} ${path}`)
    const first = (text: string) => order.findIndex((request) => request.includes(text))
    expect(first('FinalizeArtifact')).toBeGreaterThan(-1)
    expect(first('FinalizeArtifact')).toBeLessThan(first('POST /repos/rehearsal/site/deployments'))
    expect(summaries(report)).toContain('Snapshot of production-build: kept and read back')
  })

  it.each([
    ['wrangler.jsonc', '{\n  // the site\n  "name": "harbour",\n  "pages_build_output_dir": "dist"\n}\n', {}],
    ['no configuration', undefined, { PAGES_PROJECT: 'harbour' }],
  ])('find the project by %s', async (file, text, vars) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-site-'))
    try {
      await cp(site, folder, { recursive: true, filter: (path) => !/node_modules|dist$|wrangler\.toml$/.test(path) })
      if (text !== undefined) await writeFile(join(folder, file), text)
      const report = await rehearseTemplate(TEMPLATE, {
        event: 'push',
        branch: 'develop',
        repository: folder,
        vars,
        projects: ['harbour'],
      })
      expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'success' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('stop the deployment when what would be replaced cannot be kept', async () => {
    const faults = new FaultSet([parseFault('github:POST /twirp/**:503')])
    const report = await rehearseTemplate(TEMPLATE, { event: 'push', branch: 'develop', faults })
    expect(results(report)).toEqual({ build: 'success', deploy: 'failure', snapshot: 'skipped' })
    expect([report.deployments, report.pages]).toEqual([[], []])
    expect(errors(report).join()).toContain('503')
  })

  it('of the build that fail leave the deployment a success', async () => {
    const report = await rehearseTemplate(TEMPLATE, { event: 'push', branch: 'develop' }, [
      /paths: \$\{\{ env\.OUTPUT \}\}/,
      'paths: gone',
    ])
    expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'failure' })
    expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success'])
  })

  it('need their permission: actions: read of the snapshot job', async () => {
    const edit = [
      / {6}actions: read .*\n {4}concurrency:\n {6}group: snapshot-build/,
      '    concurrency:\n      group: snapshot-build',
    ] as const
    const report = await rehearseTemplate(TEMPLATE, { event: 'push', branch: 'develop' }, edit)
    expect(results(report)).toEqual({ build: 'success', deploy: 'success', snapshot: 'failure' })
  })
})
