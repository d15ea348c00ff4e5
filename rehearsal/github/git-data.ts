/** Git's objects and refs: https://docs.github.com/rest/git/commits and https://docs.github.com/rest/git/refs */
import * as v from 'valibot'
import { type Answer, created, failure, notFound, ok, REST_DOCS } from './answers.ts'
import { readBody } from './body.ts'
import { peopleOf, refBody, treeSha, UNSIGNED } from './commits.ts'
import { createBlob, createTree, getBlob, getTree, isTree } from './git-trees.ts'
import type { Commit, CommitContent, Person } from './graph.ts'
import { actionsBot, htmlUrl, nodeId, repositoryUrl, userOf } from './repository.ts'
import type { Route } from './route.ts'
import { type Call, type State, timestamp } from './state.ts'

const GIT = '/repos/:owner/:repo/git'
const DOCS = `${REST_DOCS}/git`

export const GIT_DATA_ROUTES: readonly Route[] = [
  writing('POST', '/blobs', 'blobs#create-a-blob', createBlob),
  reading('/blobs/:file_sha', 'blobs#get-a-blob', getBlob),
  writing('POST', '/trees', 'trees#create-a-tree', createTree),
  reading('/trees/:tree_sha{.+}', 'trees#get-a-tree', getTree),
  writing('POST', '/commits', 'commits#create-a-commit', createCommit),
  reading('/commits/:commit_sha', 'commits#get-a-commit-object', getGitCommit),
  writing('POST', '/refs', 'refs#create-a-reference', createRef),
  writing('PATCH', '/refs/:ref{.+}', 'refs#update-a-reference', updateRef),
]

function reading(path: string, page: string, answer: Route['answer']): Route {
  return route('GET', path, page, answer)
}

function writing(method: 'POST' | 'PATCH', path: string, page: string, answer: Route['answer']): Route {
  return route(method, path, page, answer)
}

/** A repository without a commit has no Git data that could be asked for. */
function route(method: Route['method'], path: string, page: string, answer: Route['answer']): Route {
  return {
    method,
    path: `${GIT}${path}`,
    needs: { permission: 'contents', level: method === 'GET' ? 'read' : 'write' },
    docs: `${DOCS}/${page}`,
    answer(call) {
      const empty = call.state.graph.commits().length === 0
      return empty ? failure(409, 'Git Repository is empty.', call.docs) : answer(call)
    },
  }
}

const Instant = v.pipe(v.string(), v.isoTimestamp())
const NewCommit = v.object({
  message: v.string(),
  tree: v.string(),
  parents: v.optional(v.array(v.string()), []),
  author: v.optional(v.object({ name: v.string(), email: v.string(), date: v.optional(Instant) })),
  committer: v.optional(
    v.object({ name: v.optional(v.string()), email: v.optional(v.string()), date: v.optional(Instant) }),
  ),
})
type NewCommit = v.InferOutput<typeof NewCommit>

function createCommit(call: Call): Answer {
  const { state, docs } = call
  const body = readBody(call, NewCommit)
  if (!body.read) return body.answer
  const { tree, parents, message } = body.value
  if (!isTree(state, tree)) return failure(422, 'Tree SHA does not exist', docs)
  if (parents.some((parent) => !state.graph.commit(parent))) {
    return failure(422, 'Parent SHA does not exist or is not a commit object', docs)
  }
  const content: CommitContent = { tree, ...authorship(call, body.value) }
  const sha = state.objects.addCommit({ message, parents, ...content })
  const commit = { sha, message, parents, date: content.committer.date, content }
  state.graph.add(commit)
  const answer = gitCommitBody(state, commit)
  return created(answer, answer.url)
}

/** The author is who asks unless another is named, and the committer the author. */
function authorship(call: Call, { author, committer }: NewCommit): Pick<CommitContent, 'author' | 'committer'> {
  const now = timestamp(call.state.clock.now())
  const made = author ? { ...author, date: utc(author.date) ?? now } : { ...accountOf(call), date: now }
  const { name = made.name, email = made.email, date } = committer ?? {}
  return { author: made, committer: { name, email, date: utc(date) ?? made.date } }
}

