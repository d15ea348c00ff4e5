/**
 * The draft release that holds a series. A draft makes no tag, stays changeable where releases are immutable, and is seen
 * by those alone who can push. https://docs.github.com/rest/releases/releases
 */
import * as v from 'valibot'
import { ActionError } from '../../../src/errors.ts'
import { type Asked, ask } from './github-explain.ts'
import { failureOf, patiently } from './github-http.ts'
import { isGone, parse, type RestOptions } from './github-rest.ts'

export interface DraftOptions extends RestOptions {
  readonly series: string
}

const Release = v.object({
  id: v.number(),
  tag_name: v.string(),
  draft: v.boolean(),
  html_url: v.string(),
  upload_url: v.string(),
})
export type Release = v.InferOutput<typeof Release>

const Asset = v.object({
  id: v.number(),
  name: v.string(),
  state: v.string(),
  size: v.number(),
  digest: v.optional(v.nullable(v.string())),
  created_at: v.string(),
  updated_at: v.string(),
})
export type Asset = v.InferOutput<typeof Asset>

function tagOf(series: string): string {
  return `snapshots-${series}`
}

/** Oldest first; more than one where two steps made the first snapshot at the same moment. @throws ActionError */
export async function findDrafts(options: DraftOptions): Promise<readonly Release[]> {
  const { github, context, series } = options
  const { owner, repo } = context
  const asked = asking('list the releases', options)
  const all = await ask(asked, () => github.paginate(github.rest.repos.listReleases, { owner, repo, per_page: 100 }))
  const own = parse(v.array(Release), all, asked).filter(({ tag_name: tag }) => tag === tagOf(series))
  refusePublished(own)
  return own.filter(({ draft }) => draft).toSorted((one, other) => one.id - other.id)
}

function refusePublished(releases: readonly Release[]): void {
  const published = releases.find(({ draft }) => !draft)
  if (published === undefined) return
  throw new ActionError(
    `The release ${published.tag_name} is published, and snapshots are kept in drafts alone: everybody who can read the repository can read ${published.html_url}.`,
    {
      hint: 'Turn it back into a draft ("Edit", "Save as draft"), or rename its tag and use another series. Treat what is in it and not encrypted as disclosed.',
    },
  )
}

/** The one to write to. @throws ActionError */
export async function draftToWrite(options: DraftOptions): Promise<Release> {
  const [oldest] = await findDrafts(options)
  return oldest ?? createDraft(options)
}

async function createDraft(options: DraftOptions): Promise<Release> {
  const { github, context, series } = options
  const { owner, repo } = context
  const asked = asking(`create the draft release ${tagOf(series)}`, options)
  const fields = { tag_name: tagOf(series), name: `Snapshots of ${series}`, body: explanation(series), draft: true }
  await ask(asked, () =>
    patiently(async (attempt) => {
      // A lost answer may have been the one of a draft that is there.
      if (attempt > 1 && (await findDrafts(options)).length > 0) return
      try {
        await github.rest.repos.createRelease({ owner, repo, ...fields })
      } catch (error) {
        throw failureOf(error) ?? error
      }
    }, options),
  )
  // Whoever made one at the same moment comes to the same result.
  for (let look = 1; look <= MOST_LOOKS; look++) {
    const [oldest] = await findDrafts(options)
    if (oldest !== undefined) return oldest
    await options.patience.sleep(1000, options.signal)
  }
  throw new ActionError(`GitHub has created the draft release ${tagOf(series)} and does not list it.`, {
    hint: 'Run the job again.',
  })
}

/** For a draft that was just created, a second apart. */
const MOST_LOOKS = 10

function explanation(series: string): string {
  return `This draft keeps the snapshots of "${series}": for each an archive, a small \`.json\` that describes it, and what later checks have found. Leave it a draft. Publishing it would show its files to everybody who can read this repository, and deleting it would delete all of them.`
}

/** All assets of a release, unfinished ones too; empty where it was deleted. @throws ActionError */
export async function listAssets(release: Release, options: DraftOptions): Promise<readonly Asset[]> {
  const { github, context } = options
  const { owner, repo } = context
  const asked = asking(`list the assets of the draft release ${release.tag_name}`, options)
  return ask(asked, async () => {
    try {
      const query = { owner, repo, release_id: release.id, per_page: 100 }
      const all = await github.paginate(github.rest.repos.listReleaseAssets, query)
      const assets = parse(v.array(Asset), all, asked)
      return [...new Map(assets.map((asset) => [asset.id, asset])).values()]
    } catch (error) {
      if (isGone(error)) return []
      throw error
    }
  })
}

/** It is no error if it is gone already. @throws ActionError */
export async function deleteAsset({ id, name }: Asset, options: DraftOptions): Promise<void> {
  const { github, context } = options
  const { owner, repo } = context
  await ask(asking(`delete the release asset ${name}`, options), () =>
    patiently(async () => {
      try {
        await github.rest.repos.deleteReleaseAsset({ owner, repo, asset_id: id })
      } catch (error) {
        if (!isGone(error)) throw failureOf(error) ?? error
      }
    }, options),
  )
}

/**
 * To a token that can only read, drafts are simply not there, and a series would look empty. A request for a release
 * without a tag tells the two apart and changes nothing: GitHub looks at permissions before it looks at fields.
 *
 * @throws ActionError where the token cannot see drafts
 */
export async function requireDraftsVisible(options: DraftOptions): Promise<void> {
  const { github, context } = options
  const { owner, repo } = context
  await ask(asking(`show the draft release ${tagOf(options.series)}`, options), () =>
    patiently(async () => {
      try {
        await github.request({ method: 'POST', url: '/repos/{owner}/{repo}/releases', owner, repo, draft: true })
      } catch (error) {
        const failure = failureOf(error)
        if (failure?.status !== 422) throw failure ?? error
      }
    }, options),
  )
}

export function asking(doing: string, { context, signal }: DraftOptions): Asked {
  return { doing, permission: 'contents: write', context, signal }
}
