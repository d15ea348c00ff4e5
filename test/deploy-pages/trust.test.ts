/** Whose code may be deployed where, when the event does not say it, or says it second hand. */
import { chmod, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startGitHub } from '../../rehearsal/github/server.ts'
import { MERGE_SHA, pullRequest, push, REPOSITORY, type RunContext, SHA, workflowRun } from '../support/context.ts'
import { cloudflare, deploy, errorOf, SITE, TOKEN, workspace, writes } from './setup.ts'

const dryRun = { 'dry-run': 'true' }

const comment: RunContext = {
  eventName: 'issue_comment',
  ref: 'refs/heads/main',
  sha: MERGE_SHA,
  event: { comment: { body: '/deploy' } },
}

describe.concurrent('a run that does not say whose code it builds', () => {
  const cases: readonly (readonly [string, RunContext, RegExp])[] = [
    ['issue_comment', comment, /the event issue_comment does not say whose code is built/],
    ...['workflow_run', 'issue_comment', 'pull_request_review'].map(
      (started): readonly [string, RunContext, RegExp] => [
        `workflow_run behind ${started}`,
        workflowRun({ branch: 'main', started }),
        new RegExp(`the run before was started by ${started}, which does not say whose code it built`),
      ],
    ),
    [
      'workflow_run behind nothing',
      workflowRun({ branch: 'main', started: undefined }),
      /GitHub does not say what started the run before/,
    ],
  ]

  it.each(cases)('has no branch under %s', async (_name, context, doubt) => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const error = errorOf(await deploy(cf, site, { context }))
    expect(error).toMatch(/^Nothing says which branch this is: /)
    expect(error).toMatch(doubt)
    expect(error).toMatch(/\nSet the input branch: .* Set expect-environment as well when .* Nothing was uploaded\.$/)
    expect(writes(cf)).toEqual([])
  })

  it.each(cases)(
    'reaches production only where the workflow says so twice, under %s',
    async (_name, context, doubt) => {
      await using cf = await cloudflare()
      await using site = await workspace()
      const inputs = { ...dryRun, branch: 'main', 'allow-older': 'true' }
      const refused = errorOf(await deploy(cf, site, { context, inputs }))
      expect(refused).toMatch(
        /^Code of unknown origin \(.*\) would be deployed to production\.\nSee to it in the workflow/,
      )
      expect(refused).toMatch(doubt)
      expect(refused).toContain('expect-environment: production')
      const agreed = await deploy(cf, site, { context, inputs: { ...inputs, 'expect-environment': 'production' } })
      expect(errorOf(agreed)).toBe('')
      expect(agreed.outputs['pages-environment']).toBe('production')
    },
  )

  it('may deploy a preview, without code that would be compiled beside the token', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const inputs = { ...dryRun, branch: 'pr-7' }
    expect(errorOf(await deploy(cf, site, { context: comment, inputs }))).toBe('')
    await site.write({
      'functions/x.js': 'import all from "/proc/self/environ"; export const onRequest = () => new Response(all)',
    })
    expect(errorOf(await deploy(cf, site, { context: comment, inputs }))).toMatch(
      /^Code of unknown origin \(.*\) brings code that would be compiled beside the API token: functions\/\.\nSet expect-environment when/,
    )
    const agreed = { ...inputs, 'expect-environment': 'preview' }
    expect(errorOf(await deploy(cf, site, { context: comment, inputs: agreed }))).toBe('')
  })

  it('is not deployed with the wrangler that its checkout has installed', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const inputs = { ...dryRun, branch: 'pr-7', 'wrangler-version': 'project' }
    for (const [context, whose] of [
      [comment, 'Code of unknown origin (the event issue_comment does not say whose code is built)'],
      [pullRequest({ from: 'mallory/site' }), 'What comes from a fork'],
    ] as const) {
      expect(errorOf(await deploy(cf, site, { context, inputs }))).toContain(
        `${whose} would be deployed with the wrangler that its own checkout has installed.`,
      )
    }
  })
})

