/** What becomes of earlier deployments of the environment: left to GitHub, set to inactive, or reaped. */
import { describe, expect, it } from 'vitest'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { SHA } from '../support/context.ts'
import { madeHere, startScenario, statesOf, warningsOf, writesOf } from './setup.ts'

const READS_RUNS = { deployments: 'write', actions: 'read' } as const

describe('inactivate', { concurrent: true }, () => {
  it.each<readonly [string, readonly (readonly string[])[]]>([
    ['auto', [['success'], ['success'], ['success', 'inactive'], ['in_progress', 'success']]],
    ['none', [['success'], ['success'], ['success'], ['in_progress', 'success']]],
    [
      'all',
      [
        ['success', 'inactive'],
        ['success', 'inactive'],
        ['success', 'inactive'],
        ['in_progress', 'success'],
      ],
    ],
  ])('%s, of a production, a transient and an ordinary deployment', async (inactivate, states) => {
    await using scenario = await startScenario()
    await scenario.earlier({ production_environment: true })
    await scenario.earlier({ production_environment: false, transient_environment: true })
    await scenario.earlier({ production_environment: false })
    const inputs = { inactivate, 'production-environment': 'false' }
    const main = await scenario.main({ inputs })
    const post = await scenario.post(main, 'success', { inputs })

    expect(warningsOf(post)).toEqual([])
    expect(statesOf(scenario.github)).toEqual(states)
  })

  it('all says which deployment took the place, with its log', async () => {
    await using scenario = await startScenario()
    const inputs = { inactivate: 'all' }
    const replaced = await scenario.earlier()
    const main = await scenario.main({ inputs })
    const post = await scenario.post(main, 'success', { inputs })

    const description = `Replaced by deployment ${main.outputs['deployment-id']}.`
    expect(scenario.github.deployments[0]?.statuses.at(-1)).toMatchObject({ description, log_url: scenario.jobUrl })
    expect(post.stdout).toContain(`Set deployment ${replaced} to inactive: ${description}`)
  })

  it('all touches nothing that is newer, unfinished, failed, inactive, of another environment, task or job of the run', async () => {
    await using scenario = await startScenario()
    const inputs = { inactivate: 'all' }
    for (const state of ['in_progress', 'queued', 'pending', 'failure', 'error', 'inactive']) {
      await scenario.earlier({ states: [state] })
    }
    await scenario.earlier({ environment: 'staging' })
    await scenario.earlier({ task: 'deploy:migrations', payload: {} })
    await scenario.earlier({ payload: madeHere({ run_id: 4242, job: 'other' }) }) // beside this one, in the same run
    const main = await scenario.main({ inputs })
    await scenario.earlier() // by another run, while this one goes on
    await scenario.post(main, 'success', { inputs })

    const own = `/deployments/${main.outputs['deployment-id']}/statuses`
    expect(writesOf(scenario.github).map(([what]) => what)).toEqual(['POST /deployments', `POST ${own}`, `POST ${own}`])
  })

  it.each(['failure', 'cancelled'])(
    'all leaves the live deployment alone when the job ends with %s',
    async (result) => {
      await using scenario = await startScenario()
      const inputs = { inactivate: 'all' }
      await scenario.earlier()
      await scenario.post(await scenario.main({ inputs }), result, { inputs })

      expect(statesOf(scenario.github)[0]).toEqual(['success'])
    },
  )

  it('all looks at further pages', async () => {
    await using scenario = await startScenario()
    const inputs = { inactivate: 'all' }
    await scenario.earlier()
    for (let made = 0; made < 105; made++) {
      await scenario.earlier({ states: [], production_environment: false })
    }
    const main = await scenario.main({ inputs })
    await scenario.post(main, 'success', { inputs })

    expect(statesOf(scenario.github)[0]).toEqual(['success', 'inactive'])
  })

  it('all sets at most twenty in one go', async () => {
    await using scenario = await startScenario()
    const inputs = { inactivate: 'all' }
    for (let made = 0; made < 22; made++) await scenario.earlier()
    const main = await scenario.main({ inputs })
    const post = await scenario.post(main, 'success', { inputs })

    expect(warningsOf(post)).toEqual([])
    const states = statesOf(scenario.github).map((one) => one.at(-1))
    expect(states.map((state) => state === 'inactive').indexOf(true)).toBe(2) // the newest come first
    expect(states.filter((state) => state === 'inactive')).toHaveLength(20)
  })

  it('all says that the deployment itself is finished when the others cannot be set', async () => {
    await using scenario = await startScenario()
    const inputs = { inactivate: 'all' }
    const other = await scenario.earlier()
    const main = await scenario.main({ inputs })
    scenario.fault(`POST /deployments/${other}/statuses:html=502*2`)
    const post = await scenario.post(main, 'success', { inputs })

    expect(statesOf(scenario.github)).toEqual([['success'], ['in_progress', 'success']])
    expect(warningsOf(post)).toEqual([
      `GitHub failed to set deployment ${other} to inactive (502). It was asked twice, and nothing was there afterwards. ` +
        `Deployment ${main.outputs['deployment-id']} is finished, but earlier ones to production may still count as live.\n` +
        `Check ${scenario.github.serverUrl}, then run the job again.`,
    ])
  })
})

