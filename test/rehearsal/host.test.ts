import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { Host, isHook, isServiceUrl, serviceNamed } from '../../rehearsal/host/server.ts'
import { openRehearsal } from '../../rehearsal/rehearse.ts'
import { fixtureRepository, jobOf, printed, quick, rehearseText } from '../support/rehearse.ts'
import { runOf, SHA, startWithHistory } from './github-support.ts'
import { INDEX, MANIFEST, pushBlob, pushImage, registryClient } from './registry-support.ts'

const OLD = '01d0'.repeat(10)
const SWITCH_MS = 20

async function hostOf(github: GitHub, faults: readonly string[] = [], switchMs = SWITCH_MS): Promise<Host> {
  const host = new Host({ faults: new FaultSet(faults.map(parseFault)), switchMs })
  host.serve(github)
  await host.start()
  return host
}

/** Until no deploy is on its way any more. */
async function settled(host: Host): Promise<void> {
  const isPending = () => host.report().some(({ deploys }) => deploys.some(({ outcome }) => outcome === 'pending'))
  while (isPending()) await sleep(5)
}

function configOf(commit: string): string {
  const Labels = { 'org.opencontainers.image.revision': commit, 'org.opencontainers.image.version': '1.2.3' }
  return JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels } })
}

async function commitAt(url: string): Promise<string> {
  const { commit }: { commit: string } = JSON.parse(await (await fetch(`${url}/healthz`)).text())
  return commit
}

async function order(hook: string, parameters: Readonly<Record<string, string>> = {}) {
  const url = new URL(hook)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const answer = await fetch(url, { method: 'POST' })
  return { status: answer.status, text: await answer.text() }
}

describe('a deploy hook', () => {
  test('answers at once; the image runs a moment later, with the commit of its label', async () => {
    await using github = await startWithHistory()
    await using host = await hostOf(github, [], 2000)
    const { digest } = await pushImage(await registryClient(github), 'edge', configOf(SHA.main))
    const { hook, url } = host.addresses('staging')
    const { status, text } = await order(hook, { imgURL: `ghcr.io/octo-org/site@${digest}` })
    expect([status, JSON.parse(text)]).toEqual([200, { deploy: { id: expect.stringMatching(/^dep-/) } }])
    expect(await commitAt(url)).toBe(OLD)
    await settled(host)
    expect(await commitAt(url)).toBe(SHA.main)
    expect(await (await fetch(`${url}/version.json`)).json()).toEqual({ commit: SHA.main, version: '1.2.3' })
    expect(await commitAt(host.addresses('production').url)).toBe(OLD)
    expect(host.report()[0]).toMatchObject({ name: 'staging', commit: SHA.main, deploys: [{ outcome: 'live' }] })
  })

  test('takes a tag, and the image of an index', async () => {
    await using github = await startWithHistory()
    await using host = await hostOf(github)
    const ask = await registryClient(github)
    const { digest, manifest } = await pushImage(ask, '', configOf(SHA.topic))
    const manifests = [{ mediaType: MANIFEST, digest, size: manifest.length }]
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
    await ask('PUT', 'manifests/v1', { body: index, headers: { 'content-type': INDEX } })
    const { hook, url } = host.addresses('production')
    await order(hook, { imgURL: 'ghcr.io/octo-org/site:v1' })
    await settled(host)
    expect(await commitAt(url)).toBe(SHA.topic)
  })

  test('without an image runs the newest that has a tag; without any, what the newest run is for, or the ref', async () => {
    await using github = await startWithHistory()
    await using host = await hostOf(github)
    const { hook, url } = host.addresses('production')
    const commitAfter = async (parameters: Readonly<Record<string, string>> = {}) => {
      await order(hook, parameters)
      await settled(host)
      return commitAt(url)
    }
    expect(await commitAfter()).toBe(SHA.main)
    github.addRun(runOf(7, { headSha: SHA.topic }))
    expect(await commitAfter()).toBe(SHA.topic)
    expect(await commitAfter({ ref: SHA.base })).toBe(SHA.base)
    const ask = await registryClient(github)
    await pushImage(ask, 'edge', configOf(SHA.orphan))
    await pushImage(ask, `sha256-${'0'.repeat(64)}`, configOf(SHA.root))
    expect(await commitAfter()).toBe(SHA.orphan)
  })

  test('answers 200 for an image that is not there too: the old version stays', async () => {
    await using github = await startWithHistory()
    await using host = await hostOf(github)
    const { hook, url } = host.addresses('production')
    for (const imgURL of [
      `ghcr.io/octo-org/site@sha256:${'0'.repeat(64)}`,
      'docker.io/a/b',
      'ghcr.io/other/site:edge',
    ]) {
      expect((await order(hook, { imgURL })).status).toBe(200)
    }
    await settled(host)
    expect(await commitAt(url)).toBe(OLD)
    expect(host.report()[1]?.deploys.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed'])
  })

  test('is a secret: another key is refused, and so is one that a second question mark has spoilt', async () => {
    await using github = await startWithHistory()
    await using host = await hostOf(github)
    const { hook } = host.addresses('production')
    expect((await order(hook.replace(/key=.*/, 'key=other'))).status).toBe(401)
    expect((await fetch(`${hook}?imgURL=ghcr.io/octo-org/site:edge`, { method: 'POST' })).status).toBe(401)
    expect((await order(hook.replace(/srv-[^?]*/, 'srv-none'))).status).toBe(404)
  })

  test('may be heard and forgotten, and a service may answer with what was before', async () => {
    await using github = await startWithHistory()
    await using host = await hostOf(github, ['host:POST /deploy/*:stale*1', 'host:GET /healthz:stale*1'])
    const { hook, url } = host.addresses('production')
    expect((await order(hook)).status).toBe(200)
    await settled(host)
    await order(hook)
    await settled(host)
    expect([await commitAt(url), await commitAt(url)]).toEqual([OLD, SHA.main])
    expect(host.report()[1]?.deploys.map(({ outcome }) => outcome)).toEqual(['ignored', 'live'])
  })

  test('fails as a host in trouble does', async () => {
    await using github = await startWithHistory()
    await using host = await hostOf(github, ['host:POST /deploy/*:503'])
    const { status, text } = await order(host.addresses('production').hook)
    expect([status, text]).toEqual([503, expect.stringContaining('<h1>503 Service Unavailable</h1>')])
  })
})

test('a service has what checks ask for, and nothing else', async () => {
  await using github = await startWithHistory()
  await using host = await hostOf(github)
  const { url } = host.addresses('staging')
  const statusOf = async (path: string) => (await fetch(`${url}${path}`)).status
  expect(await Promise.all(['/', '/healthz', '/api/lights/', '/no-such-page'].map(statusOf))).toEqual([
    200, 200, 200, 404,
  ])
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: 'ok', database: 'ok' })
})

