/** GitHub Enterprise Server has its API below a path, and pages under a name of its own. */
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { expect, it } from 'vitest'
import { startGitHub } from '../../rehearsal/github/server.ts'
import { listen } from '../../rehearsal/server.ts'
import { runBundle } from '../support/bundle.ts'
import { REPOSITORY, SHA } from '../support/context.ts'

it('creates and finishes a deployment there, and links to its pages', async () => {
  await using github = await startGitHub({ repository: REPOSITORY })
  github.addCommit({ sha: SHA })
  const app = new Hono()
  app.all('/api/v3/*', (c) => proxy(`${github.apiUrl}${c.req.url.split('/api/v3')[1]}`, c.req))
  await using server = await listen(app)
  const token = github.issueToken('deploy', { deployments: 'write' })
  const serverUrl = 'https://github.example.com'
  const inputs = {
    environment: 'production',
    'github-token': token,
    'job-token': token,
    'job-status': 'success',
    'job-index': '0',
    'log-url': `${serverUrl}/${REPOSITORY}/actions/runs/4242/job/`,
  }
  const enterprise = { apiUrl: `${server.origin}/api/v3`, serverUrl }

  const main = await runBundle('create-deployment', { inputs, github: enterprise })
  const post = await runBundle('create-deployment', { inputs, github: enterprise, postOf: main })
  expect([main.exitCode, post.exitCode, ...main.annotations, ...post.annotations]).toEqual([0, 0])
  expect(github.deployments[0]?.statuses.map(({ state, log_url }) => [state, log_url])).toEqual([
    ['in_progress', `${serverUrl}/${REPOSITORY}/actions/runs/4242`],
    ['success', `${serverUrl}/${REPOSITORY}/actions/runs/4242`],
  ])
  expect(post.summary).toContain(`${serverUrl}/${REPOSITORY}/commit/${SHA}`)
})
