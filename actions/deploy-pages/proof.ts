/**
 * Success is what Cloudflare and the site say afterwards, never wrangler's exit code: wrangler ends with 0 after several
 * kinds of failed deployments, and stops asking as soon as any stage has ended.
 */
import { setMaxListeners } from 'node:events'
import type { Log } from '../../src/action.ts'
import type { Answer } from '../../src/cloudflare.ts'
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import { isLive, lostStageOf } from './history.ts'
import { printable, quote } from './lines.ts'
import type { Deployment, Environment, Pages, Project } from './pages.ts'
import { type Observation, type Pending, type PollOptions, poll } from './poll.ts'
import { explainRefusal } from './remedies.ts'
import { type Finding, type Sample, verifyDeploymentUrl, verifyDomains } from './verify.ts'

export interface Claim {
  readonly id: string
  readonly project: Project
  readonly accountId: string
  /** What it has to be. */
  readonly environment: Environment
  /** Milliseconds for the whole proof. */
  readonly liveTimeout: number
  /** undefined when the site itself is not to be visited. */
  readonly sample: Sample | undefined
}

export interface ProofPorts {
  readonly pages: Pages
  readonly fetch: typeof fetch
  readonly log: Log
  readonly signal: AbortSignal
}

export interface Proof {
  readonly deployment: Deployment
  /** How it was proven. */
  readonly evidence: readonly string[]
  /** What was looked at and could not be proven. */
  readonly doubts: readonly string[]
}

/** A stage of the deployment failed or was cancelled, which nothing changes any more. */
export class StageFailure extends ActionError {
  readonly id: string
  /** Of the deployment, as far as it could be read; empty for one that was cancelled. */
  readonly log: string

  constructor(id: string, log: string, message: string, hint: string) {
    super(message, { hint })
    this.id = id
    this.log = log
  }
}

/** @throws an ActionError that says which part of the proof failed and why; a StageFailure when Cloudflare gave up */
export async function prove(claim: Claim, ports: ProofPorts): Promise<Proof> {
  const siblings = new AbortController() // what fails first ends the others
  const signal = AbortSignal.any([ports.signal, siblings.signal])
  setMaxListeners(0, signal) // one listener for each request under way is no leak
  const pace = { deadline: performance.now() + claim.liveTimeout, signal }
  const deployment = await deployed(claim, pace, ports)
  checkEnvironment(deployment, claim)
  const { sample, project, liveTimeout: timeout } = claim
  const visits = { fetch: ports.fetch, deadline: pace.deadline, signal, timeout }
  const isProduction = deployment.environment === 'production'
  try {
    const findings = await Promise.all([
      isProduction ? canonical(deployment, claim, pace, ports) : [],
      sample ? verifyDeploymentUrl(deployment, sample, visits) : [],
      sample && isProduction ? verifyDomains(project, sample, visits) : [],
    ])
    const read: Finding = { proven: `stage deploy of ${deployment.id} succeeded, in ${deployment.environment}` }
    return { deployment, ...sort([read, ...findings.flat()]) }
  } finally {
    siblings.abort()
  }
}

function sort(findings: readonly Finding[]): Pick<Proof, 'evidence' | 'doubts'> {
  return {
    evidence: findings.flatMap((finding) => ('proven' in finding ? [finding.proven] : [])),
    doubts: findings.flatMap((finding) => ('doubt' in finding ? [finding.doubt] : [])),
  }
}

/** Waits for the end of stage `deploy`, or for the failure of any. */
async function deployed(claim: Claim, pace: PollOptions, ports: ProofPorts): Promise<Deployment> {
  const observation = await poll(() => lookAtStages(claim, ports), pace)
  if ('settled' in observation) return observation.settled
  throw new ActionError(
    `Deployment ${claim.id} was not live after ${formatDuration(claim.liveTimeout)}: ${observation.pending}.`,
    { hint: remedyFor(observation) },
  )
}

