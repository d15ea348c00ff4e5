import { describe, expect, it } from 'vitest'
import type { BundleResult } from '../support/bundle.ts'
import { SHA } from '../support/context.ts'
import { errorOf, madeHere, startScenario, warningsOf, writesOf } from './setup.ts'

const DRY = { 'dry-run': 'true' }

const OWN_RUN = {
  id: 4242,
  attempt: 1,
  event: 'push',
  headBranch: 'main',
  headSha: SHA,
  status: 'in_progress',
  conclusion: null,
  name: 'Deploy',
  path: '.github/workflows/deploy.yml',
} as const

/** Without what only a debug log shows. */
const shown = ({ stdout }: BundleResult) =>
  stdout.split('\n').filter((line) => line !== '' && !line.startsWith('::debug::'))

describe('a dry run writes nothing and says', () => {
  it('what would be created', async () => {
    await using scenario = await startScenario()
    const previous = await scenario.earlier()
    const main = await scenario.main({ inputs: DRY })
    const post = await scenario.post(main, 'success', { inputs: DRY })

    expect(shown(main)).toEqual([
      'Dry run: nothing is written.',
      `A deployment of ${SHA} to production would be created (task deploy). This is the first attempt of the run.`,
      'It would be set to in_progress, and to its final state when the job ends.',
    ])
    expect(main.outputs).toEqual({
      'log-url': scenario.jobUrl,
      'previous-deployment-id': String(previous),
      'previous-sha': SHA,
      reused: 'false',
    })
    expect(main.summary).toContain('### Dry run of production')
    expect([post.stdout, ...warningsOf(post)]).toEqual([''])
    expect(writesOf(scenario.github)).toEqual([])
  })

  it('what would be taken up again, and what would be done with earlier ones', async () => {
    await using scenario = await startScenario({ deployments: 'read', actions: 'read' })
    scenario.github.addRun(OWN_RUN)
    const live = await scenario.earlier()
    const left = await scenario.earlier({ states: ['in_progress'], payload: madeHere({ run_id: 40 }) })
    const id = await scenario.earlier({ states: ['failure'], payload: madeHere({ run_id: 4242 }) })
    const inputs = { ...DRY, inactivate: 'all', 'reap-after': '1ms', finish: 'false' }
    const main = await scenario.main({ inputs, env: { GITHUB_RUN_ATTEMPT: '2' } })

    expect(shown(main).slice(1)).toEqual([
      `Deployment ${id} of ${SHA} to production would be taken up again.`,
      'It would be set to in_progress and stay so.',
      `These deployments would be set to error, since their runs are over: ${left} (run 40).`,
      `These deployments would be set to inactive after its success, besides those that GitHub sets: ${live}.`,
    ])
    expect(main.outputs).toMatchObject({ 'deployment-id': String(id), reused: 'true' })
    expect(writesOf(scenario.github)).toEqual([])
  })

  it('that there is nothing to clean up', async () => {
    await using scenario = await startScenario({ deployments: 'read', actions: 'read' })
    scenario.github.addRun(OWN_RUN)
    const main = await scenario.main({ inputs: { ...DRY, inactivate: 'all', 'reap-after': '6h' } })

    expect(main.stdout).toContain('No deployment would be set to error, since their runs are over.')
    expect(main.stdout).toContain('No deployment would be set to inactive after its success')
  })

  it('which status an existing deployment would be given', async () => {
    await using scenario = await startScenario()
    const id = await scenario.earlier()
    const inputs = { ...DRY, environment: '', 'deployment-id': String(id), state: 'failure' }
    const main = await scenario.main({ inputs })

    expect(shown(main)).toEqual(['Dry run: nothing is written.', `Deployment ${id} would be set to failure.`])
    expect(writesOf(scenario.github)).toEqual([])
  })

  it('that there is no such deployment', async () => {
    await using scenario = await startScenario()
    const main = await scenario.main({ inputs: { ...DRY, environment: '', 'deployment-id': '5', state: 'success' } })
    expect(errorOf(main)).toMatch(/^GitHub refused to look up deployment 5: there is no such thing in octo-org\/site/)
  })
})
