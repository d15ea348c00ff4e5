/** Reading a deployment back, look by look: what is waited for, what ends it, what is endured. */
import { describe, expect, it } from 'vitest'
import type { Deployment, Environment, Pages, Project } from '../../actions/deploy-pages/pages.ts'
import { type Claim, prove } from '../../actions/deploy-pages/proof.ts'
import type { Answer } from '../../src/cloudflare.ts'

const project: Project = { name: 'site', subdomain: 'site.pages.dev', domains: [], production_branch: 'main' }

const ok = (name: string, status: string, environment: Environment = 'preview'): Answer<Deployment> => ({
  kind: 'ok',
  result: {
    id: 'd1',
    url: 'https://d1.site.pages.dev',
    environment,
    aliases: [],
    latest_stage: { name, status },
    stages: [],
  },
})
const unavailable = (message: string, retryAfter?: number) => ({ kind: 'unavailable', message, retryAfter }) as const
const refused = (status: number, code: number) => ({ kind: 'refused', status, code, message: 'No.' }) as const

/** Proves a preview whose deployment is answered with these in turn, the last one for good. */
async function proveWith(
  answers: readonly Answer<Deployment>[],
  { readProject, ...claim }: Partial<Claim> & { readonly readProject?: Answer<Project> } = {},
) {
  let looks = 0
  const lines: string[] = []
  const unused = () => Promise.reject(new Error('Nobody should ask for this.'))
  const pages: Pages = {
    readDeployment: async () => answers[Math.min(looks++, answers.length - 1)] ?? unavailable('no answer'),
    readLog: async () => ({ kind: 'ok', result: ['first', '\u001b[31msecond\u001b[0m'] }),
    readProject: async () => readProject ?? unused(),
    listDeployments: unused,
    createProject: unused,
    readFileLimit: unused,
  }
  const log = {
    debug() {},
    info: (line: string) => void lines.push(line),
    warning() {},
    group: <T>(_name: string, work: () => Promise<T>) => work(),
  }
  const proof = prove(
    { id: 'd1', project, accountId: 'a1', environment: 'preview', liveTimeout: 10_000, sample: undefined, ...claim },
    { pages, fetch: unused, log, signal: new AbortController().signal },
  )
  const error = await proof.then(
    () => '',
    (reason: Error) => reason.message,
  )
  return { error, looks, lines }
}

describe.concurrent('a deployment', () => {
  it('is proven at the first look when it is live already', async () => {
    expect(await proveWith([ok('deploy', 'success')])).toMatchObject({ error: '', looks: 1 })
  })

  it('is waited for through every stage before the last one', async () => {
    const answers = [ok('queued', 'success'), ok('build', 'active'), ok('deploy', 'active'), ok('deploy', 'success')]
    expect(await proveWith(answers)).toMatchObject({ error: '', looks: 4 })
  })

  it('is waited for while the API is down, limits the rate or does not know it yet', async () => {
    const answers = [
      unavailable('HTTP 503'),
      unavailable('HTTP 429', 100),
      refused(404, 8_000_009),
      ok('deploy', 'success'),
    ]
    expect(await proveWith(answers)).toMatchObject({ error: '', looks: 4 })
  })

  it('is looked for no sooner than retry-after asks', async () => {
    const started = performance.now()
    await proveWith([unavailable('HTTP 429', 1200), ok('deploy', 'success')])
    expect(performance.now() - started).toBeGreaterThanOrEqual(1190)
  })

  it('is given up at once when the token is refused', async () => {
    const { error, looks } = await proveWith([refused(403, 10_000)])
    expect(error).toBe('Deployment d1 could not be read back. Cloudflare refused the API token (code 10000).')
    expect(looks).toBe(1)
  })

  it('is given up at once when a stage failed, with its log', async () => {
    const { error, looks, lines } = await proveWith([ok('clone_repo', 'failure')])
    expect(error).toBe('Stage clone_repo of deployment d1 failed.\n  first\n  second')
    expect(lines).toEqual(['first', 'second'])
    expect(looks).toBe(1)
  })

  it('is given up at once when the project may no longer be read, and no other deployment is blamed', async () => {
    const started = performance.now()
    const claim = { environment: 'production', readProject: refused(403, 10_000) } as const
    const { error } = await proveWith([ok('deploy', 'success', 'production')], claim)
    expect(error).toBe(
      'Deployment d1 succeeded, but whether it is the canonical one could not be read. Cloudflare refused the API token (code 10000).',
    )
    expect(performance.now() - started).toBeLessThan(5000) // of 10 s for the proof
  })

  it('is given up after live-timeout with what was seen last', async () => {
    const { error } = await proveWith([ok('deploy', 'active'), unavailable('HTTP 502')], { liveTimeout: 600 })
    expect(error).toBe('Deployment d1 was not live after 600 ms: the Cloudflare API answers HTTP 502.')
  })
})
