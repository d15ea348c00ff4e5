/** What a run refuses before it has written anything, and what a person reads then. */
import { describe, expect, it } from 'vitest'
import { journalOf, writesOf } from './journal.ts'
import { refusalOf } from './refusal.ts'
import { CLOUDFLARE, DAY, type Ended, NAME, OLD, REPO, type Scene, startScene } from './setup.ts'

const PREVIOUS = `${NAME}_PREVIOUS`
const NEXT = `${NAME}_NEXT`
const TIME = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g
const ago = (ms: number) => ({ updatedAt: new Date(Date.now() - ms) })
const ALL = {
  secrets: 'write',
  environments: 'write',
  organization_secrets: 'write',
  dependabot_secrets: 'write',
  codespaces_secrets: 'write',
  actions_variables: 'write',
} as const

/** The error without its dates, after it was seen that nothing was written, and that the summary says so. */
function refusal(ended: Ended): string {
  const text = refusalOf(ended)
  expect(ended.outputs['result']).toBeUndefined()
  expect(ended.summary).toMatch(
    /^### Secret `SESSION_KEY`: \*\*refused\*\*\n\n> SESSION\\_KEY was not rotated, and nothing was written\. /,
  )
  return text.replaceAll(TIME, 'TIME')
}

describe('out of date', () => {
  it('is what was written after the run was created', async () => {
    await using scene = await startScene()
    const run = scene.newRun()
    scene.github.passTime(5000)
    scene.github.setSecret(REPO, NAME, 'newer')
    expect(refusal(await scene.rotate({ force: 'true' }, run))).toBe(
      `${NAME} was written at TIME, after this run was created (TIME): the value that this run was given may be an older one.\nStart a new run (Actions > the workflow > Run workflow): a re-run may be given the secrets of the first attempt.`,
    )
    expect(scene.held()).toEqual({ [NAME]: 'newer' })
  })

  it('is a re-run of a run before the last rotation', async () => {
    await using scene = await startScene()
    const run = scene.newRun()
    scene.github.passTime(5000)
    await scene.rotate()
    const held = scene.held()
    scene.github.passTime(5000)
    const again = await scene.rotate({ force: 'true' }, run)
    expect(refusal(again)).toContain('a re-run may be given the secrets of the first attempt')
    expect(scene.held()).toEqual(held)
  })

  it('is a pending value that is gone', async () => {
    await using scene = await startScene()
    scene.github.setSecret(REPO, NEXT, 'begun', ago(3_600_000))
    const run = scene.newRun()
    await scene.rotate()
    scene.github.passTime(40 * DAY)
    const text = refusal(await scene.rotate({ current: OLD, pending: 'begun' }))
    expect(run.secrets[NEXT]).toBe('begun')
    expect(text).toBe(
      `Input pending has a value, and ${NEXT} does not exist where it should: this run was given secrets that are out of date, or those of another place.\nStart a new run (Actions > the workflow > Run workflow): a re-run may be given the secrets of the first attempt. If that does not help, see whether the organization has a secret of that name.`,
    )
  })
})

describe('a pending value', () => {
  it('is needed where there is one', async () => {
    await using scene = await startScene()
    scene.github.setSecret(REPO, NEXT, 'begun', ago(3_600_000))
    expect(refusal(await scene.rotate({ pending: '' }))).toBe(
      `${NEXT} exists: a rotation has stopped in the middle of it, and its value was not given to this run.\nGive the step "pending: \${{ secrets.${NEXT} }}"; if it is there, the job's environment may not be the one that holds the secret. Then start a new run. To give that rotation up, delete ${NEXT}, and ${PREVIOUS}, if it was written since then: it holds the value that is in use.`,
    )
  })

  it('of another run is left alone', async () => {
    await using scene = await startScene()
    const run = scene.newRun()
    scene.github.passTime(5000)
    scene.github.setSecret(REPO, NEXT, 'of another')
    expect(refusal(await scene.rotate({}, run))).toBe(
      `${NEXT} was written at TIME, after this run was created (TIME): another run is rotating, or has stopped in the middle of it.\nIf none is at work any more, start a new run: it goes on with ${NEXT}. A concurrency group of the secret's own, without cancel-in-progress, keeps runs apart.`,
    )
  })

  it('that another run has made since the look stops this one before anything else', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate({}, undefined, {
      meet(_, request) {
        if (request.endsWith(`PUT /repos/octo-org/site/actions/secrets/${NEXT}`)) {
          scene.github.setSecret(REPO, NEXT, 'of another')
        }
        return undefined
      },
    })
    expect(writesOf(ended)).toEqual([`PUT secrets/${NEXT}`])
    const [message, hint] = ended.error?.split('\n') ?? []
    expect(message).toBe(
      `${NAME} was not rotated: nothing uses the new value yet. Another run has begun to rotate at the same moment: ${NEXT} was not there, and then it was.`,
    )
    expect(hint).toContain('Wait until the other one has ended, then start a new one.')
    expect(scene.held()[NAME]).toBe(OLD)
    expect(ended.summary).toMatch(/^### Secret `SESSION_KEY`: \*\*not rotated\*\*\n/)
  })
})

