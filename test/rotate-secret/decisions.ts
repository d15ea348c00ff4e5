/** Decisions, as tests ask for them. */
import { type Decision, decide, type Facts, type Policy, type Why } from '../../actions/rotate-secret/plan.ts'
import { ActionError } from '../../src/errors.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const NOW = Date.UTC(2026, 2, 1, 3, 17)
export const POLICY: Policy = {
  names: { current: 'KEY', previous: 'KEY_PREVIOUS', pending: 'KEY_NEXT' },
  maxAge: 30 * DAY,
  grace: 7 * DAY,
  force: false,
}
const GIVEN = { current: true, pending: false, previous: false, pendingIsCurrent: false }

export interface Case {
  readonly policy?: Partial<Policy>
  /** Ages. */
  readonly current?: number
  readonly previous?: number
  readonly pending?: number
  readonly given?: Partial<Facts['given']>
  /** How long ago the run was created. Default: just now. */
  readonly created?: number
}

export function factsOf({ current, previous, pending, given = {}, created = 0 }: Case): Facts {
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

/** A refusal is its message. */
export function outcomeOf(policy: Policy, facts: Facts): Decision | string {
  try {
    return decide(policy, facts)
  } catch (error) {
    if (error instanceof ActionError) return error.message
    throw error
  }
}

export const rotate = (why: Why, keepsOld = true) => ({ kind: 'rotate', why, keepsOld })
