/** A run that was killed at any stage leaves what its re-run finishes: one deployment, with a final status. */
import { describe, expect, it } from 'vitest'
import { SHA } from '../support/context.ts'
import { madeHere, requestsOf, type Scenario, startScenario, statesOf, warningsOf, writesOf } from './setup.ts'

const SECOND = { GITHUB_RUN_ATTEMPT: '2' }
const CREATE = 'POST /deployments'
const STATUS = 'POST /statuses'
/** Before GitHub has made the deployment. */
const UNMADE = `${CREATE}:stall`
const own = madeHere({ run_id: 4242 })

describe.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])('a main step killed by %s', { concurrent: true }, (signal) => {
  const stages: readonly (readonly [string, string])[] = [
    ['before GitHub has the request for the deployment', UNMADE],
    ['after GitHub has made the deployment, before the answer', `${CREATE}:applied-stall`],
    ['after the deployment, before its first status', `${STATUS}:stall`],
    ['after the first status, before the answer', `${STATUS}:applied-stall`],
  ]
  const kill = async (scenario: Scenario, fault: string) => {
    scenario.fault(fault)
    const main = await scenario.main({
      meanwhile: async (child) => {
        await scenario.faulted()
        child.kill(signal)
      },
    })
    scenario.mend()
    expect(main.exitCode).toBe(signal === 'SIGKILL' ? null : 1)
    return main
  }

  it.each(stages)('%s, without a post step, is finished by a re-run', async (_, fault) => {
    await using scenario = await startScenario()
    await kill(scenario, fault)
    const main = await scenario.main({ env: SECOND })
    await scenario.post(main, 'success', { env: SECOND })

    expect(scenario.github.deployments).toHaveLength(1)
    expect(statesOf(scenario.github)[0]?.slice(-2)).toEqual(['in_progress', 'success'])
    expect(main.outputs['deployment-id']).toBe(String(scenario.github.deployments[0]?.id))
    expect(main.outputs['reused']).toBe(String(fault !== UNMADE))
  })

  it.each(stages)('%s is finished by its own post step, if there is something to finish', async (_, fault) => {
    await using scenario = await startScenario()
    const killed = await kill(scenario, fault)
    const post = await scenario.post(killed, 'cancelled')

    expect(warningsOf(post)).toEqual([])
    expect(statesOf(scenario.github).map((states) => states.at(-1))).toEqual(fault === UNMADE ? [] : ['error'])
    const main = await scenario.main({ env: SECOND })
    await scenario.post(main, 'success', { env: SECOND })
    expect(statesOf(scenario.github).map((states) => states.slice(-2))).toEqual([['in_progress', 'success']])
  })
})

describe.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])('a post step killed by %s', { concurrent: true }, (signal) => {
  it.each<readonly [string, string]>([
    ['while it looks at the deployment', 'GET /statuses:stall'],
    ['before GitHub has the final status', `${STATUS}:stall`],
    ['after the final status, before the answer', `${STATUS}:applied-stall`],
  ])('%s is made good by a re-run', async (_, fault) => {
    await using scenario = await startScenario()
    const killed = await scenario.main()
    scenario.fault(fault)
    await scenario.post(killed, 'failure', {
      meanwhile: async (child) => {
        await scenario.faulted()
        child.kill(signal)
      },
    })
    scenario.mend()
    const main = await scenario.main({ env: SECOND })
    await scenario.post(main, 'success', { env: SECOND })

    const before = !fault.includes('applied') ? ['in_progress'] : ['in_progress', 'failure']
    expect(statesOf(scenario.github)).toEqual([[...before, 'in_progress', 'success']])
    expect(main.outputs['reused']).toBe('true')
  })
})

it('takes its own deployment up again, with a new status and the deployment before it as the previous one', async () => {
  await using scenario = await startScenario()
  const before = await scenario.earlier()
  const id = await scenario.earlier({ payload: own, states: ['in_progress', 'failure'] })
  const main = await scenario.main({ env: SECOND })
  const post = await scenario.post(main, 'success', { env: SECOND })

  expect(statesOf(scenario.github)).toEqual([['success'], ['in_progress', 'failure', 'in_progress', 'success']])
  expect(main.outputs).toMatchObject({
    'deployment-id': String(id),
    'previous-deployment-id': String(before),
    reused: 'true',
  })
  expect(main.stdout).toContain(`Took up again deployment ${id} of ${SHA} to production: in_progress.`)
  expect([...warningsOf(main), ...warningsOf(post)]).toEqual([])
})

it.each<readonly [string, Readonly<Record<string, unknown>>]>([
  ['another job', { job: 'other' }],
  ['another job of the matrix', { job_index: 1 }],
  ['another step', { step: 'other' }],
  ['another task', { task: 'deploy:migrations' }],
  ['another run', { run_id: 41 }],
])('does not take up the deployment of %s', async (_, difference) => {
  await using scenario = await startScenario()
  await scenario.earlier({ payload: madeHere({ run_id: 4242, ...difference }), states: ['failure'] })
  const main = await scenario.main({ env: SECOND })

  expect(main.outputs['reused']).toBe('false')
  expect(statesOf(scenario.github)).toEqual([['failure'], ['in_progress']])
})

it('makes a new deployment for a re-run that is a rollback, since another one has come in between', async () => {
  await using scenario = await startScenario()
  await scenario.earlier({ payload: own, states: ['success'] })
  const newer = await scenario.earlier()
  const main = await scenario.main({ env: SECOND })

  expect(main.outputs).toMatchObject({ reused: 'false', 'previous-deployment-id': String(newer) })
  expect(scenario.github.deployments).toHaveLength(3)
})

