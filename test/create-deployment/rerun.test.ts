/** A run that was killed at any stage leaves what its re-run finishes: one deployment, with a final status. */
import { describe, expect, it } from 'vitest'
import { SHA } from '../support/context.ts'
import { type Loss, startLossyWay } from './lossy.ts'
import { madeHere, type Scenario, startScenario, statesOf, warningsOf, writesOf } from './setup.ts'

const SECOND = { GITHUB_RUN_ATTEMPT: '2' }
const CREATE = /^POST .*\/deployments$/
const STATUS = /^POST .*\/statuses$/
const own = madeHere({ run_id: 4242 })

describe.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])('a main step killed by %s', { concurrent: true }, (signal) => {
  const stages: readonly (readonly [string, RegExp, Loss])[] = [
    ['before GitHub has the request for the deployment', CREATE, 'hold'],
    ['after GitHub has made the deployment, before the answer', CREATE, 'applied-hold'],
    ['after the deployment, before its first status', STATUS, 'hold'],
    ['after the first status, before the answer', STATUS, 'applied-hold'],
  ]
  const kill = async (scenario: Scenario, request: RegExp, loss: Loss) => {
    await using way = await startLossyWay(scenario.github)
    way.lose(request, loss)
    const main = await scenario.main({
      env: { GITHUB_API_URL: way.apiUrl },
      meanwhile: async (child) => {
        await way.held
        child.kill(signal)
      },
    })
    expect(main.exitCode).toBe(signal === 'SIGKILL' ? null : 1)
    return main
  }

  it.each(stages)('%s, without a post step, is finished by a re-run', async (_, request, loss) => {
    await using scenario = await startScenario()
    await kill(scenario, request, loss)
    const main = await scenario.main({ env: SECOND })
    await scenario.post(main, 'success', { env: SECOND })

    expect(scenario.github.deployments).toHaveLength(1)
    expect(statesOf(scenario.github)[0]?.slice(-2)).toEqual(['in_progress', 'success'])
    expect(main.outputs['deployment-id']).toBe(String(scenario.github.deployments[0]?.id))
    expect(main.outputs['reused']).toBe(String(request !== CREATE || loss !== 'hold'))
  })

  it.each(stages)('%s is finished by its own post step, if there is something to finish', async (_, request, loss) => {
    await using scenario = await startScenario()
    const killed = await kill(scenario, request, loss)
    const post = await scenario.post(killed, 'cancelled')

    expect(warningsOf(post)).toEqual([])
    expect(statesOf(scenario.github).map((states) => states.at(-1))).toEqual(
      request === CREATE && loss === 'hold' ? [] : ['error'],
    )
    const main = await scenario.main({ env: SECOND })
    await scenario.post(main, 'success', { env: SECOND })
    expect(statesOf(scenario.github).map((states) => states.slice(-2))).toEqual([['in_progress', 'success']])
  })
})

describe.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])('a post step killed by %s', { concurrent: true }, (signal) => {
  it.each<readonly [string, RegExp, Loss]>([
    ['while it looks at the deployment', /^GET .*\/statuses$/, 'hold'],
    ['before GitHub has the final status', STATUS, 'hold'],
    ['after the final status, before the answer', STATUS, 'applied-hold'],
  ])('%s is made good by a re-run', async (_, request, loss) => {
    await using scenario = await startScenario()
    const killed = await scenario.main()
    await using way = await startLossyWay(scenario.github)
    way.lose(request, loss)
    await scenario.post(killed, 'failure', {
      env: { GITHUB_API_URL: way.apiUrl },
      meanwhile: async (child) => {
        await way.held
        child.kill(signal)
      },
    })
    const main = await scenario.main({ env: SECOND })
    await scenario.post(main, 'success', { env: SECOND })

    const before = loss === 'hold' ? ['in_progress'] : ['in_progress', 'failure']
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
