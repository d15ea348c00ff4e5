/** What the tests of secrets and variables share: tokens of people, and the sealing of values. */
import sodium from 'libsodium-wrappers'
import type { PersonalToken } from '../../rehearsal/github/permissions.ts'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { type Reply, type Request, send } from './github-support.ts'

export type Ask = (path: string, request?: Request) => Promise<Reply>

export const ALL_SECRETS = {
  secrets: 'write',
  environments: 'write',
  organization_secrets: 'write',
  dependabot_secrets: 'write',
  codespaces_secrets: 'write',
  actions_variables: 'write',
} as const

/** A plain client with a personal access token. */
export function personal(github: GitHub, token: Partial<PersonalToken> = {}): Ask {
  return bearer(github, github.issuePersonalToken({ login: 'octocat', permissions: ALL_SECRETS, ...token }))
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
