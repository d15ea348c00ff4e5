/** What the tests of secrets and variables share: tokens of people, and the sealing of values. */
import sodium from 'libsodium-wrappers'
import { BEYOND_JOBS, type PersonalToken } from '../../rehearsal/github/permissions.ts'
import type { SecretScope } from '../../rehearsal/github/secrets/scopes.ts'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { REPO, REPOSITORY, type Reply, type Request, send, startWithHistory } from './github-support.ts'

export type Ask = (path: string, request?: Request) => Promise<Reply>

/** A plain client with a personal access token. */
export function personal(github: GitHub, token: Partial<PersonalToken> = {}): Ask {
  return bearer(github, github.issuePersonalToken({ login: 'octocat', permissions: BEYOND_JOBS, ...token }))
}

export function bearer(github: GitHub, token: string): Ask {
  const headers = { authorization: `Bearer ${token}` }
  return (path, request = {}) => send(`${github.apiUrl}${path}`, { ...request, headers })
}

export interface PublicKey {
  readonly key_id: string
  readonly key: string
}

/** @param path of the secrets of a scope */
export async function publicKey(ask: Ask, path: string): Promise<PublicKey> {
  const { key_id, key } = Object((await ask(`${path}/public-key`)).body)
  return { key_id, key }
}

/** With the library that GitHub's documentation names. */
export async function seal(value: string, { key_id, key }: PublicKey) {
  await sodium.ready
  const box = sodium.crypto_box_seal(value, Buffer.from(key, 'base64'))
  return { encrypted_value: Buffer.from(box).toString('base64'), key_id }
}

/** Seals the value with the scope's own key, and writes it. */
export async function put(ask: Ask, path: string, name: string, value: string, more: object = {}): Promise<Reply> {
  const body = { ...(await seal(value, await publicKey(ask, path))), ...more }
  return ask(`${path}/${name}`, { method: 'PUT', body })
}

export const ENVIRONMENT = 'preview/topic 1'
export const TIME = new Date('2026-03-01T10:00:00.700Z')

/** Where the secrets of a scope are. */
export interface Place {
  readonly path: string
  readonly scope: SecretScope
  readonly permission: string
  /** What a write must hold besides the value. */
  readonly more?: object
  readonly page: string
}

export const PLACES = {
  repository: {
    path: `${REPO}/actions/secrets`,
    scope: { kind: 'repository', repository: REPOSITORY },
    permission: 'secrets',
    page: 'actions/secrets#get-a-repository-secret',
  },
  environment: {
    path: `${REPO}/environments/${encodeURIComponent(ENVIRONMENT)}/secrets`,
    scope: { kind: 'environment', repository: REPOSITORY, environment: ENVIRONMENT },
    permission: 'environments',
    page: 'actions/secrets#get-an-environment-secret',
  },
  organization: {
    path: '/orgs/octo-org/actions/secrets',
    scope: { kind: 'organization', organization: 'octo-org' },
    permission: 'organization_secrets',
    more: { visibility: 'private' },
    page: 'actions/secrets#get-an-organization-secret',
  },
  dependabot: {
    path: `${REPO}/dependabot/secrets`,
    scope: { kind: 'dependabot', repository: REPOSITORY },
    permission: 'dependabot_secrets',
    page: 'dependabot/secrets#get-a-repository-secret',
  },
  codespaces: {
    path: `${REPO}/codespaces/secrets`,
    scope: { kind: 'codespaces', repository: REPOSITORY },
    permission: 'codespaces_secrets',
    page: 'codespaces/repository-secrets#get-a-repository-secret',
  },
} satisfies Record<string, Place>

/** With the environment, at that time. */
export async function start(options: Parameters<typeof startWithHistory>[0] = {}): Promise<GitHub> {
  const github = await startWithHistory(options)
  github.addEnvironment(ENVIRONMENT)
  github.setTime(TIME)
  return github
}
