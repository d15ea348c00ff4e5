/** Reads the inputs at the step's beginning: what is wrong with one is told in the job's summary as well. */
import type { Runner } from '../../src/action.ts'
import { type GitHubContext, headOf } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import { type Inputs, parseInputs } from './inputs.ts'
import { Progress } from './progress.ts'
import { summarizeFailure } from './summary.ts'

export function readInputs(runner: Runner, context: GitHubContext): Inputs {
  try {
    if (runner.input.secret('api-token') === undefined) refuseWithoutSecrets(context, runner.env['GITHUB_ACTOR'])
    return parseInputs(runner.input)
  } catch (error) {
    if (error instanceof ActionError) {
      const { message: reason, hint: remedy } = error
      const left = { standing: { kind: 'nothing uploaded' }, visitorsSee: undefined, dashboard: undefined } as const
      runner.summarize(summarizeFailure({ reason, remedy, ...left }, new Progress(runner.log)))
    }
    throw error
  }
}

/** Under `pull_request_target` and `workflow_run` the secrets are there. */
const WITHOUT_SECRETS = ['pull_request', 'pull_request_review', 'pull_request_review_comment']

/** The most frequent reason for an empty secret, which nobody has to correct. */
function refuseWithoutSecrets(context: GitHubContext, actor: string | undefined): void {
  if (!WITHOUT_SECRETS.includes(context.eventName)) return
  if (headOf(context).fork !== undefined) {
    throw new ActionError('Input api-token is empty: the pull request comes from a fork, which gets no secrets.', {
      hint: 'Skip the job for forks: "if: github.event_name != \'pull_request\' || github.event.pull_request.head.repo.full_name == github.repository".',
    })
  }
  if (actor !== 'dependabot[bot]') return
  throw new ActionError(
    'Input api-token is empty: Dependabot started the run, which gets no secrets of the repository.',
    {
      hint: 'Skip the job for pull requests of Dependabot: "if: github.event.pull_request.user.login != \'dependabot[bot]\'".',
    },
  )
}
