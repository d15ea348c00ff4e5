/** Artifacts in the REST API: https://docs.github.com/rest/actions/artifacts */
import { type Answer, failure, found, noContent, notFound, ok, paginate } from '../answers.ts'
import { forkOf, nodeId, repositoryUrl } from '../repository.ts'
import { findRun } from '../runs.ts'
import { type Call, type State, timestamp } from '../state.ts'
import { type Finalized, finalizedArtifacts, isExpired, removeArtifact, signContent } from './artifacts.ts'

/** A link to the content lives that long. */
const LINK_SECONDS = 60

export function listArtifacts(call: Call): Answer {
  return page(call, named(call, finalizedArtifacts(call.state)))
}

/** Of all its attempts. */
export function listArtifactsOfRun(call: Call): Answer {
  const runId = Number(call.params['run_id'])
  if (!findRun(call.state, runId)) return notFound(call.docs)
  const newest = finalizedArtifacts(call.state).filter((artifact) => artifact.runId === runId)
  return page(call, named(call, call.query['direction'] === 'asc' ? newest.toReversed() : newest))
}

/** `name` is exact. */
function named({ query }: Call, artifacts: readonly Finalized[]): readonly Finalized[] {
  const { name = '' } = query
  return name === '' ? artifacts : artifacts.filter((artifact) => artifact.name === name)
}

function page({ state, url }: Call, all: readonly Finalized[]): Answer {
  const { items, headers } = paginate(all, url)
  const artifacts = items.map((artifact) => artifactBody(state, artifact))
  return { ...ok({ total_count: all.length, artifacts }), headers }
}

export function getArtifact(call: Call): Answer {
  const artifact = find(call)
  return artifact ? ok(artifactBody(call.state, artifact)) : notFound(call.docs)
}

export async function deleteArtifact(call: Call): Promise<Answer> {
  const artifact = find(call)
  if (!artifact) return notFound(call.docs)
  await removeArtifact(call.state, artifact)
  return noContent()
}

export function downloadArtifact(call: Call): Answer {
  const artifact = find(call)
  if (!artifact || call.params['archive_format'] !== 'zip') return notFound(call.docs)
  if (isExpired(call.state, artifact)) return failure(410, 'Artifact has expired', call.docs)
  return found(signContent(call.state, artifact, LINK_SECONDS))
}

function find({ state, params }: Call): Finalized | undefined {
  const id = Number(params['artifact_id'])
  return finalizedArtifacts(state).find((artifact) => artifact.id === id)
}

export function artifactBody(state: State, artifact: Finalized) {
  const { repository } = state
  const { id, name, content } = artifact
  const url = `${repositoryUrl(repository)}/actions/artifacts/${id}`
  return {
    id,
    node_id: nodeId('MDg6QXJ0aWZhY3Q', repository.id, id),
    name,
    size_in_bytes: content.size,
    url,
    archive_download_url: `${url}/zip`,
    expired: isExpired(state, artifact),
    digest: content.digest,
    created_at: timestamp(artifact.createdAt),
    updated_at: timestamp(artifact.updatedAt),
    expires_at: timestamp(artifact.expiresAt),
    workflow_run: runOf(state, artifact),
  }
}

function runOf(state: State, { runId }: Finalized) {
  const { repository } = state
  const run = findRun(state, runId)
  if (!run) return null
  return {
    id: runId,
    repository_id: repository.id,
    head_repository_id: run.fork === undefined ? repository.id : forkOf(repository, run.fork).id,
    head_branch: run.headBranch ?? '',
    head_sha: run.headSha,
  }
}
