/** From a plan to one deployment that is proven live, in as many attempts as it takes and is allowed. */
import { ActionError } from '../../src/errors.ts'
import { type Failure, type Outcome, type Policy, persevere } from './attempts.ts'
import { classifyStage } from './classify.ts'
import { findUpload } from './history.ts'
import type { Listed } from './pages.ts'
import type { Progress } from './progress.ts'
import { type Claim, type Proof, type ProofPorts, prove, StageFailure } from './proof.ts'
import { listForSure, type Sought, type Uploaded, type UploadPorts, upload } from './upload.ts'
import type { UploadOrder } from './wrangler.ts'
import type { Wrangler } from './wrangler-install.ts'

export interface Delivery {
  readonly order: UploadOrder
  /** All but the deployment's id. */
  readonly claim: Omit<Claim, 'id'>
  readonly sought: Sought
  readonly policy: Policy
  /** Throws when something has changed that forbids another attempt. @param recent the newest deployments */
  recheck(recent: readonly Listed[]): Promise<unknown>
}

export interface Delivered {
  readonly uploaded: Uploaded
  readonly proof: Proof
}

export type DeliveryPorts = UploadPorts & Pick<ProofPorts, 'fetch'>

/** @throws an ActionError when there is no live deployment in the end; the signal's reason when aborted */
export async function deliver(
  wrangler: Wrangler,
  delivery: Delivery,
  ports: DeliveryPorts,
  progress: Progress,
): Promise<Delivered> {
  const { log, signal } = ports.runner
  const failed = new Set(delivery.sought.except) // what failed on Cloudflare is not taken up again
  const known = { ...delivery, sought: { ...delivery.sought, except: failed } }
  progress.mark = known.sought.mark
  const finish = async (uploaded: Uploaded, attempt: number): Promise<Outcome<Delivered>> => {
    const outcome = await proveOrFail(uploaded, attempt, known, ports, progress)
    if ('failed' in outcome) failed.add(uploaded.id)
    return outcome
  }
  const once = (attempt: number) => {
    let trouble: string | undefined
    const work = async () => {
      progress.standing = { kind: 'unknown' }
      const uploading = () => upload(wrangler, known.order, known.sought, ports)
      const attempted = await progress.during('Upload', uploading, attempt)
      progress.standing = attempted.standing
      const { outcome } = attempted
      if ('failed' in outcome) return outcome
      trouble = attempted.trouble
      return finish(outcome.done, attempt)
    }
    return timed(progress, work, ({ result, duration }) =>
      progress.record({ result: trouble === undefined ? result : `${trouble}; ${result}`, duration }),
    )
  }
  const recover = async () => {
    const found = await findAgain(known, ports)
    if (found === undefined) return undefined
    const { id, url } = found
    progress.standing = { kind: 'made', id, url }
    log.info(`An earlier attempt made deployment ${id} after all: it is taken up instead of making another.`)
    return timed(
      progress,
      () => finish({ id, alias: undefined }, progress.attempts.length),
      (record) => progress.amend(record),
    )
  }
  return persevere({ once, recover }, delivery.policy, { log, signal })
}

/** What an earlier attempt has made after all. @throws when another one must not be made, or without an answer */
async function findAgain({ order, sought, recheck }: Delivery, { pages, runner }: DeliveryPorts) {
  const { projectName: project, accountId } = order
  const recent = await listForSure({ project, accountId }, { pages, signal: runner.signal })
  await recheck(recent)
  return findUpload(recent, sought.mark, sought.except)
}

/** Keeps what came of an attempt, also of one that ends with an error that nothing is tried after. */
async function timed(
  progress: Progress,
  work: () => Promise<Outcome<Delivered>>,
  keep: Progress['record'],
): Promise<Outcome<Delivered>> {
  const started = performance.now()
  const record = (result: string) => keep({ result, duration: performance.now() - started })
  try {
    const outcome = await work()
    record('done' in outcome ? `deployment ${outcome.done.proof.deployment.id}` : outcome.failed.verdict.cause)
    return outcome
  } catch (error) {
    record(progress.standing.kind === 'made' ? `deployment ${progress.standing.id}, not proven` : 'broken off')
    throw error
  }
}

/** Of all that a proof can miss, only a stage's failure may be worth another deployment. */
async function proveOrFail(
  uploaded: Uploaded,
  attempt: number,
  { claim }: Delivery,
  ports: DeliveryPorts,
  progress: Progress,
): Promise<Outcome<Delivered>> {
  try {
    const proof = await progress.during('Proof', () => proveAndTell({ ...claim, id: uploaded.id }, ports), attempt)
    return { done: { uploaded, proof } }
  } catch (error) {
    if (!(error instanceof StageFailure)) throw error
    return { failed: stageFailed(error) }
  }
}

function stageFailed(error: StageFailure): Failure {
  const verdict = classifyStage(error.log)
  const { hint } = verdict
  return {
    error: hint === undefined ? error : new ActionError(error.message, { hint, cause: error }),
    verdict,
    retryAfter: undefined,
  }
}

export async function proveAndTell(claim: Claim, { pages, fetch, runner }: DeliveryPorts): Promise<Proof> {
  const { log, signal } = runner
  const proof = await prove(claim, { pages, fetch, log, signal })
  for (const evidence of proof.evidence) log.info(`Proven: ${evidence}.`)
  for (const doubt of proof.doubts) log.warning(`${doubt}.`)
  return proof
}
