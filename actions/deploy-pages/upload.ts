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
import { findUpload } from './history.ts'
import type { Listed, Pages } from './pages.ts'
import { lookUp, readWithRetries } from './poll.ts'
import type { Standing } from './progress.ts'
import { explainRefusal } from './remedies.ts'
import type { Mark } from './trailer.ts'
import { deployWithWrangler, type UploadOrder, type WranglerEnd } from './wrangler.ts'
import type { Wrangler } from './wrangler-install.ts'

export interface UploadPorts {
  readonly pages: Pages
  readonly run: Run
  readonly runner: Runner
}

/** What tells the uploads of this step from all others. */
export interface Sought {
  readonly mark: Mark
  /** Ids of deployments that are not taken up: they were there before, or came to nothing. */
  readonly except: ReadonlySet<string>
}

/** A deployment that Cloudflare has. Whether it is live is not known yet. */
export interface Uploaded {
  readonly id: string
  readonly alias: string | undefined
}

interface Attempted {
  readonly outcome: Outcome<Uploaded>
  readonly standing: Standing
  /** Why wrangler failed, also where it made a deployment; undefined where it did not. */
  readonly trouble: string | undefined
}

/**
 * One attempt. What wrangler did not name may have been made all the same: it is looked up and taken up.
 *
 * @throws the signal's reason when aborted
 */
export async function upload(
  wrangler: Wrangler,
  order: UploadOrder,
  sought: Sought,
  ports: UploadPorts,
): Promise<Attempted> {
  const attempt = await attemptOnce(wrangler, order, ports)
  const standing = await standingAfter(attempt, order.projectName, sought, ports)
  if (attempt.kind === 'recorded') {
    return { standing, outcome: { done: { id: attempt.id, alias: attempt.alias } }, trouble: undefined }
  }
  const trouble = judge(attempt).cause
  if (standing.kind === 'made') {
    ports.runner.log.info(`wrangler failed, but deployment ${standing.id} was made: what became of it is read back.`)
    return { standing, outcome: { done: { id: standing.id, alias: undefined } }, trouble }
  }
  return { standing, outcome: { failed: failureOf(attempt, standing, order) }, trouble }
}

function failureOf(
  attempt: Exclude<WranglerEnd, { kind: 'recorded' }>,
  standing: Standing,
  order: UploadOrder,
): Failure {
  const { accountId, projectName: project, timeout } = order
  const error = explainFailure(attempt, { project, accountId, timeout, standing })
  const isSaid = standing.kind !== 'not made' || error.message.startsWith('wrangler made no deployment')
  return {
    error: isSaid
      ? error
      : new ActionError(error.message, { hint: `${error.hint} No deployment was made.`.trimStart() }),
    verdict: standing.kind === 'taken' ? TAKEN : judge(attempt),
    retryAfter: attempt.kind === 'failed' ? attempt.retryAfter : undefined,
  }
}

/** Another attempt would make a second deployment. */
const TAKEN: Verdict = { kind: 'permanent', cause: 'Cloudflare took the upload and does not say what became of it' }

/**
 * The newest deployments, where nothing may be uploaded without knowing them.
 *
 * @throws an ActionError when they cannot be listed
 */
export async function listForSure(
  { project, accountId }: { readonly project: string; readonly accountId: string },
  { pages, signal }: { readonly pages: Pages; readonly signal: AbortSignal },
): Promise<readonly Listed[]> {
  const answer = await lookUp(() => pages.listDeployments(project, { page: 1 }), signal)
  if (answer.kind === 'ok') return answer.result
  const { message, hint } = explainRefusal(answer, { project, accountId })
  throw new ActionError(`Whether an earlier attempt made a deployment could not be looked up. ${message}`, {
    hint: `${hint} Look at the project's deployments before you run the job again.`,
  })
}

async function attemptOnce(wrangler: Wrangler, order: UploadOrder, { run, runner }: UploadPorts): Promise<WranglerEnd> {
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
  attempt: WranglerEnd,
  project: string,
  { mark, except }: Sought,
  { pages, runner }: UploadPorts,
): Promise<Standing> {
  if (attempt.kind === 'recorded') return { kind: 'made', id: attempt.id, url: attempt.url }
  const isTaken = attempt.reach === 'taken'
  if (attempt.reach === 'nothing' || (isRefused(attempt) && !isTaken)) return { kind: 'not made' }
  const answer = await readWithRetries(() => pages.listDeployments(project, { page: 1 }), runner.signal)
  const found = answer.kind === 'ok' ? findUpload(answer.result, mark, except) : undefined
  if (found !== undefined) return { kind: 'made', id: found.id, url: found.url }
  if (isTaken) return { kind: 'taken' }
  // The request of a killed wrangler may still be on its way.
  return answer.kind === 'ok' && attempt.run.outcome === 'exited' ? { kind: 'not made' } : { kind: 'unknown' }
}

/** By Cloudflare, whose codes have four digits and more; wrangler's own failures have code 1. */
function isRefused(attempt: WranglerEnd): boolean {
  return attempt.kind === 'failed' && attempt.code !== undefined && attempt.code >= 1000
}
