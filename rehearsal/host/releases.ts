/** What the host finds out about an image: the commit that its labels name, read from the registry's config of it. */
import type { GitHub } from '../github/server.ts'
import type { Release } from './service.ts'

const LABEL = 'org.opencontainers.image'

/** @param image `ghcr.io/owner/name:tag` or `…@sha256:…` @returns undefined where the registry has no such image */
export async function releaseOf(github: GitHub, image: string): Promise<Release | undefined> {
  const [, owner, name, tag = 'latest', digest] =
    /^ghcr\.io\/([^/]+)\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? []
  if (owner === undefined || name === undefined) return undefined
  if (owner.toLowerCase() !== github.repository.owner.toLowerCase()) return undefined
  const labels = await github.labelsOf(name, digest ?? tag)
  if (labels === undefined) return undefined
  return { commit: labels[`${LABEL}.revision`] ?? '', version: labels[`${LABEL}.version`] ?? '', image }
}

/** Without an image that was named: the newest one with a tag, or what the newest run is for, built by the host itself. */
export async function newestRelease(github: GitHub): Promise<Release> {
  const newest = github.images
    .filter(({ tags }) => tags.some((tag) => !tag.startsWith('sha256-')))
    .toSorted((one, other) => (one.updatedAt < other.updatedAt ? -1 : 1))
    .at(-1)
  const image = newest && `ghcr.io/${github.repository.owner.toLowerCase()}/${newest.package}@${newest.digest}`
  const release = image === undefined ? undefined : await releaseOf(github, image)
  return release ?? { commit: github.newestCommit, version: '', image: null }
}
