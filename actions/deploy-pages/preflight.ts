/** Everything that can be known before anything is uploaded; all problems are collected and told at once. */
import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Head } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import { type Age, type Compare, checkAge, FINE } from './ancestry.ts'
import { checkStrangersCode, findStrayLinks } from './code.ts'
import { readText } from './files.ts'
import { findRawFramework } from './framework.ts'
import { warnOfIgnoredLines } from './ignored-lines.ts'
import type { Inputs } from './inputs.ts'
import { checkHeaders, checkRedirects, parseRoutes } from './limits.ts'
import { checkLocation, isWithin } from './location.ts'
import { checkName } from './names.ts'
import type { Env } from './npm.ts'
import type { Environment, Pages, Project } from './pages.ts'
import { readWithRetries } from './poll.ts'
import { type Problem, refuse } from './problem.ts'
import { type Found, findProject } from './project.ts'
import { type ProjectConfig, readProjectConfig } from './project-config.ts'
import { type Configuration, readSite, type Site } from './site.ts'
import { environmentOf, resolveTarget, type Target } from './target.ts'
import {
  checkClaim,
  checkProjectChoice,
  checkStranger,
  checkStrangersWrangler,
  type FindBranch,
  type Stranger,
  strangerOf,
} from './trust.ts'
import { checkVariables } from './variables.ts'
import { PROJECT_WRANGLER } from './wrangler-version.ts'

/** What will be deployed, where and as what. */
export interface Plan extends Found {
  readonly environment: Environment
  readonly target: Target
  readonly site: Site
  /** The wrangler configuration, absolute. */
  readonly configuration: string | undefined
  /** Whole sentences about what will be deployed and not work. */
  readonly warnings: readonly string[]
  /** Whole sentences for whoever reads the log. */
  readonly notes: readonly string[]
}

/** Without a larger one in the upload token (MAX_ASSET_COUNT_DEFAULT in cloudflare/workers-sdk). */
const FILE_LIMIT = 20_000

interface Ports {
  readonly pages: Pages
  readonly head: Head
  readonly compare: Compare
  readonly findBranch: FindBranch
  /** Absolute. */
  readonly workingDirectory: string
  readonly signal: AbortSignal
  /** The runner's; what lies in its workspace and its temporary folder may be deployed. */
  readonly env: Env
  /** Of the project, where that is asked for: it rejects where there is none to be used. */
  readonly wrangler: Promise<unknown> | undefined
}

/** @throws one ActionError with every problem */
export async function preflight(
  inputs: Inputs,
  { pages, head, compare, findBranch, workingDirectory, signal, env, wrangler }: Ports,
): Promise<Plan> {
  const problems: Problem[] = []
  const target = await collect(problems, () => resolveTarget(inputs, head))
  const stranger = strangerOf(head, inputs)
  const { projectName, directory, configuration } = await locate(inputs, head, workingDirectory, problems)
  const place = { workingDirectory, env, isConfigured: !inputs.directory, stranger }
  const [folder, found] = await Promise.all([
    directory === undefined ? undefined : checkFolder(directory, place, problems, signal),
    projectName === undefined ? undefined : findProject(projectName, inputs, problems, { pages, signal }),
  ])
  const project = found?.project
  if (folder !== undefined && project !== undefined && folder.site.files.length > FILE_LIMIT) {
    await checkFileCount(folder.site, project, problems, { pages, signal })
  }
  const destination = { head, stranger, target, found }
  const age = await checkDestination(destination, inputs, problems, { pages, compare, findBranch, signal })
  if (stranger === undefined) await collect(problems, () => wrangler)

  if (problems.length > 0 || !target || !folder || !found) refuse(problems)
  const environment = environmentOf(target.branch, found.project.production_branch)
  const warnings = [...folder.warnings, ...age.warnings]
  return { ...found, target, environment, site: folder.site, configuration, warnings, notes: age.notes }
}

async function collect<T>(problems: Problem[], work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    problems.push(error)
    return undefined
  }
}

interface Located {
  readonly projectName: string | undefined
  /** Absolute. */
  readonly directory: string | undefined
  /** Absolute. */
  readonly configuration: string | undefined
}

/** Project and folder by the inputs, else by the wrangler configuration. Nothing is looked for in a folder that is not there. */
async function locate(inputs: Inputs, head: Head, workingDirectory: string, problems: Problem[]): Promise<Located> {
  const { projectName } = inputs
  const found = await stat(workingDirectory).catch(() => undefined)
  if (!found?.isDirectory()) {
    const hint = 'Correct the input working-directory; it is relative to the workspace.'
    problems.push({ message: `The working directory does not exist: ${workingDirectory}.`, hint })
    return { projectName, directory: undefined, configuration: undefined }
  }
  const before = problems.length
  const config = await collect(problems, () => readProjectConfig(workingDirectory))
  const located = {
    projectName: projectName ?? (config?.outputDirectory === undefined ? undefined : config.name),
    directory: inputs.directory ? resolve(workingDirectory, inputs.directory) : config?.outputDirectory,
    configuration: config?.path,
  }
  const isUnusable = problems.length > before
  if (!isUnusable) problems.push(...missingNames(located, config, workingDirectory))
  const unchosen = checkProjectChoice(inputs, located.projectName, head)
  problems.push(...unchosen)
  return unchosen.length === 0 ? located : { ...located, projectName: undefined }
}

