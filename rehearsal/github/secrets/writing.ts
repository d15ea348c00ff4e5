/** Writing a secret: what GitHub takes, and what it says of the rest. */
import * as v from 'valibot'
import { type Answer, failure, noContent } from '../answers.ts'
import { type Body, readBody } from '../body.ts'
import type { Call, State } from '../state.ts'
import { refuseName, refuseSize } from './names.ts'
import type { SecretScope } from './scopes.ts'
import type { SecretRecord } from './vault.ts'

/** The pattern of GitHub's own description. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/
const Value = v.pipe(v.string(), v.regex(BASE64))

/** The description requires neither field everywhere; GitHub does (github/rest-api-description#419). */
const Sealed = v.object({ encrypted_value: Value, key_id: v.string() })
/** Without a value it changes who may read the one that is there. */
const Shared = v.object({
  encrypted_value: v.optional(Value),
  key_id: v.optional(v.string()),
  visibility: v.picklist(['all', 'private', 'selected']),
  selected_repository_ids: v.optional(v.array(v.union([v.number(), v.string()]))),
})
type Shared = v.InferOutput<typeof Shared>
type Access = Pick<SecretRecord, 'visibility' | 'repositories'>

export function putSecret(call: Call, scope: SecretScope): Answer {
  return scope.kind === 'organization' ? putShared(call, scope) : putOwn(call, scope)
}

function putOwn(call: Call, scope: SecretScope): Answer {
  const body = readBody(call, Sealed)
  if (!body.read) return body.answer
  return keep(call, scope, unseal(call, scope, body.value), { repositories: [] })
}

function putShared(call: Call, scope: SecretScope): Answer {
  const body = readBody(call, Shared)
  if (!body.read) return body.answer
  const access = accessOf(call, body.value)
  if (!access.read) return access.answer
  const known = call.state.vault.get(scope, nameOf(call))
  if (body.value.encrypted_value === undefined && known) {
    return keep(call, scope, { read: true, value: known.value }, access.value)
  }
  const sealed = readBody(call, Sealed)
  if (!sealed.read) return sealed.answer
  return keep(call, scope, unseal(call, scope, sealed.value), access.value)
}

/**
 * The list is taken as it is given, so that one who leaves it out leaves nobody. GitHub's words for a list that does not
 * belong there, or that names no repository, are published nowhere.
 */
function accessOf({ state, docs }: Call, { visibility, selected_repository_ids: given }: Shared): Body<Access> {
  const refused = (message: string) => ({ read: false, answer: failure(422, message, docs) }) as const
  if (given !== undefined && visibility !== 'selected') {
    return refused('selected_repository_ids can only be given when the visibility is selected.')
  }
  const repositories = (given ?? []).map(Number)
  const stranger = repositories.find((id) => !isRepository(state, id))
  if (stranger !== undefined) return refused(`There is no repository with the id ${stranger}.`)
  return { read: true, value: { visibility, repositories } }
}

function isRepository({ repository, accounts }: State, id: number): boolean {
  return [repository, ...accounts.repositories].some((known) => known.id === id)
}

/** The message is GitHub's (integrations/terraform-provider-github#2315). */
function unseal({ state, docs }: Call, scope: SecretScope, sealed: v.InferOutput<typeof Sealed>): Body<string> {
  const key = state.vault.key(scope)
  const box = Buffer.from(sealed.encrypted_value, 'base64')
  const value = sealed.key_id === key.keyId ? key.open(box) : undefined
  if (value !== undefined) return { read: true, value }
  const message = 'Bad request - validation failed due to an improperly encrypted secret'
  return { read: false, answer: failure(422, message, docs) }
}

function keep(call: Call, scope: SecretScope, opened: Body<string>, access: Access): Answer {
  const { state, docs } = call
  const refusedName = refuseName(nameOf(call), docs)
  if (refusedName) return refusedName
  if (!opened.read) return opened.answer
  const refusedSize = refuseSize(opened.value, docs)
  if (refusedSize) return refusedSize
  const name = nameOf(call).toUpperCase()
  const known = state.vault.get(scope, name)
  const now = state.clock.now()
  state.vault.put(scope, { name, value: opened.value, createdAt: known?.createdAt ?? now, updatedAt: now, ...access })
  return known ? noContent() : { status: 201, body: {} }
}

function nameOf({ params }: Call): string {
  return params['secret_name'] ?? ''
}
