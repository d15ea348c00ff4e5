/** Commits, comparisons and refs: https://docs.github.com/rest/commits/commits, https://docs.github.com/rest/git/refs */
import { createHash } from 'node:crypto'
import { type Answer, failure, notFound, ok, paginate } from './answers.ts'
import type { Commit } from './graph.ts'
import { htmlUrl, nodeId, type Repository, repositoryUrl } from './repository.ts'
import type { Call } from './state.ts'

/** A comparison's first page holds up to this many commits unless `per_page` says otherwise. */
const COMMITS_PER_COMPARISON = 250

export function getCommit(call: Call): Answer {
  const { graph, repository } = call.state
  const ref = call.params['ref'] ?? ''
  const commit = graph.commit(graph.resolve(ref)?.sha ?? '')
  if (!commit) return failure(422, `No commit found for SHA: ${ref}`, call.docs)
  return ok({
    ...commitBody(repository, commit),
    stats: { total: 0, additions: 0, deletions: 0 },
    files: [],
  })
}

export function getRef(call: Call): Answer {
  const { graph, repository } = call.state
  const name = call.params['ref'] ?? ''
  const sha = graph.ref(name)
  if (sha === undefined) return notFound(call.docs)
  return ok(refBody(repository, name, { sha, tag: graph.tagObject(name) }))
}

/** @param name without `refs/` */
export function refBody(
  repository: Repository,
  name: string,
  at: { readonly sha: string; readonly tag?: string | undefined },
) {
  const url = repositoryUrl(repository)
  return {
    ref: `refs/${name}`,
    node_id: nodeId('REF', repository.id, name),
    url: `${url}/git/refs/${name}`,
    object:
      at.tag === undefined
        ? { type: 'commit', sha: at.sha, url: `${url}/git/commits/${at.sha}` }
        : { type: 'tag', sha: at.tag, url: `${url}/git/tags/${at.tag}` },
  }
}

export function compareCommits(call: Call): Answer {
  const { graph } = call.state
  const [base = '', head = ''] = (call.params['basehead'] ?? '').split('...')
  const baseSha = graph.resolve(base)?.sha
  const headSha = graph.resolve(head)?.sha
  if (baseSha === undefined || headSha === undefined) return notFound(call.docs)
  const mergeBase = graph.mergeBase(baseSha, headSha)
  if (mergeBase === undefined) return failure(404, `No common ancestor between ${base} and ${head}.`, call.docs)
  return comparison(call, { baseSha, headSha, mergeBase })
}

interface Compared {
  readonly baseSha: string
  readonly headSha: string
  readonly mergeBase: string
}

function comparison(call: Call, { baseSha, headSha, mergeBase }: Compared): Answer {
  const { graph, repository } = call.state
  const ofBase = graph.history(baseSha)
  const ofHead = graph.history(headSha)
  const ahead = [...ofHead].filter((sha) => !ofBase.has(sha))
  const behindBy = [...ofBase].filter((sha) => !ofHead.has(sha)).length
  const bodies = (shas: readonly string[]) =>
    shas.flatMap((sha) => graph.commit(sha) ?? []).map((commit) => commitBody(repository, commit))
  const { items, headers } = paginate(ahead, call.url, COMMITS_PER_COMPARISON)
  const [base_commit, merge_base_commit] = bodies([baseSha, mergeBase])
  return {
    ...ok({
      ...comparisonUrls(repository, call.params['basehead'] ?? '', baseSha, headSha),
      base_commit,
      merge_base_commit: merge_base_commit ?? base_commit,
      status: comparisonStatus(ahead.length, behindBy),
      ahead_by: ahead.length,
      behind_by: behindBy,
      total_commits: ahead.length,
      commits: bodies(items),
      files: [],
    }),
    headers,
  }
}

function comparisonStatus(aheadBy: number, behindBy: number): 'ahead' | 'behind' | 'diverged' | 'identical' {
  if (aheadBy > 0) return behindBy > 0 ? 'diverged' : 'ahead'
  return behindBy > 0 ? 'behind' : 'identical'
}

function comparisonUrls(repository: Repository, basehead: string, baseSha: string, headSha: string) {
  const html = `${htmlUrl(repository)}/compare`
  const pinned = [baseSha, headSha].map((sha) => `${repository.owner}:${sha.slice(0, 7)}`).join('...')
  return {
    url: `${repositoryUrl(repository)}/compare/${basehead}`,
    html_url: `${html}/${basehead}`,
    permalink_url: `${html}/${pinned}`,
    diff_url: `${html}/${basehead}.diff`,
    patch_url: `${html}/${basehead}.patch`,
  }
}

/** The embedded GitHub keeps no files but those written through it, so another tree's id is derived from its commit's. */
export function treeSha(commit: Commit): string {
  return commit.content?.tree ?? createHash('sha1').update(`tree of ${commit.sha}`).digest('hex')
}

export const AUTHOR = { name: 'Mona Lisa', email: 'mona@example.com' } as const

export const UNSIGNED = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null,
} as const

/** Who made it, in the shape of both commits and Git's commits. */
export function peopleOf({ date, content }: Commit) {
  const { author = { ...AUTHOR, date }, committer = { ...AUTHOR, date } } = content ?? {}
  return { author, committer }
}

function commitBody(repository: Repository, commit: Commit) {
  const url = repositoryUrl(repository)
  const html = htmlUrl(repository)
  const { sha } = commit
  const tree = treeSha(commit)
  return {
    sha,
    node_id: nodeId('C', repository.id, sha),
    commit: {
      ...peopleOf(commit),
      message: commit.message,
      tree: { sha: tree, url: `${url}/git/trees/${tree}` },
      url: `${url}/git/commits/${sha}`,
      comment_count: 0,
      verification: UNSIGNED,
    },
    url: `${url}/commits/${sha}`,
    html_url: `${html}/commit/${sha}`,
    comments_url: `${url}/commits/${sha}/comments`,
    author: null,
    committer: null,
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${url}/commits/${parent}`,
      html_url: `${html}/commit/${parent}`,
    })),
  }
}
