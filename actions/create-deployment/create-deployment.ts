import type { Outputs } from '../../src/action.ts'
import { DEPLOYMENT_URL_VARIABLE } from '../../src/context.ts'
import { ActionError, CancelledError } from '../../src/errors.ts'
import { describePlan } from './dry-run.ts'
import { type Deployment, listDeployments, MOST_PAGES, resolveRef } from './history.ts'
import type { NewDeployment } from './inputs.ts'
import { type Maker, makerOf } from './maker.ts'
import { obtain } from './obtain.ts'
import { planReuse, previousOf, type Reuse, type Target } from './plan.ts'
import type { Ports } from './ports.ts'
import { deploymentRequest, statusRequest } from './request.ts'
import { type Saved, type SavedDeployment, saveDeployment } from './saved.ts'
import { summarize } from './summary.ts'
import { findReapable, reap, reapRule } from './sweep.ts'
import { requireHttpUrl, resolveLogUrl } from './urls.ts'
import { writeStatus } from './write.ts'

/**
 * Creates the deployment, or takes up that of an earlier attempt, and gives it its initial state. What the post step
 * needs is kept before GitHub is asked: a deployment whose answer or first status never came is finished all the same.
 */
export async function createDeployment(inputs: NewDeployment, ports: Ports): Promise<Outputs> {
  const { runner, context } = ports
  const logUrl = resolveLogUrl(inputs.logUrl, context)
  if (inputs.environmentUrl !== undefined) requireHttpUrl('Input environment-url', inputs.environmentUrl)
  const maker = makerOf(inputs, context, runner.env['GITHUB_ACTION'])
  const request = deploymentRequest(inputs, context, maker)

  const { listed, problem } = await lookAround(inputs, ports)
  const reuse = await decide(listed, { maker, ref: request.ref, creator: creatorOf(inputs) }, ports)
  if (inputs.dryRun) {
    await describePlan({ inputs, ref: request.ref, listed, reuse }, ports)
    return outputsOf(reuse.kind === 'reuse' ? reuse.deployment : undefined, { logUrl, listed, reuse }, inputs)
  }

  const draft = draftOf(inputs, { maker, logUrl, listed, reuse }, ports)
  if (inputs.finish) saveDeployment(runner, draft)
  const { deployment, how } = await obtain(reuse, { request, draft }, ports).catch(
    cancelled(inputs, 'Whether GitHub has made the deployment is not known.'),
  )
  const { id, sha } = deployment
  const saved = await start(draft, { id, sha, reused: reuse.kind === 'reuse' }, inputs, ports).catch(
    cancelled(inputs, `Deployment ${id} is there.`),
  )
  runner.log.info(`${how} deployment ${id} of ${sha} to ${inputs.environment}: ${inputs.initialState}.`)
  if (problem !== undefined) warnOf(problem, inputs, ports)
  else await sweep(inputs, listed, id, ports)

  // With `finish` the post step writes the one section there is: a summary is shown once the job has ended.
  if (!inputs.finish) {
    runner.summarize(summarize(saved, { state: inputs.initialState, url: inputs.environmentUrl }, context))
  }
  return outputsOf(deployment, { logUrl, listed, reuse }, inputs)
}

/** @returns what says of a cancelled step, besides that it was, what it leaves and what becomes of that */
function cancelled({ environment, finish }: NewDeployment, left: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CancelledError)) throw error
    const what = `${error.message} It was about to deploy to ${environment}. ${left}`
    const then = finish ? 'The post step finishes it; where none runs, a re-run' : 'A re-run'
    throw new ActionError(what, { hint: `${then} takes it up.`, cause: error })
  }
}

/** Deployments that a job makes with the token that every job has are of this account; of another token it is not known. */
function creatorOf({ githubToken, jobToken }: NewDeployment): string | undefined {
  return githubToken === jobToken ? 'github-actions[bot]' : undefined
}

interface Around {
  readonly listed: readonly Deployment[]
  /** Why the list is empty, when it could not be read. */
  readonly problem?: ActionError
}

/**
 * The one read before the deployment. A first attempt needs it for outputs only and goes on without. A re-run reads on
 * where the jobs of its own run fill a page: what it looks for may stand behind them, but not behind another run's.
 */
