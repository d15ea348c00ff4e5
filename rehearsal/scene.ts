/** Sets the scene of a rehearsal: the workflow read, the repository copied, the doubles listening. */
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { startCloudflare } from './cloudflare/server.ts'
import { RehearsalError } from './errors.ts'
import { farSide } from './far-side.ts'
import { fillInputs, fillSettings, isProjectName } from './fill.ts'
import { startGitHub } from './github/server.ts'
import type { Overture, RehearseOptions } from './options.ts'
import { checkActions, checkStepExists } from './preflight.ts'
import { configuredProject, literalProjects } from './project.ts'
import { githubContext, type RunIdentity } from './runner/contexts.ts'
import { makeEvent, pullRequestNumber } from './runner/events.ts'
import { concurrencyOf } from './runner/job-settings.ts'
import { Masks } from './runner/masks.ts'
import { contextReferences } from './runner/references.ts'
import { makeRepository, type RepositoryCopy } from './runner/repository.ts'
import type { Folders } from './runner/run.ts'
import { type EventName, eventNames, hasPathFilter, notTriggered, pullRequestType } from './runner/triggers.ts'
import { readWorkflow, type Workflow } from './runner/workflow.ts'

const defaultBranch = 'main'
const checkout = resolve(import.meta.dirname, '..')

interface Choice {
  readonly workflow: Workflow
  readonly event: EventName
  readonly branch: string
  readonly actor: string
  /** GitHub gives neither secrets nor a writing token to what comes from a fork or from Dependabot. */
  readonly restricted: boolean
}

/** @throws RehearsalError for everything that is a matter of usage; nothing has run then */
export async function setScene(options: RehearseOptions, stack: AsyncDisposableStack) {
  const { file, source } = checkPaths(options)
  const choice = choose(await readWorkflow(file), options)
  const { workflow, event, branch, actor, restricted } = choice
  const manual = manualInputs(choice, options.inputs ?? {})
  const facts = cloudflareFacts(workflow, source, options)
  const given = { secrets: options.secrets ?? {}, vars: options.vars ?? {} }
  const settings = fillSettings(contextReferences(workflow), given, facts)
  const root = await realpath(await mkdtemp(join(tmpdir(), 'slipway-rehearsal-')))
  stack.defer(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))
  const pullRequest = event === 'pull_request' ? pullRequestNumber : undefined
  const copy = await makeRepository({ source, root, workflow: file, defaultBranch, branch, pullRequest })
  const folders = await makeFolders(root, copy, options)
  await checkActions(workflow, folders.actions, copy.folder)
  const repository = `rehearsal/${basename(source)}`
  const github = stack.use(await startGitHub({ repository, private: true, defaultBranch }))
  const cloudflare = stack.use(
    await startCloudflare({ ...facts, projects: facts.projects.map(asProject), ...behaviourOf(options) }),
  )
  const { apiUrl, serverUrl } = github
  const identity: RunIdentity = {
    ...makeEvent({
      ...{ event, action: pullRequestType(workflow.on), repository, defaultBranch, branch, actor },
      ...{ fork: options.fork, inputs: manual.inputs, workflow: file, serverUrl, copy },
    }),
    ...{ repository, actor, runId: randomInt(10 ** 9, 10 ** 10), runNumber: 1, attempt: 1, workflow: workflow.name },
    ...{ workflowPath: `.github/workflows/${basename(file)}`, apiUrl, serverUrl },
  }
  const filled = settings.filled.filter(({ kind }) => !(restricted && kind === 'secret'))
  const overture: Overture = {
    ...{ workflow: file, name: workflow.name, repository, source, event, ref: identity.ref, sha: identity.sha, actor },
    ...{ apiUrl, cloudflareApiBaseUrl: cloudflare.apiBaseUrl, projects: facts.projects },
    concurrency: groupOf(workflow, identity, settings.vars),
    filled: [...filled, ...manual.filled],
    notes: notesOf(choice, settings.unset),
  }
  const masks = new Masks()
  for (const secret of Object.values(settings.secrets)) masks.add(secret)
  return {
    ...{ workflow, identity, github, cloudflare, folders, masks, overture, readOnlyToken: restricted },
    ...{ vars: settings.vars, secrets: restricted ? {} : settings.secrets, far: farSide(github, copy, identity) },
  }
}

function choose(workflow: Workflow, options: RehearseOptions): Choice {
  checkStepExists(workflow, options.cancelAfter)
  const event = options.event ?? firstEvent(workflow)
  const branch = options.branch ?? (event === 'pull_request' ? 'feature' : defaultBranch)
  checkTrigger(workflow, event, branch)
  const actor = options.actor ?? 'octocat'
  const dependabot = actor === 'dependabot[bot]' && event !== 'workflow_dispatch'
  return { workflow, event, branch, actor, restricted: options.fork !== undefined || dependabot }
}

