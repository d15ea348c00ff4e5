/** Values that a program makes, as a token that an issuer gives out. */
import { expect, it } from 'vitest'
import { journalOf, writesOf } from './journal.ts'
import { NAME, OLD, startScene } from './setup.ts'

const MADE = 'made-by-the-issuer-0123456789'

it('are what it prints on standard output', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ generator: `command: echo ${MADE}` })
  expect(ended.error).toBeUndefined()
  expect(scene.held()[NAME]).toBe(MADE)
})

it.each([
  ['one line without its line break', String.raw`printf 'one\n'`, 'one'],
  ['one line as it is', "printf 'one '", 'one '],
  [
    'several lines, the last line break included, as of a key',
    String.raw`printf 'BEGIN\nkey\nEND\n'`,
    'BEGIN\nkey\nEND\n',
  ],
])('are kept: %s', async (_, command, value) => {
  await using scene = await startScene()
  const ended = await scene.rotate({ generator: `command: sh -c "${command}"` })
  expect(ended.error).toBeUndefined()
  expect(scene.held()[NAME]).toBe(value)
})

it('are never shown, and masked in every form', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ generator: `command: sh -c "echo ${MADE}; echo working >&2"` })
  const shown = JSON.stringify([ended.outputs, ended.summary, ended.log, ended.warnings])
  expect(shown).not.toContain(MADE)
  expect(ended.masks).toContain(MADE)
  expect(ended.masks).toContain(Buffer.from(MADE).toString('hex'))
})

it('are not made where nothing is due', async () => {
  await using scene = await startScene({ age: 1000 })
  const journal = journalOf(scene)
  const ended = await scene.rotate({ generator: `command: ${journal.program('generate')}` })
  expect(ended.outputs['result']).toBe('not-due')
  expect(journal.given('generate')).toEqual([])
})

it('are made once: a run that goes on has the value already', async () => {
  await using scene = await startScene()
  const journal = journalOf(scene)
  const generator = `command: ${journal.program('generate', `echo ${MADE}`)}`
  await scene.rotate({ generator }, undefined, { crashAfter: 6 })
  const ended = await scene.rotate({ generator })
  expect(ended.outputs['result']).toBe('resumed')
  expect(journal.given('generate')).toHaveLength(1)
  expect(scene.held()[NAME]).toBe(MADE)
})

it.each([
  [
    'fails, and says why beside the value',
    'echo half-a-value; echo "no quota left for half-a-value" >&2; exit 7',
    /: sh failed with exit code 7\.\nWhat it said is not shown, since it may hold the value: run it by hand to see\.$/,
  ],
  [
    'fails and prints the value alone',
    'echo half-a-value; exit 7',
    /: sh failed with exit code 7\.\nWhat it said is not shown/,
  ],
  [
    'prints nothing',
    'exit 0',
    /The generator failed: sh ended with exit code 0 and printed nothing\.\nIt has to print the new value, and nothing else, on standard output\./,
  ],
  ['prints white space', 'echo " "', /printed nothing/],
])('are not taken from a program that %s', async (_, script, message) => {
  await using scene = await startScene()
  const ended = await scene.rotate({ generator: `command: sh -c '${script}'` })
  expect(writesOf(ended)).toEqual([])
  expect(scene.held()).toEqual({ [NAME]: OLD })
  expect(ended.error).toMatch(/^SESSION_KEY was not rotated: nothing uses the new value yet\. The generator failed: /)
  expect(ended.error).toMatch(message)
  expect(JSON.stringify(ended)).not.toMatch(/half-a-value|no quota left/)
  expect(ended.summary).toContain(', which begins again.')
})

it('are not the value that is in use already', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ generator: `command: echo ${OLD}` })
  expect(writesOf(ended)).toEqual([])
  expect(ended.error).toBe(
    `${NAME} was not rotated: nothing uses the new value yet. The generator has made the value that ${NAME} has already.\nIt has to make another one each time it is run.`,
  )
})

it('are not made by a program that does not exist, which is named', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ generator: 'command: no-such-program secret-argument' })
  expect(ended.error).toContain('The generator failed: ')
  expect(ended.error).toContain('no-such-program')
  expect(ended.error).not.toContain('secret-argument')
})
