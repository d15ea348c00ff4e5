/** Cancelled at each step: what was under way and what may be left on Cloudflare, in one line and without a stack. */
import { describe, expect, it } from 'vitest'
import { poll, readWithRetries } from '../../actions/deploy-pages/poll.ts'
import { CancelledError } from '../../src/errors.ts'
import { cloudflare, deploy, errorOf, type Fate, interfere, workspace } from './setup.ts'

interface Moment {
  /** The request during which, or in the wait after which, the step is cancelled. */
  readonly request: RegExp
  readonly fate: Fate
  /** Requests before this stands in the log are not meant: wrangler, too, reads a deployment back. */
  readonly after: string
}

/** The deployment never becomes live by itself, so that its proof waits until it is cancelled. */
async function cancelAt({ request, fate, after }: Moment, signal: NodeJS.Signals) {
  await using cf = await cloudflare({ behaviour: { stages: { stage: 'deploy', status: 'active' } } })
  await using site = await workspace()
  const asked = Promise.withResolvers<void>()
  let isMeant = false
  await using api = await interfere(cf, (method, path) => {
    if (!isMeant || !request.test(`${method} ${path}`)) return 'pass'
    asked.resolve()
    return fate
  })
  const result = await deploy(api, site, {
    inputs: { 'live-timeout': '60s' },
    meanwhile: async (step) => {
      await step.prints(after)
      isMeant = true
      await asked.promise
      step.kill(signal)
    },
  })
  expect(result.exitCode).toBe(1)
  expect(result.stdout.replaceAll(/^::debug::.*/gm, '')).not.toMatch(/ {4}at |AbortError|report it/)
  return { error: errorOf(result), summary: result.summary, id: cf.projects[0]?.deployments[0]?.id }
}

describe.concurrent('a step that is cancelled', () => {
  it.each([
    ['while Cloudflare is asked', 'stall'],
    ['in the wait before the next try', 503],
  ] as const)('during Preflight, %s, has uploaded nothing', async (_when, fate) => {
    const { error, summary } = await cancelAt(
      { request: /^GET .*\/site$/, fate, after: '::group::Preflight' },
      'SIGINT',
    )
    expect(error).toBe('Cancelled during Preflight (SIGINT). Nothing was uploaded.')
    expect(summary).toMatch(/^### Cloudflare Pages: nothing was uploaded\n/)
  })

  it('during Upload has made no deployment, as far as Cloudflare says', async () => {
    const moment = { request: /^POST .*\/assets\/upload$/, fate: 'stall', after: '::group::Upload' } as const
    const { error, summary } = await cancelAt(moment, 'SIGTERM')
    expect(error).toBe(
      'Cancelled during Upload (SIGTERM). No deployment of this commit was to be seen on Cloudflare afterwards.',
    )
    expect(summary).toMatch(/^### site: no deployment was to be seen\n/)
    expect(summary).toContain('| **Visitors see** | no deployment yet |')
  })

  it('during Upload, while Cloudflare does not answer, does not know what it has taken', async () => {
    const moment = {
      request: /assets\/upload$|^GET .*\/(site|deployments\?.*)$/,
      fate: 'stall',
      after: '::group::Upload',
    } as const
    const { error, summary } = await cancelAt(moment, 'SIGINT')
    expect(error).toBe(
      "Cancelled during Upload (SIGINT). Cloudflare may have taken the deployment already: look at the project's deployments.",
    )
    expect(summary).toMatch(/^### site: it is not known whether a deployment was made\n/)
    expect(summary).toContain('| **Visitors see** | unknown |')
  })

  it.each([
    ['while the deployment is read back', 'stall'],
    ['in the wait before the next look', 'pass'],
  ] as const)('during Proof, %s, names the deployment that may still go live', async (_when, fate) => {
    const moment = { request: /^GET .*\/deployments\/[\w-]+$/, fate, after: '::group::Proof' }
    const { error, id } = await cancelAt(moment, 'SIGINT')
    expect(error).toBe(`Cancelled during Proof (SIGINT). Deployment ${id} exists on Cloudflare and may still go live.`)
  })
})

describe('a wait', () => {
  it('that is cancelled ends with the reason of its signal', async () => {
    const controller = new AbortController()
    const reason = new CancelledError('SIGINT')
    const { signal } = controller
    const waits = [
      poll(async () => ({ pending: 'not yet' }), { deadline: performance.now() + 60_000, signal }),
      readWithRetries(async () => ({ kind: 'unavailable', message: 'HTTP 503', retryAfter: 30_000 }), signal),
    ]
    setImmediate(() => controller.abort(reason)) // after the first look, which needs no I/O
    for (const wait of waits) await expect(wait).rejects.toBe(reason)
  })
})
