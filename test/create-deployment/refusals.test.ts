/** What GitHub may answer, and what a user is told: what failed, why, and what to change. */
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { listen } from '../../rehearsal/server.ts'
import { SHA } from '../support/context.ts'
import { refusingOrigin } from '../support/server.ts'
import { errorOf, startScenario, statesOf } from './setup.ts'

const DOING = `create the deployment to production at ${SHA.slice(0, 7)}`

it('names the permission that the job lacks', async () => {
  await using scenario = await startScenario({})
  expect(errorOf(await scenario.main())).toBe(
    `GitHub refused to ${DOING}: the token lacks a permission, "Resource not accessible by integration" (403).\n` +
      'Add "deployments: write" to the job\'s permissions.',
  )
})

it('says that GitHub does not know the token', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main({ inputs: { 'github-token': 'ghs_expired' } })
  expect(errorOf(main)).toBe(
    `GitHub refused to ${DOING}: it does not know the token, "Bad credentials" (401).\n` +
      'Leave github-token at its default, or give it a token that has neither expired nor been revoked.',
  )
  expect(main.stdout).not.toContain('ghs_expired')
})

it('names the ref that does not exist', async () => {
  await using scenario = await startScenario()
  expect(errorOf(await scenario.main({ inputs: { ref: 'no-such-branch' } }))).toBe(
    'GitHub refused to create the deployment to production at no-such-branch: the repository has no ref "no-such-branch" (422).\n' +
      'Give ref a branch, a tag or a full SHA that has been pushed to this repository.',
  )
})

it('lists the required contexts that have not passed, and no other', async () => {
  await using scenario = await startScenario()
  scenario.github.addCheck(SHA, { context: 'build', state: 'success' })
  scenario.github.addCheck(SHA, { context: 'test', state: 'pending' })
  scenario.github.addCheck(SHA, { context: 'unrelated', state: 'failure' })

  const some = await scenario.main({ inputs: { 'required-contexts': 'build\ntest\nlint' } })
  expect(errorOf(some)).toBe(
    `GitHub refused to ${DOING}: required contexts have not passed: test: pending, lint: not reported (409).\n` +
      'Run this job after them, or name fewer in required-contexts.',
  )
  const all = await scenario.main({ inputs: { 'required-contexts': 'all' } })
  expect(errorOf(all)).toContain('required contexts have not passed: test: pending, unrelated: failure (409).')
})

it('says that GitHub has merged instead of deploying', async () => {
  await using scenario = await startScenario()
  const { github } = scenario
  const newer = 'b'.repeat(40)
  github.addRef('heads/feature', SHA)
  github.addCommit({ sha: newer, parents: [SHA] })
  github.addRef('heads/main', newer)

  const main = await scenario.main({ inputs: { ref: 'feature', 'auto-merge': 'true' } })
  expect(errorOf(main)).toBe(
    'GitHub created no deployment of feature but moved the branch (202: Auto-merged main into feature on deployment.).\n' +
      'The commit that this run built is no longer the head: deploy with a new run, which builds the merge commit. ' +
      'With auto-merge set to false GitHub leaves the branch alone.',
  )
  expect(github.deployments).toEqual([])
})

it('says that the default branch does not merge', async () => {
  await using scenario = await startScenario()
  const { github } = scenario
  github.addRef('heads/feature', SHA)
  github.addConflict('feature')
  const newer = 'b'.repeat(40)
  github.addCommit({ sha: newer, parents: [SHA] })
  github.addRef('heads/main', newer)

  expect(errorOf(await scenario.main({ inputs: { ref: 'feature', 'auto-merge': 'true' } }))).toBe(
    'GitHub refused to create the deployment to production at feature: Conflict merging main into feature (409).\n' +
      'Merge the default branch by hand and push, or set auto-merge to false.',
  )
})

it('says that the token sees another repository only', async () => {
  await using scenario = await startScenario()
  const main = await scenario.main({ env: { GITHUB_REPOSITORY: 'octo-org/other' } })
  expect(errorOf(main)).toBe(
    `GitHub refused to ${DOING}: there is no such thing in octo-org/other, or the token may not see it (404).\n` +
      'Check that the token in github-token is for this repository, and that nothing deletes deployments meanwhile.',
  )
})

it('does not ask twice when GitHub fails and cannot say whether it has done so, and says that', async () => {
  const app = new Hono()
  let writes = 0
  app.get('*', (c) => c.json({ message: 'Server Error' }, 502))
  app.post('*', (c) => {
    writes++
    return c.json({ message: 'Server Error' }, 502)
  })
  await using broken = await listen(app)
  await using scenario = await startScenario()

  const main = await scenario.main({ env: { GITHUB_API_URL: broken.origin } })
  expect(errorOf(main)).toBe(
    `GitHub failed to ${DOING} (502). It was not asked again, since whether it has done so could not be looked up.\n` +
      `Check ${scenario.github.serverUrl}, then run the job again, which takes up what may be there.`,
  )
  expect(writes).toBe(1)
})

it('says that nothing answers at the address of the API', async () => {
  await using scenario = await startScenario()
  const apiUrl = await refusingOrigin()
  const main = await scenario.main({ env: { GITHUB_API_URL: apiUrl } })
  expect(errorOf(main)).toBe(
    `GitHub could not be asked to ${DOING}: no answer from ${apiUrl} (connect ECONNREFUSED ${new URL(apiUrl).host}).\n` +
      'Check that the runner reaches this address, then run the job again.',
  )
})

it('does not take an answer that was cut off for a deployment', async () => {
  const app = new Hono()
  app.all('*', () => new Response('{"id": 1, "url', { status: 201, headers: { 'content-type': 'application/json' } }))
  await using cut = await listen(app)
  await using scenario = await startScenario()

  const main = await scenario.main({ env: { GITHUB_API_URL: cut.origin } })
  expect(errorOf(main)).toContain(`GitHub's answer to the request to ${DOING} cannot be read (201).`)
})

it('finishes a deployment whose first status GitHub refused', async () => {
  await using scenario = await startScenario()
  const { github } = scenario
  const app = new Hono()
  app.post('/repos/:owner/:repo/deployments', async (c) => {
    const headers = { authorization: c.req.header('authorization') ?? '', 'content-type': 'application/json' }
    return fetch(`${github.apiUrl}${c.req.path}`, { method: 'POST', headers, body: await c.req.text() })
  })
  app.post('/repos/:owner/:repo/deployments/:id/statuses', (c) => c.json({ message: 'Server Error' }, 503))
  await using failing = await listen(app)

  const main = await scenario.main({ env: { GITHUB_API_URL: failing.origin } })
  expect(errorOf(main)).toMatch(/^GitHub failed to set deployment \d+ to in_progress \(503\)\./)
  await scenario.post(main, 'failure')
  expect(statesOf(github)).toEqual([['failure']])
})

it('never prints a stack for a refusal', async () => {
  await using scenario = await startScenario({})
  const main = await scenario.main()
  expect(`${main.stdout}${main.stderr}`).not.toMatch(/^\s+at /m)
})
