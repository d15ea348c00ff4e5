/** What a run refuses before it has written anything, and what a person reads then. */
import { describe, expect, it } from 'vitest'
import { journalOf, writesOf } from './journal.ts'
import { refusal } from './refusal.ts'
import { ago, CLOUDFLARE, DAY, NAME, NEXT, OLD, PREVIOUS, REPO, type Scene, startScene } from './setup.ts'

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

it('says both where it cannot take that back either', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({}, undefined, {
    meet(_, request) {
      if (request.startsWith('PUT ') && request.endsWith(PREVIOUS)) scene.github.setSecret(REPO, PREVIOUS, OLD)
      return request.startsWith('DELETE ') ? Response.json({ message: 'No.' }, { status: 403 }) : undefined
    },
  })
  expect(ended.error).toContain(`at the same moment: ${PREVIOUS} was not there, and then it was.`)
  expect(ended.error).toContain(`GitHub refused to delete ${NEXT} of repository: No (403).`)
  expect(scene.held()).toMatchObject({ [NAME]: OLD, [PREVIOUS]: OLD })
})

it('rotates no value whose previous one is inside its grace', async () => {
  await using scene = await startScene({ age: 3 * DAY })
  scene.github.setSecret(REPO, PREVIOUS, 'before', ago(4 * DAY))
  expect(refusal(await scene.rotate({ force: 'true' }))).toBe(
    `${PREVIOUS} still has to work until TIME: a new rotation would put another value in its place.\nRotate after that. Where the secret has leaked, set force to true and grace to 0 (in the template: emergency): then no old value works any more.`,
  )
})

describe('a value that is too large', () => {
  const LARGE = 'x'.repeat(48 * 1024 + 1)

  it.each([
    [
      'a generator that makes more than Workers take',
      'hex:4096',
      CLOUDFLARE,
      'repository\nworker:api\npages:site/preview',
      'A new value of SESSION_KEY has up to 8192 bytes, and at most 5120 fit into worker:api, pages:site/preview.',
    ],
  ])('is refused by %s, before anything is made', async (_, generator, inputs, targets, what) => {
    await using scene = await startScene()
    const text = refusal(await scene.rotate({ ...inputs, generator, targets }))
    expect(text).toBe(`${what}\nUse a generator that makes shorter values; a key can be an Ed25519 one.`)
  })

  it('is refused when a program makes it', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate({ generator: `command: head -c ${LARGE.length} /dev/zero` })
    expect(writesOf(ended)).toEqual([])
    expect(ended.error).toContain(
      `A new value of ${NAME} has up to 49153 bytes, and at most 49152 fit into repository.`,
    )
    expect(ended.summary).toContain(', which begins again.')
  })

  it('is refused where the old one cannot become the previous one', async () => {
    await using scene = await startScene()
    scene.github.setSecret(REPO, NAME, 'y'.repeat(5121), ago(40 * DAY))
    const ended = await scene.rotate({ ...CLOUDFLARE, targets: 'repository\nworker:api' })
    expect(writesOf(ended)).toEqual([])
    expect(ended.error).toBe(
      `${NAME} was not rotated: nothing uses the new value yet. The old value of ${NAME} has up to 5121 bytes, and at most 5120 fit into worker:api.\nLeave current out of this run: then the old value is not kept. Or set grace to 0.`,
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
