import { expect, it } from 'vitest'
import { readManifest } from '../../scripts/action-yml.ts'
import { SHA } from '../support/context.ts'
import { REPO_PATH, requestsOf, startScenario, statesOf, warningsOf } from './setup.ts'

it('takes three writes and two reads from in_progress to success, with the address and the log of the job', async () => {
  await using scenario = await startScenario()
  const { github, jobUrl } = scenario
  const inputs = { 'environment-url': 'https://example.com/' }

  const main = await scenario.main({ inputs })
  const post = await scenario.post(main, 'success', { inputs })

  const id = github.deployments[0]?.id
  expect(requestsOf(github)).toEqual([
    [`GET ${REPO_PATH}/deployments`, null],
    [
      `POST ${REPO_PATH}/deployments`,
      {
        ref: SHA,
        task: 'deploy',
        environment: 'production',
        auto_merge: false,
        required_contexts: [],
        payload: {
          slipway: {
            run_id: 4242,
            run_attempt: 1,
            job: 'deploy',
            job_index: 0,
            step: 'step-1',
            environment: 'production',
            task: 'deploy',
            nonce: expect.stringMatching(/^[\da-f-]{36}$/),
          },
        },
      },
    ],
    [
      `POST ${REPO_PATH}/deployments/${id}/statuses`,
      { state: 'in_progress', log_url: jobUrl, environment_url: 'https://example.com/' },
    ],
    [`GET ${REPO_PATH}/deployments/${id}/statuses`, null],
    [
      `POST ${REPO_PATH}/deployments/${id}/statuses`,
      { state: 'success', log_url: jobUrl, environment_url: 'https://example.com/' },
    ],
  ])
  expect([main.exitCode, post.exitCode]).toEqual([0, 0])
  expect([...main.annotations, ...post.annotations]).toEqual([])
  expect(github.permissionUse()).toEqual([
    { job: 'deploy', permission: 'deployments', granted: 'write', used: 'write' },
  ])
})

it('sets every output that it declares', async () => {
  await using scenario = await startScenario()
  const previous = await scenario.earlier()
  const { outputs } = await scenario.main()

  const deployment = scenario.github.deployments.at(-1)
  expect(outputs).toEqual({
    'deployment-id': String(deployment?.id),
    'api-url': deployment?.url,
    'log-url': scenario.jobUrl,
    'previous-deployment-id': String(previous),
    'previous-sha': SHA,
    reused: 'false',
  })
  expect(Object.keys(outputs).sort()).toEqual(Object.keys(readManifest('create-deployment').outputs).sort())
})

it.each([
  ['failure', {}, 'failure'],
  ['cancelled', {}, 'error'],
  ['cancelled', { 'on-cancel': 'failure' }, 'failure'],
  ['cancelled', { 'on-cancel': 'inactive' }, 'inactive'],
] as const)('ends the deployment of a job with the result %s and %j in %s', async (jobStatus, inputs, state) => {
  await using scenario = await startScenario()
  const main = await scenario.main({ inputs })
  const post = await scenario.post(main, jobStatus, { inputs })

  expect(statesOf(scenario.github)).toEqual([['in_progress', state]])
  expect(warningsOf(post)).toEqual([])
})

it('ends in error, with a warning, when the result of the job is unknown', async () => {
  await using scenario = await startScenario()
  const post = await scenario.post(await scenario.main(), 'paused')

  expect(statesOf(scenario.github)).toEqual([['in_progress', 'error']])
  expect(warningsOf(post)).toEqual([
    'The job\'s result is "paused", which is none of success, failure and cancelled: the deployment ends in error. Leave job-status at its default.',
  ])
})

it.each(['queued', 'pending'] as const)('starts in %s when asked to', async (state) => {
  await using scenario = await startScenario()
  await scenario.main({ inputs: { 'initial-state': state } })
  expect(statesOf(scenario.github)).toEqual([[state]])
})

it('leaves the deployment alone after the job when finish is false', async () => {
  await using scenario = await startScenario()
  const inputs = { finish: 'false' }
  const main = await scenario.main({ inputs })
  const post = await scenario.post(main, 'success', { inputs })

  expect(statesOf(scenario.github)).toEqual([['in_progress']])
  expect(main.summary).toContain('`in_progress`')
  expect([post.stdout, post.summary, ...warningsOf(post)]).toEqual(['', ''])
})

it('shows one summary section per deployment, with its final state', async () => {
  await using scenario = await startScenario()
  const inputs = { environment: 'preview/fix_a*b', 'environment-url': 'https://example.com/' }
  const main = await scenario.main({ inputs })
  const post = await scenario.post(main, 'success', { inputs })

  const { serverUrl, deployments } = scenario.github
  const site = `${serverUrl}/octo-org/site`
  expect(main.summary).toBe('')
  expect(post.summary.replace(/\*\*Took\*\* \| .* \|/, '**Took** | … |')).toBe(
    [
      '### Deployment to preview/fix\\_a\\*b',
      '',
      '|  |  |',
      '| --- | --- |',
      '| **State** | `success` |',
      '| **URL** | [https://example.com/](https://example.com/) |',
      `| **Environment** | [preview/fix\\_a\\*b](${site}/deployments/preview%2Ffix_a*b) |`,
      `| **Commit** | [${SHA.slice(0, 7)}](${site}/commit/${SHA}) |`,
      `| **Deployment** | \`${deployments[0]?.id}\` |`,
      `| **Log** | [${scenario.jobUrl}](${scenario.jobUrl}) |`,
      '| **Took** | … |',
      '',
    ].join('\n'),
  )
})

it('masks the token and never shows it', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main({ env: { RUNNER_DEBUG: '1' } })
  const post = await scenario.post(main, 'success', { env: { RUNNER_DEBUG: '1' } })

  for (const result of [main, post]) {
    expect(result.masks).toContain(scenario.token)
    expect(JSON.stringify({ ...result, masks: [] })).not.toContain(scenario.token)
  }
})