describe.concurrent('a workflow_run whose branch has the name of the production branch', () => {
  const [OLD, TIP, TAGGED] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string]

  /** `main` is at TIP, behind which is OLD; TAGGED has been pushed as a tag only. */
  async function repository(permissions: Readonly<Record<string, 'read'>> = { contents: 'read' }, hasMain = true) {
    const github = await startGitHub({ repository: REPOSITORY })
    github.addCommit({ sha: OLD })
    github.addCommit({ sha: TIP, parents: [OLD] })
    github.addCommit({ sha: TAGGED, parents: [OLD] })
    if (hasMain) github.addRef('heads/main', TIP)
    github.addRef('tags/main', TAGGED)
    return {
      github,
      token: github.issueToken('deploy', permissions),
      [Symbol.asyncDispose]: () => github[Symbol.asyncDispose](),
    }
  }

  const inputs = { ...dryRun, 'allow-older': 'true' }

  it.each([
    ['at its tip', TIP],
    ['behind its tip', OLD],
  ])('is believed for a commit of the branch, %s', async (_where, sha) => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using repo = await repository()
    const { github, token } = repo
    const context = workflowRun({ branch: 'main', sha })
    const result = await deploy(cf, site, { context, github, inputs: { ...inputs, 'github-token': token } })
    expect(errorOf(result)).toBe('')
    expect(result.outputs['pages-environment']).toBe('production')
  })

  it('is not believed for a tag of that name', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using repo = await repository()
    const { github, token } = repo
    const context = workflowRun({ branch: 'main', sha: TAGGED })
    const given = { ...inputs, 'github-token': token, 'expect-environment': 'production' }
    expect(errorOf(await deploy(cf, site, { context, github, inputs: given }))).toBe(
      `The run before was for "main", the name of the production branch, and that branch does not have commit ${TAGGED}: it may have been a tag.\n` +
        'Give the job contents: read, so that GitHub can be asked whether the branch has the commit; or set the input branch, in a workflow that makes sure of it. Nothing was uploaded.',
    )
    expect(writes(cf)).toEqual([])
    const preview = workflowRun({ branch: 'release', sha: TAGGED })
    expect(errorOf(await deploy(cf, site, { context: preview, github, inputs }))).toBe('')
  })

  it('is not believed where there is no such branch', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using repo = await repository({ contents: 'read' }, false)
    const { github, token } = repo
    const context = workflowRun({ branch: 'main', sha: TAGGED })
    const error = errorOf(await deploy(cf, site, { context, github, inputs: { ...inputs, 'github-token': token } }))
    expect(error).toContain('and GitHub does not show a branch of that name: it may have been a tag.')
  })

  it('is not believed where GitHub cannot be asked, unless the workflow gives the branch', async () => {
    await using cf = await cloudflare()
    await using site = await workspace()
    await using repo = await repository({})
    const { github, token } = repo
    const context = workflowRun({ branch: 'main', sha: TIP })
    for (const given of [token, '']) {
      const unproven = { ...inputs, 'github-token': given }
      expect(errorOf(await deploy(cf, site, { context, github, inputs: unproven }))).toMatch(
        /and (which commits that branch has is not known: \S.*|GitHub does not show a branch of that name): it may have been a tag\.\nGive the job contents: read/,
      )
      const trusted = { ...unproven, branch: 'main' }
      expect(errorOf(await deploy(cf, site, { context, github, inputs: trusted }))).toBe('')
    }
  })
})

describe.concurrent('a wrangler configuration', () => {
  const other = { ...SITE, 'wrangler.toml': 'name = "internal-admin"\npages_build_output_dir = "dist"\n' }
  const projects = ['site', 'internal-admin'].map((name) => ({ name, productionBranch: 'main' }))
  const unnamed = { ...dryRun, 'project-name': undefined, directory: undefined }

  it.each([
    ['What comes from a fork', workflowRun({ from: 'mallory/site' })],
    ['Code of unknown origin (the event issue_comment does not say whose code is built)', comment],
  ])('does not choose the project for a stranger: %s', async (whose, context) => {
    await using cf = await cloudflare({ projects })
    await using site = await workspace(other)
    const inputs = { ...unnamed, branch: 'pr-7', 'expect-environment': 'preview' }
    expect(errorOf(await deploy(cf, site, { context, inputs }))).toBe(
      `${whose} would choose its project, "internal-admin", by its own wrangler configuration.\nSet the input project-name. Nothing was uploaded.`,
    )
    expect(cf.requests).toEqual([])
    const named = { ...inputs, 'project-name': 'site' }
    expect(errorOf(await deploy(cf, site, { context, inputs: named }))).toBe('')
  })

  it('does not choose the project that is created, but one that is there', async () => {
    await using cf = await cloudflare({ projects: [] })
    await using site = await workspace(other)
    const inputs = { ...unnamed, 'dry-run': 'false', 'create-project': 'true' }
    expect(errorOf(await deploy(cf, site, { inputs }))).toBe(
      'A wrangler configuration would choose the project to be created, "internal-admin".\nSet the input project-name. Nothing was uploaded.',
    )
    expect(writes(cf)).toEqual([])
    await using own = await cloudflare({ projects })
    expect(errorOf(await deploy(own, site, { inputs: unnamed }))).toBe('')
  })
})

