/** Where a secret is kept. Each scope has its own key, its own permission and its own names. */
import { findRepository, hasEnvironment, hasOrganization } from '../accounts.ts'
import type { State } from '../state.ts'

/** Repositories are `owner/name`; no case counts in any of the names. */
export type SecretScope =
  | { readonly kind: 'repository' | 'dependabot' | 'codespaces'; readonly repository: string }
  | { readonly kind: 'environment'; readonly repository: string; readonly environment: string }
  | { readonly kind: 'organization'; readonly organization: string }

/** The scope that a request's path names. */
export function scopeOf(kind: SecretScope['kind'], params: Readonly<Record<string, string>>): SecretScope {
  const { owner = '', repo = '', org = '', environment_name: environment = '' } = params
  if (kind === 'organization') return { kind, organization: org }
  const repository = `${owner}/${repo}`
  return kind === 'environment' ? { kind, repository, environment } : { kind, repository }
}

export function isKnown(state: State, scope: SecretScope): boolean {
  if (scope.kind === 'organization') return hasOrganization(state, scope.organization)
  if (!findRepository(state, scope.repository)) return false
  return scope.kind !== 'environment' || hasEnvironment(state, scope.repository, scope.environment)
}

export function keyOf(scope: SecretScope): string {
  const names =
    scope.kind === 'organization'
      ? [scope.organization]
      : [scope.repository, scope.kind === 'environment' ? scope.environment : '']
  return [scope.kind, ...names].join('\n').toLowerCase()
}