function missingNames(
  { projectName, directory }: Located,
  config: ProjectConfig | undefined,
  place: string,
): Problem[] {
  const missing = [
    ...(projectName === undefined ? ['project-name'] : []),
    ...(directory === undefined ? ['directory'] : []),
  ]
  if (missing.length === 0) return []
  const inputs = missing.length === 1 ? `Input ${missing[0]} is` : `Inputs ${missing.join(' and ')} are`
  return [
    {
      message: `${inputs} empty, and ${whyNot(config, place)}.`,
      hint: `Set ${missing.join(' and ')}, or put name and pages_build_output_dir into a wrangler.toml in working-directory.`,
    },
  ]
}

function whyNot(config: ProjectConfig | undefined, place: string): string {
  if (config === undefined) return `there is no wrangler configuration in ${place}`
  const file = basename(config.path)
  if (config.isWorker) return `${file} is a Worker's: it has no pages_build_output_dir`
  return `${file} has no ${config.outputDirectory === undefined ? 'pages_build_output_dir' : 'name'}`
}

interface Place {
  readonly workingDirectory: string
  readonly env: Env
  readonly isConfigured: boolean
  readonly stranger: Stranger | undefined
}

interface Folder {
  readonly site: Site
  readonly warnings: readonly string[]
}

async function checkFolder(directory: string, place: Place, problems: Problem[], signal: AbortSignal): Promise<Folder> {
  const wrong = (await checkPlace(directory, place)) ?? findRawFramework(directory)
  if (wrong !== undefined) {
    problems.push(wrong) // what else is wrong with a folder that must not be deployed is of no interest
    return { site: { directory, files: [], bytes: 0, hasWorker: false }, warnings: [] }
  }
  const { workingDirectory } = place
  const workspace = place.env['GITHUB_WORKSPACE'] || workingDirectory
  const { site, problems: found, configuration } = await readSite(directory, { signal, workspace })
  problems.push(...found, ...(await findStrayLinks(workingDirectory, 'functions', workspace)))
  const code = place.stranger && (await checkStrangersCode(place.stranger, directory, workingDirectory))
  if (code !== undefined) problems.push(code)
  const text = async (name: Configuration) =>
    configuration.includes(name) ? readText(join(directory, name)) : undefined
  const [headers, redirects, routes] = await Promise.all([text('_headers'), text('_redirects'), text('_routes.json')])
  if (headers !== undefined) problems.push(...checkHeaders(headers))
  if (redirects !== undefined) problems.push(...checkRedirects(redirects))
  if (routes !== undefined) problems.push(...parseRoutes(routes).problems)
  return { site, warnings: warnOfIgnoredLines(headers, redirects) }
}

async function checkPlace(directory: string, { env, isConfigured, workingDirectory }: Place) {
  const misnamed = checkName('the folder to deploy', directory)
  if (misnamed !== undefined) return misnamed
  const workspace = env['GITHUB_WORKSPACE'] || workingDirectory
  // A working directory elsewhere was named by the workflow; one in the workspace may be somebody's link.
  const chosen = isWithin(workspace, workingDirectory) ? '' : workingDirectory
  const roots = [workspace, env['RUNNER_TEMP'] ?? '', chosen]
  return checkLocation(
    { directory, isConfigured },
    roots.filter((root) => root !== ''),
  )
}

type ApiPorts = Pick<Ports, 'pages' | 'signal'>

/** The account's own limit costs a request, so it is asked for only by those who are over the usual one. */
async function checkFileCount(site: Site, project: Project, problems: Problem[], { pages, signal }: ApiPorts) {
  const answer = await readWithRetries(() => pages.readFileLimit(project.name), signal)
  const limit = (answer.kind === 'ok' ? answer.result : undefined) ?? FILE_LIMIT
  if (site.files.length <= limit) return
  problems.push({
    message: `The folder holds ${site.files.length} files; Pages takes ${limit} in a deployment of this account.`,
    hint: 'Check that the input directory names the output of the build and nothing more, or serve part of it from elsewhere.',
  })
}

interface Destination {
  readonly head: Head
  readonly stranger: Stranger | undefined
  /** Undefined when there is a problem with it already. */
  readonly target: Target | undefined
  readonly found: Found | undefined
}

/** Whether the deployment may go where it would go. */
async function checkDestination(
  { head, stranger, target, found }: Destination,
  inputs: Inputs,
  problems: Problem[],
  ports: Pick<Ports, 'pages' | 'compare' | 'findBranch' | 'signal'>,
): Promise<Age> {
  if (stranger !== undefined && inputs.wranglerVersion === PROJECT_WRANGLER) {
    problems.push(checkStrangersWrangler(stranger))
  }
  if (target === undefined || found === undefined) return FINE
  const { project, history } = found
  const environment = environmentOf(target.branch, project.production_branch)
  const misled = [
    ...checkStranger(stranger, target.branch, environment),
    ...checkTarget(target, project, inputs),
    ...(await checkClaim(head, inputs, environment, ports)),
  ]
  problems.push(...misled, ...checkVariables(project, environment, inputs.requireVariables))
  if (inputs.allowOlder || misled.length > 0) return FINE
  const age = await checkAge({ project, target, environment, history }, ports)
  problems.push(...age.problems)
  return age
}

function checkTarget(target: Target, project: Project, { expectEnvironment }: Inputs): readonly Problem[] {
  const { branch } = target
  const environment = environmentOf(branch, project.production_branch)
  if (expectEnvironment === undefined || expectEnvironment === environment) return []
  return [
    {
      message: `Branch "${branch}" would be deployed to ${environment}, but ${expectEnvironment} is expected: the production branch of ${project.name} is "${project.production_branch}".`,
      hint: 'Correct the input branch or expect-environment, or the production branch in the settings of the project.',
    },
  ]
}
