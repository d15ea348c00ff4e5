/** What GitHub knows of an environment's deployments, read and never written. */
import * as v from 'valibot'
import { ActionError } from '../../src/errors.ts'
import { type Attempt, explain } from './explain.ts'
import { type Origin, readOrigin } from './origin.ts'
import { attempt, type Ports } from './ports.ts'
import { STATES, type State } from './request.ts'

/** A deployment as far as decisions depend on it. */
export interface Deployment {
  readonly id: number
  readonly url: string
  readonly sha: string
  /** As the request for it gave it. */
  readonly ref: string
  readonly task: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly transient: boolean
  readonly production: boolean
  /** undefined when something else than this action has made it. */
  readonly origin: Origin | undefined
}

export interface Status {
  readonly id: number
  readonly state: State
  /** Empty when there is none; the same goes for the other address. */
  readonly logUrl: string
  readonly environmentUrl: string
  readonly environment: string
  readonly deploymentUrl: string
}

/** GitHub's description of its API has the two kinds of environment as optional. */
export const DeploymentBody = v.pipe(
  v.object({
    id: v.number(),
    url: v.string(),
    sha: v.string(),
    ref: v.string(),
    task: v.string(),
    created_at: v.string(),
    transient_environment: v.optional(v.boolean(), false),
    production_environment: v.optional(v.boolean(), false),
    payload: v.unknown(),
  }),
  v.transform(
    ({ id, url, sha, ref, task, ...body }): Deployment => ({
      id,
      url,
      sha,
      ref,
      task,
      createdAt: Date.parse(body.created_at),
      transient: body.transient_environment,
      production: body.production_environment,
      origin: readOrigin(body.payload),
    }),
  ),
)

export const StatusBody = v.pipe(
  v.object({
    id: v.number(),
    state: v.picklist(STATES),
    log_url: v.nullish(v.string(), ''),
    environment_url: v.nullish(v.string(), ''),
    environment: v.nullish(v.string(), ''),
    deployment_url: v.string(),
  }),
  v.transform(
    ({ id, state, environment, ...body }): Status => ({
      id,
      state,
      logUrl: body.log_url ?? '',
      environmentUrl: body.environment_url ?? '',
      environment: environment ?? '',
      deploymentUrl: body.deployment_url,
    }),
  ),
)

/** How much is read at most, and how patiently. */
export interface Reading {
  /** Per page, 100 at most. Default: 30. */
  readonly perPage?: number
  /** Default: 1. */
  readonly pages?: number
  /** How often a read is repeated after 5xx or a lost connection, each time later. Default: 3. */
  readonly retries?: number
  readonly signal?: AbortSignal
}

/**
 * The newest deployments of an environment, newest first.
 * @throws ActionError when GitHub cannot be asked, refuses, or gives an answer that cannot be read
 */
export async function listDeployments(
  environment: string,
  ports: Ports,
  { perPage = 30, pages = 1, ...patience }: Reading = {},
): Promise<readonly Deployment[]> {
  const { owner, repo } = ports.context
  const found: Deployment[] = []
  for (let page = 1; page <= pages; page++) {
    const answer = await read(
      attempt(`look up the deployments to ${environment}`, ports),
      () =>
        ports.github.rest.repos.listDeployments({
          owner,
          repo,
          environment,
          per_page: perPage,
          ...(page > 1 && { page }),
          request: { ...patience },
        }),
      v.array(DeploymentBody),
    )
    found.push(...answer)
    if (answer.length < perPage) break
  }
  return found.toSorted((one, other) => other.id - one.id)
}

/** The newest status of a deployment; undefined before its first one. */
export async function newestStatus(
  deploymentId: number,
  ports: Ports,
  patience: Reading = {},
): Promise<Status | undefined> {
  const { owner, repo } = ports.context
  const statuses = await read(
    attempt(`look up the statuses of deployment ${deploymentId}`, ports),
    () =>
      ports.github.rest.repos.listDeploymentStatuses({
        owner,
        repo,
        deployment_id: deploymentId,
        request: { ...patience },
      }),
    v.array(StatusBody),
  )
  return statuses.toSorted((one, other) => other.id - one.id)[0]
}

/** The SHA that a ref points at now; undefined when it cannot be found out, for lack of `contents: read`, say. */
export async function resolveRef(ref: string, { github, context, runner }: Ports): Promise<string | undefined> {
  const { owner, repo } = context
  const answer = await github.rest.repos.getCommit({ owner, repo, ref }).catch((error: unknown) => {
    if (runner.signal.aborted) throw runner.signal.reason
    runner.log.debug(`${ref} could not be resolved: ${error}`)
    return undefined
  })
  const parsed = v.safeParse(v.object({ sha: v.string() }), answer?.data)
  return parsed.success ? parsed.output.sha : undefined
}

/** What GitHub says of a run; `gone` when it was deleted. An error when the token may not look, with `permission`. */
export async function readRun(runId: number, ports: Ports): Promise<'over' | 'going on' | 'gone'> {
  const { owner, repo } = ports.context
  const run = await read(
    { ...attempt(`look up run ${runId}`, ports), permission: 'actions: read' },
    () =>
      ports.github.rest.actions.getWorkflowRun({ owner, repo, run_id: runId }).catch((error: unknown) => {
        if (v.is(v.object({ status: v.literal(404) }), error)) return { data: { status: 'gone' } }
        throw error
      }),
    v.object({ status: v.nullable(v.string()) }),
  )
  if (run.status === 'gone') return 'gone'
  return run.status === 'completed' ? 'over' : 'going on'
}

/** An answer that was cut off on its way reaches us as an empty one (`getResponseData` in @octokit/request). */
async function read<S extends v.GenericSchema>(
  task: Attempt,
  ask: () => Promise<{ readonly data: unknown }>,
  schema: S,
  again = true,
): Promise<v.InferOutput<S>> {
  const answer = await ask().catch((error: unknown) => {
    throw explain(error, task)
  })
  const parsed = v.safeParse(schema, answer.data)
  if (parsed.success) return parsed.output
  if (again) return read(task, ask, schema, false)
  throw new ActionError(`GitHub was asked to ${task.doing}, and its answer cannot be read.`, {
    hint: 'Check that nothing between the runner and GitHub changes its answers, then run the job again.',
  })
}
