/** The artifacts of all runs, as GitHub's API shows them: https://docs.github.com/rest/actions/artifacts */
import type { Readable } from 'node:stream'
import * as v from 'valibot'
import { ActionError } from '../../../src/errors.ts'
import { openAsset } from './github-asset.ts'
import { download } from './github-download.ts'
import { type Asked, ask } from './github-explain.ts'
import { failureOf, patiently } from './github-http.ts'
import { isGone, parse, type RestOptions } from './github-rest.ts'

const Artifact = v.object({
  id: v.number(),
  name: v.string(),
  size_in_bytes: v.number(),
  created_at: v.nullable(v.string()),
  expires_at: v.nullable(v.string()),
  expired: v.boolean(),
  digest: v.optional(v.nullable(v.string())),
  workflow_run: v.nullish(
    v.object({
      id: v.optional(v.number()),
      repository_id: v.optional(v.number()),
      head_repository_id: v.nullish(v.number()),
      head_branch: v.nullish(v.string()),
      head_sha: v.nullish(v.string()),
    }),
  ),
})
export type Artifact = v.InferOutput<typeof Artifact>

/** In ms since 1970. */
export function timeOf(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text)
}

/** Those of exactly that name in any run, expired ones too, newest first. @throws ActionError */
export async function listArtifacts(
  name: string,
  { github, context, signal }: RestOptions,
): Promise<readonly Artifact[]> {
  const { owner, repo } = context
  const asked: Asked = { doing: `list the artifacts named ${name}`, permission: 'actions: read', context, signal }
  const all = await ask(asked, () =>
    github.paginate(github.rest.actions.listArtifactsForRepo, { owner, repo, name, per_page: 100 }),
  )
  return newestFirst(all, asked)
}

/** All of a run, whatever they are called; none where the run is gone. @throws ActionError */
export async function listArtifactsOfRun(runId: number, options: RestOptions): Promise<readonly Artifact[]> {
  const { github, context, signal } = options
  const { owner, repo } = context
  const asked: Asked = { doing: `list the artifacts of run ${runId}`, permission: 'actions: read', context, signal }
  return ask(asked, async () => {
    try {
      const query = { owner, repo, run_id: runId, per_page: 100 }
      return newestFirst(await github.paginate(github.rest.actions.listWorkflowRunArtifacts, query), asked)
    } catch (error) {
      if (isGone(error)) return []
      throw error
    }
  })
}

/** One that is made while the pages are read moves another onto a second page. */
function newestFirst(all: unknown, asked: Asked): readonly Artifact[] {
  const byId = new Map(parse(v.array(Artifact), all, asked).map((artifact) => [artifact.id, artifact]))
  return [...byId.values()].toSorted((one, other) => other.id - one.id)
}

/** undefined: it is gone, or not there yet. @throws ActionError */
export async function getArtifact(id: number, { github, context, signal }: RestOptions): Promise<Artifact | undefined> {
  const { owner, repo } = context
  const asked: Asked = { doing: `show the artifact ${id}`, permission: 'actions: read', context, signal }
  return ask(asked, async () => {
    try {
      const { data } = await github.rest.actions.getArtifact({ owner, repo, artifact_id: id })
      return parse(Artifact, data, asked)
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  })
}

/** It is no error if it is gone already. @throws ActionError */
export async function deleteArtifact({ id, name }: Artifact, options: RestOptions): Promise<void> {
  const { github, context, signal } = options
  const { owner, repo } = context
  const asked: Asked = { doing: `delete the artifact ${name}`, permission: 'actions: write', context, signal }
  await ask(asked, () =>
    patiently(async () => {
      try {
        await github.rest.actions.deleteArtifact({ owner, repo, artifact_id: id })
      } catch (error) {
        // Deleting twice is deleting once: a lost answer is no reason to look first.
        if (!isGone(error)) throw failureOf(error) ?? error
      }
    }, options),
  )
}

/** Its content as it was uploaded. undefined: it is gone. @throws ActionError, also when it is a zip */
export async function downloadArtifact({ id, name }: Artifact, options: RestOptions): Promise<Readable | undefined> {
  const { github, context, signal, patience, note } = options
  const { owner, repo } = context
  const doing = `download the artifact ${name}`
  const asset = {
    route: 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
    parameters: { owner, repo, artifact_id: id, archive_format: 'zip' },
  } as const
  return ask({ doing, permission: 'actions: read', context, signal }, async () => {
    try {
      const open = (offset: number) => openAsset(github, asset, offset, signal)
      return await download({ doing, open, check: (headers) => refuseZip(headers, name), signal, note, patience })
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  })
}

/** What is there was stored by something else. */
export class ZipError extends ActionError {}

function refuseZip(headers: Headers, name: string): void {
  if (!/^application\/(x-)?zip/i.test(headers.get('content-type') ?? '')) return
  throw new ZipError(`The artifact ${name} is a zip archive: this action has not stored it so.`, {
    hint: 'Delete it on the page of its run, and let nothing else store artifacts under such a name.',
  })
}
