/** What the embedded GitHub knows beside its own repository: other repositories, organizations and environments. */
import type { Repository } from './repository.ts'
import { type State, timestamp } from './state.ts'

export interface Accounts {
  /** Beside the own one. */
  readonly repositories: Repository[]
  /** Logins in lower case. */
  readonly organizations: Set<string>
  /** Those of all repositories, by their keys. */
  readonly environments: Set<string>
}

/** The repository's own owner counts as an organization. */
export function newAccounts(owner: string): Accounts {
  return { repositories: [], organizations: new Set([owner.toLowerCase()]), environments: new Set() }
}

/** As private as the own one. @param fullName `owner/name` @returns its id @throws Error when it is there already */
export function addRepository(state: State, fullName: string): number {
  const [owner = '', name = '', ...rest] = fullName.split('/')
  if (owner === '' || name === '' || rest.length > 0) {
    throw new Error(`"${fullName}" is not a repository. Give it as owner/name.`)
  }
  if (findRepository(state, fullName)) throw new Error(`The repository ${fullName} is there already.`)
  const id = state.nextId()
  const createdAt = timestamp(state.clock.now())
  state.accounts.repositories.push({ ...state.repository, id, owner, name, createdAt })
  return id
}

/** Names are compared without case. @param fullName `owner/name` */
export function findRepository({ repository, accounts }: State, fullName: string): Repository | undefined {
  const name = fullName.toLowerCase()
  return [repository, ...accounts.repositories].find((known) => fullNameOf(known).toLowerCase() === name)
}

export function fullNameOf({ owner, name }: Repository): string {
  return `${owner}/${name}`
}

export function addOrganization({ accounts }: State, login: string): void {
  accounts.organizations.add(login.toLowerCase())
}

export function hasOrganization({ accounts }: State, login: string): boolean {
  return accounts.organizations.has(login.toLowerCase())
}

/** @param repository `owner/name` @throws Error when there is no such repository */
export function addEnvironment(state: State, name: string, repository = fullNameOf(state.repository)): void {
  if (!findRepository(state, repository)) throw new Error(`No repository ${repository} for the environment "${name}".`)
  state.accounts.environments.add(environmentKey(repository, name))
}

export function hasEnvironment({ accounts }: State, repository: string, name: string): boolean {
  return accounts.environments.has(environmentKey(repository, name))
}

/** Neither name has a line break, and neither a case that counts. */
function environmentKey(repository: string, name: string): string {
  return `${repository}\n${name}`.toLowerCase()
}
