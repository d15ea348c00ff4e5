/** The Pages project as it is before the deployment, or as it will be once it is created. */
import type { Log } from '../../src/action.ts'
import type { Answer } from '../../src/cloudflare.ts'
import { type Outcome, type Policy, persevere } from './attempts.ts'
import { explainCode } from './codes.ts'
import { type History, NO_HISTORY, readHistory } from './history.ts'
import type { Inputs } from './inputs.ts'
import { escapeControls } from './names.ts'
import type { Pages, Project } from './pages.ts'
import { lookUp, readWithRetries } from './poll.ts'
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
  if (isMissing && asked.createProject) {
    problems.push(...checkNewProject(name, asked))
    return { project: planned(name, asked), history: NO_HISTORY, isNew: true }
  }
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

/** In the words of code 8000003 (cloudflare/wildebeest#36). */
const LONGEST_NAME = 58
/** What `git check-ref-format --branch` refuses; Pages takes it, and nothing could ever be deployed to production. */
const NO_BRANCH = /^[-/.]|[\s~^:?*[\\\p{Cc}]|\.\.|@\{|\/\/|\/\.|[/.]$|\.lock(\/|$)|^@$/u

function checkNewProject(name: string, { productionBranch }: Asked): readonly Problem[] {
  const problems: Problem[] = []
  if (name.length > LONGEST_NAME || /^-|-$/.test(name)) {
    const message = `No Pages project can be created with the name "${name}".`
    const hint = `Give it a name of 1 to ${LONGEST_NAME} lower-case letters, digits and hyphens that neither begins nor ends with a hyphen.`
    problems.push({ message, hint })
  }
  if (NO_BRANCH.test(productionBranch)) {
    const message = `Input production-branch is "${escapeControls(productionBranch)}", which is no name of a branch.`
    problems.push({ message, hint: 'Give the name of the branch that production is deployed from, main for example.' })
  }
  return problems
}

interface CreationPorts extends Ports {
  readonly log: Log
}

/**
 * Creates it. Where the answer is lost, or somebody else was faster, what is there counts; the request is sent again only
 * when the project is known to be missing.
 *
 * @throws an ActionError when there is no project afterwards, or one with another production branch
 */
export async function createProject(
  { name, production_branch: branch }: Project,
  asked: Asked & Policy,
  { pages, signal, log }: CreationPorts,
): Promise<Project> {
  const once = async (): Promise<Outcome<Project>> => {
    const answer = await pages.createProject(name, branch)
    if (answer.kind === 'ok') return { done: answer.result }
    const found = await lookUp(() => pages.readProject(name), signal)
    if (found.kind === 'ok') return { done: expectBranch(found.result, branch) }
    return { failed: notCreated(name, asked, answer, found) }
  }
  return persevere({ once, recover: async () => undefined }, asked, { log, signal })
}

function expectBranch(project: Project, branch: string): Project {
  if (project.production_branch === branch) return project
  throw toError({
    message: `Project ${project.name} was created by something else meanwhile, with the production branch "${project.production_branch}" instead of "${branch}".`,
    hint: 'Correct production-branch, or the production branch in the settings of the project. Nothing was uploaded.',
  })
}

type Failed = Exclude<Answer<unknown>, { kind: 'ok' }>

function notCreated(project: string, { accountId }: Asked, answer: Failed, found: Failed) {
  const isMissing = found.kind === 'refused' && found.code === NO_PROJECT
  const { message, hint } = explain(answer, { project, accountId })
  const left = isMissing
    ? 'Nothing was uploaded.'
    : 'Nothing was uploaded; whether the project exists now is not known.'
  return {
    error: toError({ message: `Project ${project} could not be created. ${message}`, hint }, left),
    verdict: {
      kind: answer.kind === 'unavailable' && isMissing ? 'transient' : 'permanent',
      cause: `the project could not be created: ${answer.message}`,
    },
    retryAfter: answer.kind === 'unavailable' ? answer.retryAfter : undefined,
  } as const
}

/** A refusal without words of its own is most often one of these two. */
function explain(answer: Failed, subject: { readonly project: string; readonly accountId: string }): Problem {
  const problem = explainRefusal(answer, { ...subject, asked: `create project "${subject.project}"` })
  if (answer.kind === 'unavailable' || explainCode(answer.code, subject) !== undefined) return problem
  const hint =
    'Check that the token has "Account > Cloudflare Pages > Edit" for the account in account-id, and that the account has room for another project.'
  return { ...problem, hint }
}
