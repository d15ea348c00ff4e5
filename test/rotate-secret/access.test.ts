/** Tokens that may not, and places that are not there: found before anything is written, and told as a person needs it. */
import { describe, expect, it } from 'vitest'
import { BEYOND_JOBS } from '../../rehearsal/github/permissions.ts'
import { writesOf } from './journal.ts'
import { refusal } from './refusal.ts'
import { CLOUDFLARE, NAME, NEXT, OLD, startScene } from './setup.ts'

describe('a token', () => {
  it("that is the job's own can never write secrets", async () => {
    await using scene = await startScene()
    const own = scene.github.issueToken('rotate', { actions: 'write', contents: 'write' })
    const ended = await scene.rotate({ 'github-token': own, 'job-token': own })
    expect(refusal(ended)).toBe(
      "The token in github-token is the workflow's own, which can never write secrets.\nMake a fine-grained personal token or a GitHub App's with the permissions that the README lists, and keep it in a secret of an environment.",
    )
    expect(ended.requests).toEqual([])
  })

  it('of an App without the permission is told from it', async () => {
    await using scene = await startScene()
    const app = scene.github.issueToken('rotate', {}, 'rotator[bot]')
    expect(refusal(await scene.rotate({ 'github-token': app }))).toBe(
      "GitHub refused to give the public key of repository: Resource not accessible by integration (403).\nThe token in github-token is the workflow's own, or an App's that lacks a permission. The workflow's own can never write secrets: use a fine-grained personal token or an App's. Give it the repository permission \"Secrets: read and write\".",
    )
  })

  it('that GitHub does not know is tried once', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate({ 'github-token': 'github_pat_gone', targets: 'repository\ndependabot' })
    expect(refusal(ended)).toBe(
      'GitHub refused to give the public key of repository: Bad credentials (401).\nThe token in github-token is unknown to GitHub: it has expired, was revoked, or is not whole. Make a new one and put it into the secret that github-token reads.',
    )
    expect(ended.requests).toHaveLength(1)
  })

  it.each([
    ['secrets', {}, 'the repository permission "Secrets: read and write"'],
    [
      'environments',
      { targets: 'repository\nenvironment:production' },
      'the repository permission "Environments: read and write"',
    ],
    [
      'organization_secrets',
      { targets: 'repository\norganization:octo-org' },
      'the organization permission "Secrets: read and write"',
    ],
    [
      'dependabot_secrets',
      { targets: 'repository\ndependabot' },
      'the repository permission "Dependabot secrets: read and write"',
    ],
    [
      'codespaces_secrets',
      { targets: 'repository\ncodespaces' },
      'the repository permission "Codespaces secrets: read and write"',
    ],
    [
      'actions_variables',
      { generator: 'ed25519', 'public-variable': 'PUBLIC_KEY' },
      'the repository permission "Variables: read and write"',
    ],
  ])('without %s is told what to give it', async (permission, inputs, wanted) => {
    await using scene = await startScene()
    scene.github.addEnvironment('production')
    const permissions = { ...BEYOND_JOBS, [permission]: 'none' } as const
    const poor = scene.github.issuePersonalToken({ login: 'octocat', permissions })
    const text = refusal(await scene.rotate({ 'github-token': poor, ...inputs }))
    expect(text).toMatch(/^GitHub refused to [^\n]+: Resource not accessible by personal access token \(403\)\.\n/)
    expect(text.split('\n').slice(1)).toEqual([`The token in github-token lacks a permission. Give it ${wanted}.`])
  })

  it('that may only read is found at the first write, which changes nothing', async () => {
    await using scene = await startScene()
    const reader = scene.github.issuePersonalToken({ login: 'octocat', permissions: { secrets: 'read' } })
    const ended = await scene.rotate({ 'github-token': reader })
    expect(writesOf(ended)).toEqual([`PUT secrets/${NEXT}`])
    expect(scene.held()).toEqual({ [NAME]: OLD })
    expect(ended.error).toBe(
      `${NAME} was not rotated: nothing uses the new value yet. GitHub refused to write ${NEXT} to repository: Resource not accessible by personal access token (403).\nThe token in github-token lacks a permission. Give it the repository permission "Secrets: read and write".`,
    )
    expect(ended.summary).toContain(', which begins again.')
  })

  it('of the job needs to see its own run', async () => {
    await using scene = await startScene()
    const poor = scene.github.issueToken('rotate', { contents: 'read' })
    expect(refusal(await scene.rotate({ 'job-token': poor }))).toBe(
      'GitHub refused to say when this run was created, which tells whether the secrets that it was given can be out of date: Resource not accessible by integration (403).\nThe job\'s own token lacks a permission. Add "actions: read" to the job\'s permissions.',
    )
  })

  it('of Cloudflare without the permission is told what to give it', async () => {
    await using scene = await startScene({ cloudflare: { tokenScopes: ['pages'] } })
    const text = refusal(await scene.rotate({ ...CLOUDFLARE, targets: 'repository\nworker:api' }))
    expect(text).toMatch(/^Cloudflare refused to list the secrets of worker:api: Authentication error/)
    expect(text).toContain('or lack "Account > Workers Scripts > Edit".')
  })

  it.each([{ 'api-token': 'a-token' }, { 'account-id': '0123456789abcdef0123456789abcdef' }, {}])(
    'of Cloudflare and the account are both needed, and here are %j',
    async (given) => {
      await using scene = await startScene()
      const ended = await scene.rotate({ ...given, targets: 'repository\npages:site/production' })
      expect(refusal(ended)).toBe(
        'Input targets names something of Cloudflare, and api-token or account-id is missing.\nGive both: api-token a token with the permissions that the README lists, account-id the 32 digits in the address of the dashboard.',
      )
    },
  )
})

