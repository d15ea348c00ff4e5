/** Deployments: https://docs.github.com/rest/deployments/deployments */
import * as v from 'valibot'
import { addEnvironment } from './accounts.ts'
import { type Answer, created, failure, notFound, ok, paginate } from './answers.ts'
import { readBody } from './body.ts'
import type { DeploymentStatus } from './deployment-statuses.ts'
import type { Check, Resolved } from './graph.ts'
import { actionsBot, nodeId, repositoryUrl, type SimpleUser, userOf } from './repository.ts'
import { type Call, type State, timestamp } from './state.ts'

/** GitHub's `deployment`. */
export interface Deployment {
  readonly url: string
  readonly id: number
  readonly node_id: string
  readonly task: string
  readonly original_environment: string
  /** The environment of its newest status; the original one before the first. */
  readonly environment: string
  readonly description: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly statuses_url: string
  readonly repository_url: string
  readonly creator: SimpleUser
  readonly sha: string
  /** As the request gave it. */
  readonly ref: string
  /** As the request gave it: an object, or a string that stays one. */
  readonly payload: string | Readonly<Record<string, unknown>>
  readonly transient_environment: boolean
  readonly production_environment: boolean
  readonly performed_via_github_app: null
}

export interface DeploymentRecord {
  readonly deployment: Deployment
  /** Oldest first. */
  readonly statuses: readonly DeploymentStatus[]
}

const CreateDeployment = v.object({
  ref: v.string(),
  task: v.optional(v.string(), 'deploy'),
  auto_merge: v.optional(v.boolean(), true),
  required_contexts: v.optional(v.array(v.string())),
  payload: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())]), {}),
  environment: v.optional(v.string(), 'production'),
  description: v.nullish(v.string(), null),
  transient_environment: v.optional(v.boolean(), false),
  production_environment: v.optional(v.boolean()),
})
type CreateDeployment = v.InferOutput<typeof CreateDeployment>

export function createDeployment(call: Call): Answer {
  const body = readBody(call, CreateDeployment)
  if (!body.read) return body.answer
  const target = call.state.graph.resolve(body.value.ref)
  if (!target) return failure(422, `No ref found for: ${body.value.ref}`, call.docs)
  return (
    autoMerge(call, body.value, target) ??
    refuseFailedChecks(call, body.value, target) ??
    keepDeployment(call, body.value, target)
  )
}

/**
 * A ref behind the default branch is merged first: 202 and no deployment, the next request succeeds. Only a branch can
 * be merged into; anything else conflicts, as in simplytestme/website#130 and chrnorm/deployment-action#1.
 */
function autoMerge(call: Call, wanted: CreateDeployment, target: Resolved): Answer | undefined {
  const { graph, repository } = call.state
  const from = repository.defaultBranch
  const head = graph.ref(`heads/${from}`)
  if (!wanted.auto_merge || head === undefined || graph.history(target.sha).has(head)) return undefined
  if (target.branch === undefined || graph.conflicts(target.branch)) {
    return failure(409, `Conflict merging ${from} into ${wanted.ref}.`, call.docs)
  }
  graph.merge(target.branch, { branch: from, sha: head }, timestamp())
  return { status: 202, body: { message: `Auto-merged ${from} into ${wanted.ref} on deployment.` } }
}

/** The error lists every reported context, those in success too (drevops/vortex#1903). */
function refuseFailedChecks(call: Call, wanted: CreateDeployment, target: Resolved): Answer | undefined {
  const reported = call.state.graph.checks(target.sha)
  if (allSucceeded(reported, wanted.required_contexts)) return undefined
  const contexts = reported.map(({ context, state }) => ({ context, state }))
  return failure(409, `Conflict: Commit status checks failed for ${wanted.ref}.`, call.docs, [
    { contexts, resource: 'Deployment', field: 'required_contexts', code: 'invalid' },
  ])
}

/** @param required names; undefined means every context that was reported */
function allSucceeded(reported: readonly Check[], required: readonly string[] | undefined): boolean {
  const succeeded = new Set(reported.filter((check) => check.state === 'success').map((check) => check.context))
  return (required ?? reported.map((check) => check.context)).every((context) => succeeded.has(context))
}

function keepDeployment(call: Call, wanted: CreateDeployment, target: Resolved): Answer {
  const { state } = call
  const id = state.nextId()
  const url = `${repositoryUrl(state.repository)}/deployments/${id}`
  const at = timestamp()
  const deployment: Deployment = {
    url,
    id,
    node_id: nodeId('DE', state.repository.id, id),
    task: wanted.task,
    original_environment: wanted.environment,
    environment: wanted.environment,
    description: wanted.description,
    created_at: at,
    updated_at: at,
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(state.repository),
    creator: call.login === undefined ? actionsBot(state.repository) : userOf(state.repository, call.login),
    sha: target.sha,
    ref: wanted.ref,
    payload: wanted.payload,
    transient_environment: wanted.transient_environment,
    production_environment: wanted.production_environment ?? wanted.environment === 'production',
    performed_via_github_app: null,
  }
  addEnvironment(state, wanted.environment)
  state.deployments.push({ deployment, statuses: [] })
  return created(deployment, url)
}

const FILTERS = ['sha', 'ref', 'task', 'environment'] as const

/** Newest first. */
export function listDeployments(call: Call): Answer {
  const found = call.state.deployments
    .map((record) => record.deployment)
    .filter((deployment) => FILTERS.every((name) => deployment[name] === (call.query[name] ?? deployment[name])))
    .reverse()
  const { items, headers } = paginate(found, call.url)
  return { ...ok(items), headers }
}

export function getDeployment(call: Call): Answer {
  const record = findDeployment(call)
  return record ? ok(record.deployment) : notFound(call.docs)
}

/** Only an active deployment is protected, and it is active while its newest status is `success`. */
export function deleteDeployment(call: Call): Answer {
  const record = findDeployment(call)
  if (!record) return notFound(call.docs)
  const { deployments } = call.state
  const alone = !deployments.some((other) => other !== record && sameEnvironment(other, record))
  if (isActive(record) && !alone) {
    const message = 'We cannot delete an active deployment unless it is the only deployment in a given environment.'
    return failure(422, message, call.docs)
  }
  deployments.splice(deployments.indexOf(record), 1)
  return { status: 204, body: undefined }
}

export function findDeployment(call: Call): DeploymentRecord | undefined {
  const id = Number(call.params['deployment_id'])
  return call.state.deployments.find((record) => record.deployment.id === id)
}

export function replaceDeployment(state: State, old: DeploymentRecord, fresh: DeploymentRecord): void {
  state.deployments.splice(state.deployments.indexOf(old), 1, fresh)
}

export function isActive(record: DeploymentRecord): boolean {
  return record.statuses.at(-1)?.state === 'success'
}

export function sameEnvironment(one: DeploymentRecord, other: DeploymentRecord): boolean {
  return one.deployment.environment === other.deployment.environment
}
