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
      /** A sentence without its full stop, for the log. */
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
  /** What there is in the home, and where the pending value is kept. */
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
      return dropPrevious(setting)
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
      verifiers.map((store) => introduce(store, keepsOld, setting)),
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
  if (!present.current && !graceless) return [] // it stays
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
function introduce(store: Store, keepsOld: boolean, setting: Setting): Write {
  const current = { slot: 'current', value: 'new' } as const
  if (keepsOld && store.needsDeployment) return { store, changes: [{ slot: 'previous', value: 'old' }, current] }
  if (dropsAlong(store, setting)) return { store, changes: [{ slot: 'previous', value: 'nothing' }, current] }
  return { store, changes: [current] }
}

/** In an emergency, so that the one deployment ends the previous value, too. */
function dropsAlong(store: Store, { graceless, slots, holdPrevious }: Setting): boolean {
  return graceless && slots.previous && store.needsDeployment && holdPrevious.includes(store)
}

function dropPending({ slots, places }: Setting): readonly Step[] {
  return slots.pending ? write('What was kept for a crash goes', [put(places.pendingAt, 'pending', 'nothing')]) : []
}

function afterwards(setting: Setting, keepsOld: boolean): readonly Step[] {
  const { graceless, revokes, given, present, holdPrevious } = setting
  if (keepsOld) return []
  // There was no current value: what is in use may be the one that is called the previous.
  if (!graceless && !present.current) return []
  const revoke = graceless && revokes && given.current && present.current
  const rest = { ...setting, holdPrevious: holdPrevious.filter((store) => !dropsAlong(store, setting)) }
  return [
    ...dropFromOthers(rest, 'rotated'), // an issuer that is down holds none of it up
    ...(revoke ? [{ kind: 'revoke', which: 'current' } as const] : []),
    ...dropFromHome(rest, revoke),
  ]
}

/** What the issuer has not revoked stays everywhere: it is what tells the next run to try again. */
function dropPrevious(setting: Setting): readonly Step[] {
  const { revokes, present, given } = setting
  const revoke = revokes && present.previous && !given.previousIsCurrent
  return [
    ...(revoke ? [{ kind: 'revoke', which: 'previous' } as const] : []),
    ...dropFromOthers(setting, 'retired'),
    ...dropFromHome(setting, false),
  ]
}

/**
 * @param when `retired`: nothing else is done, so that an earlier run may have ended after it took the value out of a place,
 *   and before that was deployed
 */
function dropFromOthers({ places, holdPrevious, redeploys, slots }: Setting, when: 'rotated' | 'retired') {
  if (!slots.previous) return []
  const others = holdPrevious.filter((store) => store !== places.home)
  const changed = when === 'retired' && holdPrevious.includes(places.home) ? places.others : others
  const deploys = redeploys && changed.some(({ needsDeployment }) => needsDeployment)
  return [
    ...write(
      'The previous value goes',
      others.map((store) => put(store, 'previous', 'nothing')),
    ),
    ...(deploys ? [{ kind: 'redeploy' } as const] : []),
  ]
}

/** The last: what the home holds is what makes a later run do the rest. @param held whether it got it in this run */
function dropFromHome({ places, holdPrevious, slots }: Setting, held: boolean): readonly Step[] {
  if (!slots.previous || !(held || holdPrevious.includes(places.home))) return []
  return write('The previous value goes where runs read it', [put(places.home, 'previous', 'nothing')])
}

function write(title: string, writes: readonly Write[]): readonly Step[] {
  return writes.length === 0 ? [] : [{ kind: 'write', title, writes }]
}

function put(store: Store, slot: Slot, value: Value): Write {
  return { store, changes: [{ slot, value }] }
}
