/** Uploads that come to nothing: the step ends red, in time, with the cause, and leaves nothing running. */
import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { processesMentioning } from './faulty.ts'
import { cloudflare, deploy, errorOf, interfere, workspace } from './setup.ts'

describe.concurrent('an upload', () => {
  it('of a deployment that is refused for good with code 8000000 is red', async () => {
    await using cf = await cloudflare({
      behaviour: { upload: { code: 8_000_000, message: 'An unknown error occurred.' } },
    })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { attempts: '1' } })

    expect(errorOf(result)).toMatch(
      /^Cloudflare could not make the deployment and gave no reason \(code 8000000\)\.\n {2}A request to .* failed\.\n {2}An unknown error occurred\. \[code: 8000000\]\nRun the job again; .* _headers and _redirects/,
    )
    expect(result.exitCode).toBe(1)
    expect(result.summary).toMatch(/^### site: no deployment was made\n/)
    expect(result.summary).toContain('| **Failed** | Upload |')
    expect(cf.projects[0]?.deployments).toEqual([])
  })

  it('of a file that is refused for good with code 8000000 is red, in plain words', async () => {
    const upload = { code: 8_000_000, message: 'An unknown error occurred.', at: 'assets' } as const
    await using cf = await cloudflare({ behaviour: { upload } })
    await using site = await workspace()
    const result = await deploy(cf, site, { inputs: { attempts: '1' } })

    expect(errorOf(result)).toBe(
      'Cloudflare refused a file (code 8000000): An unknown error occurred.\n' +
        'Run the job again; if it stays, see www.cloudflarestatus.com. No deployment was made.',
    )
    expect(result.stdout).not.toContain('\u001b')
    expect(result.summary).toMatch(/^### site: no deployment was made\n/)
    expect(cf.projects[0]?.deployments).toEqual([])
  })

  it('that nobody can say the end of leaves the question open', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using lost = await interfere(cf, (_method, path) => (/\/deployments(\?|$)/.test(path) ? 502 : 'pass'))
    const result = await deploy(lost, site, { inputs: { attempts: '1' } })
    expect(errorOf(result)).toMatch(
      /^wrangler failed, and it is not known whether it made a deployment \(exit code 1\)/,
    )
    expect(result.summary).toMatch(/^### site: it is not known whether a deployment was made\n/)
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

/** Not beside the others: the time limit includes the start of wrangler, which takes its time on a busy machine. */
describe('an upload that stalls', () => {
  it('is killed after attempt-timeout, with every process that it started', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const seen = Promise.withResolvers<readonly string[]>()
    await using stalling = await interfere(cf, (_method, path) => {
      if (!path.endsWith('/pages/assets/upload')) return 'pass'
      seen.resolve(processesMentioning(site.path))
      return 'stall'
    })
    const step = deploy(stalling, site, { inputs: { 'attempt-timeout': '20s', attempts: '1' } })
    const early = step.then(({ stdout }) => Promise.reject(new Error(`No upload was seen:\n${stdout}`)))
    expect(await Promise.race([seen.promise, early])).toHaveLength(2) // wrangler and what it runs itself in

    early.catch(() => {}) // by now its end is expected
    const result = await step
    expect(errorOf(result)).toMatch(
      /^wrangler did not end within 20\.0 s and was killed\.\n {2}Uploading\.\.\. \(\d\/4\)\nRaise attempt-timeout/,
    )
    expect(result.summary).toMatch(/^### site: it is not known whether a deployment was made\n/)
    expect(await processesMentioning(site.path)).toEqual([])
    expect(await readdir(site.path)).toEqual(['dist'])
  })

  it('after Cloudflare has taken the deployment, is read back and proven without another', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    let isProof = false
    await using stalling = await interfere(cf, (_method, path) =>
      !isProof && /\/deployments\/[\w-]+$/.test(path) ? 'stall' : 'pass',
    )
    const result = await deploy(stalling, site, {
      inputs: { 'attempt-timeout': '20s' },
      meanwhile: async (step) => {
        await step.prints('::group::Proof')
        isProof = true
      },
    })
    expect(errorOf(result)).toBe('')
    const [deployment, ...more] = cf.projects[0]?.deployments ?? []
    expect(more).toEqual([])
    expect(result.outputs).toMatchObject({ 'pages-deployment-id': deployment?.id, attempts: '1' })
    expect(result.stdout).toContain(`wrangler failed, but deployment ${deployment?.id} was made`)
  })
})
