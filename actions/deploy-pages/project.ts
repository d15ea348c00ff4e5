/** The Pages project as it is before the deployment, or as it will be once it is created. */
import type { ActionError } from '../../src/errors.ts'
import { type History, NO_HISTORY, readHistory } from './history.ts'
import type { Inputs } from './inputs.ts'
import type { Pages, Project } from './pages.ts'
import { readWithRetries } from './poll.ts'
import { type Problem, toError } from './problem.ts'
import { explainRefusal } from './remedies.ts'

export interface Found {
  readonly project: Project
  readonly history: History
  /** It does not exist yet: what `create-project` will make. */
  readonly isNew: boolean
}

interface Ports {
  readonly pages: Pages
  readonly signal: AbortSignal
}

type Asked = Pick<Inputs, 'accountId' | 'createProject' | 'productionBranch'>

/** Undefined, with a problem more, when there is none that could be deployed to. */
export async function findProject(
  name: string,
  asked: Asked,
  problems: Problem[],
  { pages, signal }: Ports,
): Promise<Found | undefined> {
  const misnamed = checkProjectName(name)
  if (misnamed !== undefined) {
    problems.push(misnamed)
    return undefined
  }
  const [answer, history] = await Promise.all([
    readWithRetries(() => pages.readProject(name), signal),
    readHistory(pages, name, signal),
  ])
  if (answer.kind === 'ok') return { project: answer.result, history, isNew: false }
  const isMissing = answer.kind === 'refused' && answer.code === NO_PROJECT
  if (isMissing && asked.createProject) return { project: planned(name, asked), history: NO_HISTORY, isNew: true }
  problems.push(explainRefusal(answer, { project: name, accountId: asked.accountId }))
  return undefined
}

const NO_PROJECT = 8000007

function planned(name: string, { productionBranch }: Asked): Project {
  return { name, subdomain: `${name}.pages.dev`, domains: [], production_branch: productionBranch }
}

function checkProjectName(name: string): Problem | undefined {
  if (/^[a-z0-9-]+$/.test(name)) return undefined
  const message = `"${name}" is no name of a Pages project.`
  const [, own] = /^(?:https?:\/\/)?([a-z0-9-]+)\.pages\.dev\/?$/.exec(name) ?? []
  if (own !== undefined) return { message, hint: `project-name is the name without .pages.dev: ${own}.` }
  return { message, hint: 'Set project-name to the name in the dashboard: lower-case letters, digits and hyphens.' }
}

/**
 * Creates it. The request is sent once; where its answer is lost, or somebody else was faster, what is there counts.
 *
 * @throws an ActionError when there is no project afterwards, or one with another production branch
 */
export async function createProject({ name, production_branch: branch }: Project, asked: Asked, ports: Ports) {
  const { pages, signal } = ports
  const answer = await pages.createProject(name, branch)
  if (answer.kind === 'ok') return answer.result
  const found = await readWithRetries(() => pages.readProject(name), signal)
  if (found.kind !== 'ok') throw notCreated(name, asked, answer)
  const existing = found.result
  if (existing.production_branch === branch) return existing
  throw toError({
    message: `Project ${name} was created by something else meanwhile, with the production branch "${existing.production_branch}" instead of "${branch}".`,
    hint: 'Correct production-branch, or the production branch in the settings of the project. Nothing was uploaded.',
  })
}

function notCreated(name: string, { accountId }: Asked, answer: Parameters<typeof explainRefusal>[0]): ActionError {
  const { message, hint } = explainRefusal(answer, { project: name, accountId })
  return toError({ message: `Project ${name} could not be created. ${message}`, hint }, 'Nothing was uploaded.')
}
