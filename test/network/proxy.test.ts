/** Self-hosted runners often reach the network through a proxy alone: the far sides are names that only it knows. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startCloudflare } from '../../rehearsal/cloudflare/server.ts'
import { startGitHub } from '../../rehearsal/github/server.ts'
import { root } from '../../scripts/actions.ts'
import { runBundle } from '../support/bundle.ts'
import { push, REPOSITORY, SHA } from '../support/context.ts'
import { startConnectProxy } from '../support/proxy.ts'

const ACCOUNT = '0123456789abcdef0123456789abcdef'

/** The same server under a name that does not resolve. */
const named = (url: string, name: string) => url.replace('127.0.0.1', name)

it('takes the requests of create-deployment through the proxy, and past it where NO_PROXY says so', async () => {
  await using github = await startGitHub({ repository: REPOSITORY })
  await using proxy = await startConnectProxy()
  github.addCommit({ sha: SHA })
  const token = github.issueToken('deploy', { deployments: 'write' })
  const inputs = {
    environment: 'production',
    'github-token': token,
    'job-token': token,
    'job-status': 'success',
    'log-url': 'https://ci.example/1',
    'job-index': '0',
  }
  const run = (env: Record<string, string>, apiUrl: string) =>
    runBundle('create-deployment', { inputs, github: { ...github, apiUrl }, context: push(), env })

  const through = await run({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }, named(github.apiUrl, 'github.test'))
  expect(through).toMatchObject({ exitCode: 0, annotations: [] })
  expect(new Set(proxy.tunnels)).toEqual(new Set([named(github.apiUrl, 'github.test').replace('http://', '')]))
  const tunnels = proxy.tunnels.length

  const past = await run({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }, github.apiUrl)
  expect(past).toMatchObject({ exitCode: 0, annotations: [] })
  expect(proxy.tunnels.length).toBe(tunnels)
})

it('takes deploy-pages, npm and wrangler through the proxy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-proxy-'))
  try {
    await writeFile(join(folder, 'index.html'), '<p>Hello</p>')
    await writeFile(join(folder, 'app.js'), 'export {}\n')
    await using proxy = await startConnectProxy()
    await using cloudflare = await startCloudflare({
      accountId: ACCOUNT,
      apiToken: 'a-token',
      projects: [{ name: 'site', productionBranch: 'main' }],
    })
    const result = await runBundle('deploy-pages', {
      inputs: {
        'api-token': 'a-token',
        'account-id': ACCOUNT,
        'project-name': 'site',
        directory: folder,
        'github-token': 'x',
      },
      env: {
        HTTPS_PROXY: proxy.url,
        HTTP_PROXY: proxy.url,
        CLOUDFLARE_API_BASE_URL: named(cloudflare.apiBaseUrl, 'cloudflare.test'),
        RUNNER_TOOL_CACHE: `${root}node_modules/.cache/slipway/tool-cache`,
        NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'],
      },
    })
    expect(result.annotations).toEqual([])
    expect(result.exitCode).toBe(0)
    const hosts = proxy.tunnels.map((tunnel) => tunnel.split(':')[0])
    // One connection of the action itself at least, and one of wrangler.
    expect(hosts.filter((host) => host === 'cloudflare.test').length).toBeGreaterThan(1)
    expect(cloudflare.requests.some(({ method, path }) => method === 'POST' && path.endsWith('/deployments'))).toBe(
      true,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('says what is wrong with a proxy that is none', async () => {
  const result = await runBundle('create-deployment', {
    inputs: {
      environment: 'x',
      'github-token': 'a-token',
      'job-token': 'a-token',
      'job-status': 'success',
      'log-url': '',
      'job-index': '0',
    },
    env: { HTTPS_PROXY: 'not a proxy' },
  })
  expect(result.exitCode).toBe(1)
  expect(result.annotations[0]?.message).toMatch(
    /^HTTPS_PROXY names no proxy that can be used: .*\nWrite its address in full/,
  )
})