it('tells the jobs of a matrix apart by job-index', async () => {
  await using scenario = await startScenario()
  const id = await scenario.earlier({ payload: madeHere({ run_id: 4242, job_index: 1 }), states: ['failure'] })
  const main = await scenario.main({ env: SECOND, inputs: { 'job-index': '1' } })

  expect(main.outputs).toMatchObject({ 'deployment-id': String(id), reused: 'true' })
})

it.each([35, 105])('finds its own behind %i other jobs of the same matrix', async (siblings) => {
  await using scenario = await startScenario()
  const id = await scenario.earlier({ payload: own, states: ['failure'] })
  for (let index = 1; index <= siblings; index++) {
    await scenario.earlier({ payload: madeHere({ run_id: 4242, job_index: index }), states: [] })
  }
  const main = await scenario.main({ env: SECOND })

  expect(main.outputs).toMatchObject({ 'deployment-id': String(id), reused: 'true' })
  const reads = requestsOf(scenario.github).filter(([what]) => what.startsWith('GET '))
  expect(reads).toHaveLength(Math.ceil((siblings + 1) / 100))
})

it('looks no further than where another run has deployed, and no further than 500 deployments', async () => {
  await using scenario = await startScenario()
  await scenario.earlier({ payload: own })
  await scenario.earlier()
  for (let index = 1; index <= 510; index++) {
    await scenario.earlier({ payload: madeHere({ run_id: 4242, job_index: index }), states: [] })
  }
  const count = () => requestsOf(scenario.github).filter(([what]) => what.startsWith('GET ')).length
  expect((await scenario.main({ env: SECOND })).outputs['reused']).toBe('false')
  expect(count()).toBe(5)
  await scenario.earlier()
  expect((await scenario.main({ env: SECOND })).outputs['reused']).toBe('false')
  expect(count()).toBe(6)
})

describe('two callers of one reusable workflow, which are the same to GitHub', { concurrent: true }, () => {
  it('make new deployments in a re-run, with a warning, since neither knows its own', async () => {
    await using scenario = await startScenario()
    const [one, other] = [await scenario.main(), await scenario.main()]
    const main = await scenario.main({ env: SECOND })

    expect(main.outputs['reused']).toBe('false')
    expect(warningsOf(main)).toEqual([
      `Deployments ${one.outputs['deployment-id']} and ${other.outputs['deployment-id']} carry the same key, both from attempt 1 of this run: ` +
        'which of them this job has made cannot be told, and neither is taken up.\n' +
        'Where several jobs call one reusable workflow, let each caller pass a name of its own to the input key.',
    ])
    expect(statesOf(scenario.github)).toEqual([['in_progress'], ['in_progress'], ['in_progress']])
  })

  it('each take up their own with a key of their own', async () => {
    await using scenario = await startScenario()
    const [docs, shop] = [{ key: 'docs' }, { key: 'shop' }]
    const made = [await scenario.main({ inputs: docs }), await scenario.main({ inputs: shop })]
    const again = [
      await scenario.main({ inputs: docs, env: SECOND }),
      await scenario.main({ inputs: shop, env: SECOND }),
    ]

    expect(again.map(({ outputs }) => outputs['deployment-id'])).toEqual(
      made.map(({ outputs }) => outputs['deployment-id']),
    )
    expect(again.flatMap(warningsOf)).toEqual([])
  })
})

it('does not take up what another account has made with a copy of the key', async () => {
  await using scenario = await startScenario()
  await scenario.earlier({ payload: own, by: 'mona' })
  const main = await scenario.main({ env: SECOND })

  expect(main.outputs['reused']).toBe('false')
})

it('takes up the deployment of a branch only while the branch is where it was', async () => {
  await using scenario = await startScenario({ deployments: 'write', contents: 'read' })
  const { github } = scenario
  const id = await scenario.earlier({ payload: own, states: ['failure'], ref: 'main' })
  const same = await scenario.main({ env: SECOND, inputs: { ref: 'main' } })
  expect(same.outputs).toMatchObject({ 'deployment-id': String(id), reused: 'true' })

  const newer = 'b'.repeat(40)
  github.addCommit({ sha: newer, parents: [SHA] })
  github.addRef('heads/main', newer)
  const moved = await scenario.main({ env: { GITHUB_RUN_ATTEMPT: '3' }, inputs: { ref: 'main' } })
  expect(moved.outputs['reused']).toBe('false')
  expect(github.deployments.map(({ sha }) => sha)).toEqual([SHA, newer])
})

it('takes up the deployment of a branch that it may not look up', async () => {
  await using scenario = await startScenario()
  const id = await scenario.earlier({ payload: own, states: ['failure'], ref: 'main' })
  const main = await scenario.main({ env: SECOND, inputs: { ref: 'main' } })

  expect([main.outputs['deployment-id'], warningsOf(main)]).toEqual([String(id), []])
})

it('needs no write before it knows what is there', async () => {
  await using scenario = await startScenario()
  await scenario.earlier({ payload: own, states: ['failure'] })
  await scenario.main({ env: SECOND })
  expect(writesOf(scenario.github).map(([what]) => what)).toEqual([
    expect.stringMatching(/^POST \/deployments\/\d+\/statuses$/),
  ])
})
