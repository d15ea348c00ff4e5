/** The post step: the deployment gets the state that the job has ended with. */
import { DEPLOYMENT_URL_VARIABLE } from '../../src/context.ts'
import { formatDuration } from '../../src/duration.ts'
import { ActionError, messageOf } from '../../src/errors.ts'
import { newestStatus, type Status } from './history.ts'
import type { LateInputs } from './inputs.ts'
import { findCreated } from './obtain.ts'
import type { Ports } from './ports.ts'
import { type State, statusRequest } from './request.ts'
import type { Saved, SavedDeployment } from './saved.ts'
import { summarize } from './summary.ts'
import { findInactivatable, inactivate } from './sweep.ts'
import { chooseUrl, isGitHubCom, type UrlSource } from './urls.ts'
import { writeStatus } from './write.ts'

type FinalState = 'success' | 'failure' | Saved['onCancel']
type Finishable = Saved & { readonly deployment: SavedDeployment }

export async function finishDeployment(saved: Saved, inputs: LateInputs, ports: Ports): Promise<void> {
  const deployment = saved.deployment ?? (await findLost(saved, ports))
  if (deployment === undefined) {
    return ports.runner.log.info(`GitHub has made no deployment to ${saved.environment}: there is nothing to finish.`)
  }
  const created = { ...saved, deployment }
  const seen = await look(created, inputs, ports)
  const state = keep(created, seen, inputs, ports) ?? (await finish(created, seen, inputs, ports))
  if (state === 'success' && saved.inactivate === 'all') await replaceOlder(created, ports)
}

/** The main step ended while it waited for GitHub's answer: what came of its request is looked up now. */
async function findLost(saved: Saved, ports: Ports): Promise<SavedDeployment | undefined> {
  const found = await findCreated(saved, ports)
  return found && { id: found.id, sha: found.sha, reused: false }
}

async function finish(
  saved: Finishable,
  seen: Seen | undefined,
  inputs: LateInputs,
  ports: Ports,
): Promise<FinalState> {
  const { runner, context } = ports
  const { environment, deployment } = saved
  const { state, reason, problem } = conclude(inputs.jobStatus, saved.onCancel)
  if (problem !== undefined) runner.log.warning(problem)
  const url = chooseUrl(urlSources(saved, inputs, runner.env[DEPLOYMENT_URL_VARIABLE]), runner.log.warning)
  const subject = { ...saved, deploymentId: deployment.id, description: saved.description ?? reason }
  const request = statusRequest(subject, state, url, { autoInactive: saved.inactivate !== 'none' })
  try {
    await writeStatus(request, ports)
  } catch (error) {
    const note = `The job ended with ${state}, which could not be recorded.`
    runner.summarize(summarize(saved, { state: stateOf(saved, seen) ?? 'unknown', url, note }, context))
    throw unfinished(error, saved, { seen, wanted: state }, ports)
  }
  const duration = Date.now() - saved.startedAt
  runner.log.info(`Deployment ${deployment.id} to ${environment}: ${state} after ${formatDuration(duration)}.`)
  runner.summarize(summarize(saved, { state, url, duration }, context))
  return state
}

const FINAL: readonly State[] = ['success', 'failure', 'error', 'inactive']

/**
 * What the look at the newest status may take, in milliseconds: the post step has less than a minute, and the final
 * state matters more than what it might replace.
 */
const LOOK = 15_000

/** What the newest status was when the job ended. */
interface Seen {
  readonly newest: Status | undefined
}

/** undefined when it could not be looked up. */
async function look(saved: Finishable, { jobStatus }: LateInputs, ports: Ports): Promise<Seen | undefined> {
  const { runner } = ports
  try {
    const patience = { retries: 1, signal: AbortSignal.timeout(LOOK) }
    return { newest: await newestStatus(saved.deployment.id, ports, patience) }
  } catch (error) {
    runner.log.debug(messageOf(error))
    if (!runner.signal.aborted) return undefined
    throw unfinished(error, saved, { wanted: conclude(jobStatus, saved.onCancel).state }, ports)
  }
}

