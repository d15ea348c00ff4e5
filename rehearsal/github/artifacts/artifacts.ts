/** Artifacts as the embedded GitHub keeps them. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { State } from '../state.ts'
import { backendIdOf } from './runtime-tokens.ts'

export const DAY = 24 * 3600 * 1000

export interface ArtifactRecord {
  readonly id: number
  readonly name: string
  readonly runId: number
  readonly attempt: number
  /** Of the job that made it, at the service. */
  readonly jobBackendId: string
  readonly mimeType: string
  /** Where its content is in the storage. */
  readonly path: string
  /** All in ms since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly expiresAt: number
  /** undefined until it is finalized: nobody sees it before. */
  readonly content: { readonly size: number; readonly digest: string } | undefined
}

/** One that is finalized. */
export type Finalized = ArtifactRecord & { readonly content: NonNullable<ArtifactRecord['content']> }

/** An artifact that is there without a job of this rehearsal having made it. */
export interface NewArtifact {
  readonly name: string
  /** A run that was added: its fork, branch and commit are the artifact's. */
  readonly runId: number
  /** Default: the run's newest. */
  readonly attempt?: number
  readonly content: Uint8Array | string
  /** Default: `application/zip`. */
  readonly mimeType?: string
  /** Default: now. */
  readonly createdAt?: Date
  /** Default: as late as the repository allows. */
  readonly expiresAt?: Date
}

export type Draft = Omit<ArtifactRecord, 'id' | 'path' | 'updatedAt' | 'content'>

export function draftArtifact(state: State, draft: Draft): ArtifactRecord {
  const { runId, jobBackendId, mimeType } = draft
  const file = `${randomBytes(32).toString('hex')}${mimeType === 'application/zip' ? '.zip' : ''}`
  const path = `actions-results/${backendIdOf(runId)}/workflow-job-run-${jobBackendId}/artifacts/${file}`
  const artifact = { ...draft, id: state.nextId(), path, updatedAt: draft.createdAt, content: undefined }
  state.artifacts.push(artifact)
  return artifact
}

export function finalize(state: State, artifact: ArtifactRecord, content: Finalized['content']): Finalized {
  const finalized = { ...artifact, content, updatedAt: state.clock.now() }
  state.artifacts.splice(state.artifacts.indexOf(artifact), 1, finalized)
  return finalized
}

/** @throws Error when the run was never added */
export async function addArtifact(state: State, wanted: NewArtifact): Promise<number> {
  const attempts = state.runs.filter(({ id }) => id === wanted.runId).map(({ attempt }) => attempt)
  if (attempts.length === 0)
    throw new Error(`No run ${wanted.runId} for the artifact "${wanted.name}". Add the run first.`)
  const createdAt = wanted.createdAt?.getTime() ?? state.clock.now()
  const artifact = draftArtifact(state, {
    name: wanted.name,
    runId: wanted.runId,
    attempt: wanted.attempt ?? Math.max(...attempts),
    jobBackendId: randomUUID(),
    mimeType: wanted.mimeType ?? 'application/zip',
    createdAt,
    expiresAt: wanted.expiresAt?.getTime() ?? createdAt + state.limits.retentionDays * DAY,
  })
  const blob = await state.blobs.put(artifact.path, [Buffer.from(wanted.content)], artifact.mimeType)
  if (blob) finalize(state, artifact, { size: blob.size, digest: `sha256:${blob.sha256}` })
  return artifact.id
}

/** Newest first. */
export function finalizedArtifacts(state: State): readonly Finalized[] {
  return state.artifacts.filter(isFinalized).sort((one, other) => other.createdAt - one.createdAt || other.id - one.id)
}

export function isExpired(state: State, { expiresAt }: ArtifactRecord): boolean {
  return expiresAt <= state.clock.now()
}

export async function removeArtifact(state: State, artifact: ArtifactRecord): Promise<void> {
  state.artifacts.splice(state.artifacts.indexOf(artifact), 1)
  await state.blobs.remove(artifact.path)
}

/** One that is not zipped is called as its file (`skipArchive` of the official client). */
export function signContent(state: State, { path, mimeType, name }: ArtifactRecord, seconds: number): string {
  const fileName = mimeType === 'application/zip' && !name.endsWith('.zip') ? `${name}.zip` : name
  return state.blobs.signDownload(path, { seconds, contentType: mimeType, fileName })
}

function isFinalized(artifact: ArtifactRecord): artifact is Finalized {
  return artifact.content !== undefined
}
