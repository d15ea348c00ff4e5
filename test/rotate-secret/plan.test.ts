/** What a run decides: each case by name, then the laws that hold for all of them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Decision,
  decide,
  type Facts,
  type Policy,
  previousUntil,
  type Why,
} from '../../actions/rotate-secret/plan.ts'
import { ActionError } from '../../src/errors.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 2, 1, 3, 17)
const POLICY: Policy = {
  names: { current: 'KEY', previous: 'KEY_PREVIOUS', pending: 'KEY_NEXT' },
  maxAge: 30 * DAY,
  grace: 7 * DAY,
  force: false,
}
const GIVEN = { current: true, pending: false, previous: false, pendingIsCurrent: false }

interface Case {
  readonly policy?: Partial<Policy>
  /** Ages. */
  readonly current?: number
  readonly previous?: number
  readonly pending?: number
  readonly given?: Partial<Facts['given']>
  /** How long ago the run was created. Default: just now. */
  readonly created?: number
}

function factsOf({ current, previous, pending, given = {}, created = 0 }: Case): Facts {
  return {
    now: NOW,
    runCreatedAt: NOW - created,
    writtenAt: {
      ...(current !== undefined && { current: NOW - current }),
      ...(previous !== undefined && { previous: NOW - previous }),
      ...(pending !== undefined && { pending: NOW - pending }),
    },
    given: { ...GIVEN, ...given },
  }
}

function outcomeOf(policy: Policy, facts: Facts): Decision | string {
  try {
    return decide(policy, facts)
  } catch (error) {
    if (error instanceof ActionError) return error.message
    throw error
  }
}

const rotate = (why: Why, keepsOld = true) => ({ kind: 'rotate', why, keepsOld })

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

const moment = fc.integer({ min: 0, max: 90 * 24 }).map((hours) => NOW - hours * HOUR)
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  names: fc.record({
    current: fc.constant('KEY'),
    previous: perhaps(fc.constant('KEY_PREVIOUS')),
    pending: fc.constant('KEY_NEXT'),
  }),
  maxAge: fc.integer({ min: 0, max: 60 }).map((days) => days * DAY),
  grace: fc.integer({ min: 0, max: 60 }).map((days) => days * DAY),
  force: fc.boolean(),
})
const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    runCreatedAt: moment,
    current: perhaps(moment),
    previous: perhaps(moment),
    pending: fc.option(moment, { nil: undefined, freq: 2 }),
    given: fc.record({
      current: fc.boolean(),
      pending: fc.boolean(),
      previous: fc.boolean(),
      pendingIsCurrent: fc.boolean(),
    }),
  })
  .map(({ runCreatedAt, given, ...slots }) => ({
    now: NOW,
    runCreatedAt,
    writtenAt: Object.fromEntries(Object.entries(slots).filter(([, at]) => at !== undefined)),
    given: {
      ...given,
      pendingIsCurrent: given.pendingIsCurrent && given.pending && given.current,
    },
  }))

/** @param law of a decision; refusals obey each of them */
function always(law: (decision: Decision, policy: Policy, facts: Facts) => boolean): void {
  const seen = new Set<string>()
  fc.assert(
    fc.property(anyPolicy, anyFacts, (policy, facts) => {
      const decision = outcomeOf(policy, facts)
      if (typeof decision === 'string') return true
      seen.add(decision.kind)
      return law(decision, policy, facts)
    }),
    { numRuns: 4000 },
  )
  expect([...seen].sort()).toEqual(['finish', 'not-due', 'resume', 'retire', 'rotate'])
}

