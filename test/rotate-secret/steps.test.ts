/** What a decision means: the steps in their order, and the laws of that order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decision } from '../../actions/rotate-secret/plan.ts'
import { type Setting, type Step, stepsOf } from '../../actions/rotate-secret/steps.ts'
import type { Store } from '../../actions/rotate-secret/stores/store.ts'

function store(label: string, more: Partial<Store> = {}): Store {
  const never = () => Promise.reject(new Error('A plan asks no store.'))
  const base = { role: 'github', limit: 100, needsDeployment: false, isBlind: false } as const
  return { label, ...base, look: never, write: never, ...more }
}

const home = store('home')
const environment = store('environment')
const pages = store('pages', { role: 'verifier', needsDeployment: true })
const worker = store('worker', { role: 'verifier' })
const vault = store('vault', { role: 'verifier', isBlind: true })

const SETTING: Setting = {
  places: { home, pendingAt: home, others: [environment, pages, worker] },
  slots: { previous: true, pending: true },
  graceless: false,
  redeploys: true,
  verifies: true,
  revokes: false,
  present: { previous: false, current: true, pending: false },
  given: { current: true, previous: true, previousIsCurrent: false },
  holdPrevious: [],
}
const ROTATE = { kind: 'rotate', why: 'age', keepsOld: true } as const

/** `pages: previous=old current=new`, `redeploy`, … */
function shown(decision: Decision, setting: Partial<Setting> = {}): readonly string[] {
  return stepsOf(decision, { ...SETTING, ...setting }).map(show)
}

function show(step: Step): string {
  if (step.kind === 'revoke') return `revoke ${step.which}`
  if (step.kind !== 'write') return step.kind
  const writes = step.writes.map(
    ({ store: { label }, changes, mustCreate }) =>
      `${label} ${changes.map(({ slot, value }) => `${slot}=${value}`).join(' ')}${mustCreate ? ' (creates)' : ''}`,
  )
  return `${writes.join(', ')}${step.commits ? ' (commits)' : ''}`
}

it('rotates in the order that survives a crash', () => {
  expect(shown(ROTATE)).toEqual([
    'home pending=new (creates)',
    'home previous=old (creates), environment previous=old, worker previous=old',
    'pages previous=old current=new, worker current=new',
    'redeploy',
    'verify',
    'environment current=new',
    'home current=new (commits)',
    'home pending=nothing',
  ])
})

it('goes on with what was kept, which need not be kept again', () => {
  expect(shown({ kind: 'resume', keepsOld: true })).toEqual(shown(ROTATE).slice(1))
})

it('replaces a pending value in an emergency, and leaves no old one anywhere', () => {
  const present = { previous: true, current: true, pending: true }
  const setting = { graceless: true, present, holdPrevious: [home, pages, vault] }
  expect(shown({ ...ROTATE, keepsOld: false }, setting)).toEqual([
    'home pending=new',
    'pages previous=nothing current=new, worker current=new',
    'redeploy',
    'verify',
    'environment current=new',
    'home current=new (commits)',
    'home pending=nothing',
    'vault previous=nothing',
    'home previous=nothing',
  ])
})

it('does nothing that is not due', () => {
  expect(shown({ kind: 'not-due' })).toEqual([])
})

it('retires everywhere, and last where it is seen that it is to be done', () => {
  const present = { ...SETTING.present, previous: true }
  expect(shown({ kind: 'retire' }, { present, holdPrevious: [home, environment, pages] })).toEqual([
    'environment previous=nothing, pages previous=nothing',
    'redeploy',
    'home previous=nothing',
  ])
})

it('does not deploy again where nothing needs it', () => {
  const places = { home, pendingAt: home, others: [environment, worker] }
  expect(shown({ kind: 'retire' }, { places, holdPrevious: [home, worker] })).toEqual([
    'worker previous=nothing',
    'home previous=nothing',
  ])
})

it('deploys what an earlier run has retired, and may not have deployed', () => {
  expect(shown({ kind: 'retire' }, { holdPrevious: [home] })).toEqual(['redeploy', 'home previous=nothing'])
})

it('revokes before the last copy of what is to be revoked is gone', () => {
  const present = { ...SETTING.present, previous: true }
  const setting = { revokes: true, redeploys: false, present, holdPrevious: [home, worker] }
  expect(shown({ kind: 'retire' }, setting)).toEqual([
    'revoke previous',
    'worker previous=nothing',
    'home previous=nothing',
  ])
  expect(shown(ROTATE, setting).slice(0, 3)).toEqual([
    'home pending=new (creates)',
    'revoke previous',
    'home previous=old, environment previous=old, worker previous=old',
  ])
})

it('does not revoke what is still the current value', () => {
  const present = { ...SETTING.present, previous: true }
  const given = { current: true, previous: true, previousIsCurrent: true }
  expect(shown({ kind: 'resume', keepsOld: true }, { revokes: true, present, given })).not.toContain('revoke previous')
})

it('keeps the old value without a grace until it is revoked', () => {
  const setting = { revokes: true, graceless: true, places: { home, pendingAt: home, others: [] } }
  expect(shown({ ...ROTATE, keepsOld: false }, { ...setting, redeploys: false, verifies: false })).toEqual([
    'home pending=new (creates)',
    'home previous=old',
    'home current=new (commits)',
    'home pending=nothing',
    'revoke current',
    'home previous=nothing',
  ])
})

