/** One run of wrangler, and what Cloudflare has of it afterwards: the exit code does not say. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Runner } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import type { Run } from '../../src/process.ts'
import type { Failure, Outcome } from './attempts.ts'
import type { Verdict } from './classify.ts'
import { explainFailure, judge } from './failure.ts'
import { remove } from './files.ts'
import type { Origin, Pages } from './pages.ts'
import { readWithRetries } from './poll.ts'
import type { Progress, Standing } from './progress.ts'
import { explainRefusal } from './remedies.ts'
import { type Attempt, deployWithWrangler, type UploadOrder } from './wrangler.ts'
import type { Wrangler } from './wrangler-install.ts'

export interface UploadPorts {
  readonly pages: Pages
  readonly run: Run
  readonly runner: Runner
}

/** A deployment that Cloudflare has. Whether it is live is not known yet. */
export interface Uploaded {
  readonly id: string
  readonly alias: string | undefined
}

/**
 * One attempt. What wrangler did not name may have been made all the same: it is looked up and taken up.
 *
 * @throws the signal's reason when aborted
 */
export async function upload(
  wrangler: Wrangler,
  order: UploadOrder,
  origin: Origin,
  ports: UploadPorts,
  progress: Progress,
): Promise<Outcome<Uploaded>> {
  progress.standing = { kind: 'unknown' }
  const attempt = await attemptOnce(wrangler, order, ports)
  const standing = await standingAfter(attempt, order.projectName, origin, ports)
  progress.standing = standing
  if (attempt.kind === 'recorded') return { done: { id: attempt.id, alias: attempt.alias } }
  if (standing.kind === 'made') {
    ports.runner.log.info(`wrangler failed, but deployment ${standing.id} was made: what became of it is read back.`)
    return { done: { id: standing.id, alias: undefined } }
  }
  return { failed: failureOf(attempt, standing, order) }
}

function failureOf(attempt: Exclude<Attempt, { kind: 'recorded' }>, standing: Standing, order: UploadOrder): Failure {
  const { accountId, projectName: project, timeout } = order
  return {
    error: explainFailure(attempt, { project, accountId, timeout, standing }),
    verdict: standing.kind === 'taken' ? TAKEN : judge(attempt),
    retryAfter: attempt.kind === 'failed' ? attempt.retryAfter : undefined,
  }
}

/** Another attempt would make a second deployment. */
const TAKEN: Verdict = { kind: 'permanent', cause: 'Cloudflare took the upload and does not say what became of it' }

/** What an earlier attempt has made after all; undefined when there is nothing. */
export async function recoverUpload(
  { projectName: project, accountId }: UploadOrder,
  origin: Origin,
  { pages, runner }: UploadPorts,
  progress: Progress,
): Promise<Outcome<Uploaded> | undefined> {
  const answer = await readWithRetries(() => pages.findDeployment(project, origin), runner.signal)
  if (answer.kind !== 'ok') {
    const { message, hint } = explainRefusal(answer, { project, accountId })
    const error = new ActionError(`Whether an earlier attempt made a deployment could not be looked up. ${message}`, {
      hint: `${hint} Look at the project's deployments before you run the job again.`,
    })
    const kind = answer.kind === 'refused' ? 'permanent' : 'transient'
    return { failed: { error, verdict: { kind, cause: 'deployments could not be listed' }, retryAfter: undefined } }
  }
  if (answer.result === undefined) return undefined
  const { id, url } = answer.result
  progress.standing = { kind: 'made', id, url }
  runner.log.info(`An earlier attempt made deployment ${id} after all: it is taken up instead of making another.`)
  return { done: { id, alias: undefined } }
}

async function attemptOnce(wrangler: Wrangler, order: UploadOrder, { run, runner }: UploadPorts): Promise<Attempt> {
  const { env, signal, log } = runner
  const scratch = await mkdtemp(join(env['RUNNER_TEMP'] ?? tmpdir(), 'slipway-pages-'))
  try {
    return await deployWithWrangler(wrangler, order, { run, env, signal, scratch, print: log.info })
  } finally {
    await remove(scratch)
  }
}

/** Looks the deployment up where wrangler left without naming one that it may have made. */
async function standingAfter(
  attempt: Attempt,
  project: string,
  origin: Origin,
  { pages, runner }: UploadPorts,
): Promise<Standing> {
  if (attempt.kind === 'recorded') return { kind: 'made', id: attempt.id, url: attempt.url }
  const isTaken = attempt.reach === 'taken'
  if (attempt.reach === 'nothing' || (isRefused(attempt) && !isTaken)) return { kind: 'not made' }
  const answer = await readWithRetries(() => pages.findDeployment(project, origin), runner.signal)
  if (answer.kind === 'ok' && answer.result !== undefined) {
    return { kind: 'made', id: answer.result.id, url: answer.result.url }
  }
  if (isTaken) return { kind: 'taken' }
  // The request of a killed wrangler may still be on its way.
  return answer.kind === 'ok' && attempt.run.outcome === 'exited' ? { kind: 'not made' } : { kind: 'unknown' }
}

/** By Cloudflare, whose codes have four digits and more; wrangler's own failures have code 1. */
function isRefused(attempt: Attempt): boolean {
  return attempt.kind === 'failed' && attempt.code !== undefined && attempt.code >= 1000
}
