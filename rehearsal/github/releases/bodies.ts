/** Releases and their assets in GitHub's shapes, `release` and `release-asset`. */
import { actionsBot, htmlUrl, nodeId, repositoryUrl, userOf } from '../repository.ts'
import { type State, timestamp } from '../state.ts'
import type { AssetRecord, ReleaseRecord } from './records.ts'

export function releaseBody(state: State, release: ReleaseRecord) {
  const { repository } = state
  const { id, tag, draft, publishedAt } = release
  const url = `${repositoryUrl(repository)}/releases/${id}`
  const balls = (kind: string) => (draft ? null : `${repositoryUrl(repository)}/${kind}/${tag}`)
  return {
    url,
    assets_url: `${url}/assets`,
    // On GitHub another host, uploads.github.com.
    upload_url: `${url}/assets{?name,label}`,
    html_url: `${htmlUrl(repository)}/releases/tag/${pageOf(release)}`,
    id,
    author: accountOf(state, release.author),
    node_id: nodeId('RE', repository.id, id),
    tag_name: tag,
    target_commitish: release.target,
    name: release.name,
    draft,
    immutable: release.immutable,
    prerelease: release.prerelease,
    created_at: timestamp(release.createdAt),
    updated_at: timestamp(release.updatedAt),
    published_at: publishedAt === null ? null : timestamp(publishedAt),
    assets: release.assets.map((asset) => assetBody(state, release, asset)),
    tarball_url: balls('tarball'),
    zipball_url: balls('zipball'),
    body: release.body,
  }
}

export function assetBody(state: State, release: ReleaseRecord, asset: AssetRecord) {
  const { repository } = state
  const { id, name, content } = asset
  return {
    url: `${repositoryUrl(repository)}/releases/assets/${id}`,
    id,
    node_id: nodeId('RA', repository.id, id),
    name,
    label: asset.label,
    uploader: accountOf(state, asset.uploader),
    content_type: asset.contentType,
    // An upload that broke leaves a `starter`, as the operation's page says; the schema does not list that state.
    state: content === undefined ? 'starter' : 'uploaded',
    size: content?.size ?? 0,
    digest: content?.digest ?? null,
    download_count: asset.downloads,
    created_at: timestamp(asset.createdAt),
    updated_at: timestamp(asset.updatedAt),
    browser_download_url: `${htmlUrl(repository)}/releases/download/${pageOf(release)}/${encodeURIComponent(name)}`,
  }
}

/** A draft's page is not called after its tag, which may not be there. */
function pageOf({ draft, untagged, tag }: ReleaseRecord): string {
  return draft ? `untagged-${untagged}` : tag
}

function accountOf({ repository }: State, login: string | undefined) {
  return login === undefined ? actionsBot(repository) : userOf(repository, login)
}