/** The final state that something else has written in the meantime stays; undefined when there is none. */
function keep(
  saved: Finishable,
  seen: Seen | undefined,
  { jobStatus }: LateInputs,
  { runner, context }: Ports,
): State | undefined {
  const { id, reused, statusId } = saved.deployment
  if (reused && statusId === undefined) return undefined // what is there may be of the earlier attempt
  const newest = seen?.newest
  if (!newest || newest.id <= (statusId ?? 0) || !FINAL.includes(newest.state)) return undefined
  const { state } = newest
  const url = newest.environmentUrl || undefined
  const note = `Something else than this action has set this state; the job ended with ${jobStatus}.`
  runner.log.info(`Deployment ${id} to ${saved.environment} stays ${state}, which was set in the meantime.`)
  runner.summarize(summarize(saved, { state, url, note }, context))
  return state
}

/** What the deployment is in as far as is known; undefined when nothing is. */
function stateOf({ deployment, initialState }: Finishable, seen: Seen | undefined): State | 'none' | undefined {
  if (seen !== undefined) return seen.newest?.state ?? 'none'
  return deployment.statusId === undefined ? undefined : initialState
}

/** @throws ActionError that says what has succeeded nevertheless */
async function replaceOlder(saved: Finishable, ports: Ports): Promise<void> {
  const { id } = saved.deployment
  try {
    const { task, run_id: runId } = saved.maker
    const older = await findInactivatable(saved.environment, { task, runId, before: id }, ports)
    await inactivate(older, { deploymentId: id, logUrl: saved.logUrl }, ports)
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    const message = `${error.message} Deployment ${id} is finished, but earlier ones to ${saved.environment} may still count as live.`
    throw new ActionError(message, { hint: error.hint, cause: error })
  }
}

/** The final state for the job's result, and why. A result that the runner does not have today counts as an error. */
export function conclude(
  jobStatus: string | undefined,
  onCancel: Saved['onCancel'],
): { readonly state: FinalState; readonly reason?: string; readonly problem?: string } {
  if (jobStatus === 'success') return { state: jobStatus }
  if (jobStatus === 'failure') return { state: jobStatus, reason: 'The job failed.' }
  if (jobStatus === 'cancelled') return { state: onCancel, reason: 'The job was cancelled.' }
  const problem = `The job's result is "${jobStatus ?? ''}", which is none of success, failure and cancelled: the deployment ends in error. Leave job-status at its default.`
  return { state: 'error', problem }
}

/**
 * In order of precedence: what the workflow says now that the job is over, what a later step has announced, and
 * what the workflow said at the beginning.
 */
function urlSources(saved: Saved, inputs: LateInputs, announced: string | undefined): readonly UrlSource[] {
  return [
    { name: 'Input environment-url', url: inputs.environmentUrl },
    { name: DEPLOYMENT_URL_VARIABLE, url: announced === saved.announcedBefore ? undefined : announced },
    { name: 'Input environment-url', url: saved.environmentUrl },
  ]
}

interface Unfinished {
  readonly wanted: FinalState
  readonly seen?: Seen | undefined
}

function unfinished(error: unknown, saved: Finishable, { wanted, seen }: Unfinished, { context }: Ports): unknown {
  if (!(error instanceof ActionError)) return error
  const { owner, repo, deployment, environment } = saved
  const state = stateOf(saved, seen)
  const stays = state === 'none' ? 'has no status' : `stays ${state ?? 'as it is'}`
  const host = isGitHubCom(context) ? '' : ` --hostname ${new URL(context.serverUrl).host}`
  const byHand = `gh api${host} repos/${owner}/${repo}/deployments/${deployment.id}/statuses -f state=${wanted}`
  return new ActionError(`${error.message} The deployment to ${environment} ${stays}.`, {
    hint: [error.hint, `To finish it by hand: ${byHand}`].filter((text) => text !== '').join(' '),
    cause: error,
  })
}