function utc(date: string | undefined): string | undefined {
  return date === undefined ? undefined : timestamp(Date.parse(date))
}

/** With the address that GitHub gives an account which keeps its own to itself. */
function accountOf({ state, login }: Call): Omit<Person, 'date'> {
  const account = login === undefined ? actionsBot(state.repository) : userOf(state.repository, login)
  return { name: account.login, email: `${account.id}+${account.login}@users.noreply.github.com` }
}

function getGitCommit({ state, params, docs }: Call): Answer {
  const commit = state.graph.commit(params['commit_sha'] ?? '')
  return commit ? ok(gitCommitBody(state, commit)) : notFound(docs)
}

function gitCommitBody({ repository }: State, commit: Commit) {
  const { sha, message } = commit
  const url = `${repositoryUrl(repository)}/git`
  const html = `${htmlUrl(repository)}/commit`
  const tree = treeSha(commit)
  return {
    sha,
    node_id: nodeId('C', repository.id, sha),
    url: `${url}/commits/${sha}`,
    html_url: `${html}/${sha}`,
    ...peopleOf(commit),
    message,
    tree: { sha: tree, url: `${url}/trees/${tree}` },
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${url}/commits/${parent}`,
      html_url: `${html}/${parent}`,
    })),
    verification: UNSIGNED,
  }
}

const NewRef = v.object({ ref: v.string(), sha: v.string() })
const MovedRef = v.object({ sha: v.string(), force: v.optional(v.boolean(), false) })

/** `refs/` and two more parts or more, without what Git keeps for its own syntax (git help check-ref-format). */
const REF = /^refs(?:\/(?!\.)[^\s~^:?*[\\/]+(?<!\.|\.lock)){2,}$/

function createRef(call: Call): Answer {
  const { graph, repository } = call.state
  const body = readBody(call, NewRef)
  if (!body.read) return body.answer
  const { ref, sha } = body.value
  if (!REF.test(ref) || ref.includes('..')) return failure(422, `${ref} is not a valid ref name.`, call.docs)
  const name = ref.slice('refs/'.length)
  if (graph.ref(name) !== undefined) return failure(422, 'Reference already exists', call.docs)
  if (!graph.commit(sha)) return failure(422, 'Object does not exist', call.docs)
  graph.setRef(name, sha)
  const answer = refBody(repository, name, { sha })
  return created(answer, answer.url)
}

/** Two who start from one commit cannot both move the ref: the second would leave the first one's commit behind. */
function updateRef(call: Call): Answer {
  const { graph, repository } = call.state
  const body = readBody(call, MovedRef)
  if (!body.read) return body.answer
  const { ref: name = '' } = call.params
  const { sha, force } = body.value
  const known = graph.ref(name)
  if (known === undefined) return failure(422, 'Reference does not exist', call.docs)
  if (!graph.commit(sha)) return failure(422, 'Object does not exist', call.docs)
  if (!force && !graph.history(sha).has(known)) return failure(422, 'Update is not a fast forward', call.docs)
  graph.setRef(name, sha)
  return ok(refBody(repository, name, { sha }))
}

export interface Branch {
  /** All that lead to its head, oldest first. */
  readonly commits: readonly Pick<Commit, 'sha' | 'message' | 'parents'>[]
  /** The text of each file at its head, by path. */
  readonly files: Readonly<Record<string, string>>
}

/** @throws Error when there is no such branch */
export function readBranch({ graph, objects }: State, branch: string): Branch {
  const head = graph.commit(graph.ref(`heads/${branch}`) ?? '')
  if (!head) throw new Error(`There is no branch "${branch}" to read.`)
  const commits = [...graph.history(head.sha)].flatMap((sha) => graph.commit(sha) ?? [])
  const files = [...objects.below(treeSha(head))].flatMap(([path, { sha }]) => {
    const content = objects.blob(sha)
    return content ? [[path, content.toString()] as const] : []
  })
  return {
    commits: commits.map(({ sha, message, parents }) => ({ sha, message, parents })),
    files: Object.fromEntries(files),
  }
}
