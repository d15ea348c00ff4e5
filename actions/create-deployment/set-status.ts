/** One status for a deployment that exists already, and nothing else. */
import type { Outputs } from '../../src/action.ts'
import { describeStatus } from './dry-run.ts'
import type { NewStatus } from './inputs.ts'
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
