/** What the visited site could do to the step, and does not. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Deployment, Project } from '../../actions/deploy-pages/pages.ts'
import { contentOf, visit } from '../../actions/deploy-pages/served.ts'
import { verifyDeploymentUrl, verifyDomains } from '../../actions/deploy-pages/verify.ts'

const APP = 'console.log(1)\n'
const SECRET = 's3cret-of-access'
const sample = {
  probe: { file: 'app.js', urlPath: '/app.js', mayDiffer: undefined },
  content: contentOf(Buffer.from(APP)),
  access: { clientId: 'c1.access', clientSecret: SECRET },
}

describe('the service token of Access', () => {
  const domains = ['site.pages.dev', 'example.com', 'dangling.example']
  const project: Project = { name: 'site', subdomain: 'site.pages.dev', domains, production_branch: 'main' }
  const login = 'https://team.cloudflareaccess.com/cdn-cgi/access/login/dangling.example'

  it("is sent to the deployment and to the project's own address, and to no other", async () => {
    const told = new Set<string>()
    const fake: typeof fetch = async (input, init) => {
      const { host } = new URL(String(input))
      if (JSON.stringify(init?.headers).includes(SECRET)) told.add(host)
      if (host === 'dangling.example') return new Response(null, { status: 302, headers: { location: login } })
      return new Response(APP)
    }
    const signal = new AbortController().signal
    const ports = { fetch: fake, timeout: 300, deadline: performance.now() + 300, signal }
    const deployment: Pick<Deployment, 'id' | 'url'> = { id: 'd1', url: 'https://d1.site.pages.dev' }
    await verifyDeploymentUrl(deployment, sample, ports)
    const findings = await verifyDomains(project, sample, ports)

    expect([...told].sort()).toEqual(['d1.site.pages.dev', 'site.pages.dev'])
    expect(findings).toEqual([
      { proven: 'site.pages.dev serves the same file' },
      { proven: 'example.com serves the same file' },
      { doubt: expect.stringMatching(/dangling\.example.*login of Cloudflare Access; the service token is sent to/) },
    ])
  })
})

describe('a body', () => {
  it('that is too long is read no further than it takes to know', async () => {
    let sent = 0
    await using site = await serve((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024)
      const write = () => {
        while (sent < 256 * 1024 * 1024) {
          sent += chunk.length
          if (!response.write(chunk)) return response.once('drain', write)
        }
        return response.end()
      }
      write()
    })
    expect(await visit(site.url, sample.content, options())).toMatchObject({
      kind: 'different',
      text: expect.stringMatching(/^serves more than 15 B, but 15 B with SHA-256 \w+… was uploaded$/),
    })
    expect(sent).toBeLessThan(32 * 1024 * 1024) // what sockets buffer
  })

  it('that never ends is left at the deadline', async () => {
    await using site = await serve((_request, response) => void response.write('c'))
    const started = performance.now()
    expect(await visit(site.url, sample.content, options(started + 300))).toMatchObject({
      kind: 'lost',
      text: expect.stringContaining('no answer in time'),
    })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('that comes in pieces is the same, and one that is short is different', async () => {
    await using pieces = await serve((_request, response) => {
      for (const letter of APP) response.write(letter)
      response.end()
    })
    expect(await visit(pieces.url, sample.content, options())).toEqual({ kind: 'same' })
    await using short = await serve((_request, response) => void response.end(APP.slice(1)))
    expect(await visit(short.url, sample.content, options())).toMatchObject({ kind: 'different' })
    await using empty = await serve((_request, response) => void response.end())
    expect(await visit(empty.url, contentOf(new Uint8Array()), options())).toEqual({ kind: 'same' })
  })
})

function options(deadline = performance.now() + 10_000) {
  return { fetch, access: undefined, deadline, signal: new AbortController().signal }
}

async function serve(answer: RequestListener) {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/app.js`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
