/** GitHub may have carried out a request whose answer never came: it is looked up before anything is sent again. */
import { expect, it } from 'vitest'
import { pullRequest, SHA } from '../support/context.ts'
import { errorOf, startScenario, statesOf, warningsOf, writesOf } from './setup.ts'

const CREATE = 'POST /deployments'
const STATUS = 'POST /statuses'
const DOING = `create the deployment to production at ${SHA.slice(0, 7)}`

it.each(['applied-reset', 'applied-html=502', 'truncate'])(
  'finds the deployment that GitHub has made although its answer was lost (%s)',
  async (loss) => {
    await using scenario = await startScenario()
    scenario.fault(`${CREATE}:${loss}*1`)
    const main = await scenario.main()

    expect(statesOf(scenario.github)).toEqual([['in_progress']])
    const [deployment] = scenario.github.deployments
    expect(main.outputs).toMatchObject({
      'deployment-id': String(deployment?.id),
      'api-url': deployment?.url,
      reused: 'false',
    })
    expect(main.stdout).toContain(`Found the newly created deployment ${deployment?.id} of ${SHA} to production`)
    expect(warningsOf(main)).toEqual([])
    await scenario.post(main, 'success')
    expect(statesOf(scenario.github)).toEqual([['in_progress', 'success']])
  },
)

it.each(['reset', 'html=502'])('asks once more when GitHub has made none (%s)', async (loss) => {
  await using scenario = await startScenario()
  scenario.fault(`${CREATE}:${loss}*1`)
  const main = await scenario.main()

  expect([main.exitCode, statesOf(scenario.github)]).toEqual([0, [['in_progress']]])
  expect(main.stdout).not.toContain('<html>') // of the page that stands in for an answer the log has the status
})

it('never asks a third time, and then says that nothing is there', async () => {
  await using scenario = await startScenario()
  scenario.fault(`${CREATE}:html=502*1`, `${CREATE}:reset*2`)
  const main = await scenario.main()

  expect(errorOf(main)).toMatch(
    new RegExp(
      `^GitHub could not be asked to ${DOING}: no answer from ${scenario.github.apiUrl} \\(.*\\)\\. ` +
        'It was asked twice, and nothing was there afterwards\\.\\n' +
        'Check that the runner reaches this address, then run the job again\\.$',
    ),
  )
  expect(scenario.github.deployments).toEqual([])
})

it('takes no deployment for its own that was there before', async () => {
  await using scenario = await startScenario()
  const first = await scenario.main()
  scenario.fault(`${CREATE}:reset*1`)
  const second = await scenario.main() // the same composite action once more, say

  expect(statesOf(scenario.github)).toEqual([['in_progress'], ['in_progress']])
  expect(second.outputs['deployment-id']).not.toBe(first.outputs['deployment-id'])
})

it('does not ask again where the lost answer may have been the news of a merge', async () => {
  await using scenario = await startScenario()
  const { github } = scenario
  const newer = 'b'.repeat(40)
  github.addRef('heads/feature', SHA)
  github.addCommit({ sha: newer, parents: [SHA] })
  github.addRef('heads/main', newer)
  scenario.fault(`${CREATE}:applied-reset*1`)
  const main = await scenario.main({
    inputs: { ref: 'feature', 'auto-merge': 'true' },
  })

  expect(errorOf(main)).toContain('It was not asked again, since it may have merged the default branch instead.')
  expect(github.deployments).toEqual([])
})

it.each(['applied-reset', 'applied-html=502', 'truncate'])(
  'writes the first status once when its answer was lost (%s)',
  async (loss) => {
    await using scenario = await startScenario()
    scenario.fault(`${STATUS}:${loss}*1`)
    const main = await scenario.main()

    expect([main.exitCode, statesOf(scenario.github)]).toEqual([0, [['in_progress']]])
  },
)

it.each([
  ['applied-reset', 'finds it'],
  ['applied-html=502', 'finds it'],
  ['reset', 'writes it again'],
  ['html=502', 'writes it again'],
])('ends with one final status when its answer was lost (%s: %s)', async (loss) => {
  await using scenario = await startScenario()
  const main = await scenario.main()
  scenario.fault(`${STATUS}:${loss}*1`)
  const post = await scenario.post(main, 'failure')

  expect(statesOf(scenario.github)).toEqual([['in_progress', 'failure']])
  expect(warningsOf(post)).toEqual([])
})

it('goes on without the previous deployment when the first attempt cannot look it up', async () => {
  await using scenario = await startScenario()
  await scenario.earlier()
  scenario.fault('GET /deployments:html=502*2')
  const main = await scenario.main({ inputs: { 'reap-after': '1h' } })

  expect(main.outputs).toMatchObject({ 'deployment-id': expect.stringMatching(/^\d+$/), reused: 'false' })
  expect(main.outputs).not.toHaveProperty('previous-sha')
  expect(warningsOf(main)).toEqual([
    'GitHub failed to look up the deployments to production (502). ' +
      'The outputs previous-deployment-id and previous-sha stay empty, and nothing was reaped.\n' +
      `Check ${scenario.github.serverUrl}, then run the job again.`,
  ])
})

it('does not go on when a re-run cannot look up its own deployment: it might make a second one', async () => {
  await using scenario = await startScenario()
  scenario.fault('GET /**:html=502*4')
  const main = await scenario.main({ env: { GITHUB_RUN_ATTEMPT: '2' } })

  expect(errorOf(main)).toMatch(/^GitHub failed to look up the deployments to production \(502\)\.\n/)
  expect(writesOf(scenario.github)).toEqual([])
})

it('looks nothing up after a refusal, neither in main nor in post', async () => {
  await using scenario = await startScenario({ deployments: 'read' })
  const main = await scenario.main({ context: pullRequest({ from: 'mona/site' }) })
  const requests = scenario.github.requests.length
  const post = await scenario.post(main, 'failure')

  expect(errorOf(main)).toContain('the pull request comes from a fork')
  expect([warningsOf(post), post.stdout, scenario.github.requests.length]).toEqual([[], '', requests])
})
