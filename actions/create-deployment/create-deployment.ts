import * as v from 'valibot'
import type { Outputs, Runner } from '../../src/action.ts'
import { DEPLOYMENT_URL_VARIABLE, type GitHubContext } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import type { GitHub } from '../../src/github.ts'
import { type Attempt, autoMerged, explain } from './explain.ts'
import type { Inputs } from './inputs.ts'
import { type DeploymentRequest, deploymentRequest, type State, statusRequest } from './request.ts'
import { type Saved, saveDeployment } from './saved.ts'
import { summarize } from './summary.ts'
import { requireHttpUrl, resolveLogUrl } from './urls.ts'

export interface Ports {
  readonly runner: Runner
  readonly context: GitHubContext
  readonly github: GitHub
}

/**
 * Creates the deployment and gives it its initial state. What the post step needs is kept as soon as the deployment
 * exists, so that one whose first status fails is finished all the same.
 */
export async function createDeployment(inputs: Inputs, ports: Ports): Promise<Outputs> {
  const { runner, context } = ports
  const { environment, initialState, finish } = inputs
  const logUrl = resolveLogUrl(inputs.logUrl, context)
  if (inputs.environmentUrl !== undefined) requireHttpUrl('Input environment-url', inputs.environmentUrl)

  const deployment = await create(deploymentRequest(inputs, context, runner.env['GITHUB_ACTION']), ports)
  const saved: Saved = {
    owner: context.owner,
    repo: context.repo,
    deploymentId: deployment.id,
    environment,
    sha: deployment.sha,
    logUrl,
    description: inputs.description,
    environmentUrl: inputs.environmentUrl,
    announcedBefore: runner.env[DEPLOYMENT_URL_VARIABLE],
    initialState,
    onCancel: inputs.onCancel,
    startedAt: Date.now(),
  }
  if (finish) saveDeployment(runner, saved)
  await setState(saved, initialState, inputs.environmentUrl, ports)

  runner.log.info(`Created deployment ${deployment.id} of ${deployment.sha} to ${environment}: ${initialState}.`)
  // With `finish` the post step writes the one section there is: a summary is shown once the job has ended.
  if (!finish) runner.summarize(summarize(saved, { state: initialState, url: inputs.environmentUrl }, context))
  return { 'deployment-id': String(deployment.id), 'api-url': deployment.url, 'log-url': logUrl }
}

/** An answer that was cut off on its way reaches us as an empty one (`getResponseData` in @octokit/request). */
const Deployment = v.object({ id: v.number(), url: v.string(), sha: v.string() })

async function create(request: DeploymentRequest & { readonly ref: string }, ports: Ports) {
  const { ref } = request
  const answer = await ports.github.rest.repos.createDeployment(request).catch((error: unknown) => {
    throw explain(error, { ...attempt(`create the deployment of ${ref}`, ports), wanted: request })
  })
  if (answer.status === 202) throw autoMerged(ref, answer.data.message)
  const deployment = v.safeParse(Deployment, answer.data)
  if (deployment.success) return deployment.output
  throw new ActionError(`GitHub's answer to the request for a deployment of ${ref} cannot be read (201).`, {
    hint: 'The deployment may exist nevertheless: run the job again, and look at the environment for one left over.',
  })
}

/** Adds a status to the deployment. */
export async function setState(saved: Saved, state: State, url: string | undefined, ports: Ports): Promise<void> {
  const doing = `set deployment ${saved.deploymentId} to ${state}`
  await ports.github.rest.repos.createDeploymentStatus(statusRequest(saved, state, url)).catch((error: unknown) => {
    throw explain(error, attempt(doing, ports))
  })
}

function attempt(doing: string, { runner, context }: Ports): Attempt {
  return { doing, context, actor: runner.env['GITHUB_ACTOR'], signal: runner.signal }
}
