/** Pull requests: https://docs.github.com/rest/pulls/pulls, and of a commit: https://docs.github.com/rest/commits/commits */
import * as v from 'valibot'
import { type Answer, created, type FieldError, failure, notFound, ok, paginate } from '../answers.ts'
import { readBody } from '../body.ts'
import type { Call, State } from '../state.ts'
import { pullBody, pullSummary } from './bodies.ts'
import { addPull, changePull, closePull, commitsOf, endsOf, findPull, type PullRecord } from './records.ts'

/** Newest first, unless asked for otherwise. */
export function listPulls({ state, query, url, docs }: Call): Answer {
  const {
    state: wanted = 'open',
    head,
    base,
    sort = 'created',
    direction = sort === 'created' ? 'desc' : 'asc',
  } = query
  if (!['open', 'closed', 'all'].includes(wanted) || !['created', 'updated'].includes(sort)) {
    return failure(422, 'Validation Failed', docs)
  }
  const { owner } = state.repository
  const found = state.pulls.all
    .filter(({ closed }) => wanted === 'all' || (closed === undefined) === (wanted === 'open'))
    .filter((pull) => base === undefined || pull.base === base)
    .filter((pull) => head === undefined || `${owner}:${pull.head}`.toLowerCase() === head.toLowerCase())
    .toSorted((one, other) => key(one, sort).localeCompare(key(other, sort)) || one.number - other.number)
  const { items, headers } = paginate(direction === 'asc' ? found : found.toReversed(), url)
  return { ...ok(items.map((pull) => pullSummary(state, pull))), headers }
}

function key({ createdAt, updatedAt }: PullRecord, sort: string): string {
  return sort === 'updated' ? updatedAt : createdAt
}

export function getPull({ state, params, docs }: Call): Answer {
  const pull = findPull(state, Number(params['pull_number']))
  return pull ? ok(pullBody(state, pull)) : notFound(docs)
}

const NewPullBody = v.object({
  title: v.string(),
  head: v.string(),
  base: v.string(),
  body: v.optional(v.nullable(v.string())),
  draft: v.optional(v.boolean()),
  maintainer_can_modify: v.optional(v.boolean()),
})

export function createPull(call: Call): Answer {
  const { state, login, docs } = call
  if (login === undefined && !state.pulls.allowActions) return notPermitted(docs)
  const body = readBody(call, NewPullBody)
  if (!body.read) return body.answer
  const { title, base, draft } = body.value
  const { owner } = state.repository
  const head = body.value.head.replace(new RegExp(`^${owner}:`, 'i'), '')
  const errors = complaints(state, { title, base, head })
  if (errors.length > 0) return failure(422, 'Validation Failed', docs, errors)
  const pull = addPull(state, { title, body: body.value.body, base, head, draft }, login)
  const answer = pullBody(state, pull)
  return created(answer, answer.url)
}

/** Whatever the job's `permissions:` are: a setting of the repository, which is off in new ones. */
function notPermitted(docs: string): Answer {
  return failure(403, 'GitHub Actions is not permitted to create or approve pull requests.', docs)
}

type Proposed = Pick<PullRecord, 'title' | 'base' | 'head'>

function complaints(state: State, { title, base, head }: Proposed): readonly FieldError[] {
  const { graph, repository, pulls } = state
  const of = (field: string, code: string, message?: string): readonly FieldError[] => [
    { resource: 'PullRequest', field, code, ...(message !== undefined && { message }) },
  ]
  if (title === '') return of('title', 'missing_field')
  const [headSha, baseSha] = [graph.ref(`heads/${head}`), graph.ref(`heads/${base}`)]
  if (headSha === undefined) return of('head', 'invalid')
  if (baseSha === undefined) return of('base', 'invalid')
  const open = pulls.all.some((pull) => !pull.closed && pull.head === head && pull.base === base)
  if (open) return of('head', 'custom', `A pull request already exists for ${repository.owner}:${head}.`)
  if (graph.history(baseSha).has(headSha)) return of('head', 'custom', `No commits between ${base} and ${head}`)
  return []
}

const ChangedPull = v.object({
  title: v.optional(v.string()),
  body: v.optional(v.nullable(v.string())),
  state: v.optional(v.picklist(['open', 'closed'])),
  base: v.optional(v.string()),
  maintainer_can_modify: v.optional(v.boolean()),
})

export function updatePull(call: Call): Answer {
  const { state, params, docs } = call
  const pull = findPull(state, Number(params['pull_number']))
  if (!pull) return notFound(docs)
  const body = readBody(call, ChangedPull)
  if (!body.read) return body.answer
  const { title = pull.title, base = pull.base, state: wanted } = body.value
  const invalid = (field: string) =>
    failure(422, 'Validation Failed', docs, [{ resource: 'PullRequest', field, code: 'invalid' }])
  if (state.graph.ref(`heads/${base}`) === undefined) return invalid('base')
  if (wanted === 'open' && pull.closed?.merge) return invalid('state')
  const text = body.value.body === undefined ? pull.body : body.value.body
  const changed = changePull(state, pull, { title, base, body: text })
  return ok(pullBody(state, wanted === undefined ? changed : turn(state, changed, wanted)))
}

function turn(state: State, pull: PullRecord, wanted: 'open' | 'closed'): PullRecord {
  if (wanted === 'open') return changePull(state, pull, { closed: undefined })
  return pull.closed ? pull : closePull(state, pull)
}

/** The merged ones that brought the commit to the default branch; of another commit those that are open. */
export function listPullsOfCommit({ state, params, url, docs }: Call): Answer {
  const { graph, repository, pulls } = state
  const sha = graph.resolve(params['commit_sha'] ?? '')?.sha
  if (sha === undefined) return failure(422, `No commit found for SHA: ${params['commit_sha']}`, docs)
  const isMerged = graph.history(graph.ref(`heads/${repository.defaultBranch}`) ?? '').has(sha)
  const found = pulls.all.filter((pull) => {
    const open = pull.closed === undefined
    const brought = pull.closed?.merge?.sha === sha || commitsOf(state, pull).includes(sha)
    return brought && (open ? !isMerged || endsOf(state, pull).headSha === sha : pull.closed?.merge !== undefined)
  })
  const { items, headers } = paginate(found, url)
  return { ...ok(items.map((pull) => pullSummary(state, pull))), headers }
}
