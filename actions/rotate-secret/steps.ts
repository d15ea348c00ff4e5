/** What a decision means, step by step: pure, so that a dry run shows what another run does. */
import type { Slot } from './names.ts'
import type { Decision } from './plan.ts'
import type { Store } from './stores/store.ts'

export type Value = 'old' | 'new' | 'nothing'

export interface Write {
  readonly store: Store
  readonly changes: readonly { readonly slot: Slot; readonly value: Value }[]
  /** Whether somebody else's value in the slot means that another run is at work. */
  readonly mustCreate?: boolean
}

export type Step =
  | {
      readonly kind: 'write'
      /** Completes "the new value goes to …" and its likes in the log. */
      readonly title: string
      readonly writes: readonly Write[]
      /** The last one: from here on the rotation counts. */
      readonly commits?: boolean
    }
  | { readonly kind: 'redeploy' }
  | { readonly kind: 'verify' }
  | {
      readonly kind: 'revoke'
      readonly which: 'current' | 'previous'
      /** An issuer that is down does not hold up an emergency: the failure is told at the end. */
      readonly mayFail?: boolean
    }

export interface Places {
  /** The secret of GitHub Actions whose date tells the age. */
  readonly home: Store
  /** Where the pending value is kept: the home, unless this run could not read it there. */
  readonly pendingAt: Store
  /** All others, in the order of the input. */
  readonly others: readonly Store[]
}

export interface Setting {
  readonly places: Places
  /** Whether the slots are switched on. */
  readonly slots: { readonly previous: boolean; readonly pending: boolean }
  /** The old value is dropped at once. */
  readonly graceless: boolean
  readonly redeploys: boolean
  readonly verifies: boolean
  readonly revokes: boolean
  /** What of the home is in use. */
  readonly present: { readonly previous: boolean; readonly current: boolean; readonly pending: boolean }
  readonly given: { readonly current: boolean; readonly previous: boolean; readonly previousIsCurrent: boolean }
  /** Stores that hold a previous value, those that cannot tell included. */
  readonly holdPrevious: readonly Store[]
}

export function stepsOf(decision: Decision, setting: Setting): readonly Step[] {
  switch (decision.kind) {
    case 'not-due':
      return []
    case 'retire':
      return retire(setting)
    case 'finish':
      return [...dropPending(setting), ...(decision.retires ? dropPrevious(setting) : [])]
    case 'rotate':
      return [...keepPending(setting), ...rotate(setting, decision.keepsOld)]
    case 'resume':
      return rotate(setting, decision.keepsOld)
  }
}

function keepPending({ slots, places, present }: Setting): readonly Step[] {
  if (!slots.pending) return []
  return write('The new value is kept', [{ ...put(places.pendingAt, 'pending', 'new'), mustCreate: !present.pending }])
}

function rotate(setting: Setting, keepsOld: boolean): readonly Step[] {
  const { places, redeploys, verifies } = setting
  const verifiers = places.others.filter(({ role }) => role === 'verifier')
  const others = places.others.filter(({ role }) => role === 'github')
  return [
    ...revokeEarlier(setting),
    ...keepOld(setting, keepsOld),
    ...write(
      'What checks the value learns the new one',
      verifiers.map((store) => introduce(store, keepsOld)),
    ),
    ...(redeploys ? [{ kind: 'redeploy' } as const] : []),
    ...(verifies ? [{ kind: 'verify' } as const] : []),
    ...write(
      'Everything else learns it',
      others.map((store) => put(store, 'current', 'new')),
    ),
    {
      kind: 'write',
      title: 'From here on it is the current value',
      writes: [put(places.home, 'current', 'new')],
      commits: true,
    },
    ...dropPending(setting),
    ...afterwards(setting, keepsOld),
  ]
}

/** The value before the last: it is overwritten in the next step, and nobody has it then. */
function revokeEarlier({ revokes, present, given, graceless }: Setting): readonly Step[] {
  if (!revokes || !present.previous || given.previousIsCurrent) return []
  if (graceless && !given.previous) return [] // which is warned of: an emergency does not wait for an input
  return [{ kind: 'revoke', which: 'previous', ...(graceless && { mayFail: true }) }]
}

/** What is to be revoked at once is kept until it is, in case that this run ends before. */
function keepOld(setting: Setting, keepsOld: boolean): readonly Step[] {
  const { places, graceless, revokes, slots, given, present } = setting
  const title = 'The old value is kept as the previous one'
  if (keepsOld) {
    const early = places.others.filter(({ needsDeployment }) => !needsDeployment)
    return write(title, [
      { ...put(places.home, 'previous', 'old'), mustCreate: !present.previous },
      ...early.map((store) => put(store, 'previous', 'old')),
    ])
  }
  const holds = graceless && revokes && slots.previous && given.current && present.current
  return holds ? write('The old value is kept until it is revoked', [put(places.home, 'previous', 'old')]) : []
}

/** A store that works only after a deployment takes both values in one request: neither is live before the other. */
function introduce(store: Store, keepsOld: boolean): Write {
  const current = { slot: 'current', value: 'new' } as const
  const previous = { slot: 'previous', value: 'old' } as const
  return { store, changes: keepsOld && store.needsDeployment ? [previous, current] : [current] }
}

function dropPending({ slots, places }: Setting): readonly Step[] {
  return slots.pending ? write('What was kept for a crash goes', [put(places.pendingAt, 'pending', 'nothing')]) : []
}

function afterwards(setting: Setting, keepsOld: boolean): readonly Step[] {
  const { graceless, revokes, given, present } = setting
  if (keepsOld) return []
  const revoke = graceless && revokes && given.current && present.current
  return [
    ...(revoke ? [{ kind: 'revoke', which: 'current' } as const] : []),
    ...removals(setting, revoke ? 'held' : 'kept'),
  ]
}

function dropPrevious(setting: Setting): readonly Step[] {
  const { revokes, present } = setting
  const revoke = revokes && present.previous
  return [...(revoke ? [{ kind: 'revoke', which: 'previous' } as const] : []), ...removals(setting, 'only')]
}

function retire(setting: Setting): readonly Step[] {
  return dropPrevious(setting)
}

/**
 * The home comes last: what it holds is what makes a later run do the rest.
 *
 * @param how `held`: the home got it in this run; `only`: nothing else is done, so that an earlier run may have ended
 *   after it took the value out of a place, and before that was deployed
 */
function removals({ places, holdPrevious, redeploys, slots }: Setting, how: 'held' | 'kept' | 'only'): readonly Step[] {
  if (!slots.previous) return []
  const others = holdPrevious.filter((store) => store !== places.home)
  const home = how === 'held' || holdPrevious.includes(places.home) ? [places.home] : []
  const deployed = how === 'only' && home.length > 0 ? places.others : others
  const gone = (store: Store) => put(store, 'previous', 'nothing')
  return [
    ...write('The previous value goes', others.map(gone)),
    ...(redeploys && deployed.some(({ needsDeployment }) => needsDeployment) ? [{ kind: 'redeploy' } as const] : []),
    ...write('The previous value goes where runs read it', home.map(gone)),
  ]
}

function write(title: string, writes: readonly Write[]): readonly Step[] {
  return writes.length === 0 ? [] : [{ kind: 'write', title, writes }]
}

function put(store: Store, slot: Slot, value: Value): Write {
  return { store, changes: [{ slot, value }] }
}
