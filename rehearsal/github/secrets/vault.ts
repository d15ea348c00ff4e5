/** The secrets of every scope, and the keys that their values are sealed to. */

import { keyOf, type SecretScope } from './scopes.ts'
import { newSealingKey, type SealingKey } from './sealed-box.ts'

/** Which of an organization's repositories may read its secret. */
export type Visibility = 'all' | 'private' | 'selected'

export interface SecretRecord {
  /** In upper case. */
  readonly name: string
  readonly value: string
  /** ms since 1970. */
  readonly createdAt: number
  /** ms since 1970, of the last write. */
  readonly updatedAt: number
  /** Only of an organization's. */
  readonly visibility?: Visibility
  /** Ids of the selected repositories; empty unless they are selected. */
  readonly repositories: readonly number[]
}

interface Shelf {
  readonly key: SealingKey
  readonly secrets: Map<string, SecretRecord>
}

export class Vault {
  readonly #shelves = new Map<string, Shelf>()

  /** The scope's own pair, the same each time. */
  key(scope: SecretScope): SealingKey {
    return this.#shelf(scope).key
  }

  /** By their names. */
  list(scope: SecretScope): readonly SecretRecord[] {
    return [...this.#shelf(scope).secrets.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  get(scope: SecretScope, name: string): SecretRecord | undefined {
    return this.#shelf(scope).secrets.get(name.toUpperCase())
  }

  /** Replaces the one of this name. */
  put(scope: SecretScope, record: SecretRecord): void {
    this.#shelf(scope).secrets.set(record.name, record)
  }

  /** @returns whether it was there */
  delete(scope: SecretScope, name: string): boolean {
    return this.#shelf(scope).secrets.delete(name.toUpperCase())
  }

  #shelf(scope: SecretScope): Shelf {
    const key = keyOf(scope)
    const shelf = this.#shelves.get(key) ?? { key: newSealingKey(), secrets: new Map() }
    this.#shelves.set(key, shelf)
    return shelf
  }
}