/** Only a manual run has inputs. */
function manualInputs({ workflow, event }: Choice, given: Readonly<Record<string, string>>) {
  if (event === 'workflow_dispatch') return fillInputs(workflow.on, given)
  if (Object.keys(given).length === 0) return { inputs: {}, filled: [] }
  throw new RehearsalError(`Inputs belong to --event workflow_dispatch; this rehearsal is of ${event}.`)
}

function asProject(name: string) {
  return { name, productionBranch: defaultBranch }
}

function behaviourOf({ behaviour }: RehearseOptions): Pick<RehearseOptions, 'behaviour'> {
  return behaviour === undefined ? {} : { behaviour }
}

/** The workflow's own concurrency group. */
function groupOf({ concurrency, file }: Workflow, identity: RunIdentity, vars: Readonly<Record<string, string>>) {
  try {
    const contexts = { github: githubContext(identity), inputs: identity.inputs, vars }
    return concurrencyOf(concurrency, { contexts, functions: [] })
  } catch (error) {
    throw new RehearsalError(`${basename(file)}: concurrency: ${error instanceof Error ? error.message : error}`)
  }
}

function checkPaths({ workflow, repository }: RehearseOptions): { file: string; source: string } {
  const [file, source] = [resolve(workflow), resolve(repository)]
  if (!existsSync(file)) throw new RehearsalError(`There is no workflow file ${workflow}.`)
  if (!existsSync(source)) throw new RehearsalError(`There is no folder ${repository} to stand for the repository.`)
  return { file, source }
}

function firstEvent(workflow: Workflow): EventName {
  const event = eventNames.find((name) => name in workflow.on)
  if (event !== undefined) return event
  const names = Object.keys(workflow.on).join(', ')
  throw new RehearsalError(`${basename(workflow.file)} runs on ${names}; rehearsed are ${eventNames.join(', ')}.`)
}

function checkTrigger(workflow: Workflow, event: EventName, branch: string): void {
  const reason = notTriggered(workflow.on, event, event === 'pull_request' ? defaultBranch : branch)
  if (reason !== undefined) throw new RehearsalError(`${basename(workflow.file)} would not run: ${reason}.`)
}

function cloudflareFacts(workflow: Workflow, source: string, options: RehearseOptions) {
  const given = Object.entries({ ...options.vars, ...options.secrets })
  const named = [
    ...given.filter(([name]) => isProjectName(name)).map(([, value]) => value),
    ...literalProjects(workflow),
    ...[configuredProject(source) ?? []].flat(),
    ...(options.projects ?? []),
  ]
  const projects = named.length > 0 ? [...new Set(named)] : [basename(source)]
  const value = (pattern: RegExp) => Object.entries(options.secrets ?? {}).find(([name]) => pattern.test(name))?.[1]
  return {
    project: projects[0] ?? basename(source),
    projects,
    // The embedded Cloudflare accepts exactly what the workflow is given.
    apiToken: value(/(CLOUDFLARE|CF)_.*TOKEN/i) ?? randomBytes(30).toString('base64url').slice(0, 40),
    accountId: value(/ACCOUNT_?ID/i) ?? randomBytes(16).toString('hex'),
  }
}

async function makeFolders(root: string, copy: RepositoryCopy, options: RehearseOptions): Promise<Folders> {
  const folders = {
    root,
    // Kept from one rehearsal to the next, as on a self-hosted runner.
    toolCache: join(checkout, 'node_modules', '.cache', 'slipway', 'tool-cache'),
    artifacts: join(root, 'artifacts'),
    node: dirname(process.execPath),
    repository: copy.folder,
    origin: copy.origin,
    actions: {
      pack: checkout,
      standIns: [...(options.standIns ?? []), join(import.meta.dirname, 'standins')],
    },
  }
  await Promise.all([folders.toolCache, folders.artifacts].map((folder) => mkdir(folder, { recursive: true })))
  return folders
}

function notesOf({ workflow, event, restricted }: Choice, unset: readonly string[]): string[] {
  return [
    ...(restricted ? ['From a fork or Dependabot: no secrets, and a token that cannot write.'] : []),
    ...(hasPathFilter(workflow.on, event) ? [`The path filter of '${event}' is not evaluated.`] : []),
    ...(unset.length > 0 ? [`Left empty, since the workflow has a fallback: ${unset.join(', ')}`] : []),
  ]
}
