/** The release pull requests that were merged become releases. */
import { Failure, info } from '../../action.ts'
import { type Api, Refusal } from '../../api.ts'
import type { Config } from './config.ts'
import { releaseNameOf, tagOf, versionIn } from './names.ts'
import { type Pull, pullsOf } from './pull-request.ts'
import { textOf, type Version } from './version.ts'

export interface CreatedRelease {
  readonly id: number
  readonly name: string
  readonly tagName: string
  readonly sha: string
  readonly notes: string
  readonly url: string
  readonly draft: boolean
  readonly uploadUrl: string
  readonly version: Version
}

interface ReleaseAnswer {
  readonly id: number
  readonly name: string
  readonly tag_name: string
  readonly body: string
  readonly html_url: string
  readonly draft: boolean
  readonly upload_url: string
}

export async function createReleases(api: Api, target: string, config: Config): Promise<readonly CreatedRelease[]> {
  if (config.skipRelease) return []
  const created: CreatedRelease[] = []
  for (const pull of await pendingPulls(api, target, config)) created.push(await release(api, pull, config))
  return created
}

/** Merged, but without a release yet: they have kept the label that they were opened with. */
export async function pendingPulls(api: Api, target: string, { label }: Config): Promise<readonly Pull[]> {
  const closed = await pullsOf(api, target, 'closed')
  return closed.filter(({ merged_at, labels }) => merged_at !== null && labels.some(({ name }) => name === label))
}

async function release(api: Api, pull: Pull, config: Config): Promise<CreatedRelease> {
  const version = versionIn(pull.title, config)
  const notes = notesIn(pull)
  const { merge_commit_sha: sha } = pull
  if (sha === null) throw new Failure(`release-please failed: pull request #${pull.number} has no merge commit.`)
  const wanted = {
    tag_name: tagOf(textOf(version), config),
    target_commitish: sha,
    name: releaseNameOf(textOf(version), config),
    body: notes,
    draft: config.draft,
    prerelease: config.prerelease && (version.rest.startsWith('-') || version.major === 0),
  }
  info(`Creating the release ${wanted.tag_name} for pull request #${pull.number}`)
  const answer = await create(api, wanted, pull, config)
  await api.ask(`/issues/${pull.number}/comments`, { method: 'POST', body: { body: `Released: ${answer.html_url}` } })
  await relabel(api, pull, config)
  return { ...created(answer), sha, notes, version }
}

function created({ id, name, tag_name: tagName, html_url: url, draft, upload_url: uploadUrl }: ReleaseAnswer) {
  return { id, name, tagName, url, draft, uploadUrl }
}

/** One that is there already ends the pull request's wait, and fails the action. */
async function create(api: Api, body: { tag_name: string }, pull: Pull, config: Config): Promise<ReleaseAnswer> {
  try {
    return await api.ask('/releases', { method: 'POST', body })
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'already_exists') throw error
    await relabel(api, pull, config)
    throw new Failure(`release-please failed: Duplicate release tag: ${body.tag_name}`)
  }
}

async function relabel(api: Api, { number }: Pull, { label, releaseLabel }: Config): Promise<void> {
  await api.ask(`/issues/${number}/labels/${encodeURIComponent(label)}`, { method: 'DELETE' })
  await api.ask(`/issues/${number}/labels`, { method: 'POST', body: { labels: [releaseLabel] } })
}

/** Between the rules of the pull request's text, which a person may have edited. */
function notesIn({ number, body }: Pull): string {
  const lines = (body ?? '').replaceAll('\r\n', '\n').trim().split('\n')
  const [first, last] = [lines.indexOf('---'), lines.lastIndexOf('---')]
  if (first < 0) throw new Failure(`release-please failed: could not parse pull request #${number} as a release PR`)
  return lines
    .slice(first + 1, last > first ? last : undefined)
    .join('\n')
    .trim()
}
