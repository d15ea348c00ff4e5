/** What the site answers, and what follows from it: proven, a doubt, or red. */
import { describe, expect, it } from 'vitest'
import type { Deployment, Project } from '../../actions/deploy-pages/pages.ts'
import { contentOf } from '../../actions/deploy-pages/served.ts'
import { verifyDeploymentUrl, verifyDomains } from '../../actions/deploy-pages/verify.ts'

const APP = 'console.log(1)\n'
const sample = {
  probe: { file: 'app.js', urlPath: '/app.js', mayDiffer: undefined },
  content: contentOf(Buffer.from(APP)),
  access: undefined,
}
const deployment: Deployment = {
  id: 'd1',
  url: 'https://d1.site.pages.dev',
  environment: 'production',
  aliases: [],
  latest_stage: undefined,
  stages: [],
}
const domains = ['site.pages.dev', 'example.com', 'www.example.com']
const project: Project = { name: 'site', subdomain: 'site.pages.dev', domains, production_branch: 'main' }

/** A web on which each address answers with these in turn, the last one for good; the app where none is given. */
function web(answers: Readonly<Record<string, readonly (() => Response)[]>>, timeout = 300) {
  const visits: string[] = []
  const fake: typeof fetch = async (input) => {
    const { host } = new URL(String(input))
    const seen = visits.filter((visit) => visit === host).length
    visits.push(host)
    const list = answers[host] ?? []
    return list[Math.min(seen, list.length - 1)]?.() ?? new Response(APP)
  }
  const deadline = performance.now() + timeout
  return { visits, ports: { fetch: fake, timeout, deadline, signal: new AbortController().signal } }
}

const notFound = () => new Response('', { status: 404 })
const redirect = (to: string) => () => new Response(null, { status: 301, headers: { location: to } })

describe.concurrent('the deployment URL', () => {
  const url = new URL(deployment.url)

  it('is waited for until it serves the bytes', async () => {
    const { ports, visits } = web({ [url.host]: [notFound, () => new Response(APP)] }, 5000)
    expect(await verifyDeploymentUrl(deployment, sample, ports)).toEqual({
      proven: 'https://d1.site.pages.dev/app.js serves app.js byte for byte',
    })
    expect(visits).toHaveLength(2)
  })

  it('is red when it never does, and the hint fits the answer', async () => {
    const forbidden = web({ [url.host]: [() => new Response('', { status: 403 })] })
    await expect(verifyDeploymentUrl(deployment, sample, forbidden.ports)).rejects.toMatchObject({
      message: expect.stringContaining('after 300 ms, https://d1.site.pages.dev/app.js answers HTTP 403'),
      hint: expect.stringContaining('access-client-id'),
    })
    const moved = web({ [url.host]: [redirect('https://example.com/app.js')] })
    await expect(verifyDeploymentUrl(deployment, sample, moved.ports)).rejects.toMatchObject({
      message: expect.stringContaining('redirects to https://example.com/app.js (HTTP 301)'),
      hint: expect.stringContaining('Bulk Redirects'),
    })
  })

  it('is red at once when Cloudflare Access stands before it', async () => {
    const { ports, visits } = web({
      [url.host]: [redirect('https://team.cloudflareaccess.com/cdn-cgi/access/login/d1.site.pages.dev')],
    })
    await expect(verifyDeploymentUrl(deployment, sample, ports)).rejects.toMatchObject({
      message:
        'Deployment d1 is deployed, but its bytes could not be compared: https://d1.site.pages.dev/app.js redirects to the login of Cloudflare Access.',
      hint: expect.stringMatching(/^Create a service token/),
    })
    expect(visits).toHaveLength(1)
    const withToken = { ...sample, access: { clientId: 'id', clientSecret: 'secret' } }
    await expect(verifyDeploymentUrl(deployment, withToken, ports)).rejects.toMatchObject({
      message: expect.stringMatching(/^Access did not accept the service token: https:\/\/d1/),
      hint: expect.stringMatching(/^Check access-client-id/),
    })
  })

  it('is a doubt when Functions answer it, and red when nothing does', async () => {
    const owned = { ...sample, probe: { ...sample.probe, mayDiffer: 'Functions answer this path' } }
    const works = web({ [url.host]: [() => new Response('dynamic')] })
    expect(await verifyDeploymentUrl(deployment, owned, works.ports)).toMatchObject({
      doubt: expect.stringContaining('Functions answer this path'),
    })
    const broken = web({ [url.host]: [() => new Response('', { status: 500 })] })
    await expect(verifyDeploymentUrl(deployment, owned, broken.ports)).rejects.toMatchObject({
      message: expect.stringContaining('answers HTTP 500'),
      hint: expect.stringContaining('www.cloudflarestatus.com'),
    })
  })
})

describe.concurrent('the domains of the project', () => {
  it('are proven each, also one that redirects to another of them', async () => {
    const { ports } = web({ 'www.example.com': [redirect('https://example.com/app.js')] })
    expect(await verifyDomains(project, sample, ports)).toEqual([
      { proven: 'site.pages.dev serves the same file' },
      { proven: 'example.com serves the same file' },
      { proven: 'www.example.com leads to example.com' },
    ])
  })

  it('are not waited for when they lead elsewhere or are closed', async () => {
    const { ports, visits } = web({
      'example.com': [redirect('https://elsewhere.example/')],
      'www.example.com': [() => new Response('', { status: 401 })],
    })
    const findings = await verifyDomains(project, sample, ports)
    expect(visits).toHaveLength(3)
    expect(findings.slice(1)).toEqual([
      { doubt: expect.stringMatching(/^Whether example\.com shows .* redirects to https:\/\/elsewhere/) },
      { doubt: expect.stringMatching(/^Whether www\.example\.com shows .* answers HTTP 401/) },
    ])
  })

  it('may show the old site until the time is over, and are then a doubt that names them', async () => {
    const { ports } = web({ 'example.com': [() => new Response('old')] })
    const findings = await verifyDomains(project, sample, ports)
    expect(findings[1]).toMatchObject({
      doubt: expect.stringMatching(
        /^example\.com does not show this deployment yet: https:\/\/example\.com\/app\.js serves/,
      ),
    })
  })
})
