/** Secrets: https://docs.github.com/rest/actions/secrets, …/dependabot/secrets and …/codespaces/repository-secrets */
import { type Answer, noContent, notFound, ok, paginate, REST_DOCS } from '../answers.ts'
import { minimalRepository } from '../repository.ts'
import type { Route } from '../route.ts'
import { type Call, type State, timestamp } from '../state.ts'
import { isKnown, type SecretScope, scopeOf } from './scopes.ts'
import type { SecretRecord } from './vault.ts'
import { putSecret } from './writing.ts'

interface Family {
  readonly kind: SecretScope['kind']
  readonly path: string
  readonly permission: string
  /** Of its pages, and how their headings call whose secrets they are. */
  readonly docs: string
  readonly whose: 'repository' | 'environment' | 'organization'
}

const REPO = '/repos/:owner/:repo'

const FAMILIES: readonly Family[] = [
  {
    kind: 'repository',
    path: `${REPO}/actions/secrets`,
    permission: 'secrets',
    docs: `${REST_DOCS}/actions/secrets`,
    whose: 'repository',
  },
  {
    kind: 'environment',
    path: `${REPO}/environments/:environment_name/secrets`,
    permission: 'environments',
    docs: `${REST_DOCS}/actions/secrets`,
    whose: 'environment',
  },
  {
    kind: 'organization',
    path: '/orgs/:org/actions/secrets',
    permission: 'organization_secrets',
    docs: `${REST_DOCS}/actions/secrets`,
    whose: 'organization',
  },
  {
    kind: 'dependabot',
    path: `${REPO}/dependabot/secrets`,
    permission: 'dependabot_secrets',
    docs: `${REST_DOCS}/dependabot/secrets`,
    whose: 'repository',
  },
  {
    kind: 'codespaces',
    path: `${REPO}/codespaces/secrets`,
    permission: 'codespaces_secrets',
    docs: `${REST_DOCS}/codespaces/repository-secrets`,
    whose: 'repository',
  },
]

export const SECRET_ROUTES: readonly Route[] = FAMILIES.flatMap(routesOf)

function routesOf(family: Family): readonly Route[] {
  const { kind, path, whose } = family
  const one = `${path}/:secret_name`
  const a = whose === 'repository' ? `a-${whose}` : `an-${whose}`
  const read = route(family, 'GET')
  return [
    read(path, `list-${whose}-secrets`, listSecrets),
    read(`${path}/public-key`, `get-${a}-public-key`, getPublicKey),
    read(one, `get-${a}-secret`, getSecret),
    route(family, 'PUT')(one, `create-or-update-${a}-secret`, putSecret),
    route(family, 'DELETE')(one, `delete-${a}-secret`, deleteSecret),
    ...(kind === 'organization'
      ? [read(`${one}/repositories`, `list-selected-repositories-for-${a}-secret`, listRepositories)]
      : []),
  ]
}

function route({ kind, permission, docs }: Family, method: Route['method']) {
  return (path: string, heading: string, answer: (call: Call, scope: SecretScope) => Answer): Route => ({
    method,
    path,
    needs: { permission, level: method === 'GET' ? 'read' : 'write' },
    others: true,
    docs: `${docs}#${heading}`,
    answer(call) {
      const scope = scopeOf(kind, call.params)
      return isKnown(call.state, scope) ? answer(call, scope) : notFound(call.docs)
    },
  })
}

function getPublicKey({ state }: Call, scope: SecretScope): Answer {
  const { keyId, publicKey } = state.vault.key(scope)
  return ok({ key_id: keyId, key: publicKey })
}

function listSecrets({ state, url }: Call, scope: SecretScope): Answer {
  const all = state.vault.list(scope)
  const { items, headers } = paginate(all, url)
  const secrets = items.map((record) => secretBody(state, scope, record))
  return { ...ok({ total_count: all.length, secrets }), headers }
}

function getSecret(call: Call, scope: SecretScope): Answer {
  const record = find(call, scope)
  return record ? ok(secretBody(call.state, scope, record)) : notFound(call.docs)
}

function deleteSecret({ state, params, docs }: Call, scope: SecretScope): Answer {
  return state.vault.delete(scope, params['secret_name'] ?? '') ? noContent() : notFound(docs)
}

function listRepositories(call: Call, scope: SecretScope): Answer {
  const record = find(call, scope)
  if (!record) return notFound(call.docs)
  const { repository, accounts } = call.state
  const all = [repository, ...accounts.repositories].filter(({ id }) => record.repositories.includes(id))
  const { items, headers } = paginate(all, call.url)
  return { ...ok({ total_count: all.length, repositories: items.map(minimalRepository) }), headers }
}

function find({ state, params }: Call, scope: SecretScope): SecretRecord | undefined {
  return state.vault.get(scope, params['secret_name'] ?? '')
}

/** Everything but the value, which nothing gives back. */
function secretBody({ repository }: State, scope: SecretScope, record: SecretRecord) {
  const { name, visibility } = record
  const base = scope.kind === 'organization' ? `${repository.origin}/orgs/${scope.organization}/actions/secrets` : ''
  return {
    name,
    created_at: timestamp(record.createdAt),
    updated_at: timestamp(record.updatedAt),
    ...(visibility !== undefined && { visibility }),
    ...(visibility === 'selected' && { selected_repositories_url: `${base}/${name}/repositories` }),
  }
}
