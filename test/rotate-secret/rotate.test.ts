/** One rotation from end to end: what is written, in which order, and what is said. */
import { describe, expect, it } from 'vitest'
import { brief, writesOf } from './journal.ts'
import { CLOUDFLARE, DAY, NAME, NEXT, OLD, PREVIOUS, REPO, startScene } from './setup.ts'

describe('of a secret of the repository', () => {
  it('reads the key once and each name once, and writes four times', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate()
    expect(ended.error).toBeUndefined()
    const requests = ended.requests.map(brief)
    expect(requests.slice(0, 5).toSorted()).toEqual([
      'GET actions/runs/5001',
      `GET secrets/${NAME}`,
      `GET secrets/${NEXT}`,
      `GET secrets/${PREVIOUS}`,
      'GET secrets/public-key',
    ])
    expect(requests.slice(5)).toEqual([
      `PUT secrets/${NEXT}`,
      `PUT secrets/${PREVIOUS}`,
      `PUT secrets/${NAME}`,
      `DELETE secrets/${NEXT}`,
    ])
  })

  it('ends with a new value and the old one', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate()
    const { [NAME]: current = '', ...others } = scene.held()
    expect(Buffer.from(current, 'base64')).toHaveLength(32)
    expect(others).toEqual({ [PREVIOUS]: OLD })
    expect(ended.warnings).toEqual([])
  })

  it.each([
    ['there is no grace', { grace: '0' }],
    ['the old value was not given', { current: '' }],
    ['the previous slot is off', { 'previous-name': '' }],
  ])('writes three times where %s', async (_, inputs) => {
    await using scene = await startScene()
    const ended = await scene.rotate(inputs)
    expect(ended.error).toBeUndefined()
    expect(writesOf(ended)).toEqual([`PUT secrets/${NEXT}`, `PUT secrets/${NAME}`, `DELETE secrets/${NEXT}`])
    expect(Object.keys(scene.held())).toEqual([NAME])
    expect(scene.held()[NAME]).not.toBe(OLD)
  })

  it('says that the old value could not be kept', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate({ current: '' })
    expect(ended.warnings).toEqual([
      `Input current is empty, so that the old value of ${NAME} cannot be kept as ${PREVIOUS}: it stops working at once. Give the step "current: \${{ secrets.${NAME} }}"; if it is there, the job's environment may not be the one that holds the secret.`,
    ])
    expect(ended.summary).toContain('| **The old value** | was not kept, and works no more |')
  })

  it('tells when what is due', async () => {
    await using scene = await startScene()
    const before = Date.now() - 1000
    const { outputs } = await scene.rotate()
    const { targets = '', 'due-at': dueAt = '', 'previous-until': until = '', ...others } = outputs
    expect(others).toEqual({ result: 'rotated', age: '0' })
    expect(Date.parse(dueAt) - Date.parse(until)).toBe(23 * DAY)
    expect(Date.parse(until)).toBeGreaterThanOrEqual(before - (before % 1000) + 7 * DAY)
    expect(Date.parse(until)).toBeLessThanOrEqual(Date.now() + 1000 + 7 * DAY)
    expect(JSON.parse(targets)).toEqual([
      {
        target: 'repository',
        verdict: 'done',
        done: [
          `${NEXT} has the new value`,
          `${PREVIOUS} has the old value`,
          `${NAME} has the new value`,
          `${NEXT} removed`,
        ],
        error: null,
      },
    ])
  })

  it('is explained to a person', async () => {
    await using scene = await startScene()
    const { summary } = await scene.rotate()
    const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g
    expect(summary.replaceAll('\\_', '_').replaceAll(time, 'TIME')).toBe(
      [
        `### Secret \`${NAME}\`: rotated`,
        '',
        '|  |  |',
        '| --- | --- |',
        '| **Why** | It was 40 d old, and due at 30 d |',
        `| **The old value** | works as \`${PREVIOUS}\` until TIME; the first run after that removes it |`,
        '| **Next rotation** | due at TIME, with the first run after that |',
        '',
        '| Target |  | What was done | Takes effect |',
        '| --- | --- | --- | --- |',
        `| \`repository\` | done | ${NEXT} has the new value, ${PREVIOUS} has the old value, ${NAME} has the new value, ${NEXT} removed | for runs that are queued from now on |`,
        '',
        'Secrets cannot be read back: that each place has taken the value is what its own answer says. Not proven: that what uses the value works with it. A `verify-command` shows that.',
      ].join('\n'),
    )
  })

  it('masks the new value in every form before it is sent anywhere', async () => {
    await using scene = await startScene()
    const masked: string[] = []
    const ended = await scene.rotate({}, undefined, {
      meet(_, request) {
        if (request.startsWith('PUT ')) masked.push(...Object.values(scene.held()))
        return undefined
      },
    })
    const value = scene.held()[NAME] ?? ''
    expect(ended.masks).toContain(value)
    expect(ended.masks).toContain(Buffer.from(value).toString('hex'))
    expect(ended.masks).toContain(OLD)
    expect(`${JSON.stringify(ended.outputs)}${ended.summary}${ended.log}`).not.toContain(value)
    expect(masked[0]).toBe(OLD)
  })
})

