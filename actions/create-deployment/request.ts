/** What GitHub is asked for, decided purely. */
import type { RestEndpointMethodTypes } from '@octokit/rest'
import { type GitHubContext, headOf } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import type { NewDeployment } from './inputs.ts'
import type { Maker } from './maker.ts'

export type DeploymentRequest = RestEndpointMethodTypes['repos']['createDeployment']['parameters']
export type StatusRequest = RestEndpointMethodTypes['repos']['createDeploymentStatus']['parameters']

/**
 * GitHub refuses a longer description of a status (422 `description is too long`, Shopify/shipit-engine#1004). For
 * the deployment's own one it documents no limit; the same text serves both.
 */
export const DESCRIPTION_LIMIT = 140

/** At most `limit` code points, the last one an ellipsis where something had to be left out. */
export function cut(text: string, limit = DESCRIPTION_LIMIT): string {
  const points = [...text]
  return points.length <= limit ? text : `${points.slice(0, limit - 1).join('')}…`
}

/** `none` becomes an empty list and `all` undefined, which is how GitHub's API says both. */
export function parseRequiredContexts(lines: readonly string[]): readonly string[] | undefined {
  const [first, ...others] = lines
  if (first === undefined || (others.length > 0 && lines.some((line) => line === 'none' || line === 'all'))) {
    throw new ActionError(`Input required-contexts is ${first === undefined ? 'empty' : `"${lines.join(', ')}"`}.`, {
      hint: 'Write none, or all, or the names of the statuses and checks, one a line.',
    })
  }
  if (first === 'all') return undefined
  return first === 'none' ? [] : lines
}

export function deploymentRequest(
  inputs: NewDeployment,
  context: GitHubContext,
  maker: Maker,
): DeploymentRequest & { readonly ref: string } {
  const { requiredContexts, transientEnvironment, productionEnvironment, description } = inputs
  return {
    owner: context.owner,
    repo: context.repo,
    ref: inputs.ref ?? headOf(context).sha,
    task: inputs.task,
    environment: inputs.environment,
    auto_merge: inputs.autoMerge,
    payload: { ...inputs.payload, slipway: maker },
    ...(description !== undefined && { description: cut(description) }),
    ...(requiredContexts !== undefined && { required_contexts: [...requiredContexts] }),
    ...(transientEnvironment !== undefined && { transient_environment: transientEnvironment }),
    ...(productionEnvironment !== undefined && { production_environment: productionEnvironment }),
  }
}

export const STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const
export type State = (typeof STATES)[number]

/** What every status of one deployment repeats, so that a reader of any of them finds the log. */
export interface Subject {
  readonly owner: string
  readonly repo: string
  readonly deploymentId: number
  readonly logUrl: string
  readonly description?: string | undefined
}

/**
 * An empty `environment_url` makes GitHub's answer unreadable (bobheadxi/deployments#172): it is left out instead.
 *
 * @param autoInactive false leaves the earlier deployments of the environment alone, which only a success ever touches
 */
export function statusRequest(
  subject: Subject,
  state: State,
  environmentUrl?: string,
  { autoInactive = true }: { readonly autoInactive?: boolean } = {},
): StatusRequest {
  const { owner, repo, deploymentId, logUrl, description } = subject
  return {
    owner,
    repo,
    deployment_id: deploymentId,
    state,
    log_url: logUrl,
    ...(environmentUrl !== undefined && { environment_url: environmentUrl }),
    ...(description !== undefined && { description: cut(description) }),
    ...(state === 'success' && !autoInactive && { auto_inactive: false }),
  }
}
