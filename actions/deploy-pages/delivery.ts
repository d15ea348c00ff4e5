/** From a plan to one deployment that is proven live, in as many attempts as it takes and is allowed. */
import type { ActionError } from '../../src/errors.ts'
import { type Outcome, type Policy, persevere } from './attempts.ts'
import { classifyStage } from './classify.ts'
import type { Origin } from './pages.ts'
import type { Progress } from './progress.ts'
import { type Claim, type Proof, type ProofPorts, prove, StageFailure } from './proof.ts'
import { recoverUpload, type Uploaded, type UploadPorts, upload } from './upload.ts'
import type { UploadOrder } from './wrangler.ts'
import type { Wrangler } from './wrangler-install.ts'

export interface Delivery {
  readonly order: UploadOrder
  /** All but the deployment's id. */
  readonly claim: Omit<Claim, 'id'>
  readonly origin: Origin
  readonly policy: Policy
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
  const { order, policy } = delivery
  const { log, signal } = ports.runner
  const failed = new Set(delivery.origin.except) // what failed on Cloudflare is not taken up again
  const origin = { ...delivery.origin, except: failed }
  progress.origin = origin
  const finish = (uploaded: Uploaded, attempt: number) =>
    proveOrFail(uploaded, attempt, delivery, ports, progress, failed)
  const once = (attempt: number) =>
    recorded(progress, async () => {
      const work = () => upload(wrangler, order, origin, ports, progress)
      const outcome = await progress.during('Upload', work, attempt)
      return 'done' in outcome ? finish(outcome.done, attempt) : outcome
    })
  const recover = async () => {
    const outcome = await recoverUpload(order, origin, ports, progress)
    return outcome !== undefined && 'done' in outcome ? finish(outcome.done, progress.attempts.length) : outcome
  }
  return persevere({ once, recover }, policy, { log, signal })
}

/** Keeps what came of an attempt, also of one that ends with an error that nothing is tried after. */
async function recorded(progress: Progress, work: () => Promise<Outcome<Delivered>>): Promise<Outcome<Delivered>> {
  const started = performance.now()
  const record = (result: string) => progress.attempts.push({ result, duration: performance.now() - started })
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
  failed: Set<string>,
): Promise<Outcome<Delivered>> {
  try {
    const proof = await progress.during('Proof', () => proveAndTell({ ...claim, id: uploaded.id }, ports), attempt)
    return { done: { uploaded, proof } }
  } catch (error) {
    if (!(error instanceof StageFailure)) throw error
    failed.add(error.id)
    return { failed: stageFailed(error, error.log) }
  }
}

function stageFailed(error: ActionError, log: string) {
  return { error, verdict: classifyStage(log), retryAfter: undefined }
}

export async function proveAndTell(claim: Claim, { pages, fetch, runner }: DeliveryPorts): Promise<Proof> {
  const { log, signal } = runner
  const proof = await prove(claim, { pages, fetch, log, signal })
  for (const evidence of proof.evidence) log.info(`Proven: ${evidence}.`)
  for (const doubt of proof.doubts) log.warning(`${doubt}.`)
  return proof
}
