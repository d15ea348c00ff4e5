/** One place that holds the secret, whatever it is. */
import type { Slot } from '../names.ts'

/** What is to be in a slot afterwards; null: nothing. */
export interface Change {
  readonly slot: Slot
  readonly value: string | null
}

/** What a look has found in a slot. */
export interface Found {
  /** ms since 1970 of the last write; undefined where the place does not tell. */
  readonly updatedAt: number | undefined
}

export type Presence = Readonly<Partial<Record<Slot, Found>>>

export interface Store {
  /** As the input names it. */
  readonly label: string
  /**
   * `verifier`: what checks values, and so has to know a new one before anything uses it. `github`: what runs read.
   */
  readonly role: 'verifier' | 'github'
  /** Bytes of the largest value that it takes. */
  readonly limit: number
  /** Whether what is written works only after another deployment. */
  readonly needsDeployment: boolean
  /** Whether it cannot say what it holds. */
  readonly isBlind: boolean
  /**
   * Reads everything that a write needs, and what is there; writes nothing, and needs no value.
   * @throws ActionError
   */
  look(): Promise<Presence>
  /**
   * All changes, or an error; where one request takes them all, at once. Leaves the same when it is repeated. Call `look` first.
   * @returns whether nothing was in the slot of the last value before; undefined where the place does not tell
   * @throws ActionError; the signal's reason
   */
  write(changes: readonly Change[]): Promise<{ readonly created: boolean | undefined }>
}
