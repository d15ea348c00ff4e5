/** Starting workflows, and the runs of one: https://docs.github.com/rest/actions/workflows and …/workflow-runs */
import * as v from 'valibot'
import { type Answer, failure, noContent, notFound, ok, paginate, REST_DOCS } from './answers.ts'
import { readBody } from './body.ts'
import { htmlUrl, repositoryUrl } from './repository.ts'
import type { Route } from './route.ts'
import { addRun, bornAt, describeRun, findRun, type RunRecord, runNumbers } from './runs.ts'
import type { Call, State } from './state.ts'
import { findWorkflow, type Workflow } from './workflows.ts'

export interface Dispatched {
  /** Of the run. */
  readonly id: number
  /** Of the workflow: `.github/workflows/deploy.yml` */
  readonly path: string
  /** As `github.ref` has it: `refs/heads/main`. */
  readonly ref: string
  /** As they came, in text as a workflow has them. */
  readonly inputs: Readonly<Record<string, string>>
}

const WORKFLOW = '/repos/:owner/:repo/actions/workflows/:workflow_id'

export const DISPATCH_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: `${WORKFLOW}/dispatches`,
    needs: { permission: 'actions', level: 'write' },
    docs: `${REST_DOCS}/actions/workflows#create-a-workflow-dispatch-event`,
    answer: dispatchWorkflow,
  },
  {
    method: 'GET',
    path: `${WORKFLOW}/runs`,
    needs: { permission: 'actions', level: 'read' },
    docs: `${REST_DOCS}/actions/workflow-runs#list-workflow-runs-for-a-workflow`,
    answer: listRunsOfWorkflow,
  },
]

const Dispatch = v.object({
  ref: v.string(),
  inputs: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  return_run_details: v.optional(v.boolean(), false),
})

function dispatchWorkflow(call: Call): Answer {
  const { state, docs } = call
  const workflow = findWorkflow(call)
  if (!workflow) return notFound(docs)
  if (workflow.state !== 'active') {
    return failure(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow", docs)
  }
  const body = readBody(call, Dispatch)
  if (!body.read) return body.answer
  const { ref: asked, inputs, return_run_details: detailed } = body.value
  const ref = qualified(state, asked)
  if (ref === undefined) return failure(422, `No ref found for: ${asked}`, docs)
  if (workflow.dispatchable === false) return failure(422, "Workflow does not have 'workflow_dispatch' trigger", docs)
  const id = queueRun(call, workflow, ref)
  const text = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]))
  state.hooks.onDispatch({ id, path: workflow.path, ref: `refs/${ref}`, inputs: text })
  return detailed ? ok(runDetails(state, id)) : noContent()
}

/** A branch or a tag, never a commit. @returns `heads/main` or `tags/v1` */
function qualified({ graph }: State, ref: string): string | undefined {
  const bare = ref.replace(/^refs\//, '')
  const names = [`heads/${ref}`, `tags/${ref}`, ...(/^(?:heads|tags)\//.test(bare) ? [bare] : [])]
  return names.find((name) => graph.ref(name) !== undefined)
}

/** @returns its id */
function queueRun({ state, login }: Call, { name, path }: Workflow, ref: string): number {
  const id = state.nextId()
  addRun(state, {
    id,
    attempt: 1,
    event: 'workflow_dispatch',
    headBranch: ref.replace(/^(?:heads|tags)\//, ''),
    headSha: state.graph.ref(ref) ?? '',
    status: 'queued',
    conclusion: null,
    name,
    path,
    ...(login !== undefined && { actor: login }),
  })
  return id
}

function runDetails({ repository }: State, id: number) {
  const path = `/actions/runs/${id}`
  return { workflow_run_id: id, run_url: repositoryUrl(repository) + path, html_url: htmlUrl(repository) + path }
}

/** Newest first. */
function listRunsOfWorkflow(call: Call): Answer {
  const { state, query, url, docs } = call
  const workflow = findWorkflow(call)
  if (!workflow) return notFound(docs)
  const born = (run: RunRecord) => Date.parse(bornAt(state, run))
  const all = runNumbers(state, workflow.path)
    .flatMap((id) => findRun(state, id) ?? [])
    .filter((run) => isAskedFor(state, run, query))
    .sort((one, other) => born(other) - born(one) || other.id - one.id)
  const { items, headers } = paginate(all, url)
  return { ...ok({ total_count: all.length, workflow_runs: items.map(({ id }) => describeRun(state, id)) }), headers }
}

/** GitHub's `status` is either a status or a conclusion. */
function isAskedFor(state: State, run: RunRecord, query: Call['query']): boolean {
  const { event, branch, status, head_sha, created, actor } = query
  return (
    (event === undefined || run.event === event) &&
    (branch === undefined || run.headBranch === branch) &&
    (status === undefined || run.status === status || run.conclusion === status) &&
    (head_sha === undefined || run.headSha === head_sha) &&
    (actor === undefined || (run.actor ?? 'github-actions[bot]') === actor) &&
    (created === undefined || isWithin(Date.parse(bornAt(state, run)), created))
  )
}

/**
 * A date or a time, alone or after `>=`, `>`, `<=` or `<`, or two with `..` between, of which one may be `*`:
 * https://docs.github.com/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax
 */
function isWithin(at: number, asked: string): boolean {
  const [from = '', to] = asked.split('..')
  if (to !== undefined) return (from === '*' || at >= start(from)) && (to === '*' || at <= end(to))
  const [, operator = '', value = ''] = /^([<>]=?)?(.*)$/.exec(asked) ?? []
  if (operator === '>=') return at >= start(value)
  if (operator === '>') return at > end(value)
  if (operator === '<=') return at <= end(value)
  if (operator === '<') return at < start(value)
  return at >= start(value) && at <= end(value)
}

function start(value: string): number {
  return Date.parse(value)
}

/** A date without a time is a whole day. */
function end(value: string): number {
  return Date.parse(value) + (/^\d{4}-\d\d-\d\d$/.test(value) ? 24 * 3600 * 1000 - 1 : 0)
}
