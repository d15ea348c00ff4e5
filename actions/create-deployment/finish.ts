/** The post step: the deployment gets the state that the job has ended with. */
import { DEPLOYMENT_URL_VARIABLE } from '../../src/context.ts'
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import { type Ports, setState } from './create-deployment.ts'
import type { LateInputs } from './inputs.ts'
import type { Saved } from './saved.ts'
import { summarize } from './summary.ts'
import { chooseUrl, type UrlSource } from './urls.ts'

type FinalState = 'success' | 'failure' | Saved['onCancel']

export async function finishDeployment(saved: Saved, inputs: LateInputs, ports: Ports): Promise<void> {
  const { runner, context } = ports
  const { deploymentId, environment, initialState } = saved
  const { state, problem } = conclude(inputs.jobStatus, saved.onCancel)
  if (problem !== undefined) runner.log.warning(problem)
  const url = chooseUrl(urlSources(saved, inputs, runner.env[DEPLOYMENT_URL_VARIABLE]), runner.log.warning)

  try {
    await setState(saved, state, url, ports)
  } catch (error) {
    runner.summarize(
      summarize(
        saved,
        { state: initialState, url, note: `The job ended with ${state}, which could not be recorded.` },
        context,
      ),
    )
    throw unfinished(error, saved, state)
  }
  const duration = Date.now() - saved.startedAt
  runner.log.info(`Deployment ${deploymentId} to ${environment}: ${state} after ${formatDuration(duration)}.`)
  runner.summarize(summarize(saved, { state, url, duration }, context))
}

/** The final state for the job's result. A result that the runner does not have today counts as an error. */
export function conclude(
  jobStatus: string | undefined,
  onCancel: Saved['onCancel'],
): { readonly state: FinalState; readonly problem?: string } {
  if (jobStatus === 'success' || jobStatus === 'failure') return { state: jobStatus }
  if (jobStatus === 'cancelled') return { state: onCancel }
  const problem = `The job's result is "${jobStatus ?? ''}", which is none of success, failure and cancelled: the deployment ends in error. Leave job-status at its default.`
  return { state: 'error', problem }
}

/**
 * In order of precedence: what the workflow says now that the job is over, what a later step has announced, and
 * what the workflow said at the beginning.
 */
function urlSources(saved: Saved, inputs: LateInputs, announced: string | undefined): readonly UrlSource[] {
  return [
    { name: 'Input environment-url', url: inputs.environmentUrl },
    { name: DEPLOYMENT_URL_VARIABLE, url: announced === saved.announcedBefore ? undefined : announced },
    { name: 'Input environment-url', url: saved.environmentUrl },
  ]
}

function unfinished(error: unknown, saved: Saved, state: FinalState): unknown {
  if (!(error instanceof ActionError)) return error
  const { owner, repo, deploymentId, environment, initialState } = saved
  const byHand = `gh api repos/${owner}/${repo}/deployments/${deploymentId}/statuses -f state=${state}`
  return new ActionError(`${error.message} The deployment to ${environment} stays ${initialState}.`, {
    hint: [error.hint, `To finish it by hand: ${byHand}`].filter((text) => text !== '').join(' '),
    cause: error,
  })
}
