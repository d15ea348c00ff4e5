/** Deployment statuses: https://docs.github.com/rest/deployments/statuses */
import * as v from 'valibot'
import { type Answer, created, type FieldError, failure, notFound, ok, paginate } from './answers.ts'
import { readBody } from './body.ts'
import { type DeploymentRecord, findDeployment, isActive, replaceDeployment, sameEnvironment } from './deployments.ts'
import { actionsBot, nodeId, type SimpleUser } from './repository.ts'
import { type Call, type State, timestamp } from './state.ts'

const STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const
const MAX_DESCRIPTION = 140

/** GitHub's `deployment-status`. A URL that was not given is an empty string. */
export interface DeploymentStatus {
  readonly url: string
  readonly id: number
  readonly node_id: string
  readonly state: (typeof STATES)[number]
  readonly creator: SimpleUser
  readonly description: string
  readonly environment: string
  /** The older name of `log_url`; both always hold the same. */
  readonly target_url: string
  readonly created_at: string
  readonly updated_at: string
  readonly deployment_url: string
  readonly repository_url: string
  readonly environment_url: string
  readonly log_url: string
  readonly performed_via_github_app: null
}

const CreateStatus = v.object({
  state: v.picklist(STATES),
  target_url: v.optional(v.string(), ''),
  log_url: v.optional(v.string()),
  description: v.optional(v.string(), ''),
  environment: v.optional(v.string()),
  environment_url: v.optional(v.string()),
  auto_inactive: v.optional(v.boolean(), true),
})
type CreateStatus = v.InferOutput<typeof CreateStatus>

export function createDeploymentStatus(call: Call): Answer {
  const record = findDeployment(call)
  if (!record) return notFound(call.docs)
  const body = readBody(call, CreateStatus)
  if (!body.read) return body.answer
  if (body.value.environment_url === '') return unparsable()
  const errors = validate(body.value)
  if (errors.length > 0) return failure(422, 'Validation Failed', call.docs, errors)
  const updated = addStatus(call.state, record, body.value)
  if (body.value.state === 'success' && body.value.auto_inactive) inactivateOlder(call.state, updated)
  const status = updated.statuses.at(-1)
  return created(status, status?.url ?? '')
}

/**
 * An empty `environment_url` is answered with an empty body that claims to be JSON (bobheadxi/deployments#172). Whether
 * GitHub keeps such a status is not known; here it does not, so that nobody takes the answer for a success.
 */
function unparsable(): Answer {
  return { status: 201, body: undefined }
}

/** Shopify/shipit-engine#1004 has the first of these answers in full. */
function validate(wanted: CreateStatus): readonly FieldError[] {
  const custom = (field: string, message: string) => ({ resource: 'DeploymentStatus', code: 'custom', field, message })
  const long = [...wanted.description].length > MAX_DESCRIPTION
  const scheme = wanted.environment_url !== undefined && !/^https?:\/\//i.test(wanted.environment_url)
  return [
    ...(long ? [custom('description', `description is too long (maximum is ${MAX_DESCRIPTION} characters)`)] : []),
    ...(scheme ? [custom('environment_url', 'environment_url must use http(s) scheme')] : []),
  ]
}

type StatusFields = Pick<CreateStatus, 'state'> & Partial<CreateStatus>

function addStatus(state: State, record: DeploymentRecord, wanted: StatusFields): DeploymentRecord {
  const { deployment, statuses } = record
  const id = state.nextId()
  const at = timestamp()
  const environment = wanted.environment ?? deployment.environment
  const logUrl = wanted.log_url ?? wanted.target_url ?? ''
  const status: DeploymentStatus = {
    url: `${deployment.statuses_url}/${id}`,
    id,
    node_id: nodeId('DES', state.repository.id, id),
    state: wanted.state,
    creator: actionsBot(state.repository),
    description: wanted.description ?? '',
    environment,
    target_url: logUrl,
    created_at: at,
    updated_at: at,
    deployment_url: deployment.url,
    repository_url: deployment.repository_url,
    environment_url: wanted.environment_url ?? '',
    log_url: logUrl,
    performed_via_github_app: null,
  }
  const updated = { deployment: { ...deployment, environment, updated_at: at }, statuses: [...statuses, status] }
  replaceDeployment(state, record, updated)
  return updated
}

/** A success makes the older successes of its environment inactive, save the transient and the production ones. */
function inactivateOlder(state: State, current: DeploymentRecord): void {
  const older = state.deployments.filter(
    ({ deployment }) =>
      deployment.id < current.deployment.id && !deployment.transient_environment && !deployment.production_environment,
  )
  for (const record of older) {
    if (sameEnvironment(record, current) && isActive(record)) addStatus(state, record, { state: 'inactive' })
  }
}

/** Newest first. */
export function listDeploymentStatuses(call: Call): Answer {
  const record = findDeployment(call)
  if (!record) return notFound(call.docs)
  const { items, headers } = paginate(record.statuses.toReversed(), call.url)
  return { ...ok(items), headers }
}

export function getDeploymentStatus(call: Call): Answer {
  const id = Number(call.params['status_id'])
  const status = findDeployment(call)?.statuses.find((candidate) => candidate.id === id)
  return status ? ok(status) : notFound(call.docs)
}
