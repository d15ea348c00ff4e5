/** What a step would do, in words: it has read what there is and writes nothing. */
import { code, escapeMarkdown } from '../../src/summary.ts'
import type { Deployment } from './history.ts'
import type { NewDeployment, NewStatus } from './inputs.ts'
import type { MadeHere, Reuse } from './plan.ts'
import type { Ports } from './ports.ts'
import { findInactivatable, findReapable, reapRule } from './sweep.ts'

export interface Plan {
  readonly inputs: NewDeployment
  /** As a request for a new deployment would give it. */
  readonly ref: string
  readonly listed: readonly Deployment[]
  readonly reuse: Reuse
}

export async function describePlan(plan: Plan, ports: Ports): Promise<void> {
  const { inputs, listed } = plan
  const own = plan.reuse.kind === 'reuse' ? plan.reuse.deployment.id : Number.POSITIVE_INFINITY
  const { environment, task, reapAfter, inactivate } = inputs
  const { runId } = ports.context
  const reaped = reapAfter === undefined ? undefined : await findReapable(listed, reapRule(task, own, reapAfter), ports)
  const inactivated =
    inactivate === 'all' ? await findInactivatable(environment, { task, runId, before: own }, ports) : undefined
  show(environment, sentences(plan, reaped, inactivated), ports)
}

export function describeStatus({ deploymentId, state }: NewStatus, ports: Ports): void {
  show(`deployment ${deploymentId}`, [`Deployment ${deploymentId} would be set to ${state}.`], ports)
}

/** @param reaped undefined when none is looked for; the same goes for `inactivated` */
export function sentences(
  { inputs, ref, reuse }: Omit<Plan, 'listed'>,
  reaped: readonly MadeHere[] | undefined,
  inactivated: readonly Deployment[] | undefined,
): readonly string[] {
  const { environment, task, initialState, finish } = inputs
  return [
    reuse.kind === 'reuse'
      ? `Deployment ${reuse.deployment.id} of ${reuse.deployment.sha} to ${environment} would be taken up again.`
      : `A deployment of ${ref} to ${environment} would be created (task ${task}). ${reuse.reason}`,
    `It would be set to ${initialState}${finish ? ', and to its final state when the job ends.' : ' and stay so.'}`,
    ...(reaped === undefined ? [] : [sentence('error, since their runs are over', reaped.map(describeLost))]),
    ...(inactivated === undefined
      ? []
      : [
          sentence(
            'inactive after its success, besides those that GitHub sets',
            inactivated.map(({ id }) => `${id}`),
          ),
        ]),
  ]
}

function describeLost({ id, maker }: MadeHere): string {
  return `${id} (run ${maker.run_id})`
}

function sentence(what: string, deployments: readonly string[]): string {
  const [one] = deployments
  if (one === undefined) return `No deployment would be set to ${what}.`
  return `These deployments would be set to ${what}: ${deployments.join(', ')}.`
}

function show(name: string, lines: readonly string[], { runner }: Ports): void {
  runner.log.info(['Dry run: nothing is written.', ...lines].join('\n'))
  const list = lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n')
  runner.summarize(
    `### Dry run of ${escapeMarkdown(name)}\n\n${list}\n\nNothing was written (${code('dry-run: true')}).`,
  )
}