test.each([
  ['STAGING_DEPLOY_HOOK_URL', 'staging', true, false],
  ['RENDER_DEPLOY_HOOK', 'production', true, false],
  ['PRODUCTION_BACKEND_URL', 'production', false, true],
  ['BACKEND_URL', 'production', false, true],
  ['STAGING_BACKEND_URL', 'staging', false, true],
  ['SITE_URL', undefined, false, false],
])('%s is about %s', (name, service, hook, url) => {
  expect([serviceNamed(name), isHook(name), isServiceUrl(name)]).toEqual([service, hook, url])
})

test('a label that is not in the registry is no commit', async () => {
  await using github = await startWithHistory()
  github.addPackageVersion({ name: 'site', tags: ['bare'] })
  expect(await github.labelsOf('site', 'bare')).toEqual({})
  expect(await github.labelsOf('site', 'none')).toBeUndefined()
  await pushBlob(await registryClient(github), 'unrelated')
  expect(github.newestCommit).toBe(SHA.main)
})

describe('a rehearsal', () => {
  const steps = `- name: Deploy
  env: { HOOK: '\${{ secrets.DEPLOY_HOOK_URL }}', URL: '\${{ vars.BACKEND_URL }}' }
  run: curl -s -o "$RUNNER_TEMP/answer" -w '%{http_code}\\n' -X POST "$HOOK" && sleep 1 && curl -s "$URL/healthz" | jq -r .commit
`

  test('fills the hook and the address, and reports what runs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'))
    try {
      const workflow = join(folder, 'deploy.yml')
      writeFileSync(workflow, jobOf(steps))
      await using open = await openRehearsal({ workflow, repository: fixtureRepository, clock: quick })
      const { report, host } = open
      expect(report.result).toBe('success')
      expect(printed(report, 'Deploy')).toEqual(['200', report.sha])
      const { hook, url } = host.addresses('production')
      expect(report.filled).toMatchObject([
        { name: 'DEPLOY_HOOK_URL', value: '***' },
        { name: 'BACKEND_URL', value: url },
      ])
      expect(JSON.stringify(report)).not.toContain(hook)
      expect(report.services[1]).toMatchObject({
        name: 'production',
        url,
        commit: report.sha,
        deploys: [{ outcome: 'live' }],
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('of a workflow without either has no services', async () => {
    expect((await rehearseText(jobOf('- run: true'))).services).toEqual([])
  })
})
