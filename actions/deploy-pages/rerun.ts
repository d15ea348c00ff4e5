/** The step of a re-run that looks for what an earlier attempt of its run has deployed, and takes it up. */
import type { Compare } from './ancestry.ts'
import { type Delivered, type DeliveryPorts, proveAndTell } from './delivery.ts'
import { type Earlier, findEarlier, isStanding } from './earlier.ts'
import { searchBranch } from './history.ts'
import type { Plan } from './preflight.ts'
import { toError } from './problem.ts'
import type { Progress } from './progress.ts'
import { type Claim, StageFailure } from './proof.ts'
import { type Asked, recheck } from './recheck.ts'
import { explainRefusal } from './remedies.ts'
import type { Mark } from './trailer.ts'
import { listForSure } from './upload.ts'

interface Subject {
  /** All but the deployment's id. */
  readonly claim: Omit<Claim, 'id'>
  readonly mark: Mark
}

type Ports = DeliveryPorts & { readonly compare: Compare }

/**
 * Undefined where another deployment has to be made; the log says why.
 *
 * @throws an ActionError where that cannot be found out, or where the site would go backwards
 */
export async function takeUpEarlier(
  plan: Plan,
  { claim, mark }: Subject,
  asked: Asked,
  ports: Ports,
  progress: Progress,
): Promise<Delivered | undefined> {
  if (plan.isNew) return undefined
  const { log } = ports.runner
  const earlier = await progress.during('Earlier attempt', () => look(plan, mark, asked, ports, progress))
  if (earlier.kind === 'none') {
    log.info(`${earlier.why} Another one is made.`)
    return undefined
  }
  const { id } = earlier.deployment
  log.info(`An earlier attempt of this run has made deployment ${id} of the very same: it is taken up.`)
  try {
    const proof = await progress.during('Proof', () => proveAndTell({ ...claim, id }, ports))
    return { uploaded: { id, alias: undefined }, proof }
  } catch (error) {
    if (!(error instanceof StageFailure)) throw error
    log.info(`${error.message}\nAnother one is made.`)
    progress.standing = { kind: 'nothing uploaded' }
    return undefined
  }
}

async function look(plan: Plan, mark: Mark, asked: Asked, ports: Ports, progress: Progress): Promise<Earlier> {
  const { environment, target, history } = plan
  const { pages, compare, runner } = ports
  const { log, signal } = runner
  const subject = { project: plan.project.name, accountId: asked.accountId }
  const recent = history.unknown === undefined ? history.recent : await listForSure(subject, { pages, signal })
  const place = { project: subject.project, environment, branch: target.branch }
  const branch = await searchBranch(place, { recent }, isStanding, { pages, signal })
  if (branch.kind !== 'ok') {
    const { message, hint } = explainRefusal(branch, subject)
    throw toError({ message: `What an earlier attempt has deployed could not be looked up. ${message}`, hint })
  }
  const found = findEarlier(plan, branch.result, mark)
  if (found.kind === 'none') return found
  const { id, url } = found.deployment
  progress.standing = { kind: 'made', id, url }
  const project = await recheck(plan, recent, asked, { pages, compare, log, signal })
  const still = findEarlier({ project, environment }, branch.result, mark)
  if (still.kind === 'none') progress.standing = { kind: 'nothing uploaded' }
  return still
}