describe('a place that does not exist', () => {
  it.each([
    [
      'repository:octo-org/nowhere',
      'Secrets',
      'Check the name; if that is right, the token lacks a permission. Give it the repository permission',
    ],
    ['dependabot:octo-org/nowhere', 'Dependabot secrets', 'Check the name'],
    ['environment:nowhere', 'Environments', 'Check the name'],
    ['organization:nowhere', 'Secrets', 'the organization permission'],
  ])('as %s is named', async (target, permission, hint) => {
    await using scene = await startScene()
    const text = refusal(await scene.rotate({ targets: `repository\n${target}` }))
    expect(text).toMatch(new RegExp(`^GitHub refused to give the public key of ${target}: Not Found \\(404\\)\\.\n`))
    expect(text).toContain(hint)
    expect(text).toContain(`"${permission}: read and write"`)
  })

  it.each([
    [
      'pages:nowhere/production',
      'show the project nowhere',
      'Check the name of the project in targets, and account-id.',
    ],
    [
      'worker:nowhere',
      'list the secrets of worker:nowhere',
      'Check the name of the Worker in targets, and account-id. A Worker that was never deployed has no secrets.',
    ],
  ])('as %s is named', async (target, doing, hint) => {
    await using scene = await startScene()
    const text = refusal(await scene.rotate({ ...CLOUDFLARE, targets: `repository\n${target}` }))
    expect(text).toContain(`Cloudflare refused to ${doing}: `)
    expect(text).toContain(`\n${hint}`)
  })

  it('is named with all others at once', async () => {
    await using scene = await startScene()
    const targets = 'repository\nrepository:octo-org/nowhere\nworker:nowhere\npages:nowhere/preview\nenvironment:none'
    const text = refusal(await scene.rotate({ ...CLOUDFLARE, targets }))
    expect(text).toMatch(/^4 targets cannot be used:\n- GitHub refused/)
    for (const name of ['repository:octo-org/nowhere', 'worker:nowhere', 'project nowhere', 'environment:none']) {
      expect(text).toContain(name)
    }
  })
})
