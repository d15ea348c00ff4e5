/** What a run decides, case by case. */
import { describe, expect, it } from 'vitest'
import { type Facts, previousUntil } from '../../actions/rotate-secret/plan.ts'
import { type Case, DAY, factsOf, HOUR, outcomeOf, POLICY, rotate } from './decisions.ts'

describe('without a pending value', () => {
  const cases: readonly (readonly [string, Case, object])[] = [
    ['does nothing while the value is young', { current: 10 * DAY }, { kind: 'not-due' }],
    ['does nothing a moment before it is due', { current: 30 * DAY - 1 }, { kind: 'not-due' }],
    ['rotates when it is due', { current: 30 * DAY }, rotate('age')],
    ['makes one where there is none', { given: { current: false } }, rotate('missing', false)],
    ['always rotates with a max-age of 0', { current: 0, policy: { maxAge: 0, grace: 0 } }, rotate('age', false)],
    ['rotates a young one when it is forced', { current: DAY, policy: { force: true } }, rotate('force')],
    ['names the age where it is forced and due', { current: 31 * DAY, policy: { force: true } }, rotate('age')],
    ['keeps nothing without a grace', { current: 31 * DAY, policy: { grace: 0 } }, rotate('age', false)],
    ['keeps nothing that it was not given', { current: 31 * DAY, given: { current: false } }, rotate('age', false)],
    [
      'keeps nothing where the slot is off',
      { current: 31 * DAY, policy: { names: { ...POLICY.names, previous: undefined } } },
      rotate('age', false),
    ],
    ['keeps a previous value in its grace', { current: 3 * DAY, previous: 3 * DAY }, { kind: 'not-due' }],
    ['retires it afterwards', { current: 7 * DAY, previous: 7 * DAY }, { kind: 'retire' }],
    ['counts the grace from the commit', { current: 6 * DAY, previous: 8 * DAY }, { kind: 'not-due' }],
    ['retires at once with a grace of 0', { current: DAY, previous: DAY, policy: { grace: 0 } }, { kind: 'retire' }],
    ['rotates over a previous value whose grace is over', { current: 40 * DAY, previous: 40 * DAY }, rotate('age')],
    [
      'begins again where nothing is kept for a crash, and the previous one is newer',
      { current: 40 * DAY, previous: HOUR, policy: { names: { ...POLICY.names, pending: undefined } } },
      rotate('age'),
    ],
    [
      'the same though it was forced, and is not due',
      { current: 5 * DAY, previous: HOUR, policy: { names: { ...POLICY.names, pending: undefined } } },
      rotate('unfinished'),
    ],
    [
      'begins again, and retires nothing, once the grace of a rotation that was given up is over',
      { current: 16 * DAY, previous: 8 * DAY },
      rotate('unfinished'),
    ],
    ['keeps the previous one of a rotation that made the secret anew', { previous: 3 * DAY }, rotate('missing', false)],
    [
      'rotates in an emergency though the run is older than the current value',
      { current: 0, created: HOUR, policy: { force: true, grace: 0 } },
      rotate('force', false),
    ],
    [
      'rotates in an emergency whatever the grace was',
      { current: DAY, previous: DAY, policy: { force: true, grace: 0 } },
      rotate('force', false),
    ],
    [
      'retires with a stale pending value given, which nobody uses',
      { current: 8 * DAY, previous: 8 * DAY, given: { pending: true } },
      { kind: 'retire' },
    ],
  ]
  it.each(cases)('%s', (_, { policy, ...facts }, decision) => {
    expect(outcomeOf({ ...POLICY, ...policy }, factsOf(facts))).toEqual(decision)
  })
})

