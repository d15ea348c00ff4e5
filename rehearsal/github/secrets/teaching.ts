/** What tests are told of secrets, and what a run would read of them. */
import { findRepository, fullNameOf } from '../accounts.ts'
import type { State } from '../state.ts'
import { isKnown, type SecretScope } from './scopes.ts'
import type { SecretRecord, Visibility } from './vault.ts'

export interface SecretFacts {
  /** Of the last write. Default: now. */
  readonly updatedAt?: Date
  /** Of an organization's. Default: `private`, or `selected` where repositories are named. */
  readonly visibility?: Visibility
  /** `owner/name` of those that an organization has selected. */
  readonly repositories?: readonly string[]
}

/** @throws Error when there is no such repository, environment or organization */
export function setSecret(state: State, scope: SecretScope, name: string, value: string, facts: SecretFacts): void {
  if (!isKnown(state, scope)) throw new Error(`No ${scope.kind} for the secret ${name}: ${JSON.stringify(scope)}`)
  const known = state.vault.get(scope, name)
  const updatedAt = facts.updatedAt?.getTime() ?? state.clock.now()
  state.vault.put(scope, {
    name: name.toUpperCase(),
    value,
    createdAt: Math.min(known?.createdAt ?? updatedAt, updatedAt),
    updatedAt,
    repositories: (facts.repositories ?? []).map((repository) => idOf(state, repository)),
    ...(scope.kind === 'organization' && { visibility: visibilityOf(facts) }),
  })
}

function idOf(state: State, repository: string): number {
  const found = findRepository(state, repository)
  if (!found) throw new Error(`No repository ${repository} to select for a secret. Add it first.`)
  return found.id
}

function visibilityOf({ visibility, repositories }: SecretFacts): Visibility {
  return visibility ?? (repositories === undefined ? 'private' : 'selected')
}

export function secretsIn({ vault }: State, scope: SecretScope): Readonly<Record<string, string>> {
  return valuesOf(vault.list(scope))
}

/** `secrets.` of a run of the own repository: of one name, the environment's goes before the repository's. */
export function secretsOfRun(state: State, environment?: string): Readonly<Record<string, string>> {
  const repository = fullNameOf(state.repository)
  const { vault } = state
  const shared = vault.list({ kind: 'organization', organization: state.repository.owner })
  const own = vault.list({ kind: 'repository', repository })
  const closest = environment === undefined ? [] : vault.list({ kind: 'environment', repository, environment })
  return valuesOf([...shared.filter((record) => isVisible(state, repository, record)), ...own, ...closest])
}

function isVisible(state: State, repository: string, { visibility, repositories }: SecretRecord): boolean {
  const reader = findRepository(state, repository)
  if (visibility === 'selected') return reader !== undefined && repositories.includes(reader.id)
  return visibility === 'all' || reader?.private === true
}

function valuesOf(records: readonly SecretRecord[]): Readonly<Record<string, string>> {
  return Object.fromEntries(records.map(({ name, value }) => [name, value]))
}
