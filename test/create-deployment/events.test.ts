import { expect, it } from 'vitest'
import { pullRequest, REPOSITORY, type RunContext, SHA, tagPush, workflowRun } from '../support/context.ts'
import { errorOf, startScenario } from './setup.ts'

const HEAD = 'abcdef0123456789abcdef0123456789abcdef01'

it.each<readonly [string, RunContext, string]>([
  ['the head of a pull request, not its merge commit', pullRequest({ sha: HEAD }), HEAD],
  ['the head of the run that a workflow_run is about', workflowRun({ sha: HEAD }), HEAD],
  ['the head of a fork, under workflow_run', workflowRun({ sha: HEAD, from: 'mona/site' }), HEAD],
  ['the commit of a tag', tagPush(), SHA],
])('deploys %s', async (_, context, sha) => {
  await using scenario = await startScenario()
  scenario.github.addCommit({ sha: HEAD })
  const main = await scenario.main({ context })

  expect(main.exitCode).toBe(0)
  expect(scenario.github.deployments.map((deployment) => deployment.ref)).toEqual([sha])
})

it('deploys the ref that is given, whatever the event', async () => {
  await using scenario = await startScenario()
  await scenario.main({ context: pullRequest({ sha: HEAD }), inputs: { ref: 'main' } })

  expect(scenario.github.deployments.map(({ ref, sha }) => [ref, sha])).toEqual([['main', SHA]])
})

it.each(['mona/site', null])('says of a pull request from the fork %j that its token can only read', async (from) => {
  await using scenario = await startScenario({ deployments: 'read' })
  const main = await scenario.main({ context: pullRequest({ from }) })

  expect(errorOf(main)).toBe(
    `GitHub refused to create the deployment to production at ${SHA.slice(0, 7)}: the pull request comes from a fork, where the token can only read (403).\n` +
      'Skip the job for forks: "if: github.event_name != \'pull_request\' || github.event.pull_request.head.repo.full_name == github.repository".',
  )
})

it('says of a run of Dependabot that its token can only read by default', async () => {
  await using scenario = await startScenario({ deployments: 'read' })
  const main = await scenario.main({ context: pullRequest(), env: { GITHUB_ACTOR: 'dependabot[bot]' } })

  expect(errorOf(main)).toBe(
    `GitHub refused to create the deployment to production at ${SHA.slice(0, 7)}: Dependabot started the run, and its token can only read by default (403).\n` +
      'Skip the job for pull requests of Dependabot: "if: github.event.pull_request.user.login != \'dependabot[bot]\'". Or add "deployments: write" to its permissions, and what it needs to Dependabot\'s own secrets.',
  )
})

it('links to the page of the run where the runner does not know the job', async () => {
  await using scenario = await startScenario()
  const runUrl = `${scenario.github.serverUrl}/${REPOSITORY}/actions/runs/4242`
  const main = await scenario.main({ inputs: { 'log-url': `${runUrl}/job/` } })

  expect(main.outputs['log-url']).toBe(runUrl)
  expect(scenario.github.deployments[0]?.statuses.map((status) => status.log_url)).toEqual([runUrl])
})
