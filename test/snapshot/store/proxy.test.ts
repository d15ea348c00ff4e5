/** The clouds are reached through the proxy that the environment names. */
import * as http from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useProxy } from '../../../src/proxy.ts'
import { type ConnectProxy, startConnectProxy } from '../../support/proxy.ts'
import { openAt } from './setup.ts'

let proxy: ConnectProxy
beforeEach(async () => {
  proxy = await startConnectProxy()
  // Both at once, as for an action: the client of Azure reads the environment itself.
  vi.stubEnv('HTTPS_PROXY', proxy.url)
  vi.stubEnv('https_proxy', undefined)
  vi.stubEnv('NO_PROXY', undefined)
  vi.stubEnv('no_proxy', undefined)
  useProxy(process.env, () => {})
})
afterEach(async () => {
  vi.unstubAllEnvs()
  http.setGlobalProxyFromEnv({})
  await proxy[Symbol.asyncDispose]()
})

const AZURE =
  'DefaultEndpointsProtocol=https;AccountName=backups;AccountKey=eHg=;BlobEndpoint=https://blob.test/backups;'

test.each([
  ['s3', 's3://backups', { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }, 's3.test:443'],
  ['azure', 'azure://backups', { AZURE_STORAGE_CONNECTION_STRING: AZURE }, 'blob.test:443'],
])('%s', async (_, address, env, tunnel) => {
  const controller = new AbortController()
  const objects = await openAt(address, { env, endpoint: 'https://s3.test', signal: controller.signal })
  const listed = objects.list().catch(() => {}) // nothing answers at the other end of the tunnel
  await expect.poll(() => proxy.tunnels, { timeout: 10_000 }).toContain(tunnel)
  controller.abort(new Error('that is enough'))
  await listed
})
