import { expect, it } from 'vitest'
import { refusingOrigin, startStalledServer } from '../support/server.ts'
import { madeHere, type Scenario, startScenario, statesOf, warningsOf, writesOf } from './setup.ts'

const finalUrl = ({ github }: Scenario) => github.deployments.at(-1)?.statuses.at(-1)?.environment_url

it('takes the address that a later step has announced to the job', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main()
  const post = await scenario.post(main, 'success', { env: { SLIPWAY_DEPLOYMENT_URL: 'https://a1.example.dev' } })

  expect(finalUrl(scenario)).toBe('https://a1.example.dev')
  expect(warningsOf(post)).toEqual([])
})

it('prefers environment-url, which by then may name the output of a later step', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main({ inputs: { 'environment-url': '' } })
  await scenario.post(main, 'success', {
    inputs: { 'environment-url': 'https://late.example.com' },
    env: { SLIPWAY_DEPLOYMENT_URL: 'https://a1.example.dev' },
  })

  const [first, last] = writesOf(scenario.github)
    .slice(1)
    .map(([, body]) => body)
  expect(first).not.toHaveProperty('environment_url')
  expect(last).toHaveProperty('environment_url', 'https://late.example.com')
})

it('falls back to the environment-url of the beginning', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main({ inputs: { 'environment-url': 'https://early.example.com' } })
  await scenario.post(main, 'success')

  expect(finalUrl(scenario)).toBe('https://early.example.com')
})

it('does not take the address that an earlier deployment of the job has announced', async () => {
  await using scenario = await startScenario()
  const env = { SLIPWAY_DEPLOYMENT_URL: 'https://earlier.example.dev' }
  await scenario.post(await scenario.main({ env }), 'failure', { env })

  expect(scenario.github.requests.at(-1)?.body).toEqual({
    state: 'failure',
    log_url: scenario.jobUrl,
    description: 'The job failed.',
  })
})

it('leaves out an address that is none, and says which', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main()
  const post = await scenario.post(main, 'success', {
    inputs: { 'environment-url': 'example.com' },
    env: { SLIPWAY_DEPLOYMENT_URL: 'https://a1.example.dev' },
  })

  expect(finalUrl(scenario)).toBe('https://a1.example.dev')
  expect(warningsOf(post)).toEqual([
    'Input environment-url is not an HTTP address and is left out of the deployment status: "example.com".',
  ])
})

it('warns and lets the job be when GitHub cannot be reached', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main()
  const apiUrl = await refusingOrigin()
  const post = await scenario.post(main, 'success', { env: { GITHUB_API_URL: apiUrl } })

  const id = main.outputs['deployment-id']
  expect(warningsOf(post)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^GitHub could not be asked to set deployment ${id} to success: no answer from ${apiUrl} .*\\. ` +
          'The deployment to production stays in_progress\\.\nCheck that the runner reaches this address.* ' +
          `To finish it by hand: gh api --hostname ${new URL(scenario.github.serverUrl).host} repos/octo-org/site/deployments/${id}/statuses -f state=success$`,
      ),
    ),
  ])
  expect(post.summary).toContain('`in_progress`')
  expect(post.summary).toContain('The job ended with success, which could not be recorded.')
})

it.each([
  ['has no status', 'none', false, []],
  ['stays failure', 'failure', true, ['in_progress', 'failure']],
])('says that the deployment %s where its first status was refused, too', async (words, state, rerun, before) => {
  await using scenario = await startScenario()
  const env = rerun ? { GITHUB_RUN_ATTEMPT: '2' } : {}
  if (rerun) await scenario.earlier({ payload: madeHere({ run_id: 4242 }), states: before })
  scenario.fault('POST /statuses:403')
  const main = await scenario.main({ env })
  const post = await scenario.post(main, 'failure', { env })

  expect(statesOf(scenario.github)).toEqual([before])
  expect(warningsOf(post)).toEqual([expect.stringContaining(`The deployment to production ${words}.\n`)])
  expect(post.summary).toContain(`| **State** | \`${state}\` |`)
})

it('claims no state that it could not look up', async () => {
  await using scenario = await startScenario()
  scenario.fault('POST /statuses:403', 'GET /statuses:403')
  const post = await scenario.post(await scenario.main(), 'failure')

  expect(warningsOf(post)).toEqual([expect.stringContaining('The deployment to production stays as it is.\n')])
  expect(post.summary).toContain('| **State** | `unknown` |')
})

it('warns and lets the job be when the token has been revoked meanwhile', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main()
  const post = await scenario.post(main, 'failure', { inputs: { 'job-token': 'ghs_revoked' } })

  expect(warningsOf(post)).toEqual([expect.stringContaining('it does not know the token, "Bad credentials" (401).')])
  expect(statesOf(scenario.github)).toEqual([['in_progress']])
})

it('stops at once on SIGTERM while GitHub does not answer', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main()
  await using stalled = await startStalledServer()
  const started = performance.now()

  const post = await scenario.post(main, 'cancelled', {
    env: { GITHUB_API_URL: stalled.origin },
    meanwhile: async (child) => {
      await stalled.asked
      child.kill('SIGTERM')
    },
  })
  expect(warningsOf(post)).toEqual([
    expect.stringMatching(/^The step was cancelled \(SIGTERM\)\. The deployment to production stays in_progress\.\n/),
  ])
  expect(performance.now() - started).toBeLessThan(5000)
})

it('stops the main step at once on SIGINT and fails it', async () => {
  await using scenario = await startScenario()
  await using stalled = await startStalledServer()
  const main = await scenario.main({
    env: { GITHUB_API_URL: stalled.origin },
    meanwhile: async (child) => {
      await stalled.asked
      child.kill('SIGINT')
    },
  })
  expect(main.exitCode).toBe(1)
  expect(main.annotations).toEqual([{ level: 'error', message: 'The step was cancelled (SIGINT).' }])
})

it.each([
  ['POST /deployments:stall', 'Whether GitHub has made the deployment is not known.'],
  ['POST /statuses:stall', 'Deployment \\d+ is there.'],
])('says what a cancelled main step leaves, and what becomes of it (%s)', async (fault, left) => {
  await using scenario = await startScenario()
  scenario.fault(fault)
  const main = await scenario.main({
    meanwhile: async (child) => {
      await scenario.faulted()
      child.kill('SIGTERM')
    },
  })
  expect(main.annotations.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^The step was cancelled \\(SIGTERM\\)\\. It was about to deploy to production\\. ${left}\n` +
          'The post step finishes it; where none runs, a re-run takes it up\\.$',
      ),
    ),
  ])
})
