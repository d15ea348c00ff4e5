/** What the post step goes by: the state of main, since a composite in a composite gives post the wrong inputs. */
import { expect, it } from 'vitest'
import type { Scenario } from './setup.ts'
import { startScenario, statesOf, warningsOf, writesOf } from './setup.ts'

/** What actions/runner#3514 may leave of the inputs: all but those whose default the runner evaluates. */
const WRONG = {
  environment: 'wrong',
  ref: 'wrong',
  'log-url': 'https://example.com/wrong',
  'initial-state': 'wrong',
  'on-cancel': 'wrong',
  inactivate: 'wrong',
  finish: 'wrong',
  'github-token': 'wrong',
  'dry-run': 'wrong',
  'deployment-id': 'wrong',
  payload: 'wrong',
}

async function setByAnotherStep({ github }: Scenario, id: string | undefined, state: string) {
  const token = github.issueToken('before', { deployments: 'write' })
  const answer = await fetch(`${github.apiUrl}/repos/octo-org/site/deployments/${id}/statuses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ state }),
  })
  expect(answer.status).toBe(201)
}

it('finishes the right deployment in the right way when every input of post is wrong', async () => {
  await using scenario = await startScenario()
  const inputs = { 'on-cancel': 'inactive', description: 'Right' }
  const main = await scenario.main({ inputs })
  const post = await scenario.post(main, 'cancelled', { inputs: WRONG })

  expect(warningsOf(post)).toEqual([])
  expect(scenario.github.deployments[0]?.statuses.at(-1)).toMatchObject({
    state: 'inactive',
    description: 'Right',
    log_url: scenario.jobUrl,
    environment: 'production',
  })
})

it('keeps a token of the user for post, and not the one that the job has anyway', async () => {
  await using scenario = await startScenario()
  const { github, token } = scenario
  const given = github.issueToken('deploy', { deployments: 'write' })
  const withGiven = await scenario.main({ inputs: { 'github-token': given } })
  const withDefault = await scenario.main()
  await scenario.post(withGiven, 'success', { inputs: { ...WRONG, 'job-token': 'ghs_readonly' } })
  await scenario.post(withDefault, 'success', { inputs: WRONG })

  expect(statesOf(github)).toEqual([
    ['in_progress', 'success'],
    ['in_progress', 'success'],
  ])
  expect(JSON.stringify(withGiven.state)).toContain(given)
  expect(withGiven.masks).toContain(given)
  expect(JSON.stringify(withDefault.state)).not.toContain(token)
})

it.each(['success', 'failure', 'error', 'inactive'])(
  'keeps the final state %s that another step has set',
  async (state) => {
    await using scenario = await startScenario()
    const main = await scenario.main()
    await setByAnotherStep(scenario, main.outputs['deployment-id'], state)
    const writes = writesOf(scenario.github).length
    const post = await scenario.post(main, 'failure')

    expect(statesOf(scenario.github)).toEqual([['in_progress', state]])
    expect(writesOf(scenario.github)).toHaveLength(writes)
    expect(warningsOf(post)).toEqual([])
    expect(post.summary).toContain(`| **State** | \`${state}\` |`)
    expect(post.summary).toContain('Something else than this action has set this state; the job ended with failure.')
  },
)

it('finishes a deployment that another step has set to pending', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main()
  await setByAnotherStep(scenario, main.outputs['deployment-id'], 'success')
  await setByAnotherStep(scenario, main.outputs['deployment-id'], 'pending')
  await scenario.post(main, 'failure')

  expect(statesOf(scenario.github)).toEqual([['in_progress', 'success', 'pending', 'failure']])
})

it('does not take the final state of an earlier attempt for one that another step has set', async () => {
  await using scenario = await startScenario()
  await scenario.post(await scenario.main(), 'failure')
  const env = { GITHUB_RUN_ATTEMPT: '2' }
  const again = await scenario.main({ env })
  await scenario.post(again, 'success', { env })

  expect(statesOf(scenario.github)).toEqual([['in_progress', 'failure', 'in_progress', 'success']])
})

it('sets earlier deployments to inactive after a success that another step has set, too', async () => {
  await using scenario = await startScenario()
  await scenario.earlier()
  const main = await scenario.main({ inputs: { inactivate: 'all' } })
  await setByAnotherStep(scenario, main.outputs['deployment-id'], 'success')
  await scenario.post(main, 'success')

  expect(statesOf(scenario.github)).toEqual([
    ['success', 'inactive'],
    ['in_progress', 'success'],
  ])
})
