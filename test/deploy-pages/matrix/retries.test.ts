/**
 * Every request that wrangler makes, with every trouble that it does not get over by itself, and every code and message
 * that is known: green after another attempt, with proof, or red with the cause. In any case in time, with one
 * deployment at most and nothing left running.
 */
import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deployInTrouble, type Outcome, type Trouble } from '../faulty.ts'
import { errorOf } from '../setup.ts'

/** wrangler uploads a larger one in up to three requests at once, whose failures it counts together. */
const ONE_FILE = { 'dist/app-Bx31kQ9z.js': 'console.log("hello")\n' }

/** Green, in this many attempts, with one deployment that is proven, and with the cause of each failed one. */
function expectGreen({ result, deployments, canonical, leftovers }: Outcome, causes: readonly RegExp[]): void {
  expect(errorOf(result)).toBe('')
  expect(result.exitCode).toBe(0)
  expect(deployments).toEqual([result.outputs['pages-deployment-id']])
  expect(canonical).toBe(deployments[0])
  expect(result.outputs['attempts']).toBe(String(causes.length + 1))
  expect(result.stdout).toContain('Proven: ')
  for (const [index, cause] of causes.entries()) {
    expect(result.summary).toMatch(new RegExp(`\\*\\*Attempt ${index + 1}\\*\\* \\| [^|]*${cause.source}`))
  }
  expect(leftovers).toEqual([])
}

function expectRed({ result, leftovers }: Outcome, error: RegExp): void {
  expect(errorOf(result)).toMatch(error)
  expect(result.exitCode).toBe(1)
  expect(result.stdout.replaceAll(/^::debug::.*/gm, '')).not.toMatch(/\n {4}at |report it/)
  expect(leftovers).toEqual([])
}

describe('what wrangler gives up at once is tried again', () => {
  const requests = ['GET /projects/site', 'GET /upload-token', 'POST /deployments']
  const troubles: readonly (readonly [what: string, cause: RegExp])[] = [
    ['html=502', /Cloudflare answered with HTTP 502/],
    ['503', /Cloudflare answered with HTTP 503/],
    ['html=504', /Cloudflare answered with HTTP 504/],
    ['html=525', /Cloudflare answered with HTTP 525/],
    ['429;retry-after=1', /Cloudflare limits the rate of requests/],
    ['reset', /the connection to Cloudflare failed/],
    ['truncate', /the connection to Cloudflare failed/],
  ]
  const rows = requests.flatMap((request) =>
    troubles
      .filter(([what]) => !(request.startsWith('POST') && what === 'truncate')) // that one is applied: below
      .map(([what, cause]) => [request, what, cause] as const),
  )

  it.concurrent.each(rows)('%s: %s', async (request, what, cause) => {
    expectGreen(await deployInTrouble({ faults: [`cloudflare:${request}:${what}*1`] }), [cause])
  })

  it('and no sooner than Cloudflare asks', async () => {
    const outcome = await deployInTrouble({ faults: ['cloudflare:POST /deployments:429;retry-after=6*1'] })
    expectGreen(outcome, [/limits the rate/])
    expect(outcome.result.stdout).toContain('the next begins in 6.0 s, as Cloudflare asks.')
    expect(outcome.duration).toBeGreaterThan(6000)
  })
})

describe('a deployment that was made although its answer was lost is taken up, not made again', () => {
  it.concurrent.each([
    ['reset', 'applied-reset*1', {}],
    ['cut off', 'truncate*1', {}],
    ['never sent', 'applied-stall*1', { 'attempt-timeout': '12s' }],
    ['never sent, to a wrangler that is killed', 'applied-kill*1', {}],
  ])('%s', async (_what, what, inputs) => {
    const outcome = await deployInTrouble({ faults: [`cloudflare:POST /deployments:${what}`], step: { inputs } })
    expectGreen(outcome, [])
    expect(outcome.writes.filter((write) => write === 'POST deployments')).toHaveLength(1)
  })

  it('also when Cloudflare can say so only before the next attempt', async () => {
    const outcome = await deployInTrouble({
      faults: ['cloudflare:POST /deployments:applied-reset*1', 'cloudflare:GET /deployments:503*3'],
    })
    expectGreen(outcome, [])
    expect(outcome.result.stdout).toContain('it is taken up instead of making another')
  })
})

