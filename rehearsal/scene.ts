/** Sets the scene of a rehearsal: the workflow read, the repository copied, the doubles listening. */
import { randomInt } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { type Advisories, openAdvisories } from './advisories/advisories.ts'
import { makeAgeKeys } from './age-keys.ts'
import { type Choice, choose, defaultBranch, manualInputs } from './choice.ts'
import { type Cloudflare, startCloudflare } from './cloudflare/server.ts'
import { type CloudflareFacts, cloudflareFacts } from './cloudflare-facts.ts'
import { copyRepository, type Grounds, pullOf } from './copy.ts'
import { isOwn, namedWorkflows, teachWorkflows } from './dispatches.ts'
import { RehearsalError } from './errors.ts'
import { teach, teachMerged } from './far-side.ts'
import { FaultSet } from './faults.ts'
import { fillSettings, type Settings } from './fill.ts'
import { checkout, ownStandIns } from './folders.ts'
import { type GitHub, startGitHub } from './github/server.ts'
import { Host, serviceNamed } from './host/server.ts'
import type { RehearseOptions } from './options.ts'
import { announce } from './overture.ts'
import { checkActions } from './preflight.ts'
import type { RunIdentity } from './runner/contexts.ts'
import { makeEvent } from './runner/events.ts'
import { Masks } from './runner/masks.ts'
import { contextReferences } from './runner/references.ts'
import type { RepositoryCopy } from './runner/repository.ts'
import type { Folders } from './runner/run.ts'
import { checkServices } from './runner/services.ts'
import { readWorkflow } from './runner/workflow.ts'
import { keepSecrets, longBefore } from './secrets.ts'
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

/** What all runs of one rehearsal share. */
export interface Stage {
  readonly root: string
  /** Of all commits. */
  readonly date: Date
  readonly github: GitHub
  readonly cloudflare: Cloudflare
  readonly faults: FaultSet
  readonly advisories: Advisories
  /** It listens where a workflow has a deploy hook or a service's address. */
  readonly host: Host
  readonly masks: Masks
  /** The bare repository that all runs clone, and what they write to. */
  readonly origin: string
  /** Where each branch was before the newest push to it that the rehearsal was asked for. */
  readonly pushes: Map<string, string>
}

/** @throws RehearsalError for everything that is a matter of usage; nothing has run then */
export async function setScene(options: RehearseOptions, stack: AsyncDisposableStack) {
  const faults = options.faults ?? new FaultSet()
  const host = stack.use(new Host({ faults }))
  const plan = await makePlan(options, host)
  const { facts, repository } = plan
  const root = await realpath(await mkdtemp(join(tmpdir(), 'slipway-rehearsal-')))
  stack.defer(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))
  const date = options.date ?? new Date()
  const set = await makeSet(plan, { root, date }, filesOf(plan), root)
  const github = stack.use(await startGitHub({ repository, private: true, defaultBranch, faults }))
  host.serve(github)
  const { apiToken, accountId } = facts
  const projects = facts.projects.map((name) => ({ name, productionBranch: defaultBranch }))
  const behaviour = options.behaviour ?? {}
  const cloudflare = stack.use(await startCloudflare({ apiToken, accountId, projects, behaviour, faults }))
  if (options.at !== undefined) github.setTime(options.at)
  const { origin } = set.copy
  const advisories = stack.use(openAdvisories(plan.source))
  const stage = {
    root,
    date,
    github,
    cloudflare,
    faults,
    advisories,
    host,
    masks: new Masks(),
    origin,
    pushes: new Map(),
  }
  const { settings, choice } = plan
  const updatedAt = longBefore(options.at ?? new Date())
  const kept = keepSecrets(github, { workflow: choice.workflow, settings, updatedAt })
  teach(github, set.copy)
  teachMerged(github, set.copy)
  github.setOrigin(origin)
  return dress(stage, { ...plan, settings: kept }, set, { runId: randomInt(10 ** 9, 10 ** 10), dispatched: false })
}

/**
 * Another run on the same stage: what the first one left in the doubles is there.
 * @param options as for the first run, with the same faults
 * @param dispatchedId of the run, where another one has dispatched it
 * @throws RehearsalError as {@link setScene} does
 */
export async function nextScene(before: Scene, options: RehearseOptions, dispatchedId?: number): Promise<Scene> {
  const { stage, files } = before
  const plan = await makePlan(options, stage.host, before.plan)
  const { settings, choice } = plan
  const runId = dispatchedId ?? before.identity.runId + randomInt(10, 1000)
  const all = [...new Set([...files, ...filesOf(plan)])]
  const set = await makeSet(plan, stage, all, join(stage.root, `run-${runId}`))
  if (options.at !== undefined) stage.github.setTime(options.at)
  const kept = keepSecrets(stage.github, { workflow: choice.workflow, settings, before: before.plan.settings })
  return dress(stage, { ...plan, settings: kept }, set, { runId, dispatched: dispatchedId !== undefined })
}