describe('whatever there is', () => {
  it('no completed rotation is followed by another inside its grace', () => {
    always((decision, policy, { writtenAt: { current = 0, previous } }) => {
      const isCompleted = previous !== undefined && previous <= current && policy.names.previous !== undefined
      return decision.kind !== 'rotate' || !isCompleted || NOW >= current + policy.grace
    })
  })

  it('no previous value is retired inside its grace', () => {
    always((decision, policy, { writtenAt: { current = 0, previous = 0 } }) => {
      return decision.kind !== 'retire' || NOW >= Math.max(current, previous) + policy.grace
    })
  })

  it('nothing that may be out of date is written, and in an emergency nothing that was given', () => {
    always(({ kind }, { force, grace }, { runCreatedAt, writtenAt: { current = 0, pending = 0 } }) => {
      const writes = kind === 'rotate' || kind === 'resume'
      return !writes || ((current <= runCreatedAt || (force && grace === 0)) && pending <= runCreatedAt)
    })
  })

  it('a pending value is gone on with or given up in an emergency, never overlooked', () => {
    always(({ kind }, { force, grace }, { writtenAt, given }) => {
      if (writtenAt.pending === undefined) return kind !== 'resume' && kind !== 'finish'
      if (kind === 'rotate') return given.pendingIsCurrent || (force && grace === 0)
      return given.pending && (kind === 'resume' || kind === 'finish')
    })
  })

  it('an old value is kept only where there is one, and a place and a time for it', () => {
    always((decision, { grace, names }, { writtenAt, given }) => {
      const keeps = 'keepsOld' in decision && decision.keepsOld
      return !keeps || (grace > 0 && names.previous !== undefined && given.current && writtenAt.current !== undefined)
    })
  })

  it('what is old enough is never called not due', () => {
    always(({ kind }, { maxAge, force }, { writtenAt: { current } }) => {
      const isDue = current === undefined || NOW - current >= maxAge || force
      return !isDue || (kind !== 'not-due' && kind !== 'retire')
    })
  })
})

/** The next run, with the secrets as a crash has left them and all of them given. */
function nextRun(facts: Facts, left: Facts['writtenAt'], current: boolean): Facts {
  const now = NOW + HOUR
  return {
    now,
    runCreatedAt: now,
    writtenAt: left,
    given: { ...facts.given, current, pending: left.pending !== undefined, pendingIsCurrent: false },
  }
}

describe('a rotation that has stopped', () => {
  const crash = (facts: Facts, done: Facts['writtenAt']) =>
    nextRun(facts, { ...facts.writtenAt, ...done }, facts.writtenAt.current !== undefined)
  const begun = (policy: Policy, facts: Facts) => {
    const decision = outcomeOf(policy, facts)
    return typeof decision !== 'string' && (decision.kind === 'rotate' || decision.kind === 'resume')
  }
  const keeps = (policy: Policy, facts: Facts) => {
    const decision = outcomeOf(policy, facts)
    return typeof decision !== 'string' && 'keepsOld' in decision && decision.keepsOld
  }

  it('stays due, and is gone on with, wherever it was', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, fc.boolean(), (policy, facts, keptOld) => {
        fc.pre(begun(policy, facts) && !(policy.force && policy.grace === 0))
        const left = crash(facts, { pending: NOW, ...(keptOld && keeps(policy, facts) && { previous: NOW }) })
        expect(outcomeOf({ ...policy, force: false }, left)).toMatchObject({ kind: 'resume' })
      }),
    )
  })

  it('begins again where no pending value was kept', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (policy, facts) => {
        const without = { ...policy, names: { ...policy.names, pending: undefined } }
        fc.pre(begun(without, facts) && facts.writtenAt.pending === undefined)
        const left = crash(facts, keeps(without, facts) ? { previous: NOW } : {})
        expect(outcomeOf(without, left)).toMatchObject({ kind: 'rotate' })
      }),
    )
  })

  it('only has to be cleaned up once it was committed', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (policy, facts) => {
        fc.pre(begun(policy, facts) && !(policy.force && policy.grace === 0))
        const left = crash(facts, { current: NOW, pending: NOW })
        const given = { ...left.given, current: true, pendingIsCurrent: true }
        const isDueAgain = policy.maxAge === 0 || policy.force
        const { kind } = Object(outcomeOf(policy, { ...left, given }))
        if (isDueAgain) expect(['finish', 'rotate']).toContain(kind)
        else expect(kind).toBe('finish')
      }),
    )
  })
})

it('works out until when a previous value has to work', () => {
  const until = (writtenAt: Facts['writtenAt']) => previousUntil({ ...POLICY, grace: 10 }, { writtenAt })
  expect(until({ current: 5 })).toBeUndefined()
  expect(until({ current: 5, previous: 3 })).toBe(15)
  expect(until({ current: 3, previous: 5 })).toBe(15)
  expect(until({ previous: 5 })).toBe(15)
})
