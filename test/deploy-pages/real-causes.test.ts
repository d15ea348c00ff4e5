/** Causes that come from neither an answer of Cloudflare's nor its absence, and those that are easily taken for others. */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OLDEST_WRANGLER } from '../../actions/deploy-pages/wrangler-version.ts'
import { deployBehind, expectFailed, expectLive } from '../support/behind.ts'
import { type Gate, startGate } from '../support/gate.ts'
import { installWrangler } from '../support/wrangler.ts'
import { deployInTrouble, type Outcome } from './faulty.ts'
import type { Workspace } from './setup.ts'

const FUNCTION = { 'functions/a.js': 'export const onRequest = () => new Response("hi")\n' }

describe.concurrent('a connection that is refused', () => {
  it('is made in the next attempt', async () => {
    const outcome = await deployBehind<Gate>({
      start: startGate,
      meanwhile: async (gate, step) => {
        await step.prints('::group::Upload')
        await gate.refuse()
        await step.prints('Attempt 1 of 3 failed')
        await gate.open()
      },
    })
    expectLive(outcome, [/the connection to Cloudflare failed, \d/])
  })

  it('for good ends the step with what it was', async () => {
    const outcome = await deployBehind<Gate>({
      start: startGate,
      step: { inputs: { attempts: '1' } },
      meanwhile: async (gate, step) => {
        await step.prints('::group::Upload')
        await gate.refuse()
      },
    })
    expectFailed(
      outcome,
      /^wrangler made no deployment \(exit code 1\)\.\n {2}fetch failed\nThe connection to Cloudflare failed, which may pass by itself\. /,
      { uploads: 1 },
    )
    expect(outcome.deployments).toEqual([])
  })
})

/** The real wrangler as the project's own, asking for a Node that is newer than any: what it does under too old a one. */
async function installDemandingWrangler({ path }: Workspace): Promise<void> {
  const { bin } = await installWrangler()
  const real = dirname(dirname(bin))
  const own = join(path, 'node_modules/wrangler')
  await mkdir(join(own, 'bin'), { recursive: true })
  await cp(join(real, 'package.json'), join(own, 'package.json'))
  await symlink(join(real, 'wrangler-dist'), join(own, 'wrangler-dist'))
  const script = await readFile(bin, 'utf8')
  const demanding = script.replace(/(MIN_NODE_VERSION = ")[\d.]+"/, '$199.0.0"')
  expect(demanding).not.toBe(script)
  await writeFile(join(own, 'bin/wrangler.js'), demanding)
}

it('a wrangler that needs a newer Node than the action has is not tried again', async () => {
  const outcome = await deployBehind<Gate>({
    start: startGate,
    site: installDemandingWrangler,
    step: { inputs: { 'wrangler-version': 'project' } },
  })
  expectFailed(
    outcome,
    /^wrangler made no deployment \(exit code 1\)\.\n {2}Wrangler requires at least Node\.js v99\.0\.0\. You are using v24\.[\s\S]*\nUse an older wrangler-version, or update the runner: wrangler runs on the action's Node, which belongs to it\.$/,
    { uploads: 1 },
  )
  expect(outcome.writes).toEqual([])
})

describe.concurrent('a Worker that takes too much to start', () => {
  const reason = 'Script startup exceeded CPU time limit.'

  /** The reason is inside the words for a failure that is tried once more (cloudflare/next-on-pages#54). */
  it('fails the stage, and is not deployed again', async () => {
    const log = `Error: Failed to publish your Function. Got error: Error: ${reason}`
    const behaviour = { stages: { stage: 'deploy', status: 'failure', log } } as const
    const outcome = await deployInTrouble({ behaviour, files: FUNCTION })
    expectFailed(
      outcome,
      /^Stage deploy of deployment \S+ failed\.[\s\S]*Script startup exceeded CPU time limit\.\nDo less at the top level of functions\/ or _worker\.js: /,
      { uploads: 1 },
    )
    expect(outcome.deployments).toHaveLength(1)
    expect(outcome.canonical).toBeUndefined()
    expect(outcome.result.stdout).toContain('Your Worker failed validation because it exceeded startup limits.')
  })

  it('is refused with code 10021, and is not deployed again', async () => {
    const faults = [`cloudflare:POST /deployments:code=10021/400;message=${reason}`]
    const outcome = await deployInTrouble({ faults, files: FUNCTION })
    expectFailed(
      outcome,
      /^Cloudflare could not start the Worker \(code 10021\)\.[\s\S]*Script startup exceeded CPU time limit\. \[code: 10021\]\nCorrect what the message names; .*top level of functions\/ or _worker\.js\. No deployment was made\.$/,
      { uploads: 1 },
    )
    expect(outcome.deployments).toEqual([])
  })
})

describe.concurrent('a cause that nobody knows', () => {
  const faults = ['cloudflare:POST /deployments:code=8000999/418;message=Teapot.']
  const posts = ({ writes }: Outcome) => writes.filter((write) => write === 'POST deployments')

  it('is tried exactly once more, and named as unknown each time and in the end', async () => {
    const outcome = await deployInTrouble({ faults, step: { inputs: { attempts: '5' } } })
    expectFailed(
      outcome,
      /^wrangler made no deployment \(exit code 1\)\.\n {2}A request to the Cloudflare API \(\S+\/deployments\) failed\.\n {2}Teapot\. \[code: 8000999\]\nWhat wrangler printed is in the group "Upload" of this log; this action does not know the cause: correct what it names\. It was tried twice\.$/,
      { uploads: 2 },
    )
    expect(posts(outcome)).toHaveLength(2)
    expect(outcome.deployments).toEqual([])
    expect(outcome.result.stdout.match(/for a reason that this action does not know\. It is tried once more/g)).toEqual(
      ['for a reason that this action does not know. It is tried once more'],
    )
    expect(outcome.result.summary).toMatch(/\| \*\*Attempt 1\*\* \| unknown, .*\n\| \*\*Attempt 2\*\* \| unknown, /)
    expect(outcome.result.summary).not.toContain('Attempt 3')
  })

  it('does not use up the attempts of one that is known', async () => {
    const outcome = await deployInTrouble({ faults: ['cloudflare:POST /deployments:html=502*1', `${faults[0]}*1`] })
    expectLive(outcome, [/Cloudflare answered with HTTP 502, \d/, /unknown, \d/])
    expect(posts(outcome)).toHaveLength(3)
  })
})

it('the oldest wrangler that is accepted deploys, and its deployment is proven', async () => {
  const inputs = { 'wrangler-version': OLDEST_WRANGLER }
  const outcome = await deployBehind<Gate>({ start: startGate, step: { inputs } })
  expectLive(outcome)
  expect(outcome.result.outputs['wrangler-version']).toBe(OLDEST_WRANGLER)
})
