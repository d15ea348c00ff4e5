/** One status for a deployment that exists already, and nothing else. */
import type { Outputs } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { describeStatus } from './dry-run.ts'
import { environmentOf } from './history.ts'
import type { NewStatus } from './inputs.ts'
import { sameEnvironment } from './maker.ts'
import type { Ports } from './ports.ts'
import { statusRequest } from './request.ts'
import { summarize } from './summary.ts'
import { requireHttpUrl, resolveLogUrl } from './urls.ts'
import { writeStatus } from './write.ts'

export async function setStatus(inputs: NewStatus, ports: Ports): Promise<Outputs> {
  const { deploymentId, state, environmentUrl, description, inactivate } = inputs
  const { runner, context } = ports
  const { owner, repo } = context
  const logUrl = resolveLogUrl(inputs.logUrl, context)
  if (environmentUrl !== undefined) requireHttpUrl('Input environment-url', environmentUrl)
  await requireEnvironment(inputs, ports)
  const outputs = { 'deployment-id': String(deploymentId), 'log-url': logUrl }
  if (inputs.dryRun) {
    describeStatus(inputs, ports)
    return outputs
  }
  const subject = { owner, repo, deploymentId, logUrl, description }
  const request = statusRequest(subject, state, environmentUrl, { autoInactive: inactivate === 'auto' })
  const { environment, deploymentUrl } = await writeStatus(request, ports)

  runner.log.info(`Deployment ${deploymentId} to ${environment}: ${state}.`)
  runner.summarize(
    summarize(
      { owner, repo, environment, logUrl, deployment: { id: deploymentId } },
      { state, url: environmentUrl },
      context,
    ),
  )
  return { ...outputs, 'api-url': deploymentUrl }
}

/** An id can come from where others write; an environment that is named besides bounds what it can be of. */
async function requireEnvironment({ deploymentId, environment, dryRun }: NewStatus, ports: Ports): Promise<void> {
  if (environment === undefined && !dryRun) return // the status itself finds out whether the deployment exists
  const actual = await environmentOf(deploymentId, ports)
  if (environment === undefined || sameEnvironment(actual, environment)) return
  throw new ActionError(
    `Deployment ${deploymentId} is one to "${actual}" and not to "${environment}", as input environment has it.`,
    {
      hint: 'Give the id of a deployment to that environment, or leave environment empty. Nothing was written.',
    },
  )
}
