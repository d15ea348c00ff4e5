/** Everything that can be known before anything is uploaded; all problems are collected and told at once. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Head } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import { findRawFramework } from './framework.ts'
import type { Inputs } from './inputs.ts'
import { checkHeaders, checkRedirects, parseRoutes } from './limits.ts'
import type { Answer, Environment, Pages, Project } from './pages.ts'
import { type Problem, refuse } from './problem.ts'
import { readProjectConfig } from './project-config.ts'
import { explainRefusal } from './remedies.ts'
import { readSite, type Site } from './site.ts'
import { environmentOf, resolveTarget, type Target } from './target.ts'

/** What will be deployed, where and as what. */
export interface Plan {
  readonly project: Project
  readonly environment: Environment
  readonly target: Target
  readonly site: Site
}

/** Without a larger one in the upload token (MAX_ASSET_COUNT_DEFAULT in cloudflare/workers-sdk). */
const FILE_LIMIT = 20_000
/** Milliseconds before the second and the third try to read something. */
const READ_DELAYS = [1000, 3000]
/** A longer wait than this is not worth a job's minutes. */
const LONGEST_WAIT = 30_000

interface Ports {
  readonly pages: Pages
  readonly head: Head
  /** Absolute. */
  readonly workingDirectory: string
  readonly signal: AbortSignal
}

/** @throws one ActionError with every problem */
export async function preflight(inputs: Inputs, { pages, head, workingDirectory, signal }: Ports): Promise<Plan> {
  const problems: Problem[] = []
  const config = attempt(problems, () => readProjectConfig(workingDirectory))
  const target = attempt(problems, () => resolveTarget(inputs, head))
  const projectName = inputs.projectName ?? (config?.outputDirectory === undefined ? undefined : config.name)
  const directory = inputs.directory && resolve(workingDirectory, inputs.directory)
  const folder = directory ?? config?.outputDirectory

  if (projectName === undefined) problems.push(notNamed('project-name', 'name', config?.path))
  if (folder === undefined) problems.push(notNamed('directory', 'pages_build_output_dir', config?.path))
  const [site, project] = await Promise.all([
    folder === undefined ? undefined : checkFolder(folder, problems),
    projectName === undefined ? undefined : checkProject(projectName, inputs, problems, { pages, signal }),
  ])
  if (site !== undefined && project !== undefined && site.files.length > FILE_LIMIT) {
    await checkFileCount(site, project, problems, { pages, signal })
  }
  if (target !== undefined && project !== undefined) problems.push(...checkTarget(target, project, inputs))

  if (problems.length > 0 || !target || !site || !project) refuse(problems)
  return { project, target, site, environment: environmentOf(target.branch, project.production_branch) }
}

function attempt<T>(problems: Problem[], work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    problems.push(error)
    return undefined
  }
}

function notNamed(input: string, key: string, config: string | undefined): Problem {
  const place = config === undefined ? 'there is no wrangler configuration' : `${config} has no Pages project in it`
  return {
    message: `Input ${input} is empty and ${place}.`,
    hint: `Set ${input}, or name and pages_build_output_dir in a wrangler configuration in working-directory, where ${key} would be used.`,
  }
}

async function checkFolder(directory: string, problems: Problem[]): Promise<Site> {
  const raw = findRawFramework(directory)
  if (raw !== undefined) {
    problems.push(raw) // what else is wrong with a folder that must not be deployed is of no interest
    return { directory, files: [], bytes: 0, hasWorker: false }
  }
  const { site, problems: found } = await readSite(directory)
  problems.push(...found)
  const text = (name: string) => readFile(join(directory, name), 'utf8').catch(() => undefined)
  const [headers, redirects, routes] = await Promise.all([text('_headers'), text('_redirects'), text('_routes.json')])
  if (headers !== undefined) problems.push(...checkHeaders(headers))
  if (redirects !== undefined) problems.push(...checkRedirects(redirects))
  if (routes !== undefined) problems.push(...parseRoutes(routes).problems)
  return site
}

type Connection = Pick<Ports, 'pages' | 'signal'>

async function checkProject(
  name: string,
  { accountId }: Inputs,
  problems: Problem[],
  { pages, signal }: Connection,
): Promise<Project | undefined> {
  const answer = await persist(() => pages.readProject(name), signal)
  if (answer.kind === 'ok') return answer.result
  problems.push(explainRefusal(answer, { project: name, accountId }))
  return undefined
}

/** The account's own limit costs a request, so it is asked for only by those who are over the usual one. */
async function checkFileCount(site: Site, project: Project, problems: Problem[], { pages, signal }: Connection) {
  const answer = await persist(() => pages.readFileLimit(project.name), signal)
  const limit = (answer.kind === 'ok' ? answer.result : undefined) ?? FILE_LIMIT
  if (site.files.length <= limit) return
  problems.push({
    message: `The folder holds ${site.files.length} files; Pages takes ${limit} in a deployment of this account.`,
    hint: 'Check that directory names the output of the build and nothing more, or serve part of it from elsewhere.',
  })
}

function checkTarget(target: Target, project: Project, { expectEnvironment }: Inputs): readonly Problem[] {
  const { branch } = target
  const environment = environmentOf(branch, project.production_branch)
  if (target.fromFork && environment === 'production') {
    return [
      {
        message: `What comes from a fork would be deployed to production, since the production branch is called "${branch}".`,
        hint: 'Give the project a production branch that does not begin with "fork-".',
      },
    ]
  }
  if (expectEnvironment === undefined || expectEnvironment === environment) return []
  return [
    {
      message: `Branch "${branch}" would be deployed to ${environment}, but ${expectEnvironment} is expected: the production branch of ${project.name} is "${project.production_branch}".`,
      hint: 'Correct branch or expect-environment, or the production branch in the settings of the project.',
    },
  ]
}

/** Reads again what was not available. A refusal stays a refusal. */
async function persist<T>(read: () => Promise<Answer<T>>, signal: AbortSignal): Promise<Answer<T>> {
  for (const delay of READ_DELAYS) {
    const answer = await read()
    if (answer.kind !== 'unavailable') return answer
    await sleep(Math.min(Math.max(delay, answer.retryAfter ?? 0), LONGEST_WAIT), undefined, { signal })
  }
  return read()
}