/** What nobody answers does not come sooner by waiting longer. */
function remedyFor({ isUnanswered }: Unlive): string {
  return isUnanswered
    ? 'It may well be live. Look at it in the Cloudflare dashboard, and at www.cloudflarestatus.com; then run the job again.'
    : 'Look at it in the Cloudflare dashboard; if it only needs longer, raise live-timeout.'
}

interface Unlive extends Pending {
  readonly isUnanswered?: boolean
}

async function lookAtStages(claim: Claim, ports: ProofPorts): Promise<Observation<Deployment, Unlive>> {
  const { id, project } = claim
  const answer = await ports.pages.readDeployment(project.name, id)
  if (answer.kind === 'refused' && answer.status === 404) return { pending: 'the Cloudflare API does not know it yet' }
  if (answer.kind !== 'ok') return unanswered(answer, `Deployment ${id} could not be read back.`, claim)
  const lost = lostStageOf(answer.result)
  if (lost !== undefined) throw await stageFailed(lost, claim, ports)
  if (isLive(answer.result)) return { settled: answer.result }
  const { latest_stage: latest } = answer.result
  return { pending: latest ? `stage ${latest.name} is ${latest.status}` : 'it has no stage yet' }
}

/** What is not available may be in a moment; a refusal stays one, and waiting for its end would only hide it. */
function unanswered(
  answer: Exclude<Answer<unknown>, { kind: 'ok' }>,
  failed: string,
  { project, accountId }: Claim,
): Unlive {
  if (answer.kind === 'unavailable') {
    return {
      isUnanswered: true,
      pending: `the Cloudflare API answers ${answer.message}`,
      retryAfter: answer.retryAfter,
    }
  }
  const { message, hint } = explainRefusal(answer, { project: project.name, accountId })
  throw new ActionError(`${failed} ${message}`, { hint: `${hint} The deployment may well be live.` })
}

type Stage = NonNullable<Deployment['latest_stage']>

async function stageFailed({ name, status }: Stage, { id, project }: Claim, { pages, log }: ProofPorts) {
  const answer = await pages.readLog(project.name, id)
  const lines = answer.kind === 'ok' ? answer.result.map(printable) : []
  for (const line of lines) log.info(line)
  const isCancelled = status === 'canceled'
  const what = isCancelled ? 'was cancelled' : 'failed'
  const hint = isCancelled
    ? 'Somebody or a newer deployment cancelled it on Cloudflare; run the job again if it is still wanted.'
    : 'Correct what the log of the deployment names; the Cloudflare dashboard has all of it.'
  const message = `Stage ${name} of deployment ${id} ${what}.${quote(lines.slice(-5))}`
  return new StageFailure(id, isCancelled ? '' : lines.join('\n'), message, hint)
}

function checkEnvironment({ id, environment }: Deployment, claim: Claim): void {
  if (environment === claim.environment) return
  throw new ActionError(`Deployment ${id} went to ${environment}, but ${claim.environment} is expected.`, {
    hint: `Check the production branch of ${claim.project.name} in its settings: it was "${claim.project.production_branch}" before the upload.`,
  })
}

/** The one that production domains show. */
async function canonical({ id }: Deployment, claim: Claim, pace: PollOptions, { pages }: ProofPorts): Promise<Finding> {
  const observation = await poll(async (): Promise<Observation<Finding>> => {
    const answer = await pages.readProject(claim.project.name)
    if (answer.kind !== 'ok') {
      return unanswered(
        answer,
        `Deployment ${id} succeeded, but whether it is the canonical one could not be read.`,
        claim,
      )
    }
    const current = answer.result.canonical_deployment?.id
    if (current === id) return { settled: { proven: `it is the canonical deployment of ${claim.project.name}` } }
    return {
      pending: current === undefined ? 'the project has no canonical deployment' : `the project still shows ${current}`,
    }
  }, pace)
  if ('settled' in observation) return observation.settled
  throw new ActionError(
    `Deployment ${id} succeeded but did not become the canonical production deployment of ${claim.project.name} within ${formatDuration(claim.liveTimeout)}: ${observation.pending}.`,
    {
      hint: 'Another deployment may have overtaken it: let a concurrency group run one at a time. If it only needs longer, raise live-timeout.',
    },
  )
}
