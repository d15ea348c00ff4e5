/** GitHub Enterprise Server has its API below a path, and pages under a name of its own. */
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { expect, it } from 'vitest'
import { startGitHub } from '../../rehearsal/github/server.ts'
import { listen } from '../../rehearsal/server.ts'
import { cloudflare, deploy, errorOf, workspace } from '../deploy-pages/setup.ts'
import { runBundle } from '../support/bundle.ts'
import { push, REPOSITORY, SHA } from '../support/context.ts'

const SERVER_URL = 'https://github.example.com'

/** A GitHub whose API is below `/api/v3`, and answers nowhere else. */
async function startEnterprise() {
  const github = await startGitHub({ repository: REPOSITORY })
  const app = new Hono()
  app.all('/api/v3/*', (c) => proxy(`${github.apiUrl}${c.req.url.split('/api/v3')[1]}`, c.req))
  const server = await listen(app)
  return {
    github,
    enterprise: { apiUrl: `${server.origin}/api/v3`, serverUrl: SERVER_URL },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await github[Symbol.asyncDispose]()
    },
  }
}

it('creates and finishes a deployment there, and links to its pages', async () => {
  await using there = await startEnterprise()
  const { github, enterprise } = there
  github.addCommit({ sha: SHA })
  const token = github.issueToken('deploy', { deployments: 'write' })
  const inputs = {
    environment: 'production',
    'github-token': token,
    'job-token': token,
    'job-status': 'success',
    'job-index': '0',
    'log-url': `${SERVER_URL}/${REPOSITORY}/actions/runs/4242/job/`,
  }
  const main = await runBundle('create-deployment', { inputs, github: enterprise })
  const post = await runBundle('create-deployment', { inputs, github: enterprise, postOf: main })
  expect([main.exitCode, post.exitCode, ...main.annotations, ...post.annotations]).toEqual([0, 0])
  expect(github.deployments[0]?.statuses.map(({ state, log_url }) => [state, log_url])).toEqual([
    ['in_progress', `${SERVER_URL}/${REPOSITORY}/actions/runs/4242`],
    ['success', `${SERVER_URL}/${REPOSITORY}/actions/runs/4242`],
  ])
  expect(post.summary).toContain(`${SERVER_URL}/${REPOSITORY}/commit/${SHA}`)
})

it('compares the commit of a deployment to Pages with the one that is live there', async () => {
  await using there = await startEnterprise()
  const { github, enterprise } = there
  const newer = 'b'.repeat(40)
  github.addCommit({ sha: SHA })
  github.addCommit({ sha: newer, parents: [SHA] })
  await using cf = await cloudflare()
  await using site = await workspace()
  const inputs = { 'github-token': github.issueToken('deploy', { contents: 'read' }) }
  const first = await deploy(cf, site, { context: push({ sha: newer }), github: enterprise, inputs })
  const second = await deploy(cf, site, { context: push({ sha: SHA }), github: enterprise, inputs })

  expect([first.exitCode, ...first.annotations]).toEqual([0])
  expect(errorOf(second)).toMatch(new RegExp(`^Commit ${SHA} is an ancestor of ${newer}, which is live in production`))
  expect(github.requests.map(({ path }) => path)).toEqual([`/repos/${REPOSITORY}/compare/${newer}...${SHA}`])
})