it('takes back what it has kept where another run has written the previous value since the look', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({}, undefined, {
    meet(_, request) {
      if (request.endsWith(`PUT /repos/octo-org/site/actions/secrets/${PREVIOUS}`)) {
        scene.github.setSecret(REPO, PREVIOUS, OLD)
      }
      return undefined
    },
  })
  expect(writesOf(ended)).toEqual([`PUT secrets/${NEXT}`, `PUT secrets/${PREVIOUS}`, `DELETE secrets/${NEXT}`])
  expect(ended.error).toContain(`at the same moment: ${PREVIOUS} was not there, and then it was.`)
  expect(scene.held()).toEqual({ [NAME]: OLD, [PREVIOUS]: OLD })
})

it('rotates no value whose previous one is inside its grace', async () => {
  await using scene = await startScene({ age: 3 * DAY })
  scene.github.setSecret(REPO, PREVIOUS, 'before', ago(4 * DAY))
  expect(refusal(await scene.rotate({ force: 'true' }))).toBe(
    `${PREVIOUS} still has to work until TIME: a new rotation would put another value in its place.\nRotate after that. Where the secret has leaked, set force to true and grace to 0 (in the template: emergency): then no old value works any more.`,
  )
})

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
    const permissions = { ...ALL, [permission]: 'none' } as const
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

describe('a value that is too large', () => {
  const LARGE = 'x'.repeat(48 * 1024 + 1)

  it.each([
    [
      'a generator that makes more than Workers take',
      'hex:4096',
      CLOUDFLARE,
      'repository\nworker:api\npages:site/preview',
      'a new value of SESSION_KEY has up to 8192 bytes, and at most 5120 fit into worker:api, pages:site/preview.',
    ],
  ])('is refused by %s, before anything is made', async (_, generator, inputs, targets, what) => {
    await using scene = await startScene()
    const text = refusal(await scene.rotate({ ...inputs, generator, targets }))
    expect(text).toBe(
      `Nothing was written: ${what}\nUse a generator that makes shorter values; a key can be an Ed25519 one.`,
    )
  })

  it('is refused when a program makes it', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate({ generator: `command: head -c ${LARGE.length} /dev/zero` })
    expect(writesOf(ended)).toEqual([])
    expect(ended.error).toContain(
      `Nothing was written: a new value of ${NAME} has up to 49153 bytes, and at most 49152 fit into repository.`,
    )
    expect(ended.summary).toContain(', which begins again.')
  })

  it('is refused where the old one cannot become the previous one', async () => {
    await using scene = await startScene()
    scene.github.setSecret(REPO, NAME, 'y'.repeat(5121), ago(40 * DAY))
    const ended = await scene.rotate({ ...CLOUDFLARE, targets: 'repository\nworker:api' })
    expect(writesOf(ended)).toEqual([])
    expect(ended.error).toBe(
      `${NAME} was not rotated: nothing uses the new value yet. Nothing was written: the old value of ${NAME} has up to 5121 bytes, and at most 5120 fit into worker:api.\nLeave current out of this run: then the old value is not kept. Or set grace to 0.`,
    )
    expect(Object.keys(scene.held())).toEqual([NAME])
  })

  it('is taken where it just fits', async () => {
    await using scene = await startScene()
    scene.github.setSecret(REPO, NAME, 'y'.repeat(5120), ago(40 * DAY))
    const ended = await scene.rotate({ ...CLOUDFLARE, targets: 'repository\nworker:api', generator: 'hex:2560' })
    expect(ended.error).toBeUndefined()
    expect(scene.held()[NAME]).toHaveLength(5120)
  })
})

describe('a Worker whose newest version is not the deployed one', () => {
  it('leaves the secret as it was, and is gone on with later', async () => {
    await using scene = await startScene({ cloudflare: { workers: [{ name: 'api', latestDeployed: false }] } })
    const ended = await scene.rotate({ ...CLOUDFLARE, targets: 'repository\nworker:api' })
    expect(ended.error).toContain(
      `${NAME} was not rotated: nothing uses the new value yet. 1 of 2 places could not be written:`,
    )
    expect(ended.error).toContain('Deploy that version (wrangler versions deploy), or remove it, then start a new run.')
    expect(scene.held()[NAME]).toBe(OLD)
    expect(ended.summary).toContain(`which goes on with the value in \`${NEXT}\``)
  })
})

it('says so where a part of what runs read has the new value already', async () => {
  await using scene: Scene = await startScene()
  const { limits } = journalOf(scene)
  const ended = await scene.rotate({ targets: 'repository\ndependabot' }, undefined, {
    meet(number, request) {
      limits.meet?.(number, request)
      return request === `PUT /repos/octo-org/site/actions/secrets/${NAME}`
        ? new Response('{"message":"Forbidden"}', { status: 403, headers: { 'content-type': 'application/json' } })
        : undefined
    },
  })
  expect(ended.error).toMatch(
    /^SESSION_KEY was rotated in a part of its places only: the new value is in dependabot, and not in repository\. GitHub refused to write SESSION_KEY to repository: Forbidden \(403\)\.\n/,
  )
  expect(ended.summary).toMatch(/^### Secret `SESSION_KEY`: \*\*stopped halfway\*\*\n/)
  expect(ended.summary).toContain(
    '| **The old value** | still the current one in `repository`; where the new one is, it works as `SESSION_KEY_PREVIOUS` |',
  )
  expect(ended.summary).toMatch(/\| \*\*Next rotation\*\* \| due since [^|]+: the next run tries again \|/)
})