/** What the repository does not have itself: workflows that the rehearsed one may dispatch, then that one. */
function filesOf({ choice: { workflow }, source }: Plan): readonly string[] {
  const others = namedWorkflows(workflow, source).filter((file) => !isOwn(file, source))
  return [...others, workflow.file]
}

type RunSet = Awaited<ReturnType<typeof makeSet>>

/** The repository's files and the folders of one run. */
async function makeSet(plan: Plan, stage: Grounds, files: readonly string[], root: string) {
  await mkdir(root, { recursive: true })
  const pull = pullOf(plan, stage.github)
  const copy = await copyRepository(plan, stage, { root, workflows: files, pull })
  const folders = await makeFolders({ root, artifacts: join(root, 'artifacts') }, copy, plan.options)
  checkServices(plan.choice.workflow.jobs)
  await checkActions(plan.choice.workflow, folders.actions, copy.folder)
  return { files, copy, folders, pull }
}

interface RunKey {
  readonly runId: number
  /** Whether GitHub knows the run already. */
  readonly dispatched: boolean
}

async function dress(stage: Stage, plan: Plan, set: RunSet, key: RunKey) {
  const { github, cloudflare, masks } = stage
  const { workflow, restricted } = plan.choice
  const { vars } = plan.settings
  teach(github, set.copy)
  await teachWorkflows(github, namedWorkflows(workflow, plan.source))
  const secrets = restricted ? {} : github.secretsOfRun()
  for (const secret of [plan.settings.secrets, secrets].flatMap(Object.values)) masks.add(secret)
  return {
    ...stage,
    ...set,
    stage,
    plan,
    workflow,
    identity: identify(plan, set, github, key),
    dispatched: key.dispatched,
    overtureOf: (of: RunIdentity) => masks.hideIn(announce(plan, set.copy, of, cloudflare.apiBaseUrl)),
    readOnlyToken: restricted,
    vars,
    secrets,
  }
}

/** @param before of the run before on the same stage: secrets and variables stay what they are */
async function makePlan(options: RehearseOptions, host: Host, before?: Plan): Promise<Plan> {
  const { file, source } = checkPaths(options)
  const choice = choose(await readWorkflow(file), options)
  const manual = manualInputs(choice, options.inputs ?? {})
  const given = {
    secrets: { ...before?.settings.secrets, ...options.secrets },
    vars: { ...before?.settings.vars, ...options.vars },
  }
  const facts = before?.facts ?? cloudflareFacts(choice.workflow, source, options)
  const references = contextReferences(choice.workflow)
  if (references.some(({ name }) => serviceNamed(name) !== undefined)) await host.start()
  const settings = fillSettings(references, given, { ...facts, age: await makeAgeKeys(), host })
  return { options, source, choice, manual, facts, settings, repository: `rehearsal/${basename(source)}` }
}

function identify(plan: Plan, { copy, pull }: RunSet, github: GitHub, key: RunKey): RunIdentity {
  const { runId, dispatched } = key
  const { choice, manual, repository } = plan
  const { workflow, event, actor } = choice
  const workflowPath = `.github/workflows/${basename(workflow.file)}`
  const subject = makeEvent({
    ...choice,
    action: choice.activity,
    repository: github.repository,
    inputs: manual.inputs,
    trigger:
      event === 'workflow_run' ? addTrigger(github, choice, copy, { id: runId - 1, pull: pull.number }) : undefined,
    workflowPath,
    copy,
    pull,
  })
  return {
    ...subject,
    repository,
    actor,
    runId,
    runNumber: github.runsOf(workflowPath) + (dispatched ? 0 : 1),
    attempt: 1,
    workflow: workflow.name,
    workflowPath,
    apiUrl: github.apiUrl,
    serverUrl: github.serverUrl,
    retentionDays: github.retentionDays,
  }
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

type Places = Pick<Folders, 'root' | 'artifacts'>

async function makeFolders(
  { root, artifacts }: Places,
  copy: RepositoryCopy,
  options: RehearseOptions,
): Promise<Folders> {
  const folders = {
    root,
    // Kept from one rehearsal to the next, as on a self-hosted runner.
    toolCache: join(checkout, 'node_modules', '.cache', 'slipway', 'tool-cache'),
    artifacts,
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
