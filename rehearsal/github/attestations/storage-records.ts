/** Where an organization's artifacts are stored, which nothing here asks for again: https://docs.github.com/rest/orgs/artifact-metadata */
import * as v from 'valibot'
import { type Answer, notFound, ok, REST_DOCS } from '../answers.ts'
import { readBody } from '../body.ts'
import { ownerKind } from '../packages/rest.ts'
import type { Route } from '../route.ts'
import { type Call, timestamp } from '../state.ts'

const DOCS = `${REST_DOCS}/orgs/artifact-metadata`

export const STORAGE_RECORD_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/orgs/:org/artifacts/metadata/storage-record',
    needs: { permission: 'artifact-metadata', level: 'write' },
    docs: `${DOCS}#create-artifact-metadata-storage-record`,
    answer: createRecord,
  },
]

const https = v.pipe(v.string(), v.regex(/^https:\/\//))
const Create = v.object({
  name: v.string(),
  digest: v.pipe(v.string(), v.regex(/^sha256:[a-f0-9]{64}$/)),
  version: v.optional(v.string()),
  artifact_url: v.optional(https),
  path: v.optional(v.string()),
  registry_url: https,
  repository: v.optional(v.string()),
  status: v.optional(v.picklist(['active', 'eol', 'deleted']), 'active'),
  github_repository: v.optional(v.string()),
  return_records: v.optional(v.boolean(), true),
})

function createRecord(call: Call): Answer {
  if (!isOrganization(call)) return notFound(call.docs)
  const body = readBody(call, Create)
  if (!body.read) return body.answer
  const { state } = call
  const { name, digest, artifact_url = null, registry_url, repository = null, status } = body.value
  const at = timestamp(state.clock.now())
  const dates = { created_at: at, updated_at: at }
  const record = { id: state.nextId(), name, digest, artifact_url, registry_url, repository, status, ...dates }
  return ok({ total_count: 1, ...(body.value.return_records && { storage_records: [record] }) })
}

function isOrganization({ state: { repository }, params }: Call): boolean {
  return ownerKind(repository) === 'Organization' && params['org']?.toLowerCase() === repository.owner.toLowerCase()
}
