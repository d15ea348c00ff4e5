/** Neither a queue nor a re-run takes a site backwards, unless that is what is wanted. */
import { describe, expect, it } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { type GitHub, startGitHub } from '../../rehearsal/github/server.ts'
import { push, REPOSITORY } from '../support/context.ts'
import { cloudflare, deploy, errorOf, warningsOf, workspace, writes } from './setup.ts'

const [OLD, NEW, OTHER] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string]

/** OLD is the parent of NEW; OTHER has been rewritten from OLD. */
async function history(permissions: Readonly<Record<string, 'read'>> = { contents: 'read' }) {
  const github = await startGitHub({ repository: REPOSITORY })
  github.addCommit({ sha: OLD })
  github.addCommit({ sha: NEW, parents: [OLD] })
  github.addCommit({ sha: OTHER, parents: [OLD] })
  github.addRef('heads/main', NEW)
  return { github, token: github.issueToken('deploy', permissions), [Symbol.asyncDispose]: () => close(github) }
}

async function close(github: GitHub): Promise<void> {
  await github[Symbol.asyncDispose]()
}

describe.concurrent('a commit', () => {
  it.each([
    ['production', 'main', /^Commit a{40} is an ancestor of b{40}, which is live in production of site already\./],
    [
      'a preview',
      'develop',
      /^Commit a{40} is an ancestor of b{40}, which is live in branch "develop" of site already\./,
    ],
  ])(
    'that is older than the one live in %s is refused before anything is uploaded',
    async (_where, branch, message) => {
      await using cf = await cloudflare()
      await using site = await workspace()
      await using repository = await history()
      const { github, token } = repository
      const inputs = { 'github-token': token }
      expect(errorOf(await deploy(cf, site, { context: push({ branch, sha: NEW }), github, inputs }))).toBe('')
      const before = writes(cf)

      const older = await deploy(cf, site, { context: push({ branch, sha: OLD }), github, inputs })
      expect(errorOf(older)).toMatch(message)
      expect(errorOf(older)).toMatch(
        /\nA newer run has overtaken this one, .*allow-older: true\. Nothing was uploaded\.$/,
      )
      expect(writes(cf)).toEqual(before)
      const plan = await deploy(cf, site, {
        context: push({ branch, sha: OLD }),
        github,
        inputs: { ...inputs, 'dry-run': 'true' },
      })
      expect(errorOf(plan)).toMatch(message)

      const allowed = await deploy(cf, site, {
        context: push({ branch, sha: OLD }),
        github,
        inputs: { ...inputs, 'allow-older': 'true' },
      })
      expect(errorOf(allowed)).toBe('')
      expect(github.requests.filter(({ path }) => path.includes('/compare/'))).toHaveLength(2)
    },
  )

  it('that is newer than the live one, the same, or from another line of history is deployed', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using repository = await history()
    const { github, token } = repository
    for (const sha of [OLD, OLD, NEW, OTHER]) {
      const result = await deploy(cf, site, { context: push({ sha }), github, inputs: { 'github-token': token } })
      expect(errorOf(result)).toBe('')
      expect(warningsOf(result)).toEqual([])
    }
    expect(github.requests.map(({ path }) => path.split('/compare/')[1])).toEqual([
      `${OLD}...${NEW}`,
      `${NEW}...${OTHER}`,
    ])
  })

  it('is held against the live one of its own branch only', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using repository = await history()
    const { github, token } = repository
    const inputs = { 'github-token': token }
    await deploy(cf, site, { context: push({ sha: NEW }), github, inputs })
    const result = await deploy(cf, site, { context: push({ branch: 'develop', sha: OLD }), github, inputs })
    expect(errorOf(result)).toBe('')
    expect(github.requests).toEqual([])
  })
})