it('says what GitHub was asked for when it has to be asked again', async () => {
  await using scene = await startScene()
  let failures = 2
  const ended = await scene.rotate({}, undefined, {
    meet(_, request) {
      if (request !== `PUT /repos/octo-org/site/actions/secrets/${NEXT}` || failures === 0) return undefined
      failures -= 1
      return new Response('{"message":"Bad gateway"}', { status: 502 })
    },
  })
  expect(ended.error).toBeUndefined()
  expect(ended.log.split('\n').filter((line) => line.includes(' attempt '))).toEqual(
    [2, 3].map((attempt) =>
      expect.stringMatching(
        new RegExp(
          `^GitHub was asked to write ${NEXT} to repository, and did not answer as it should \\(.+\\): attempt ${attempt} of 3\\.$`,
        ),
      ),
    ),
  )
})

it('warns that it goes on with a value that was there', async () => {
  await using scene = await startScene()
  scene.github.setSecret(REPO, NEXT, 'begun-0123456789', { updatedAt: new Date(Date.now() - 3_600_000) })
  const ended = await scene.rotate()
  expect(ended.outputs['result']).toBe('resumed')
  expect(ended.warnings).toEqual([expect.stringContaining(`${NEXT} was there, written at `)])
  expect(scene.held()).toEqual({ [NAME]: 'begun-0123456789', [PREVIOUS]: OLD })
})

it('does not touch what is not due', async () => {
  await using scene = await startScene({ age: 10 * DAY })
  const ended = await scene.rotate()
  expect(ended.error).toBeUndefined()
  expect(writesOf(ended)).toEqual([])
  expect(scene.held()).toEqual({ [NAME]: OLD })
  const { age, 'due-at': dueAt = '', ...others } = ended.outputs
  expect(Number(age)).toBeGreaterThanOrEqual((10 * DAY) / 1000 - 2)
  expect(Number(age)).toBeLessThanOrEqual((10 * DAY) / 1000 + 60)
  expect((Date.parse(dueAt) - Date.now()) / DAY).toBeCloseTo(20, 2)
  expect(others).toEqual({
    result: 'not-due',
    targets: '[{"target":"repository","verdict":"unchanged","done":[],"error":null}]',
  })
  expect(ended.summary).toMatch(/^### Secret `SESSION_KEY`: not due\n/)
  expect(ended.summary).toContain('| **Why** | It is 10 d old, and due at 30 d |')
})

it('says of a target that has nothing yet when it gets it', async () => {
  await using scene = await startScene({ age: 10 * DAY })
  const ended = await scene.rotate({ ...CLOUDFLARE, targets: 'repository\npages:site/production\nworker:api' })
  expect(ended.warnings).toEqual([
    `${NAME} is missing in pages:site/production, worker:api, and is not due yet: the next rotation writes it there, too, or a run with force: true does now.`,
  ])
  expect(ended.outputs['result']).toBe('not-due')
})

it('rotates what is not due when it is forced', async () => {
  await using scene = await startScene({ age: 10 * DAY })
  const ended = await scene.rotate({ force: 'true' })
  expect(ended.outputs['result']).toBe('rotated')
  expect(ended.summary).toContain('| **Why** | `force` was set; it was 10 d old |')
})

it('leaves no old value anywhere in an emergency', async () => {
  await using scene = await startScene({ age: 3 * DAY })
  scene.github.setSecret(REPO, PREVIOUS, 'before', { updatedAt: new Date(Date.now() - 3 * DAY) })
  const ended = await scene.rotate({ force: 'true', grace: '0' })
  expect(ended.outputs['result']).toBe('rotated')
  expect(Object.keys(scene.held())).toEqual([NAME])
  expect(Object.values(scene.held())).not.toContain(OLD)
  expect(ended.outputs['previous-until']).toBeUndefined()
})

it('makes the first value of a secret', async () => {
  await using scene = await startScene({ age: null })
  const ended = await scene.rotate()
  expect(ended.error).toBeUndefined()
  expect(writesOf(ended)).toEqual([`PUT secrets/${NEXT}`, `PUT secrets/${NAME}`, `DELETE secrets/${NEXT}`])
  expect(Object.keys(scene.held())).toEqual([NAME])
  expect(ended.outputs).toMatchObject({ result: 'rotated', age: '0' })
  expect(ended.warnings).toEqual([])
  expect(ended.summary).toContain('| **Why** | There was none |')
})

it('rotates twice in a row, once it is due again', async () => {
  await using scene = await startScene()
  await scene.rotate()
  const first = scene.held()[NAME]
  scene.github.passTime(31 * DAY)
  const ended = await scene.rotate()
  expect(ended.outputs['result']).toBe('rotated')
  expect(scene.held()[PREVIOUS]).toBe(first)
  expect(scene.held()[NAME]).not.toBe(first)
})

it('warns that a crash would lose the value where nothing is kept for one', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ 'pending-name': '' })
  expect(writesOf(ended)).toEqual([`PUT secrets/${PREVIOUS}`, `PUT secrets/${NAME}`])
  expect(ended.warnings).toEqual([
    `Input pending-name is empty: a run that stops halfway loses the new value of ${NAME}.`,
  ])
})
