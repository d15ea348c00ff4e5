/** Sets the scene of a rehearsal: the workflow read, the repository copied, the doubles listening. */
import { randomInt } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { type Choice, choose, defaultBranch, manualInputs } from './choice.ts'
import { startCloudflare } from './cloudflare/server.ts'
import { type CloudflareFacts, cloudflareFacts } from './cloudflare-facts.ts'
import { RehearsalError } from './errors.ts'
import { teach } from './far-side.ts'
import { FaultSet } from './faults.ts'
import { fillSettings, type Settings } from './fill.ts'
import { checkout, ownStandIns } from './folders.ts'
import { type GitHub, startGitHub } from './github/server.ts'
import type { RehearseOptions } from './options.ts'
import { announce } from './overture.ts'
import { checkActions } from './preflight.ts'
import type { RunIdentity } from './runner/contexts.ts'
import { makeEvent, pullRequestNumber } from './runner/events.ts'
import { Masks } from './runner/masks.ts'
import { contextReferences } from './runner/references.ts'
import { makeRepository, type RepositoryCopy } from './runner/repository.ts'
import type { Folders } from './runner/run.ts'
import { readWorkflow } from './runner/workflow.ts'
import { addTrigger } from './trigger.ts'

/** Everything that can be known before anything is copied or listens. */
export interface Plan {
  readonly options: RehearseOptions
  readonly source: string
  readonly choice: Choice
  readonly manual: ReturnType<typeof manualInputs>
  readonly facts: CloudflareFacts
  readonly settings: Settings
  /** OWNER/NAME. */
  readonly repository: string
}

export type Scene = Awaited<ReturnType<typeof setScene>>

/** @throws RehearsalError for everything that is a matter of usage; nothing has run then */
export async function setScene(options: RehearseOptions, stack: AsyncDisposableStack) {
  const plan = await makePlan(options)
  const { choice, facts, settings, repository } = plan
  const { workflow, restricted } = choice
  const root = await realpath(await mkdtemp(join(tmpdir(), 'slipway-rehearsal-')))
  stack.defer(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))
  const copy = await copyRepository(plan, root)
  const folders = await makeFolders(root, copy, options)
  await checkActions(workflow, folders.actions, copy.folder)
  const faults = options.faults ?? new FaultSet()
  const github = stack.use(await startGitHub({ repository, private: true, defaultBranch, faults }))
  const { apiToken, accountId } = facts
  const projects = facts.projects.map((name) => ({ name, productionBranch: defaultBranch }))
  const behaviour = options.behaviour ?? {}
  const cloudflare = stack.use(await startCloudflare({ apiToken, accountId, projects, behaviour, faults }))
  teach(github, copy)
  const identity = identify(plan, copy, github)
  const masks = masksOf(settings)
  return {
    workflow,
    identity,
    github,
    cloudflare,
    faults,
    copy,
    folders,
    masks,
    overtureOf: (of: RunIdentity) => masks.hideIn(announce(plan, copy, of, cloudflare.apiBaseUrl)),
    readOnlyToken: restricted,
    vars: settings.vars,
    secrets: restricted ? {} : settings.secrets,
  }
}

async function makePlan(options: RehearseOptions): Promise<Plan> {
  const { file, source } = checkPaths(options)
  const choice = choose(await readWorkflow(file), options)
  const manual = manualInputs(choice, options.inputs ?? {})
  const facts = cloudflareFacts(choice.workflow, source, options)
  const given = { secrets: options.secrets ?? {}, vars: options.vars ?? {} }
  const settings = fillSettings(contextReferences(choice.workflow), given, facts)
  return { options, source, choice, manual, facts, settings, repository: `rehearsal/${basename(source)}` }
}

function copyRepository({ source, choice }: Plan, root: string): Promise<RepositoryCopy> {
  const { workflow, event, branch, tag, fork } = choice
  const pull =
    event === 'pull_request' || (event === 'workflow_run' && (fork !== undefined || branch !== defaultBranch))
  return makeRepository({
    source,
    root,
    workflow: workflow.file,
    defaultBranch,
    branch,
    tag,
    pullRequest: pull ? pullRequestNumber : undefined,
    runs: event === 'workflow_run' ? 'base' : event === 'pull_request' ? 'merge' : 'head',
  })
}

function identify(plan: Plan, copy: RepositoryCopy, github: GitHub): RunIdentity {
  const { choice, manual, repository } = plan
  const { workflow, event, actor } = choice
  const workflowPath = `.github/workflows/${basename(workflow.file)}`
  const runId = randomInt(10 ** 9, 10 ** 10)
  const subject = makeEvent({
    ...choice,
    action: choice.activity,
    repository: github.repository,
    inputs: manual.inputs,
    cron: workflow.on.schedule?.[0]?.cron ?? '',
    trigger: event === 'workflow_run' ? addTrigger(github, choice, copy, runId - 1) : undefined,
    workflowPath,
    copy,
  })
  return {
    ...subject,
    repository,
    actor,
    runId,
    runNumber: 1,
    attempt: 1,
    workflow: workflow.name,
    workflowPath,
    apiUrl: github.apiUrl,
    serverUrl: github.serverUrl,
  }
}

function masksOf({ secrets }: Settings): Masks {
  const masks = new Masks()
  for (const secret of Object.values(secrets)) masks.add(secret)
  return masks
}

function checkPaths({ workflow, repository }: RehearseOptions): { file: string; source: string } {
  const [file, source] = [resolve(workflow), resolve(repository)]
  const [script, folder] = [file, source].map((path) => statSync(path, { throwIfNoEntry: false }))
  if (script === undefined) throw new RehearsalError(`There is no workflow file ${workflow}.`)
  if (!script.isFile()) throw new RehearsalError(`${workflow} is no file. Name one workflow.`)
  if (folder === undefined) throw new RehearsalError(`There is no folder ${repository} to stand for the repository.`)
  if (folder.isDirectory()) return { file, source }
  throw new RehearsalError(`${repository} is a file. --repository takes the folder that stands for the repository.`)
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
      standIns: [...(options.standIns ?? []), ownStandIns],
    },
  }
  await Promise.all([folders.toolCache, folders.artifacts].map((folder) => mkdir(folder, { recursive: true })))
  return folders
}
