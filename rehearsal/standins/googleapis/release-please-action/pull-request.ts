/** The pull request that holds the next release: opened, and brought up to date by every push. */
import { info } from '../../action.ts'
import type { Api } from '../../api.ts'
import type { Config } from './config.ts'
import { branchOf, titleOf } from './names.ts'
import type { Source } from './source.ts'
import { type Files, type Release, updatesOf } from './updates.ts'

export interface Pull {
  readonly number: number
  readonly title: string
  readonly body: string | null
  readonly merged_at: string | null
  readonly merge_commit_sha: string | null
  readonly labels: readonly { readonly name: string }[]
  readonly head: { readonly ref: string }
}

/** As the outputs `pr` and `prs` have it. */
export interface ReportedPull {
  readonly headBranchName: string
  readonly baseBranchName: string
  readonly number: number
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  readonly files: readonly string[]
}

export function pullsOf(api: Api, base: string, state: 'open' | 'closed'): Promise<readonly Pull[]> {
  return api.list(`/pulls?state=${state}&base=${encodeURIComponent(base)}&per_page=100`)
}

/** @returns undefined where it says already what it has to */
export async function propose(
  api: Api,
  source: Source,
  config: Config,
  release: Release,
): Promise<ReportedPull | undefined> {
  const branch = branchOf(source.branch, config)
  const title = titleOf(release.version, source.branch, config)
  const body = bodyOf(config, release.notes)
  const open = await pullsOf(api, source.branch, 'open')
  const existing = open.find(
    ({ head, labels }) => head.ref === branch && labels.some(({ name }) => name === config.label),
  )
  if (existing?.body === body) {
    info(`Pull request #${existing.number} remained the same`)
    return undefined
  }
  await commit(api, source, { branch, message: title, files: updatesOf(source, config, release) })
  const number = existing
    ? await update(api, existing, { title, body })
    : await openNew(api, source, config, { branch, title, body })
  return { ...report(source, config), headBranchName: branch, number, title, body }
}

function report({ branch }: Source, { label }: Config) {
  return { baseBranchName: branch, labels: [label], files: [] }
}

function bodyOf({ header }: Config, notes: string): string {
  return `${header}\n---\n\n\n${notes}\n\n---\nMerge it to make the release.`
}

interface Texts {
  readonly title: string
  readonly body: string
}

async function update(api: Api, { number }: Pull, texts: Texts): Promise<number> {
  await api.ask(`/pulls/${number}`, { method: 'PATCH', body: { ...texts, state: 'open' } })
  info(`Pull request #${number} is updated: ${texts.title}`)
  return number
}

async function openNew(api: Api, source: Source, config: Config, { branch, ...texts }: Texts & { branch: string }) {
  const body = { ...texts, head: branch, base: source.branch, draft: config.draftPullRequest }
  const { number } = await api.ask<Pull>('/pulls', { method: 'POST', body })
  info(`Pull request #${number} is opened: ${texts.title}`)
  await api.ask(`/issues/${number}/labels`, { method: 'POST', body: { labels: [config.label] } })
  return number
}

interface NewCommit {
  readonly branch: string
  readonly message: string
  readonly files: Files
}

/** One commit on the newest one of the target, so that the branch never has more than that. */
async function commit(api: Api, { head }: Source, { branch, message, files }: NewCommit): Promise<void> {
  const entries = Object.entries(files).map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }))
  const { tree } = await api.ask<{ tree: { sha: string } }>(`/git/commits/${head}`)
  const made = await api.ask<{ sha: string }>('/git/trees', {
    method: 'POST',
    body: { base_tree: tree.sha, tree: entries },
  })
  const { sha } = await api.ask<{ sha: string }>('/git/commits', {
    method: 'POST',
    body: { message, tree: made.sha, parents: [head] },
  })
  const known = await api.find(`/git/ref/heads/${branch}`)
  if (known === undefined) await api.ask('/git/refs', { method: 'POST', body: { ref: `refs/heads/${branch}`, sha } })
  else await api.ask(`/git/refs/heads/${branch}`, { method: 'PATCH', body: { sha, force: true } })
}
