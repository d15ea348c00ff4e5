/** What the cleanup of workflows/image.yml takes from deployments, whose payloads say whatever somebody wrote. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Hono } from 'hono'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parsePairs } from '../../rehearsal/runner/files.ts'
import { type LoopbackServer, listen } from '../../rehearsal/server.ts'
import { root } from '../../scripts/actions.ts'

const Workflow = v.object({
  defaults: v.object({ run: v.object({ shell: v.literal('bash') }) }),
  jobs: v.object({
    cleanup: v.object({ steps: v.array(v.object({ name: v.string(), run: v.optional(v.string()) })) }),
  }),
})

/** As the runner calls `shell: bash`. */
const BASH = ['--noprofile', '--norc', '-e', '-o', 'pipefail']
const DIGEST = `sha256:${'a'.repeat(64)}`
const OTHER = `sha256:${'b'.repeat(64)}`

let folder = ''
let script = ''
let github: LoopbackServer
let answer = ''
let asked = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-deployed-'))
  const workflow = v.parse(Workflow, parse(await readFile(`${root}workflows/image.yml`, 'utf8')))
  script = workflow.jobs.cleanup.steps.find(({ name }) => name === 'See what is deployed')?.run ?? ''
  const app = new Hono()
  app.get('/repos/octo/app/deployments', (c) => {
    asked = new URL(c.req.url).search
    return c.body(answer, 200, { 'content-type': 'application/json' })
  })
  github = await listen(app)
})
afterAll(async () => {
  await github[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** The step, run as the runner does. */
async function run(said: string) {
  answer = said
  const output = join(folder, 'output')
  await writeFile(output, '')
  const env = {
    PATH: process.env['PATH'],
    RUNNER_TEMP: folder,
    GITHUB_OUTPUT: output,
    GITHUB_API_URL: github.origin,
    GITHUB_REPOSITORY: 'octo/app',
    GITHUB_TOKEN: 'token',
    ENVIRONMENT: 'production',
  }
  const child = spawn('bash', [...BASH, '-c', script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [log, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  const written = await readFile(output, 'utf8')
  return { code: Number(code), log, written, outputs: parsePairs(written) }
}

const deployments = (...payloads: readonly unknown[]) => JSON.stringify(payloads.map((payload) => ({ payload })))
const image = (digest: string) => ({ image: `ghcr.io/octo/app@${digest}` })

it('asks for a whole page of the environment, and takes each digest once', async () => {
  const { code, outputs, log } = await run(deployments(image(DIGEST), image(OTHER), image(DIGEST)))
  expect({ code, outputs, log }).toEqual({ code: 0, outputs: { digests: `${DIGEST}\n${OTHER}` }, log: '' })
  expect(asked).toBe('?environment=production&per_page=100')
})

it('takes a payload that was written as text, and leaves those of anything else', async () => {
  const others = [
    '',
    'v1.2.3',
    '{',
    '"text"',
    'null',
    '[]',
    null,
    {},
    [],
    7,
    { image: 7 },
    { image: 'ghcr.io/octo/app:main' },
  ]
  const { code, outputs } = await run(deployments(...others, JSON.stringify(image(DIGEST))))
  expect({ code, outputs }).toEqual({ code: 0, outputs: { digests: DIGEST } })
})

it.each([
  ['a line that ends the block', `x\nEND\nevil=1\n@${DIGEST}`],
  ['an output in front', `digests=\n@${DIGEST}`],
  ['a block of its own', `digests<<X\nX\n@${DIGEST}`],
])('takes from %s the digest alone', async (_, evil) => {
  const { code, outputs } = await run(deployments({ image: evil }, image(OTHER)))
  expect({ code, outputs }).toEqual({ code: 0, outputs: { digests: `${DIGEST}\n${OTHER}` } })
})

it.each([`@${DIGEST}\nEND`, `@${DIGEST}\n`, `@${DIGEST}0`, `@${DIGEST.toUpperCase()}`])(
  'takes nothing of %j',
  async (evil) => {
    const { outputs } = await run(deployments({ image: evil }, image(OTHER)))
    expect(outputs).toEqual({ digests: OTHER })
  },
)

it('warns where nothing was ever deployed', async () => {
  const { code, outputs, log } = await run(deployments())
  expect(code).toBe(0)
  expect(outputs['digests']).toBe('')
  expect(log).toMatch(/^::warning title=.+There are no deployments to production/)
})

it('stops where deployments name no image, since the one in use could be deleted', async () => {
  const { code, written, log } = await run(deployments({}, 'v1'))
  expect(code).toBe(1)
  expect(written).toBe('')
  expect(log).toMatch(/^::error title=.+none of the newest 100 names an image/)
})

it.each(['', '{"message":"Moved"}', '[{"payload":', '[7]', 'null'])(
  'fails without a list of deployments: %j',
  async (said) => {
    const { code, written } = await run(said)
    expect(code).not.toBe(0)
    expect(written).toBe('')
  },
)