async function lookAround({ environment, dryRun }: NewDeployment, ports: Ports): Promise<Around> {
  const { context, runner } = ports
  const rerun = context.runAttempt > 1
  const indispensable = rerun || dryRun
  const enough = (found: readonly Deployment[]) => found.some(({ maker }) => maker?.run_id !== context.runId)
  try {
    const reading = { ...(rerun && { pages: MOST_PAGES, enough }), ...(!indispensable && { retries: 1 }) }
    return { listed: await listDeployments(environment, ports, reading) }
  } catch (error) {
    if (indispensable || runner.signal.aborted || !(error instanceof ActionError)) throw error
    return { listed: [], problem: error }
  }
}

/** A branch or tag may have moved since the earlier attempt: its deployment is then not of what is deployed now. */
async function decide(listed: readonly Deployment[], target: Target, ports: Ports): Promise<Reuse> {
  const reuse = planReuse(listed, target)
  if (reuse.kind === 'create' || reuse.deployment.sha === target.ref) return reuse
  const sha = await resolveRef(target.ref, ports)
  if (sha === undefined || sha === reuse.deployment.sha) return reuse
  const { id } = reuse.deployment
  return { kind: 'create', reason: `${target.ref} has moved since deployment ${id} of an earlier attempt.` }
}

interface Decided {
  readonly maker: Maker
  readonly logUrl: string
  readonly listed: readonly Deployment[]
  readonly reuse: Reuse
}

/** What is known before there is a deployment. */
function draftOf(inputs: NewDeployment, { maker, logUrl, listed, reuse }: Decided, { context, runner }: Ports): Saved {
  const { environment, description, environmentUrl, initialState, onCancel, inactivate, githubToken } = inputs
  return {
    owner: context.owner,
    repo: context.repo,
    environment,
    logUrl,
    description,
    environmentUrl,
    announcedBefore: runner.env[DEPLOYMENT_URL_VARIABLE],
    initialState,
    onCancel,
    inactivate,
    startedAt: Date.now(),
    token: githubToken === inputs.jobToken ? undefined : githubToken,
    previousSha: previousIn(listed, inputs, reuse)?.sha,
    maker,
  }
}

function previousIn(listed: readonly Deployment[], { task }: NewDeployment, reuse: Reuse): Deployment | undefined {
  return previousOf(listed, task, reuse.kind === 'reuse' ? reuse.deployment.id : undefined)
}

async function start(
  draft: Saved,
  deployment: SavedDeployment,
  { finish }: NewDeployment,
  ports: Ports,
): Promise<Saved> {
  const created: Saved = { ...draft, deployment }
  if (finish) saveDeployment(ports.runner, created)
  const subject = { ...draft, deploymentId: deployment.id }
  const status = await writeStatus(statusRequest(subject, draft.initialState, draft.environmentUrl), ports)
  const started: Saved = { ...draft, deployment: { ...deployment, statusId: status.id } }
  if (finish) saveDeployment(ports.runner, started)
  return started
}

function warnOf(problem: ActionError, { reapAfter }: NewDeployment, { runner }: Ports): void {
  const missing = `previous-deployment-id and previous-sha stay empty${reapAfter === undefined ? '' : ', and nothing was reaped'}`
  runner.log.warning(`${problem.message} The outputs ${missing}.\n${problem.hint}`.trim())
}

/** Cleaning up after others is no reason to fail. */
async function sweep(
  { task, reapAfter }: NewDeployment,
  listed: readonly Deployment[],
  before: number,
  ports: Ports,
): Promise<void> {
  if (reapAfter === undefined) return
  try {
    await reap(await findReapable(listed, reapRule(task, before, reapAfter), ports), ports)
  } catch (error) {
    if (ports.runner.signal.aborted || !(error instanceof ActionError)) throw error
    ports.runner.log.warning(
      `${error.message} Unfinished deployments of lost runs stay as they are.\n${error.hint}`.trim(),
    )
  }
}

/** @param deployment undefined in a dry run that would create one */
function outputsOf(
  deployment: Deployment | undefined,
  { logUrl, listed, reuse }: Omit<Decided, 'maker'>,
  inputs: NewDeployment,
): Outputs {
  const previous = previousIn(listed, inputs, reuse)
  return {
    'deployment-id': deployment && String(deployment.id),
    'api-url': deployment?.url,
    'log-url': logUrl,
    'previous-deployment-id': previous && String(previous.id),
    'previous-sha': previous?.sha,
    reused: String(reuse.kind === 'reuse'),
  }
}
