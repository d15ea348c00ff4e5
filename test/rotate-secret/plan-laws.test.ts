/** What holds of a decision whatever there is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decision, Facts, Policy } from '../../actions/rotate-secret/plan.ts'
import { DAY, HOUR, NOW, outcomeOf } from './decisions.ts'

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