describe('with a pending value', () => {
  const pending = { pending: HOUR, current: 40 * DAY }
  const cases: readonly (readonly [string, Case, object])[] = [
    ['goes on with it', { ...pending, given: { pending: true } }, { kind: 'resume', keepsOld: true }],
    [
      'goes on with it where there is no current one yet',
      { pending: HOUR, given: { pending: true, current: false } },
      { kind: 'resume', keepsOld: false },
    ],
    [
      'goes on although the previous value is in its grace: it is of this rotation',
      { ...pending, previous: HOUR, given: { pending: true } },
      { kind: 'resume', keepsOld: true },
    ],
    [
      'finishes where it is the current one already',
      { pending: HOUR, current: 0, given: { pending: true, pendingIsCurrent: true } },
      { kind: 'finish', retires: false },
    ],
    [
      'finishes, and ends a previous value whose grace is over by then',
      { pending: 9 * DAY, current: 9 * DAY, previous: 9 * DAY, given: { pending: true, pendingIsCurrent: true } },
      { kind: 'finish', retires: true },
    ],
    [
      'finishes even where the current one was written after the run was created',
      { pending: 2 * HOUR, current: 0, created: HOUR, given: { pending: true, pendingIsCurrent: true } },
      { kind: 'finish', retires: false },
    ],
    [
      'makes another one in an emergency, for it is as suspect',
      { ...pending, given: { pending: true }, policy: { force: true, grace: 0 } },
      rotate('force', false),
    ],
    [
      'needs no pending value in an emergency',
      { ...pending, policy: { force: true, grace: 0 } },
      rotate('force', false),
    ],
  ]
  it.each(cases)('%s', (_, { policy, ...facts }, decision) => {
    expect(outcomeOf({ ...POLICY, ...policy }, factsOf(facts))).toEqual(decision)
  })
})

describe('refuses', () => {
  const cases: readonly (readonly [string, Case, RegExp])[] = [
    [
      'a value that was written after the run was created',
      { current: 0, created: HOUR, policy: { force: true } },
      /^KEY was written at 2026-03-01 03:17:00 UTC, after this run was created \(2026-03-01 02:17:00 UTC\)/,
    ],
    [
      'the same when it is to go on',
      { current: 0, pending: 2 * HOUR, created: HOUR, given: { pending: true } },
      /^KEY was written at/,
    ],
    [
      "another run's pending value",
      { current: 40 * DAY, pending: 0, created: HOUR },
      /^KEY_NEXT was written at 2026-03-01 03:17:00 UTC, after this run was created .*: another run is rotating/,
    ],
    [
      'the same in an emergency, too',
      { current: 40 * DAY, pending: 0, created: HOUR, policy: { force: true, grace: 0 } },
      /^KEY_NEXT was written at/,
    ],
    [
      'a pending value that it was not given',
      { current: 40 * DAY, pending: HOUR },
      /^KEY_NEXT exists: a rotation has stopped/,
    ],
    ['the same though nothing is due', { current: DAY, pending: HOUR }, /^KEY_NEXT exists/],
    [
      'to rotate with a pending value that is gone',
      { current: 40 * DAY, given: { pending: true } },
      /^Input pending has a value, and KEY_NEXT does not exist/,
    ],
    [
      'to rotate inside the grace',
      { current: 3 * DAY, previous: 3 * DAY, policy: { force: true } },
      /^KEY_PREVIOUS still has to work until 2026-03-05 03:17:00 UTC/,
    ],
  ]
  it.each(cases)('%s', (_, { policy, ...facts }, message) => {
    expect(outcomeOf({ ...POLICY, ...policy }, factsOf(facts))).toMatch(message)
  })
})

it('works out until when a previous value has to work', () => {
  const until = (writtenAt: Facts['writtenAt']) => previousUntil({ ...POLICY, grace: 10 }, { writtenAt })
  expect(until({ current: 5 })).toBeUndefined()
  expect(until({ current: 5, previous: 3 })).toBe(15)
  expect(until({ current: 3, previous: 5 })).toBe(15)
  expect(until({ previous: 5 })).toBe(15)
})
