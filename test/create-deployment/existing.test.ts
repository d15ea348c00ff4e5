import { describe, expect, it } from 'vitest'
import { errorOf, REPO_PATH, requestsOf, startScenario, statesOf, warningsOf, writesOf } from './setup.ts'

describe('an existing deployment', () => {
  it('is given one status and nothing else, now and when the job ends', async () => {
    await using scenario = await startScenario()
    const id = await scenario.earlier({ states: ['in_progress'], environment: 'preview/7' })
    const inputs = {
      environment: '',
      'deployment-id': String(id),
      state: 'success',
      'environment-url': 'https://example.com/',
      description: 'By hand',
    }
    const main = await scenario.main({ inputs })
    const post = await scenario.post(main, 'failure', { inputs })

    expect(writesOf(scenario.github)).toEqual([
      [
        `POST /deployments/${id}/statuses`,
        { state: 'success', log_url: scenario.jobUrl, environment_url: 'https://example.com/', description: 'By hand' },
      ],
    ])
    expect(scenario.github.requests.filter(({ job }) => job === 'deploy')).toHaveLength(1)
    expect(main.outputs).toEqual({
      'deployment-id': String(id),
      'api-url': scenario.github.deployments[0]?.url,
      'log-url': scenario.jobUrl,
    })
    expect(main.summary).toContain('### Deployment to preview/7')
    expect([post.stdout, post.summary, ...warningsOf(post)]).toEqual(['', ''])
  })

  it.each(['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'])(
    'may become %s',
    async (state) => {
      await using scenario = await startScenario()
      const id = await scenario.earlier({ states: [] })
      await scenario.main({ inputs: { 'deployment-id': String(id), state } })
      expect(statesOf(scenario.github)).toEqual([[state]])
    },
  )

  it('leaves the earlier ones live with inactivate: none', async () => {
    await using scenario = await startScenario()
    await scenario.earlier({ production_environment: false })
    const id = await scenario.earlier({ states: [], production_environment: false })
    await scenario.main({ inputs: { 'deployment-id': String(id), state: 'success', inactivate: 'none' } })
    expect(statesOf(scenario.github)).toEqual([['success'], ['success']])
  })

  it.each([
    ['', 'set deployment 5 to success'],
    ['production', 'look up deployment 5'],
  ])('that does not exist is an error, with environment "%s"', async (environment, doing) => {
    await using scenario = await startScenario()
    const main = await scenario.main({ inputs: { 'deployment-id': '5', state: 'success', environment } })
    expect(errorOf(main).startsWith(`GitHub refused to ${doing}: there is no such thing in octo-org/site`)).toBe(true)
  })

  it.each(['false', 'true'])(
    'of another environment than the one named is left alone (dry-run: %s)',
    async (dryRun) => {
      await using scenario = await startScenario()
      const id = await scenario.earlier()
      const inputs = { 'deployment-id': String(id), state: 'failure', environment: 'preview/7', 'dry-run': dryRun }
      const main = await scenario.main({ inputs })

      expect(errorOf(main)).toBe(
        `Deployment ${id} is one to "production" and not to "preview/7", as input environment has it.\n` +
          'Give the id of a deployment to that environment, or leave environment empty. Nothing was written.',
      )
      expect(statesOf(scenario.github)).toEqual([['success']])
    },
  )

  it('of the environment that is named, in whichever case, costs one read more', async () => {
    await using scenario = await startScenario()
    const id = await scenario.earlier({ states: [] })
    await scenario.main({ inputs: { 'deployment-id': String(id), state: 'success', environment: 'Production' } })

    expect(statesOf(scenario.github)).toEqual([['success']])
    expect(requestsOf(scenario.github).map(([what]) => what)).toEqual([
      `GET ${REPO_PATH}/deployments/${id}`,
      `POST ${REPO_PATH}/deployments/${id}/statuses`,
    ])
  })
})