describe.concurrent('the wrangler of the project', () => {
  const STUB = { 'bin/wrangler.js': 'process.exit(0)', 'package.json': '{ "version": "4.100.0" }' }
  const inside = (folder: string) =>
    Object.fromEntries(Object.entries(STUB).map(([file, text]) => [`${folder}/${file}`, text]))

  it('is not looked for above the workspace, where other jobs of the machine could have put one', async () => {
    await using cf = await cloudflare()
    await using work = await workspace({
      ...inside('node_modules/wrangler'),
      'site/dist/index.html': '<p>',
      'site/app/dist/index.html': '<p>',
    })
    const site = { ...work, path: join(work.path, 'site') }
    const inputs = { 'wrangler-version': 'project', 'working-directory': 'app' }
    expect(errorOf(await deploy(cf, site, { inputs }))).toMatch(
      /^wrangler-version is "project", but no wrangler is installed in \S+\/site\/app or above it in the workspace\./,
    )
    expect(writes(cf)).toEqual([])
    await work.write(inside('site/node_modules/wrangler'))
    expect(errorOf(await deploy(cf, site, { inputs: { ...inputs, ...dryRun } }))).toBe('')
  })

  it('may be a link within the workspace, as pnpm makes it, and none that leaves it', async () => {
    await using cf = await cloudflare()
    await using elsewhere = await workspace(inside('wrangler'))
    await using site = await workspace({ ...SITE, ...inside('node_modules/.pnpm/wrangler@4/node_modules/wrangler') })
    const inputs = { ...dryRun, 'wrangler-version': 'project' }
    await symlink('.pnpm/wrangler@4/node_modules/wrangler', join(site.path, 'node_modules/wrangler'))
    expect(errorOf(await deploy(cf, site, { inputs }))).toBe('')
    await mkdir(join(site.path, 'app/node_modules'), { recursive: true })
    await site.write({ 'app/dist/index.html': '<p>' })
    await symlink(join(elsewhere.path, 'wrangler'), join(site.path, 'app/node_modules/wrangler'))
    expect(errorOf(await deploy(cf, site, { inputs: { ...inputs, 'working-directory': 'app' } }))).toMatch(
      /^The project's wrangler, \S+\/app\/node_modules\/wrangler, is a link that leaves the workspace\./,
    )
  })
})

it('a program that was pushed is not run beside the token, though the job has its folder on PATH', async () => {
  await using cf = await cloudflare()
  await using site = await workspace()
  await using machine = await workspace({})
  const seen = join(machine.path, 'seen')
  const git = (whose: string) => `#!/bin/sh\necho "${whose} $CLOUDFLARE_API_TOKEN" >> ${seen}\nexit 1\n`
  await site.write({ 'node_modules/.bin/git': git('pushed') })
  await machine.write({ 'bin/git': git('own') })
  const folders = [join(site.path, 'node_modules/.bin'), join(machine.path, 'bin')]
  for (const folder of folders) await chmod(join(folder, 'git'), 0o755)
  const context = workflowRun({ branch: 'feature', from: 'mallory/site' })
  const env = { PATH: ['node_modules/.bin', ...folders, process.env['PATH']].join(':') }
  expect(errorOf(await deploy(cf, site, { context, env }))).toBe('')
  const lines = (await readFile(seen, 'utf8')).trim().split('\n')
  expect([...new Set(lines)]).toEqual([`own ${TOKEN}`])
})

describe.concurrent('a step without a token', () => {
  it.each<readonly [string, RunContext, Readonly<Record<string, string>>, RegExp]>([
    [
      'a fork',
      pullRequest({ from: 'mallory/site' }),
      {},
      /^Input api-token is empty: the pull request comes from a fork, which gets no secrets\.\nSkip the job for forks: "if: github\.event_name/,
    ],
    [
      'Dependabot',
      pullRequest(),
      { GITHUB_ACTOR: 'dependabot[bot]' },
      /^Input api-token is empty: Dependabot started the run, which gets no secrets of the repository\.\nSkip the job for pull requests of Dependabot: "if: /,
    ],
    ['a branch', push({ sha: SHA }), {}, /^Input api-token is empty\.\nGive it a value under "with:"/],
  ])('is told why and what to do, for %s', async (_who, context, env, message) => {
    await using cf = await cloudflare()
    await using site = await workspace()
    const result = await deploy(cf, site, { context, env, inputs: { 'api-token': '' } })
    expect(errorOf(result)).toMatch(message)
    expect(result.summary).toMatch(/^### Cloudflare Pages: nothing was uploaded\n[\s\S]*Input api-token is empty/)
    expect(result.summary).not.toContain('<td></td>')
    expect(cf.requests).toEqual([])
  })
})
