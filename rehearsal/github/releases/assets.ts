/** Assets of releases: https://docs.github.com/rest/releases/assets */
import { randomUUID } from 'node:crypto'
import {
  type Answer,
  created,
  type FieldError,
  failure,
  found,
  noContent,
  notFound,
  ok,
  paginate,
  REST_DOCS,
} from '../answers.ts'
import type { Call, State } from '../state.ts'
import { assetBody } from './bodies.ts'
import { type AssetRecord, findRelease, type ReleaseRecord, replaceRelease, visibleReleases } from './records.ts'

const MOST_BYTES = 2 * 1024 ** 3
const MOST_ASSETS = 1000
const LINK_SECONDS = 300

export function listAssets(call: Call): Answer {
  const release = findRelease(call)
  if (!release) return notFound(call.docs)
  const { items, headers } = paginate(release.assets, call.url)
  return { ...ok(items.map((asset) => assetBody(call.state, release, asset))), headers }
}

/** Its description, or with `accept: application/octet-stream` the way to its content. */
export function getAsset(call: Call): Answer {
  const at = find(call)
  if (!at) return notFound(call.docs)
  const { release, asset } = at
  if (!call.incoming.headers.accept?.includes('application/octet-stream'))
    return ok(assetBody(call.state, release, asset))
  if (asset.content === undefined) return notFound(call.docs)
  const { path, contentType, name: fileName } = asset
  replaceAsset(call.state, release.id, { ...asset, downloads: asset.downloads + 1 })
  return found(call.state.blobs.signDownload(path, { seconds: LINK_SECONDS, contentType, fileName }))
}

export async function deleteAsset(call: Call): Promise<Answer> {
  const at = find(call)
  if (!at) return notFound(call.docs)
  // GitHub's words for it are not known.
  if (at.release.immutable) return failure(422, 'Cannot delete assets from an immutable release.', REST_DOCS)
  replaceAsset(call.state, at.release.id, at.asset, [])
  await removeAssets(call.state, [at.asset])
  return noContent()
}

export async function uploadAsset(call: Call): Promise<Answer> {
  const release = findRelease(call)
  if (!release) return notFound(call.docs)
  const refusal = refuse(call, release)
  if (refusal) return refusal
  const { state } = call
  const asset = starter(call)
  replaceRelease(state, release, { ...release, assets: [...release.assets, asset] })
  if (state.limits.breakUpload) {
    state.limits.breakUpload = false
    return failure(502, 'Server Error', REST_DOCS)
  }
  const content = await receive(call, asset)
  if (content === undefined) return failure(502, 'Server Error', REST_DOCS)
  const uploaded = { ...asset, content, updatedAt: state.clock.now() }
  replaceAsset(state, release.id, uploaded)
  const body = assetBody(state, release, uploaded)
  return created(body, body.url)
}

/** In the order in which GitHub can know it: all of this before the first byte. */
function refuse({ docs, incoming, query }: Call, release: ReleaseRecord): Answer | undefined {
  if (release.immutable) return failure(422, 'Cannot upload assets to an immutable release.', REST_DOCS)
  const invalid = (field: string, code: string, message?: string) => {
    const error: FieldError = { resource: 'ReleaseAsset', code, field, ...(message !== undefined && { message }) }
    return failure(422, 'Validation Failed', docs, [error])
  }
  const { 'content-length': length = '', 'content-type': type = '' } = incoming.headers
  const size = Number(length)
  if (!/^\d+$/.test(length)) return failure(400, `Bad Content-Length: ${length}`, docs)
  if (type === '') return failure(400, 'Bad Content-Type', docs)
  const name = assetName(query['name'] ?? '')
  if (name === '') return invalid('name', 'missing_field')
  if (release.assets.some((asset) => asset.name === name)) return invalid('name', 'already_exists')
  if (size < 1) return invalid('size', 'custom', 'size must be greater than or equal to 1')
  if (size >= MOST_BYTES) return invalid('size', 'custom', `size must be less than ${MOST_BYTES}`)
  if (release.assets.length < MOST_ASSETS) return undefined
  return invalid('release', 'custom', `a release can have at most ${MOST_ASSETS} assets`)
}

/** GitHub renames what has other characters, and what begins or ends with a dot. */
function assetName(asked: string): string {
  return asked
    .replace(/[^\w.+@-]+/g, '.')
    .replace(/^\.(?=.)/, 'default.')
    .replace(/\.$/, '')
}

function starter({ state, query, incoming, login }: Call): AssetRecord {
  const at = state.clock.now()
  return {
    id: state.nextId(),
    name: assetName(query['name'] ?? ''),
    label: query['label'] ?? '',
    contentType: incoming.headers['content-type'] ?? 'application/octet-stream',
    uploader: login,
    path: `release-assets/${state.repository.id}/${randomUUID()}`,
    content: undefined,
    downloads: 0,
    createdAt: at,
    updatedAt: at,
  }
}

/** undefined where the sender went away in between. */
async function receive({ state, incoming }: Call, { path, contentType }: AssetRecord): Promise<AssetRecord['content']> {
  const blob = await state.blobs.put(path, incoming, contentType).catch(() => undefined)
  return blob && { size: blob.size, digest: `sha256:${blob.sha256}` }
}

interface Found {
  readonly release: ReleaseRecord
  readonly asset: AssetRecord
}

function find(call: Call): Found | undefined {
  const id = Number(call.params['asset_id'])
  return visibleReleases(call)
    .flatMap((release) => release.assets.map((asset) => ({ release, asset })))
    .find(({ asset }) => asset.id === id)
}

/** The release may have changed while an asset was uploaded. */
function replaceAsset(state: State, releaseId: number, asset: AssetRecord, by: readonly AssetRecord[] = [asset]): void {
  const release = state.releases.find(({ id }) => id === releaseId)
  if (!release) return
  const assets = release.assets.flatMap((known) => (known.id === asset.id ? by : [known]))
  replaceRelease(state, release, { ...release, assets })
}

export async function removeAssets(state: State, assets: readonly AssetRecord[]): Promise<void> {
  for (const { path } of assets) await state.blobs.remove(path)
}
