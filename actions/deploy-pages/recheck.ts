/**
 * What may have changed on Cloudflare since the preflight: before anything is uploaded again, or taken up. An attempt and
 * its wait can take many minutes, in which a newer run may have deployed.
 */
import type { Log } from '../../src/action.ts'
import { type Compare, checkAge } from './ancestry.ts'
import type { History } from './history.ts'
import type { Pages, Project } from './pages.ts'
import { lookUp } from './poll.ts'
import type { Plan } from './preflight.ts'
import { toError } from './problem.ts'
import { explainRefusal } from './remedies.ts'
import { environmentOf } from './target.ts'

export interface RecheckPorts {
  readonly pages: Pages
  readonly compare: Compare
  readonly log: Log
  readonly signal: AbortSignal
}

export interface Asked {
  readonly accountId: string
  readonly allowOlder: boolean
}

/**
 * The project as it is now.
 *
 * @throws an ActionError when the deployment would no longer go where it was to go, or would take the site
 * backwards
 */
export async function recheck(
  plan: Plan,
  recent: History['recent'],
  { accountId, allowOlder }: Asked,
  { pages, compare, log, signal }: RecheckPorts,
): Promise<Project> {
  const { target, environment } = plan
  const answer = await lookUp(() => pages.readProject(plan.project.name), signal)
  if (answer.kind !== 'ok') {
    const { message, hint } = explainRefusal(answer, { project: plan.project.name, accountId })
    throw toError({ message: `What is live now could not be looked up. ${message}`, hint })
  }
  const project = answer.result
  if (environmentOf(target.branch, project.production_branch) !== environment) throw moved(plan, project)
  if (allowOlder) return project
  const history = { recent, unknown: undefined }
  const { problems, warnings } = await checkAge({ project, target, environment, history }, { pages, compare, signal })
  const [problem] = problems
  if (problem !== undefined) throw toError(problem)
  for (const warning of warnings) if (!plan.warnings.includes(warning)) log.warning(warning)
  return project
}

function moved({ project, environment, target }: Plan, { production_branch: now }: Project) {
  return toError({
    message: `Branch "${target.branch}" would no longer be deployed to ${environment}: the production branch of ${project.name} was "${project.production_branch}" when this step began, and is "${now}" now.`,
    hint: 'Run the job again if that is what is wanted.',
  })
}