describe.concurrent('a commit that a newer one overtakes', () => {
  it.each([
    ['production', 'main'],
    ['a preview', 'develop'],
  ])('in %s, while it waits for its next attempt, is not deployed', async (_where, branch) => {
    const faults = new FaultSet()
    await using cf = await cloudflare({ faults })
    await using site = await workspace()
    await using other = await workspace()
    await using repository = await history()
    const { github, token } = repository
    const inputs = { 'github-token': token, 'retry-delays': '25s' }
    const result = await deploy(cf, site, {
      context: push({ branch, sha: OLD }),
      github,
      inputs,
      meanwhile: async (step) => {
        await step.prints('::group::Upload')
        faults.add(parseFault('cloudflare:POST /deployments:html=502*1'))
        await step.prints('Attempt 1 of 3 failed')
        const newer = await deploy(cf, other, {
          context: push({ branch, sha: NEW }),
          github,
          inputs,
          env: { GITHUB_RUN_ID: '4243' },
        })
        expect(errorOf(newer)).toBe('')
      },
    })
    expect(errorOf(result)).toMatch(/^Commit a{40} is an ancestor of b{40}, which is live in /)
    expect(errorOf(result)).toMatch(
      /allow-older: true\. Attempt 1 had failed before: Cloudflare answered with HTTP 502\.$/,
    )
    expect(result.outputs['attempts']).toBe('1')
    const commits = cf.projects[0]?.deployments.map((one) => one.deployment_trigger.metadata.commit_hash)
    expect(commits).toEqual([NEW])
  })

  it('is deployed in its next attempt all the same with allow-older', async () => {
    const { error, deployments } = await retryAfter(async ({ deployNewer }) => deployNewer(), { 'allow-older': 'true' })
    expect(error).toBe('')
    expect(deployments).toHaveLength(2)
  })

  it('is not deployed in its next attempt either when the production branch has become another', async () => {
    const { error, deployments } = await retryAfter(async ({ project }) => {
      Object.assign(project, { production_branch: 'trunk' })
    })
    expect(error).toMatch(
      /^Branch "main" would no longer be deployed to production: the production branch of site was "main" when this step began, and is "trunk" now\./,
    )
    expect(deployments).toEqual([])
  })

  it('is asked about once, as long as the same commit is live', async () => {
    const { error, compared } = await retryAfter(async () => {}, {}, NEW)
    expect(error).toBe('')
    expect(compared).toHaveLength(1)
  })
})

interface Wait {
  readonly project: object
  deployNewer(): Promise<void>
}

/** Deploys OTHER, or OLD, to main; something happens before its second attempt. */
async function retryAfter(
  happen: (wait: Wait) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
  before?: string,
) {
  const faults = new FaultSet()
  await using cf = await cloudflare({ faults })
  await using site = await workspace()
  await using other = await workspace()
  await using repository = await history()
  const { github, token } = repository
  const inputs = { 'github-token': token, 'retry-delays': '8s', ...more }
  const run = (sha: string, id: string, inputs: Readonly<Record<string, string>>) =>
    deploy(cf, other, { context: push({ sha }), github, inputs, env: { GITHUB_RUN_ID: id } })
  if (before !== undefined) await run(before, '1', inputs)
  const sha = before === undefined ? OLD : OTHER
  const result = await deploy(cf, site, {
    context: push({ sha }),
    github,
    inputs,
    meanwhile: async (step) => {
      await step.prints('::group::Upload')
      faults.add(parseFault('cloudflare:POST /deployments:html=502*1'))
      await step.prints('Attempt 1 of 3 failed')
      const [project] = cf.projects
      if (project === undefined) throw new Error('There is no project.')
      await happen({ project, deployNewer: async () => void (await run(NEW, '2', inputs)) })
    },
  })
  return {
    error: errorOf(result),
    deployments: cf.projects[0]?.deployments ?? [],
    compared: github.requests.filter(({ path }) => path.includes('/compare/')),
  }
}

describe.concurrent('where commits cannot be compared, a warning says why, and the commit is deployed', () => {
  it.each([
    ['without contents: read', {}, NEW, /GitHub refused the comparison \(HTTP 403\): give the job contents: read/],
    [
      'with a commit that GitHub does not know',
      { contents: 'read' },
      'd'.repeat(40),
      /GitHub does not know both commits/,
    ],
  ] as const)('%s', async (_name, permissions, live, why) => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using repository = await history({ ...permissions })
    const { github, token } = repository
    const inputs = { 'github-token': token }
    await deploy(cf, site, { context: push({ sha: live }), github, inputs })
    const result = await deploy(cf, site, { context: push({ sha: OLD }), github, inputs })
    expect(errorOf(result)).toBe('')
    expect(warningsOf(result)).toEqual([expect.stringMatching(why)])
    expect(warningsOf(result)[0]).toMatch(
      /^Whether this commit is older than the one that is live could not be checked: /,
    )
  })

  it('without a token', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await deploy(cf, site, { context: push({ sha: NEW }) })
    const result = await deploy(cf, site, { context: push({ sha: OLD }), inputs: { 'github-token': '' } })
    expect(errorOf(result)).toBe('')
    expect(warningsOf(result)).toEqual([expect.stringContaining('and github-token is empty.')])
  })

  it('without a GitHub that answers', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await deploy(cf, site, { context: push({ sha: NEW }) })
    const result = await deploy(cf, site, { context: push({ sha: OLD }) })
    expect(errorOf(result)).toBe('')
    expect(warningsOf(result)).toEqual([expect.stringContaining('and GitHub could not compare them: ')])
  })
})
