/** Self-hosted runners often reach the network through a proxy alone: the far sides are names that only it knows. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { startGitHub } from '../../rehearsal/github/server.ts'
import { PINNED } from '../deploy-pages/setup.ts'
import { deployBehind, expectLive } from '../support/behind.ts'
import { runBundle } from '../support/bundle.ts'
import { push, REPOSITORY, SHA } from '../support/context.ts'
import { emptied, registryOrigin } from '../support/npm.ts'
import { startPrivateCa, startSecureFront } from '../support/private-ca.ts'
import { startConnectProxy } from '../support/proxy.ts'

/** Whatever the machine of the tests needs itself. */
const WITHOUT_PROXY = Object.fromEntries(
  ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'].map((name) => [name, undefined]),
)

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

/** Cloudflare and npm's registry over TLS; npm finds neither an installed wrangler nor a cache. */
async function far() {
  const ca = await startPrivateCa()
  const registry = await startSecureFront(ca, await registryOrigin())
  const proxy = await startConnectProxy()
  return {
    ca,
    registry,
    proxy,
    hosts: () => [...new Set(proxy.tunnels.map((tunnel) => tunnel.split(':')[0]))].sort(),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await registry[Symbol.asyncDispose]()
      await ca[Symbol.asyncDispose]()
    },
  }
}

it('takes deploy-pages, npm and wrangler through the proxy, which alone knows where the far sides are', async () => {
  await using behind = await far()
  const { ca, registry, proxy } = behind
  let asked: readonly string[] = []
  const outcome = await deployBehind<object>({
    start: async (origin) => {
      const front = await startSecureFront(ca, origin)
      asked = front.requests
      return { ...front, origin: front.named('cloudflare.test') }
    },
    step: {
      env: {
        ...WITHOUT_PROXY,
        ...emptied(ca.folder, registry.named('registry.test')),
        NODE_EXTRA_CA_CERTS: ca.file,
        HTTPS_PROXY: proxy.url,
      },
    },
  })

  expectLive(outcome)
  expect(behind.hosts()).toEqual(['cloudflare.test', 'registry.test'])
  expect(registry.requests).toContain(`GET /wrangler/-/wrangler-${PINNED}.tgz`)
  expect(asked.map((request) => request.replace(/ .*(?=\/pages\/)/, ' …'))).toEqual(
    expect.arrayContaining([
      'GET …/pages/projects/site', // the action asks so
      'POST …/pages/projects/site/deployments', // wrangler does
    ]),
  )
})

it('takes deploy-pages, npm and wrangler past the proxy where NO_PROXY says so', async () => {
  await using behind = await far()
  const { ca, registry, proxy } = behind
  const outcome = await deployBehind<object>({
    start: (origin) => startSecureFront(ca, origin),
    step: {
      env: {
        ...WITHOUT_PROXY,
        ...emptied(ca.folder, registry.origin),
        NODE_EXTRA_CA_CERTS: ca.file,
        HTTPS_PROXY: proxy.url,
        HTTP_PROXY: proxy.url,
        NO_PROXY: 'example.com,127.0.0.1',
      },
    },
  })

  expectLive(outcome)
  expect(registry.requests).toContain(`GET /wrangler/-/wrangler-${PINNED}.tgz`)
  expect(proxy.tunnels).toEqual([])
})

it.each<readonly [string, string, boolean]>([
  ['the very name', 'github.test', true],
  ['the name and port', 'github.test:PORT', true],
  ['another port', 'github.test:1', false],
  ['the domain above', 'test', true],
  ['the domain above with a dot', '.test', true],
  ['the domain above with a star', '*.test', true],
  ['one of several', 'example.com,github.test', true],
  ['every host', '*', true],
  ['another host', 'example.com', false],
  ['a part of the name', 'hub.test', false],
])('goes by NO_PROXY with %s, %s: past the proxy %s', async (_, form, past) => {
  await using github = await startGitHub({ repository: REPOSITORY })
  await using proxy = await startConnectProxy()
  const apiUrl = named(github.apiUrl, 'github.test')
  const env = { ...process.env, HTTP_PROXY: proxy.url, NO_PROXY: form.replace('PORT', new URL(apiUrl).port) }
  const script = `
    const { useProxy } = await import('${new URL('../../src/proxy.ts', import.meta.url)}')
    useProxy(process.env, () => {})
    await fetch(process.argv[1]).catch(() => {})
    process.exit()`
  const probe = spawn(process.execPath, ['--input-type=module', '--eval', script, apiUrl], { env })
  await once(probe, 'close')
  expect(proxy.tunnels).toHaveLength(past ? 0 : 1)
})
