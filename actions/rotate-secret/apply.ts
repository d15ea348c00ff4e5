/** Carries steps out, and keeps account of each target. */
import { ActionError } from '../../src/errors.ts'
import { combine } from './failures.ts'
import type { Names, Slot } from './names.ts'
import { type Redact, withoutValues } from './redact.ts'
import { overtaken } from './refusals.ts'
import type { Step, Value, Write } from './steps.ts'
import type { Change, Store } from './stores/store.ts'

/** What is in memory; `new` once there is one. */
export interface Values {
  readonly old: string | undefined
  readonly new: string | undefined
  readonly previous: string | undefined
}

interface Doing {
  readonly names: Names
  readonly info: (message: string) => void
  readonly redact: Redact
  readonly signal: AbortSignal
  /** ms since 1970, by GitHub's clock. */
  readonly now: () => number
  /** Takes back what this run has kept, where another one has begun before it. */
  readonly giveUp: () => Promise<void>
  readonly redeploy: () => Promise<void>
  readonly verify: (value: string) => Promise<void>
  readonly revoke: (value: string) => Promise<void>
  readonly ledger: Ledger
}

interface Entry {
  readonly done: readonly string[]
  readonly error: ActionError | undefined
}

/** What was done to each store, in the order in which they are listed. */
export class Ledger {
  readonly #entries: Map<string, { done: string[]; error: ActionError | undefined }>
  /** When the new value became the current one, by GitHub's clock: what fails afterwards does not change that. */
  committedAt: number | undefined
  redeployed = false
  /** Whether this run has kept the new value for a crash. */
  pendingKept = false

  constructor(labels: readonly string[]) {
    this.#entries = new Map(labels.map((label) => [label, { done: [], error: undefined }]))
  }

  note({ label }: Store, what: string): void {
    this.#entries.get(label)?.done.push(what)
  }

  fail({ label }: Store, error: ActionError): void {
    const entry = this.#entries.get(label)
    if (entry !== undefined) entry.error = error
  }

  entries(): readonly (readonly [label: string, entry: Entry])[] {
    return [...this.#entries]
  }
}

/**
 * Stops after the first step that failed anywhere; within a step every target is tried, so that all failures are known.
 * @throws ActionError; the signal's reason
 */
export async function apply(steps: readonly Step[], values: Values, doing: Doing): Promise<void> {
  let unrevoked: ActionError | undefined
  for (const step of steps) {
    switch (step.kind) {
      case 'write':
        await applyWrites(step, values, doing)
        break
      case 'redeploy':
        await doing.redeploy()
        doing.ledger.redeployed = true
        break
      case 'verify':
        await doing.verify(required(values.new))
        break
      case 'revoke':
        unrevoked = (await revoke(step, values, doing)) ?? unrevoked
    }
  }
  if (unrevoked !== undefined) throw unrevoked
}

type RevokeStep = Extract<Step, { readonly kind: 'revoke' }>

/** @returns the failure of one that may fail */
async function revoke({ which, mayFail }: RevokeStep, values: Values, doing: Doing): Promise<ActionError | undefined> {
  try {
    const value = required(which === 'current' ? values.old : values.previous)
    if (value === values.new) doing.info('The previous value is the new one again, and is not revoked.')
    else await doing.revoke(value)
    return undefined
  } catch (error) {
    doing.signal.throwIfAborted()
    if (mayFail !== true || !(error instanceof ActionError)) throw error
    doing.info(`${error.message}\nThe rotation goes on all the same.`)
    return new ActionError(error.message, {
      hint: 'In an emergency no old value is kept for another attempt: revoke this one at its issuer by hand.',
      cause: error,
    })
  }
}

type WriteStep = Extract<Step, { readonly kind: 'write' }>

async function applyWrites(step: WriteStep, values: Values, doing: Doing): Promise<void> {
  doing.info(`${step.title}: ${step.writes.map(({ store }) => store.label).join(', ')}.`)
  const failures: ActionError[] = []
  for (const write of step.writes) {
    try {
      await applyWrite(write, values, doing)
    } catch (error) {
      doing.signal.throwIfAborted()
      if (!(error instanceof ActionError)) throw error
      const shown = withoutValues(error, doing.redact)
      doing.ledger.fail(write.store, shown)
      failures.push(shown)
    }
  }
  const [first] = failures
  if (first !== undefined && step.writes.length === 1) throw first
  if (first !== undefined) {
    throw combine(failures, `${failures.length} of ${step.writes.length} places could not be written`)
  }
  if (step.commits === true) doing.ledger.committedAt = doing.now()
}

async function applyWrite({ store, changes, mustCreate }: Write, values: Values, doing: Doing): Promise<void> {
  const { created } = await store.write(changes.map(({ slot, value }) => ({ slot, value: resolve(value, values) })))
  const [first] = changes
  if (mustCreate === true && created === false && first !== undefined) {
    throw await stopped(overtaken(doing.names[first.slot]), first.slot, doing)
  }
  for (const { slot, value } of changes) {
    doing.ledger.note(store, words(slot, value, doing.names))
    if (slot === 'pending') doing.ledger.pendingKept = value === 'new'
  }
}

/** Of what a run has kept that stops before another one the next run would go on with, over the other's value. */
async function stopped(error: ActionError, slot: Slot, doing: Doing): Promise<ActionError> {
  if (slot === 'pending' || !doing.ledger.pendingKept) return error
  try {
    await doing.giveUp()
    return error
  } catch (failure) {
    doing.signal.throwIfAborted()
    if (!(failure instanceof ActionError)) throw failure
    return combine([error, failure], 'This run has stopped, and could not take back what it had kept')
  }
}

function resolve(value: Value, values: Values): Change['value'] {
  return value === 'nothing' ? null : required(values[value])
}

function words(slot: Slot, value: Value, names: Names): string {
  return `${names[slot]} ${value === 'nothing' ? 'removed' : `has the ${value} value`}`
}

/** A mistake in the plan, which asks for a value only where there is one. */
function required(value: string | undefined): string {
  if (value === undefined) throw new Error('A step needs a value that this run does not have.')
  return value
}
