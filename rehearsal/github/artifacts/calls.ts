/** The five calls of the artifact service. */
import type * as v from 'valibot'
import type { State } from '../state.ts'
import {
  type ArtifactRecord,
  DAY,
  draftArtifact,
  finalize,
  finalizedArtifacts,
  isExpired,
  removeArtifact,
  signContent,
} from './artifacts.ts'
import type { CreateRequest, FinalizeRequest, ListRequest, NamedRequest } from './requests.ts'
import type { RuntimeCaller } from './runtime-tokens.ts'
import { type Twirp, twirpError, twirpOk } from './twirp.ts'

export interface Scope {
  readonly state: State
  readonly caller: RuntimeCaller
}

const ARTIFACTS_PER_JOB = 500
const LINK_SECONDS = 600
const INVALID_IN_NAME = /["<>|*?\r\n\\/:]/

export function create({ state, caller }: Scope, request: v.InferOutput<typeof CreateRequest>): Twirp {
  const { name } = request
  const refusal = refuse({ state, caller }, request)
  if (refusal) return refusal
  const createdAt = state.clock.now()
  const latest = createdAt + state.limits.retentionDays * DAY
  const asked = request.expires_at === undefined ? latest : Date.parse(request.expires_at)
  const { runId, attempt, jobBackendId } = caller
  const expiresAt = Math.min(asked, latest)
  const artifact = draftArtifact(state, {
    name,
    runId,
    attempt,
    jobBackendId,
    mimeType: request.mime_type,
    createdAt,
    expiresAt,
  })
  return twirpOk({ ok: true, signed_upload_url: state.blobs.signUpload(artifact.path) })
}

/**
 * The name stays taken by an upload that never came to its end: a job that repeats it gets the same 409. How GitHub words
 * what it says to a wrong name or to too many artifacts is not known; the client refuses such names itself.
 */
function refuse({ state, caller }: Scope, { name, workflow_job_run_backend_id }: v.InferOutput<typeof CreateRequest>) {
  if (workflow_job_run_backend_id !== caller.jobBackendId) {
    return twirpError('permission_denied', 'the token is for another job of the run')
  }
  if (name === '' || INVALID_IN_NAME.test(name))
    return twirpError('invalid_argument', `the artifact name is not valid: ${name}`)
  if (state.limits.storageFull) return twirpError('permission_denied', 'insufficient usage to create artifact')
  const own = state.artifacts.filter((artifact) => artifact.jobBackendId === caller.jobBackendId)
  if (own.length >= ARTIFACTS_PER_JOB) {
    return twirpError('invalid_argument', `a job can have at most ${ARTIFACTS_PER_JOB} artifacts`)
  }
  const taken = ofRun({ state, caller }).some(
    (artifact) => artifact.name === name && artifact.attempt === caller.attempt,
  )
  if (!taken) return undefined
  return twirpError('already_exists', 'an artifact with this name already exists on the workflow run')
}

export function finalizeUpload({ state, caller }: Scope, request: v.InferOutput<typeof FinalizeRequest>): Twirp {
  const artifact = ofRun({ state, caller }).find(
    ({ name, jobBackendId }) => name === request.name && jobBackendId === request.workflow_job_run_backend_id,
  )
  if (!artifact) return twirpError('not_found', 'artifact not found')
  if (artifact.content) return twirpError('already_exists', 'the artifact has been finalized already')
  const blob = state.blobs.get(artifact.path)
  if (!blob) return twirpError('failed_precondition', 'nothing was uploaded for the artifact')
  const digest = `sha256:${blob.sha256}`
  if (blob.size !== request.size) {
    return twirpError('invalid_argument', `size does not match: ${request.size} declared, ${blob.size} uploaded`)
  }
  if (request.hash !== undefined && request.hash !== digest) {
    return twirpError('invalid_argument', `hash does not match: ${request.hash} declared, ${digest} uploaded`)
  }
  finalize(state, artifact, { size: blob.size, digest })
  return twirpOk({ ok: true, artifact_id: `${artifact.id}` })
}

/** Those of all attempts of the run. */
export function list({ state, caller }: Scope, request: v.InferOutput<typeof ListRequest>): Twirp {
  const found = visible({ state, caller })
    .filter(({ name }) => request.name_filter === undefined || name === request.name_filter)
    .filter(({ id }) => request.id_filter === undefined || id === request.id_filter)
  const artifacts = found.map(({ id, name, jobBackendId, createdAt, content }) => ({
    workflow_run_backend_id: caller.runBackendId,
    workflow_job_run_backend_id: jobBackendId,
    database_id: `${id}`,
    name,
    size: `${content.size}`,
    created_at: new Date(createdAt).toISOString(),
    digest: content.digest,
  }))
  return twirpOk({ artifacts })
}

export function signUrl(scope: Scope, request: v.InferOutput<typeof NamedRequest>): Twirp {
  const artifact = named(scope, request)
  if (!artifact) return twirpError('not_found', 'artifact not found')
  return twirpOk({ name: artifact.name, signed_url: signContent(scope.state, artifact, LINK_SECONDS) })
}

export async function remove(scope: Scope, request: v.InferOutput<typeof NamedRequest>): Promise<Twirp> {
  const artifact = named(scope, request)
  if (!artifact) return twirpError('not_found', 'artifact not found')
  await removeArtifact(scope.state, artifact)
  return twirpOk({ ok: true, artifact_id: `${artifact.id}` })
}

function named(scope: Scope, { name, workflow_job_run_backend_id: job }: v.InferOutput<typeof NamedRequest>) {
  return visible(scope).find((artifact) => artifact.name === name && artifact.jobBackendId === job)
}

function visible({ state, caller }: Scope) {
  return finalizedArtifacts(state).filter((artifact) => artifact.runId === caller.runId && !isExpired(state, artifact))
}

function ofRun({ state, caller }: Scope): readonly ArtifactRecord[] {
  return state.artifacts.filter(({ runId }) => runId === caller.runId)
}
