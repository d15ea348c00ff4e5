/** The public half of a key pair, where those who verify with it find it. */
import { createPublicKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { publicHalf } from '../../actions/rotate-secret/public-half.ts'
import { journalOf, writesOf } from './journal.ts'
import { DAY, NAME, OLD, startScene } from './setup.ts'

const VARIABLE = 'SESSION_PUBLIC_KEY'
const inputs = (generator: string) => ({ generator, 'public-variable': VARIABLE })

it.each(['ed25519', 'rsa:2048', 'ssh-ed25519'])(
  'has the half of the new key, and of the one before: %s',
  async (generator) => {
    await using scene = await startScene({ age: null })
    const first = await scene.rotate(inputs(generator))
    expect(first.error).toBeUndefined()
    const before = scene.github.variable(VARIABLE)
    expect(before).toBe(publicHalf(scene.held()[NAME] ?? ''))
    expect(scene.github.variable(`${VARIABLE}_PREVIOUS`)).toBeUndefined()
    if (generator !== 'ssh-ed25519') expect(createPublicKey(before ?? '').type).toBe('public')

    scene.github.passTime(31 * DAY)
    const second = await scene.rotate(inputs(generator))
    expect(second.outputs['result']).toBe('rotated')
    expect(scene.github.variable(VARIABLE)).toBe(publicHalf(scene.held()[NAME] ?? ''))
    expect(scene.github.variable(VARIABLE)).not.toBe(before)
    expect(scene.github.variable(`${VARIABLE}_PREVIOUS`)).toBe(before)

    scene.github.passTime(8 * DAY)
    const third = await scene.rotate(inputs(generator))
    expect(third.outputs['result']).toBe('retired')
    expect(scene.github.variable(`${VARIABLE}_PREVIOUS`)).toBeUndefined()
    expect(scene.github.variable(VARIABLE)).toBe(publicHalf(scene.held()[NAME] ?? ''))
  },
)

it('is written before anything signs with the new key', async () => {
  await using scene = await startScene({ age: null })
  await scene.rotate(inputs('ed25519'))
  scene.github.passTime(31 * DAY)
  const ended = await scene.rotate(inputs('ed25519'))
  expect(writesOf(ended)).toEqual([
    `PUT secrets/${NAME}_NEXT`,
    `PUT secrets/${NAME}_PREVIOUS`,
    'POST actions/variables',
    `PATCH actions/variables/${VARIABLE}`,
    `PUT secrets/${NAME}`,
    `DELETE secrets/${NAME}_NEXT`,
  ])
})

it('takes a key that a program makes', async () => {
  await using scene = await startScene({ age: null })
  const ended = await scene.rotate(inputs('command: openssl genpkey -algorithm ed25519'))
  expect(ended.error).toBeUndefined()
  expect(scene.github.variable(VARIABLE)).toBe(publicHalf(scene.held()[NAME] ?? ''))
})

it('refuses what a program makes and is no key, before anything is written', async () => {
  await using scene = await startScene({ age: null })
  const journal = journalOf(scene)
  const ended = await scene.rotate(inputs('command: echo no-key'), undefined, journal.limits)
  expect(journal.written()).toEqual([])
  expect(ended.error).toContain('The value is no private key whose public half can be told.')
  expect(ended.error).not.toContain('no-key')
})

it('keeps no public half of an old value that was no key yet', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate(inputs('ed25519'))
  expect(ended.error).toBeUndefined()
  expect(scene.held()).toMatchObject({ [`${NAME}_PREVIOUS`]: OLD })
  expect(scene.github.variable(VARIABLE)).toBe(publicHalf(scene.held()[NAME] ?? ''))
  expect(scene.github.variable(`${VARIABLE}_PREVIOUS`)).toBeUndefined()
})