describe('reap-after', { concurrent: true }, () => {
  const inputs = { 'reap-after': '1ms' }
  const run = (id: number, status: 'completed' | 'in_progress', attempt = 1) => ({
    id,
    attempt,
    event: 'push',
    headBranch: 'main',
    headSha: SHA,
    status,
    conclusion: null,
    name: 'Deploy',
    path: '.github/workflows/deploy.yml',
  })
  /** Its own run is going on, and its token may look at runs. */
  const reaping = async () => {
    const scenario = await startScenario(READS_RUNS)
    scenario.github.addRun(run(4242, 'in_progress'))
    return scenario
  }
  const lost = (runId: number) => madeHere({ run_id: runId })

  it.each(['in_progress', 'queued', 'pending'])('ends a deployment that a lost run has left %s', async (state) => {
    await using scenario = await reaping()
    const { github } = scenario
    github.addRun(run(41, 'completed'))
    const id = await scenario.earlier({ states: [state], payload: lost(41) })
    const main = await scenario.main({ inputs })

    expect(warningsOf(main)).toEqual([])
    expect(statesOf(github)).toEqual([[state, 'error'], ['in_progress']])
    const description = 'Its run has ended and left it unfinished.'
    expect(github.deployments[0]?.statuses.at(-1)).toMatchObject({
      description,
      log_url: `${github.serverUrl}/octo-org/site/actions/runs/41`,
    })
    expect(main.stdout).toContain(`Set deployment ${id} to error: ${description}`)
    expect(usedOf(github)).toEqual([
      ['deployments', 'write'],
      ['actions', 'read'],
    ])
  })

  it('ends one that never had a status, and one whose run was deleted', async () => {
    await using scenario = await reaping()
    scenario.github.addRun(run(41, 'completed'))
    await scenario.earlier({ states: [], payload: lost(41) })
    await scenario.earlier({ states: ['in_progress'], payload: lost(40) })
    await scenario.main({ inputs })

    expect(statesOf(scenario.github)).toEqual([['error'], ['in_progress', 'error'], ['in_progress']])
  })

  it('leaves alone what is going on, finished, too young, of another task or not of this action', async () => {
    await using scenario = await reaping()
    const { github } = scenario
    github.addRun(run(41, 'completed'))
    github.addRun(run(42, 'completed'))
    github.addRun(run(42, 'in_progress', 2)) // its re-run
    const states = ['in_progress']
    await scenario.earlier({ states, payload: lost(42) })
    await scenario.earlier({ states: ['in_progress', 'success'], payload: lost(41) })
    await scenario.earlier({ states, payload: madeHere({ task: 'db' }), task: 'db' })
    await scenario.earlier({ states, payload: { version: '1' } })
    await scenario.earlier({ states, payload: lost(41), environment: 'staging' })
    const before = statesOf(github)
    await scenario.main({ inputs })
    expect(statesOf(github).slice(0, -1)).toEqual(before)

    await scenario.earlier({ states, payload: lost(41) })
    const young = statesOf(github)
    await scenario.main({ inputs: { 'reap-after': '1h' } })
    expect(statesOf(github).slice(0, -1)).toEqual(young)
  })

  it('takes no run for deleted that the token cannot see, which does not see its own either', async () => {
    await using scenario = await startScenario(READS_RUNS)
    await scenario.earlier({ states: ['in_progress'], payload: lost(41) })
    const main = await scenario.main({ inputs }) // GitHub answers 404 for every run

    expect(warningsOf(main)).toEqual([
      'GitHub refused to look up run 4242: there is no such thing in octo-org/site, or the token may not see it (404). ' +
        'Unfinished deployments of lost runs stay as they are.\n' +
        'Give the token in github-token the permission "actions: read" for this repository.',
    ])
    expect(statesOf(scenario.github)).toEqual([['in_progress'], ['in_progress']])
  })

  it('leaves alone what finish: false has left unfinished on purpose', async () => {
    await using scenario = await reaping()
    scenario.github.addRun(run(41, 'completed'))
    const env = { GITHUB_RUN_ID: '41' }
    await scenario.main({ inputs: { finish: 'false' }, env })
    await scenario.main({ env }) // and this one by accident
    const main = await scenario.main({ inputs })

    expect(warningsOf(main)).toEqual([])
    expect(statesOf(scenario.github)).toEqual([['in_progress'], ['in_progress', 'error'], ['in_progress']])
  })

  it('asks for each run once', async () => {
    await using scenario = await reaping()
    scenario.github.addRun(run(41, 'completed'))
    for (let made = 0; made < 3; made++) await scenario.earlier({ states: ['queued'], payload: lost(41) })
    await scenario.main({ inputs })

    expect(scenario.github.requests.filter(({ path }) => path.endsWith('/actions/runs/41'))).toHaveLength(1)
    expect(statesOf(scenario.github).slice(0, 3)).toEqual(Array(3).fill(['queued', 'error']))
  })

  it.each([0, 1])(
    'warns and deploys all the same when the token may not look at runs, with %i left behind',
    async (left) => {
      await using scenario = await startScenario()
      for (let made = 0; made < left; made++) await scenario.earlier({ states: ['in_progress'] })
      const main = await scenario.main({ inputs })

      expect(warningsOf(main)).toEqual([
        'GitHub refused to look up run 4242: the token lacks a permission, "Resource not accessible by integration" (403). ' +
          'Unfinished deployments of lost runs stay as they are.\n' +
          'Add "actions: read" to the job\'s permissions.',
      ])
      expect(statesOf(scenario.github)).toEqual(Array(left + 1).fill(['in_progress']))
    },
  )
})

function usedOf(github: GitHub) {
  return github
    .permissionUse()
    .filter(({ job }) => job === 'deploy')
    .map(({ permission, used }) => [permission, used])
}
