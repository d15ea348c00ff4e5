import { expect, it } from 'vitest'
import { parseName, parseNames } from '../../actions/rotate-secret/names.ts'
import { ActionError } from '../../src/errors.ts'

const DEFAULTS = { previousName: 'NAME_PREVIOUS', pendingName: 'NAME_NEXT' }

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof ActionError) return error.text
    throw error
  }
  throw new Error('It was taken.')
}

it('derives the two other names from the first', () => {
  expect(parseNames({ name: 'SESSION_KEY', ...DEFAULTS })).toEqual({
    current: 'SESSION_KEY',
    previous: 'SESSION_KEY_PREVIOUS',
    pending: 'SESSION_KEY_NEXT',
  })
})

it('keeps names in upper case, as GitHub does', () => {
  expect(parseNames({ name: 'session_key', previousName: 'session_old', pendingName: 'NAME_NEXT' })).toEqual({
    current: 'SESSION_KEY',
    previous: 'SESSION_OLD',
    pending: 'SESSION_KEY_NEXT',
  })
})

it('takes names that only look like the defaults as they are', () => {
  const names = parseNames({ name: 'A', previousName: 'NAME_PREVIOUS_2', pendingName: 'MY_NAME_NEXT' })
  expect(names).toEqual({ current: 'A', previous: 'NAME_PREVIOUS_2', pending: 'MY_NAME_NEXT' })
})

it('maps the two names of Auth.js', () => {
  expect(parseNames({ name: 'AUTH_SECRET_1', previousName: 'AUTH_SECRET', pendingName: 'NAME_NEXT' })).toEqual({
    current: 'AUTH_SECRET_1',
    previous: 'AUTH_SECRET',
    pending: 'AUTH_SECRET_1_NEXT',
  })
})

it('switches slots off with an empty name', () => {
  expect(parseNames({ name: 'A', previousName: '', pendingName: '' })).toEqual({
    current: 'A',
    previous: undefined,
    pending: undefined,
  })
})

it.each([
  [{ name: 'A', previousName: 'a', pendingName: 'NAME_NEXT' }, 'A, A, A_NEXT'],
  [{ name: 'A', previousName: 'B', pendingName: 'b' }, 'A, B, B'],
  [{ name: 'A', previousName: '', pendingName: 'A' }, 'A, A'],
])('refuses names that are the same: %j', (given, shown) => {
  expect(refusal(() => parseNames(given))).toBe(
    `Inputs name, previous-name and pending-name are not three names: ${shown}.\nGive each a name of its own, as in SESSION_KEY, SESSION_KEY_PREVIOUS and SESSION_KEY_NEXT.`,
  )
})

it.each([
  ['A-B', 'is no name of a secret'],
  ['A B', 'is no name of a secret'],
  ['Ä', 'is no name of a secret'],
  ['A\nB', 'is no name of a secret'],
  ['1A', 'begins with a digit'],
  ['GITHUB_TOKEN', "begins with GitHub's own prefix"],
  ['github_token', "begins with GitHub's own prefix"],
  ['A'.repeat(256), 'is longer than 255 characters'],
])('refuses %j, which GitHub would refuse', (name, problem) => {
  expect(refusal(() => parseName(name, 'name'))).toBe(
    `Input name is "${name}", which ${problem}.\nGitHub takes letters, digits and underscores, no digit at the beginning, and no GITHUB_ there.`,
  )
})

it('refuses a derived name that is too long, by the input that it comes from', () => {
  expect(refusal(() => parseNames({ name: 'A'.repeat(250), ...DEFAULTS }))).toContain('Input previous-name is "AAA')
})

it.each(['A', '_', 'a1', 'GITHUBX', 'MY_GITHUB_TOKEN', 'A'.repeat(255)])('takes %s', (name) => {
  expect(parseName(name, 'name')).toBe(name.toUpperCase())
})
