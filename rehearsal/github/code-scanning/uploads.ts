/** Uploads: https://docs.github.com/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data */
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { type Answer, failure, notFound, ok } from '../answers.ts'
import { readBody } from '../body.ts'
import { repositoryUrl } from '../repository.ts'
import type { Call } from '../state.ts'
import { MAX_GZIP_BYTES } from './limits.ts'
import { settle } from './processing.ts'
import type { Delivery } from './records.ts'

const Sha = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))
const Ref = v.pipe(v.string(), v.regex(/^refs\/(heads|tags|pull)\/.*$/))

const Public = v.object({
  commit_sha: Sha,
  ref: Ref,
  sarif: v.string(),
  checkout_uri: v.optional(v.string()),
  started_at: v.optional(v.string()),
  tool_name: v.optional(v.string()),
  validate: v.optional(v.boolean()),
})

/** What github/codeql-action sends (src/upload-lib.ts); GitHub does not describe it (github/docs#38037). */
const Internal = v.object({
  commit_oid: Sha,
  ref: Ref,
  analysis_key: v.string(),
  analysis_name: v.optional(v.string()),
  sarif: v.string(),
  workflow_run_id: v.number(),
  workflow_run_attempt: v.optional(v.number()),
  checkout_uri: v.string(),
  environment: v.optional(v.string()),
  started_at: v.optional(v.string()),
  tool_names: v.array(v.string()),
  base_ref: v.optional(v.string()),
  base_sha: v.optional(v.string()),
})

export function uploadSarif(call: Call): Answer {
  const body = readBody(call, Public)
  if (!body.read) return body.answer
  const { commit_sha: commitSha, ref, sarif, checkout_uri: checkoutUri } = body.value
  return take(call, { commitSha, ref, analysisKey: '', environment: '{}', checkoutUri }, sarif)
}

export function uploadAnalysis(call: Call): Answer {
  const body = readBody(call, Internal)
  if (!body.read) return body.answer
  const { commit_oid: commitSha, ref, analysis_key: analysisKey, checkout_uri: checkoutUri, sarif } = body.value
  const environment = body.value.environment ?? '{}'
  return take(call, { commitSha, ref, analysisKey, environment, checkoutUri }, sarif)
}

/** 404 is what GitHub says of a commit that it does not have: github/codeql-action#952. */
function take(call: Call, delivery: Omit<Delivery, 'sarif'>, base64: string): Answer {
  const { state, docs } = call
  const refused = whenDisabled(call)
  if (refused) return refused
  const sarif = decode(base64)
  if (sarif === undefined) return failure(400, 'The "sarif" field is not a gzip file encoded as Base64.', docs)
  if (sarif.length > MAX_GZIP_BYTES) {
    const message = `The SARIF upload is too large: ${sarif.length} bytes gzipped, and ${MAX_GZIP_BYTES} are allowed.`
    return failure(413, message, docs)
  }
  if (!state.graph.commit(delivery.commitSha)) return failure(404, 'commit not found', docs)
  const id = randomUUID()
  const createdAt = state.clock.now()
  state.codeScanning.uploads.push({ ...delivery, sarif, id, createdAt, status: 'pending', errors: [], asked: false })
  return { status: 202, body: { id, url: `${repositoryUrl(state.repository)}/code-scanning/sarifs/${id}` } }
}

/** undefined where it is no gzip file in Base64. */
function decode(base64: string): Uint8Array | undefined {
  const bytes = Buffer.from(base64, 'base64')
  // Node leaves out what is no Base64.
  if (bytes.toString('base64').replace(/=+$/, '') !== base64.trimEnd().replace(/=+$/, '')) return undefined
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? bytes : undefined
}

/** A private repository needs a licence; the sentence is that of GitHub's own answer to a rehearsal's kind of repository. */
export function whenDisabled({ state, docs }: Call): Answer | undefined {
  if (state.codeScanning.enabled) return undefined
  const message = state.repository.private
    ? 'Code Security must be enabled for this repository to use code scanning.'
    : 'Code scanning is not enabled for this repository. Please enable code scanning in the repository settings.'
  return failure(403, message, docs)
}

/** The first answer is always `pending`, so that a client which does not wait is found out. */
export async function getSarif(call: Call): Promise<Answer> {
  const { state, params, docs } = call
  const upload = state.codeScanning.uploads.find(({ id }) => id === params['sarif_id'])
  if (!upload) return notFound(docs)
  if (!upload.asked) {
    upload.asked = true
    return ok({ processing_status: 'pending' })
  }
  await settle(state)
  const analyses = `${repositoryUrl(state.repository)}/code-scanning/analyses?sarif_id=${upload.id}`
  if (upload.status === 'failed') return ok({ processing_status: 'failed', analyses_url: null, errors: upload.errors })
  return ok({ processing_status: upload.status, analyses_url: analyses })
}
