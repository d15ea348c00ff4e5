/** What the site answers, and what follows from it: proven, a doubt, or red. */
import { describe, expect, it } from 'vitest'
import type { Deployment, Project } from '../../actions/deploy-pages/pages.ts'
import { contentOf } from '../../actions/deploy-pages/served.ts'
import { verifyDeploymentUrl, verifyDomains } from '../../actions/deploy-pages/verify.ts'

const APP = 'console.log(1)\n'
const check = {
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
  const warnings: string[] = []
  const log = {
    debug() {},
    info() {},
    warning: (message: string) => void warnings.push(message),
    group: <T>(_name: string, work: () => Promise<T>) => work(),
  }
  const fake: typeof fetch = async (input) => {
    const { host } = new URL(String(input))
    const seen = visits.filter((visit) => visit === host).length
    visits.push(host)
    const list = answers[host] ?? []
    return list[Math.min(seen, list.length - 1)]?.() ?? new Response(APP)
  }
  const deadline = performance.now() + timeout
  return { visits, warnings, visitor: { fetch: fake, log, timeout, deadline, signal: new AbortController().signal } }
}

const notFound = () => new Response('', { status: 404 })
const redirect = (to: string) => () => new Response(null, { status: 301, headers: { location: to } })

describe.concurrent('the deployment URL', () => {
  const url = new URL(deployment.url)

  it('is waited for until it serves the bytes', async () => {
    const { visitor, visits } = web({ [url.host]: [notFound, () => new Response(APP)] }, 5000)
    expect(await verifyDeploymentUrl(url, check, visitor)).toEqual({
      proven: 'https://d1.site.pages.dev/app.js serves app.js byte for byte',
    })
    expect(visits).toHaveLength(2)
  })

  it('is red when it never does, and the hint fits the answer', async () => {
    const forbidden = web({ [url.host]: [() => new Response('', { status: 403 })] })
    await expect(verifyDeploymentUrl(url, check, forbidden.visitor)).rejects.toMatchObject({
      message: expect.stringContaining('after 300 ms, https://d1.site.pages.dev/app.js answers HTTP 403'),
      hint: expect.stringContaining('access-client-id'),
    })
    const moved = web({ [url.host]: [redirect('https://example.com/app.js')] })
    await expect(verifyDeploymentUrl(url, check, moved.visitor)).rejects.toMatchObject({
      message: expect.stringContaining('redirects to https://example.com/app.js (HTTP 301)'),
      hint: expect.stringContaining('Bulk Redirects'),
    })
  })

  it('is red at once when Cloudflare Access stands before it', async () => {
    const { visitor, visits } = web({
      [url.host]: [redirect('https://team.cloudflareaccess.com/cdn-cgi/access/login/d1.site.pages.dev')],
    })
    await expect(verifyDeploymentUrl(url, check, visitor)).rejects.toThrow(
      /redirects to the login of Cloudflare Access/,
    )
    expect(visits).toHaveLength(1)
  })

  it('is a doubt when Functions answer it, and red when nothing does', async () => {
    const owned = { ...check, probe: { ...check.probe, mayDiffer: 'Functions answer this path' } }
    const works = web({ [url.host]: [() => new Response('dynamic')] })
    expect(await verifyDeploymentUrl(url, owned, works.visitor)).toMatchObject({
      doubt: expect.stringContaining('Functions answer this path'),
    })
    const broken = web({ [url.host]: [() => new Response('', { status: 500 })] })
    await expect(verifyDeploymentUrl(url, owned, broken.visitor)).rejects.toThrow(/answers HTTP 500/)
  })
})

describe.concurrent('the domains of the project', () => {
  it('are proven each, also one that redirects to another of them', async () => {
    const { visitor, warnings } = web({ 'www.example.com': [redirect('https://example.com/app.js')] })
    expect(await verifyDomains(deployment, project, check, visitor)).toEqual([
      { proven: 'site.pages.dev shows it' },
      { proven: 'example.com shows it' },
      { proven: 'www.example.com leads to example.com' },
    ])
    expect(warnings).toEqual([])
  })

  it('are not waited for when they lead elsewhere or are closed', async () => {
    const { visitor, visits, warnings } = web({
      'example.com': [redirect('https://elsewhere.example/')],
      'www.example.com': [() => new Response('', { status: 401 })],
    })
    await verifyDomains(deployment, project, check, visitor)
    expect(visits).toHaveLength(3)
    expect(warnings).toEqual([
      expect.stringMatching(/^Not proven: whether example\.com shows .* redirects to https:\/\/elsewhere/),
      expect.stringMatching(/^Not proven: whether www\.example\.com shows .* answers HTTP 401/),
    ])
  })

  it('may show the old site until the time is over, and are then a doubt that names them', async () => {
    const { visitor, warnings } = web({ 'example.com': [() => new Response('old')] })
    const findings = await verifyDomains(deployment, project, check, visitor)
    expect(findings[1]).toMatchObject({ doubt: expect.stringMatching(/^example\.com does not show this deployment/) })
    expect(warnings).toHaveLength(1)
  })
})
