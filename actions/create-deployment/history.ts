/** What GitHub knows of an environment's deployments, read and never written. */
import * as v from 'valibot'
import { ActionError } from '../../src/errors.ts'
import { type Asked, explain } from './explain.ts'
import { type Maker, readMaker } from './maker.ts'
import { asking, type Ports } from './ports.ts'
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
  /** As the request for it gave it. */
  readonly environment: string
  /** Login of whoever has made it; undefined when that account is gone. */
  readonly creator: string | undefined
  /** undefined when something else than this action has made it. */
  readonly maker: Maker | undefined
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
    environment: v.string(),
    original_environment: v.optional(v.string()),
    creator: v.nullable(v.object({ login: v.string() })),
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
      environment: body.original_environment ?? body.environment,
      creator: body.creator?.login,
      maker: readMaker(body.payload),
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

const PER_PAGE = 100
/** For those that look for something in particular. */
export const MOST_PAGES = 5

/** How much is read at most, and how patiently. */
export interface Reading {
  /** Of 100 deployments each. Default: 1. */
  readonly pages?: number
  /** Asked after each page, with all that there is so far: whether that will do. */
  readonly enough?: (found: readonly Deployment[]) => boolean
  /** How often a read is repeated after 5xx or a lost connection, each time later. Default: 3. */
  readonly retries?: number
  readonly signal?: AbortSignal
}

/**
 * The newest deployments of an environment, newest first. One that is made meanwhile moves another to the next page, so
 * that it is read twice; it is given once.
 * @throws ActionError when GitHub cannot be asked, refuses, or gives an answer that cannot be read
 */
export async function listDeployments(
  environment: string,
  ports: Ports,
  { pages = 1, enough = () => false, ...patience }: Reading = {},
): Promise<readonly Deployment[]> {
  const { owner, repo } = ports.context
  const found = new Map<number, Deployment>()
  for (let page = 1; page <= pages; page++) {
    const answer = await read(
      asking(`look up the deployments to ${environment}`, ports),
      () =>
        ports.github.rest.repos.listDeployments({
          owner,
          repo,
          environment,
          per_page: PER_PAGE,
          ...(page > 1 && { page }),
          request: { ...patience },
        }),
      v.array(DeploymentBody),
    )
    for (const deployment of answer) found.set(deployment.id, deployment)
    if (answer.length < PER_PAGE || enough([...found.values()])) break
  }
  return [...found.values()].toSorted((one, other) => other.id - one.id)
}

/** The newest status of a deployment; undefined before its first one. */
export async function newestStatus(
  deploymentId: number,
  ports: Ports,
  patience: Reading = {},
): Promise<Status | undefined> {
  const { owner, repo } = ports.context
  const statuses = await read(
    asking(`look up the statuses of deployment ${deploymentId}`, ports),
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

/** The name of the environment that a deployment is in now: that of its newest status that gave one. */
export async function environmentOf(deploymentId: number, ports: Ports): Promise<string> {
  const { owner, repo } = ports.context
  const { environment } = await read(
    asking(`look up deployment ${deploymentId}`, ports),
    () => ports.github.rest.repos.getDeployment({ owner, repo, deployment_id: deploymentId }),
    v.object({ environment: v.string() }),
  )
  return environment
}

/**
 * Asks once more for an answer that was cut off on its way, which reaches us as an empty one (`getResponseData` in
 * @octokit/request).
 */
export async function read<S extends v.GenericSchema>(
  asked: Asked,
  ask: () => Promise<{ readonly data: unknown }>,
  schema: S,
  again = true,
): Promise<v.InferOutput<S>> {
  const answer = await ask().catch((error: unknown) => {
    throw explain(error, asked)
  })
  const parsed = v.safeParse(schema, answer.data)
  if (parsed.success) return parsed.output
  if (again) return read(asked, ask, schema, false)
  throw new ActionError(`GitHub was asked to ${asked.doing}, and its answer cannot be read.`, {
    hint: 'Check that nothing between the runner and GitHub changes its answers, then run the job again.',
  })
}
