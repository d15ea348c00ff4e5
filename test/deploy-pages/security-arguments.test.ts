/** Whoever pushes names the branch and writes the message: both arrive as they are, and no name becomes production. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveTarget } from '../../actions/deploy-pages/target.ts'
import { deployWithWrangler } from '../../actions/deploy-pages/wrangler.ts'
import { run } from '../../src/process.ts'
import { push } from '../support/context.ts'
import { installWrangler } from '../support/wrangler.ts'
import { ACCOUNT, cloudflare, deploy, errorOf, TOKEN, workspace } from './setup.ts'

/** Uploads as this branch with this message, and says what Cloudflare has of it. */
async function arrive(branch: string, message: string) {
  await using cf = await cloudflare()
  await using site = await workspace({ 'dist/index.html': '<p>' })
  const scratch = await mkdtemp(join(tmpdir(), 'slipway-security-'))
  try {
    const head = { sha: 'c0ffee1', branch, isSecondHand: false, fork: undefined, doubt: undefined, message }
    const target = resolveTarget({ branch: undefined, commitHash: undefined, commitMessage: undefined }, head)
    const wrangler = {
      version: 'shipped',
      script: (await installWrangler()).bin,
      compileCache: join(scratch, 'compile-cache'),
      installedIn: undefined,
    }
    const order = {
      apiToken: TOKEN,
      accountId: ACCOUNT,
      apiBaseUrl: cf.apiBaseUrl,
      projectName: 'site',
      directory: join(site.path, 'dist'),
      workingDirectory: site.path,
      target,
      timeout: 60_000,
    }
    const { signal } = new AbortController()
    const printed: string[] = []
    const ports = { run, env: process.env, signal, scratch, print: (line: string) => void printed.push(line) }
    const attempt = await deployWithWrangler(wrangler, order, ports)
    if (attempt.kind !== 'recorded') throw new Error(printed.join('\n'))
    const [deployment] = cf.projects[0]?.deployments ?? []
    const { commit_message, ...metadata } = deployment?.deployment_trigger.metadata ?? {}
    // A form writes every line break as CR LF (HTML, "Multipart form data").
    return { environment: deployment?.environment, ...metadata, message: commit_message?.replaceAll('\r\n', '\n') }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Each is a name that git takes for a branch; `main` is the production branch. */
const BRANCHES = [
  '"main"',
  "'main'",
  '""main""',
  `"'main'"`,
  '""',
  '"',
  "'",
  'a"b',
  '"main',
  '--branch=main',
  '-x',
  '--',
  '=main',
  '$(id)',
  '0x10',
  '1e3',
  'true',
  'é🚢',
]

const MESSAGES: readonly (readonly [what: string, message: string])[] = [
  ['double quotes at both ends', '"Revert "Say hello""'],
  ['single quotes at both ends', "'quoted'"],
  ['backslashes', '\\"\\n\\\\'],
  ['several lines', 'Say hello\n\n\tto everyone\n'],
  ['a flag', '--branch=main'],
  ['a dash', '-'],
  ['nothing but quotes', '""'],
]

describe('what Cloudflare is told', () => {
  it.each(BRANCHES)('has the branch %s letter for letter, and it is a preview', async (branch) => {
    expect(await arrive(branch, 'Say hello')).toMatchObject({
      branch,
      environment: 'preview',
      commit_hash: 'c0ffee1',
      message: 'Say hello',
    })
  })

  it.each(MESSAGES)('has a message with %s letter for letter', async (_what, message) => {
    expect(await arrive('feature', message)).toMatchObject({ branch: 'feature', message })
  })

  it('has a message without the control characters that no argument can hold', async () => {
    expect(await arrive('feature', 'a\0b\u001b[31mc\r\n\u0085d\te')).toMatchObject({ message: 'ab[31mc\nd\te' })
  })
})

describe('a branch that is called "main" with its quotes', () => {
  it('is no production, neither in the preflight nor on Cloudflare', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const context = push({ branch: '"main"' })
    const result = await deploy(cf, site, { context, inputs: { 'expect-environment': 'preview' } })
    expect(errorOf(result)).toBe('')
    expect(result.outputs).toMatchObject({ 'pages-environment': 'preview' })
    expect(cf.projects[0]?.canonical_deployment).toBeNull()
  })
})