describe('what wrangler tries again by itself', () => {
  it.concurrent.each([
    ['check-missing', 'POST /pages/assets/check-missing:503*1'],
    ['an upload', 'POST /pages/assets/upload:503*1'],
    ['an upload that ends with HTTP 524', 'POST /pages/assets/upload:html=524*1'],
    ['an upload token that is refused', 'POST /pages/assets/upload:code=8000013/401*2'],
    ['a deployment with code 8000000', 'POST /deployments:code=8000000/500*1'],
    ['the look at the deployment', 'GET /deployments/*:503*1'],
    ['upsert-hashes', 'POST /pages/assets/upsert-hashes:503*2'],
  ])('%s: costs no attempt', async (_name, spec) => {
    expectGreen(await deployInTrouble({ faults: [`cloudflare:${spec}`] }), [])
  })

  it.concurrent.each([
    ['check-missing', 'POST /pages/assets/check-missing:503*6', /HTTP 503/],
    ['an upload', 'POST /pages/assets/upload:html=500*6', /HTTP 500/],
    [
      'an upload with code 8000000',
      'POST /pages/assets/upload:code=8000000/500*6',
      /without a reason \(code 8000000\)/,
    ],
    ['a deployment with code 8000000', 'POST /deployments:code=8000000/500*3', /without a reason \(code 8000000\)/],
  ])('%s: once it has given up, in the next attempt', async (_name, spec, cause) => {
    expectGreen(await deployInTrouble({ faults: [`cloudflare:${spec}`], site: ONE_FILE }), [cause])
  })
})

describe('what never ends is ended', () => {
  it.concurrent.each([
    ['a stalled upload', 'POST /pages/assets/upload:stall*3', /wrangler did not end in time/],
    ['a stalled request for the upload token', 'GET /upload-token:stall*1', /wrangler did not end in time/],
    ['a stalled deployment', 'POST /deployments:stall*1', /wrangler did not end in time/],
  ])('%s: green in the next attempt', async (_name, spec, cause) => {
    const step = { inputs: { 'attempt-timeout': '12s' } }
    expectGreen(await deployInTrouble({ faults: [`cloudflare:${spec}`], step }), [cause])
  })

  it('an upload that ends with HTTP 502 again and again, for which wrangler waits minutes', async () => {
    const faults = ['cloudflare:POST /pages/assets/upload:html=502*2']
    const step = { inputs: { 'attempt-timeout': '10s' } }
    expectGreen(await deployInTrouble({ faults, site: ONE_FILE, step }), [
      /wrangler did not end in time: [^|]*HTTP 502/,
    ])
  })

  it('an upload token that is refused without end: red, with its code', async () => {
    const inputs = { 'attempt-timeout': '12s', attempts: '2' }
    const faults = ['cloudflare:POST /pages/assets/upload:code=8000013/401']
    const outcome = await deployInTrouble({ faults, step: { inputs } })
    expectRed(
      outcome,
      /^wrangler did not end within 12\.0 s .* Authorization failed \[code: 8000013\]\.[\s\S]*tried twice\.$/,
    )
    expect(outcome.result.summary).toContain('the upload token was refused (code 8000013)')
    expect(outcome.deployments).toEqual([])
    expect(outcome.duration).toBeLessThan(2 * 12_000 + 15_000)
  })
})

describe('a wrangler that something ends', () => {
  it('is started once more', async () => {
    const outcome = await deployInTrouble({ faults: ['cloudflare:POST /deployments:kill*1'] })
    expectGreen(outcome, [/something ended wrangler/])
  })

  it('and no third time', async () => {
    const outcome = await deployInTrouble({ faults: ['cloudflare:POST /deployments:kill'] })
    expectRed(outcome, /^wrangler made no deployment[\s\S]*It was tried twice\.$/)
    expect(outcome.deployments).toEqual([])
  })
})

describe('what passes by itself never', () => {
  it('code 8000000 for every deployment: red after as many attempts as are allowed', async () => {
    const outcome = await deployInTrouble({ faults: ['cloudflare:POST /deployments:code=8000000/500'] })
    expectRed(outcome, /^Cloudflare could not make the deployment[\s\S]*_headers and _redirects[\s\S]*tried 3 times\.$/)
    expect(outcome.deployments).toEqual([])
    expect(outcome.result.summary).toMatch(/Attempt 3\*\* \| Cloudflare failed without a reason/)
  })

  it('a bad gateway for every deployment: red, with its status', async () => {
    const outcome = await deployInTrouble({ faults: ['cloudflare:POST /deployments:html=502'] })
    expectRed(outcome, /^wrangler made no deployment[\s\S]*502[\s\S]*tried 3 times\.$/)
    expect(outcome.deployments).toEqual([])
  })

  it('a deployment that cannot be read back: red after live-timeout', async () => {
    const inputs = { 'live-timeout': '5s' }
    const outcome = await deployInTrouble({ faults: ['cloudflare:GET /deployments/*:503'], step: { inputs } })
    expectRed(outcome, /^Deployment \S+ was not live after 5\.0 s: the Cloudflare API answers HTTP 503\.$/m)
    expect(outcome.deployments).toHaveLength(1)
  })
})

