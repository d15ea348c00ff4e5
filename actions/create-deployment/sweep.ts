/** Earlier deployments that are brought up to date: reaped, or set to inactive. Reads, plans and writes are bounded. */
import { type Deployment, listDeployments, MOST_PAGES, newestStatus } from './history.ts'
import {
  type InactivationRule,
  inactivationCandidates,
  type MadeHere,
  type Observed,
  planInactivation,
  planReap,
  type ReapRule,
  reapCandidates,
  unfinished,
} from './plan.ts'
import type { Ports } from './ports.ts'
import { type State, statusRequest } from './request.ts'
import { readRuns, requireSightOfRuns } from './runs.ts'
import { runUrl } from './urls.ts'
import { writeStatus } from './write.ts'

/** Writes are a second apart, and a post step has less than a minute in all. */
const MOST_WRITES = 20
/** One read each, up to ten at a time. */
const MOST_READS = 100

/** @param before the id of one's own deployment; Infinity as long as there is none */
export function reapRule(task: string, before: number, olderThan: number): ReapRule {
  return { task, before, createdBefore: Date.now() - olderThan }
}

/** Deployments of lost runs that are still unfinished, newest first. A missing permission shows in the first run. */
export async function findReapable(
  listed: readonly Deployment[],
  rule: ReapRule,
  ports: Ports,
): Promise<readonly MadeHere[]> {
  await requireSightOfRuns(ports)
  const candidates = reapCandidates(listed, rule).slice(0, MOST_READS)
  const left = unfinished(await observe(candidates, ports))
  const ids = [...new Set(left.map(({ maker }) => maker.run_id))]
  return planReap(left, await readRuns(ids, ports), MOST_WRITES)
}

/** Sets them to `error`, with a link to the run that has left them. */
export async function reap(deployments: readonly MadeHere[], ports: Ports): Promise<void> {
  const description = 'Its run has ended and left it unfinished.'
  const logUrl = ({ maker }: MadeHere) => runUrl(ports.context, maker.run_id)
  await setAll(deployments, 'error', (one) => ({ description, logUrl: logUrl(one) }), ports)
}

/** Deployments that are still live and that GitHub's auto-inactive passes over. */
export async function findInactivatable(
  environment: string,
  rule: InactivationRule,
  ports: Ports,
): Promise<readonly Deployment[]> {
  const listed = await listDeployments(environment, ports, { pages: MOST_PAGES })
  const candidates = inactivationCandidates(listed, rule)
  if (candidates.length > MOST_READS) {
    ports.runner.log.info(`Only the newest ${MOST_READS} of ${candidates.length} earlier deployments are looked at.`)
  }
  return planInactivation(await observe(candidates.slice(0, MOST_READS), ports), MOST_WRITES)
}

export async function inactivate(
  deployments: readonly Deployment[],
  by: { readonly deploymentId: number; readonly logUrl: string },
  ports: Ports,
): Promise<void> {
  const description = `Replaced by deployment ${by.deploymentId}.`
  await setAll(deployments, 'inactive', () => ({ description, logUrl: by.logUrl }), ports)
}

function observe<T extends Deployment>(deployments: readonly T[], ports: Ports): Promise<readonly Observed<T>[]> {
  return Promise.all(
    deployments.map(async (deployment) => ({ deployment, state: (await newestStatus(deployment.id, ports))?.state })),
  )
}

async function setAll<T extends Deployment>(
  deployments: readonly T[],
  state: State,
  detail: (deployment: T) => { readonly description: string; readonly logUrl: string },
  ports: Ports,
): Promise<void> {
  const { owner, repo } = ports.context
  for (const deployment of deployments) {
    const subject = { owner, repo, deploymentId: deployment.id, ...detail(deployment) }
    await writeStatus(statusRequest(subject, state), ports)
    ports.runner.log.info(`Set deployment ${deployment.id} to ${state}: ${subject.description}`)
  }
}
