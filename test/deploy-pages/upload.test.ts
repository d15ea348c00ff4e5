/** Uploads that come to nothing: the step ends red, in time, with the cause, and leaves nothing running. */

import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { Cloudflare } from '../../rehearsal/cloudflare/server.ts'
import { cloudflare, deploy, errorOf, workspace } from './setup.ts'

describe.concurrent('an upload', () => {
  it.each([
    ['assets', 'Failed to upload files'],
    ['deployments', 'An unknown error occurred'],
  ] as const)('that is refused for good with code 8000000, at %s, is red', async (at, said) => {
    const upload = { code: 8_000_000, message: 'An unknown error occurred.', at }
    await using cf = await cloudflare({ behaviour: { upload } })
    await using site = await workspace()
    const result = await deploy(cf, site)

    expect(errorOf(result)).toMatch(/^Cloudflare could not make the deployment and gave no reason \(code 8000000\)\./)
    expect(errorOf(result)).toContain(said)
    expect(errorOf(result)).toContain('_headers')
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('| **Failed** | Upload |')
    expect(cf.projects[0]?.deployments).toEqual([])
  })

  it('that stalls is killed after attempt-timeout, with every process that it started', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using stalling = await stallUploads(cf, () => processesMentioning(site.path))
    const started = performance.now()
    const result = await deploy(stalling, site, { inputs: { 'attempt-timeout': '5s' } })

    expect(errorOf(result)).toMatch(/^wrangler did not end within 5\.0 s and was killed\./)
    expect(await stalling.seen).toHaveLength(2) // wrangler and what it runs itself in
    expect(performance.now() - started).toBeLessThan(12_000)
    expect(await processesMentioning(site.path)).toEqual([])
    expect(await readdir(site.path)).toEqual(['dist'])
  })

  it('of Functions that cannot be built is red with what esbuild says', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await site.write({
      'functions/api.js': 'import "./missing.js"\nexport const onRequest = () => new Response("hi")\n',
    })
    const result = await deploy(cf, site)
    expect(errorOf(result)).toMatch(/^wrangler made no deployment \(exit code 1\)\./)
    expect(result.stdout).toContain('Could not resolve "./missing.js"')
    expect(await readdir(site.path)).toEqual(['dist', 'functions'])
  })
})

/** The same Cloudflare, except that no upload of files is ever answered. */
async function stallUploads<T>(cf: Cloudflare, look: () => Promise<T>) {
  const seen = Promise.withResolvers<T>()
  const { origin } = new URL(cf.apiBaseUrl)
  const server = createServer(async (request, response) => {
    if (request.url?.endsWith('/pages/assets/upload')) {
      seen.resolve(look())
      return
    }
    const { method = 'GET', url = '/', headers } = request
    const body = method === 'GET' ? null : new Uint8Array(await buffer(request))
    const sent = { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? '' }
    const answer = await fetch(origin + url, { method, headers: sent, body })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    apiBaseUrl: cf.apiBaseUrl.replace(origin, `http://127.0.0.1:${port}`),
    /** What a look showed when the first upload had stalled. */
    seen: seen.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Command lines of living processes, as Linux keeps them. */
async function processesMentioning(text: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(text))
}