describe('a permanent cause ends the step at once, with what to change', () => {
  const rows: readonly (readonly [name: string, trouble: Trouble, error: RegExp])[] = [
    [
      'code 8000007',
      { faults: ['cloudflare:GET /projects/site:code=8000007/404'] },
      /"site" does not exist[\s\S]*project-name/,
    ],
    [
      'code 10000',
      { faults: ['cloudflare:POST /deployments:code=10000/403'] },
      /^Cloudflare refused the API token \(code 10000\)\.[\s\S]*Pages > Edit/,
    ],
    [
      'code 10000, and the same for every next question',
      { faults: ['cloudflare:* /**:code=10000/403'] },
      /^Cloudflare refused the API token \(code 10000\)\./,
    ],
    [
      'code 9106',
      { faults: ['cloudflare:POST /deployments:code=9106/400'] },
      /^Cloudflare did not recognise the API token \(code 9106\)\./,
    ],
    [
      'code 7003',
      { faults: ['cloudflare:GET /projects/site:code=7003/404'] },
      /^Cloudflare knows no account .* \(code 7003\)\./,
    ],
    [
      'code 7000',
      { faults: ['cloudflare:POST /deployments:code=7000/404'] },
      /^Cloudflare knows no account .* \(code 7000\)\./,
    ],
    [
      'a file that has become too large',
      { meanwhile: ({ path }) => truncate(join(path, 'dist/logo.svg'), 26 * 1024 * 1024) },
      /Pages only supports files up to 25 MiB[\s\S]*R2 for example/,
    ],
    ['too many files', { maxFileCount: 2 }, /Pages only supports up to 2 files[\s\S]*Check that the input directory/],
    [
      'a folder that is gone',
      { meanwhile: ({ path }) => rm(join(path, 'dist'), { recursive: true }) },
      /no such file or directory[\s\S]*Check what the message names: the input directory/,
    ],
    [
      'a _routes.json that is not valid',
      {
        files: { 'functions/a.js': 'export const onRequest = () => new Response("hi")\n' },
        meanwhile: ({ path }) => writeFile(join(path, 'dist/_routes.json'), '{"version":1,"include":[],"exclude":[]}'),
      },
      /Invalid _routes\.json[\s\S]*Correct _routes\.json/,
    ],
    [
      'Functions that cannot be built',
      { files: { 'functions/a.js': 'import "./missing.js"\nexport const onRequest = () => new Response("hi")\n' } },
      /missing\.js[\s\S]*Correct what the message names in functions\//,
    ],
  ]

  it.concurrent.each(rows)('%s', async (_name, trouble, error) => {
    const outcome = await deployInTrouble(trouble)
    expectRed(outcome, error)
    expect(outcome.deployments).toEqual([])
    expect(outcome.result.stdout.match(/::group::Upload/g)).toHaveLength(1)
    expect(outcome.result.stdout).not.toContain('the next begins')
  })
})

describe('a deployment that fails on Cloudflare', () => {
  const FUNCTION = { 'functions/a.js': 'export const onRequest = () => new Response("hi")\n' }

  it('because a Worker takes too much to start is not made again', async () => {
    const log = 'Error: Script startup exceeded CPU time limit.'
    const behaviour = { stages: { stage: 'deploy', status: 'failure', log } } as const
    const outcome = await deployInTrouble({ behaviour, files: FUNCTION })
    expectRed(outcome, /^Stage deploy of deployment \S+ failed\.[\s\S]*startup exceeded CPU/)
    expect(outcome.deployments).toHaveLength(1)
  })

  it('because its Functions could not be published is made once more, and no third time', async () => {
    const log = 'Error: Failed to publish your Function. Got error: Unknown internal error occurred.'
    const behaviour = { stages: { stage: 'deploy', status: 'failure', log } } as const
    const outcome = await deployInTrouble({ behaviour, files: FUNCTION })
    expectRed(
      outcome,
      /^Stage deploy of deployment \S+ failed\.[\s\S]*Failed to publish your Function[\s\S]*tried twice\.$/,
    )
    expect(outcome.deployments).toHaveLength(2)
  })
})

it('a cause that nobody knows is tried once more, and named as unknown', async () => {
  const outcome = await deployInTrouble({ faults: ['cloudflare:POST /deployments:code=8000999/418;message=Teapot.'] })
  expectRed(
    outcome,
    /^wrangler made no deployment[\s\S]*Teapot\. \[code: 8000999\][\s\S]*does not know the cause[\s\S]*tried twice\.$/,
  )
  expect(outcome.result.stdout).toContain('for a reason that this action does not know. It is tried once more')
  expect(outcome.deployments).toEqual([])
})