it('only cleans up what is finished', () => {
  const present = { previous: true, current: true, pending: true }
  const setting = { redeploys: false, present, holdPrevious: [home, worker] }
  expect(shown({ kind: 'finish', retires: false }, setting)).toEqual(['home pending=nothing'])
  expect(shown({ kind: 'finish', retires: true }, { ...setting, graceless: true })).toEqual([
    'home pending=nothing',
    'worker previous=nothing',
    'home previous=nothing',
  ])
})

it('does without the slots that are switched off', () => {
  const slots = { previous: false, pending: false }
  const setting = { slots, places: { home, pendingAt: home, others: [] }, redeploys: false, verifies: false }
  expect(shown({ ...ROTATE, keepsOld: false }, setting)).toEqual(['home current=new (commits)'])
  expect(shown({ kind: 'retire' }, setting)).toEqual([])
})

it('keeps a pending value where this run can read it', () => {
  const own = store('own')
  const steps = shown(ROTATE, { places: { home, pendingAt: own, others: [] } })
  expect(steps[0]).toBe('own pending=new (creates)')
  expect(steps.at(-1)).toBe('own pending=nothing')
})

const anyStores = fc.subarray([environment, pages, worker, vault, store('dependabot')])
const anySetting: fc.Arbitrary<Setting> = fc
  .record({
    others: anyStores,
    previousSlot: fc.boolean(),
    pendingSlot: fc.boolean(),
    graceless: fc.boolean(),
    redeploys: fc.boolean(),
    verifies: fc.boolean(),
    revokes: fc.boolean(),
    present: fc.record({ previous: fc.boolean(), current: fc.boolean(), pending: fc.boolean() }),
    given: fc.record({ current: fc.boolean(), previous: fc.boolean(), previousIsCurrent: fc.boolean() }),
  })
  .map(({ others, previousSlot, pendingSlot, ...setting }) => ({
    ...setting,
    places: { home, pendingAt: home, others },
    slots: { previous: previousSlot, pending: pendingSlot },
    holdPrevious: setting.present.previous ? [...others, home] : others.filter(({ isBlind }) => isBlind),
  }))
const anyRotation = fc.oneof(
  fc.constant({ kind: 'rotate', why: 'age' } as const),
  fc.constant({ kind: 'resume' } as const),
)

/** A rotation as a list of single writes and other steps. */
function flat(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => show(step).replace(' (creates)', '').replace(' (commits)', '').split(', '))
}

function always(law: (steps: readonly string[], setting: Setting, keepsOld: boolean) => void): void {
  fc.assert(
    fc.property(anyRotation, anySetting, (rotation, setting) => {
      const keepsOld = !setting.graceless && setting.slots.previous && setting.given.current && setting.present.current
      law(flat(stepsOf({ ...rotation, keepsOld }, setting)), setting, keepsOld)
    }),
    { numRuns: 300 },
  )
}

describe('whatever the targets are', () => {
  const isNew = (step: string) => step.includes('current=new')

  it('every one gets the new value once, and the secret whose date counts gets it last', () => {
    always((steps, { places }) => {
      const written = steps.filter(isNew).map((step) => step.split(' ')[0])
      expect(written.toSorted()).toEqual([home, ...places.others].map(({ label }) => label).toSorted())
      expect(written.at(-1)).toBe('home')
    })
  })

  it('what checks values knows the new one before anything uses it, and it is verified in between', () => {
    always((steps, { places, verifies }) => {
      const of = (role: Store['role']) =>
        [home, ...places.others].filter((one) => one.role === role).map(({ label }) => label)
      const at = (labels: readonly string[]) =>
        labels.map((label) => steps.findIndex((step) => isNew(step) && step.startsWith(`${label} `)))
      const [last, first] = [Math.max(-1, ...at(of('verifier'))), Math.min(...at(of('github')))]
      expect(last).toBeLessThan(first)
      expect(steps.filter((step) => step === 'verify')).toHaveLength(verifies ? 1 : 0)
      if (!verifies) return
      expect(steps.indexOf('verify')).toBeGreaterThan(last)
      expect(steps.indexOf('verify')).toBeLessThan(first)
    })
  })

  it('an old value is kept everywhere before a new one is anywhere but where it is kept, too', () => {
    always((steps, { places }, keepsOld) => {
      if (!keepsOld) return
      const holders = steps.filter((step) => step.includes('previous=old')).map((step) => step.split(' ')[0])
      expect(holders.toSorted()).toEqual([home, ...places.others].map(({ label }) => label).toSorted())
      const firstNew = steps.findIndex(isNew)
      const early = steps.slice(firstNew + 1).filter((step) => step.includes('previous=old'))
      expect(early.every((step) => isNew(step))).toBe(true)
    })
  })

  it('what was kept for a crash goes only after the commit', () => {
    always((steps, { slots }) => {
      const gone = steps.indexOf('home pending=nothing')
      if (slots.pending) expect(gone).toBeGreaterThan(steps.indexOf('home current=new'))
      else expect(gone).toBe(-1)
    })
  })

  it('nothing is taken away before the commit, but in an emergency from what the one deployment changes', () => {
    always((steps, { graceless }) => {
      const commit = steps.indexOf('home current=new')
      const before = steps
        .slice(0, commit)
        .map((step) => step.replaceAll(graceless ? 'pages previous=nothing' : '\0', ''))
      expect(before.some((step) => step.includes('=nothing'))).toBe(false)
      expect(steps.slice(0, commit)).not.toContain('revoke current')
    })
  })

  it('no value is lost that is to be revoked and was not', () => {
    always((steps) => {
      const revoked = steps.indexOf('revoke current')
      if (revoked < 0) return
      const gone = steps.indexOf('home previous=nothing')
      if (gone >= 0) expect(gone).toBeGreaterThan(revoked)
    })
  })
})
