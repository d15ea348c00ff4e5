import { resolve } from 'node:path'
import type { Outputs, Runner } from '../../src/action.ts'
import { DEPLOYMENT_URL_VARIABLE, type Head } from '../../src/context.ts'
import type { Run } from '../../src/process.ts'
import { formatBytes } from '../../src/summary.ts'
import { reportFailure } from './aftermath.ts'
import { type Compare, compareOnce } from './ancestry.ts'
import { type Delivered, type Delivery, deliver } from './delivery.ts'
import { digestOf } from './digest.ts'
import type { Inputs } from './inputs.ts'
import { originOf, type Pages } from './pages.ts'
import { type Plan, preflight } from './preflight.ts'
import { Progress } from './progress.ts'
import { createProject } from './project.ts'
import { findProjectWrangler } from './project-wrangler.ts'
import type { Claim } from './proof.ts'
import { recheck } from './recheck.ts'
import { takeUpEarlier } from './rerun.ts'
import { summarizeDryRun, summarizeSuccess } from './summary.ts'
import { type Mark, withMark } from './trailer.ts'
import type { FindBranch } from './trust.ts'
import { takeSample } from './verify.ts'
import { describeInstallation, type Installation, startInstallation, type Wrangler } from './wrangler-install.ts'
import { PROJECT_WRANGLER } from './wrangler-version.ts'

export interface Ports {
  readonly runner: Runner
  readonly head: Head
  /** Ends with the runner's signal. */
  readonly pages: Pages
  /** For what is still to be read once that signal has been given. */
  pagesWithin(signal: AbortSignal): Pages
  readonly compare: Compare
  readonly findBranch: FindBranch
  /** GITHUB_RUN_ID. */
  readonly runId: number
  /** GITHUB_RUN_ATTEMPT: 1, or more in a re-run. */
  readonly runAttempt: number
  readonly apiBaseUrl: string
  readonly run: Run
  readonly fetch: typeof fetch
  /** The folder with the wrangler package that is shipped beside the bundle. */
  readonly shippedWrangler: string
}

/**
 * Deploys the folder and proves that it is live.
 *
 * @throws an ActionError for whatever keeps it from being live, or from being proven so
 */
export async function deployPages(inputs: Inputs, given: Ports): Promise<Outputs> {
  const ports = { ...given, compare: compareOnce(given.compare) }
  const { runner, pages, pagesWithin } = ports
  const progress = new Progress(runner.log)
  try {
    return await (inputs.dryRun ? dryRun(inputs, ports, progress) : deploy(inputs, ports, progress))
  } catch (error) {
    if (!inputs.dryRun) runner.setOutput('attempts', String(progress.attempts.length))
    throw await reportFailure(error, progress, { accountId: inputs.accountId, pages, pagesWithin, runner })
  }
}

async function dryRun(inputs: Inputs, ports: Ports, progress: Progress): Promise<Outputs> {
  const { log, summarize } = ports.runner
  const plan = await progress.during('Preflight', () => makePlan(inputs, ports, projectWrangler(inputs, ports)))
  if (plan.isNew) log.info(`Project ${plan.project.name} would be created before, ${withBranch(plan)}.`)
  summarize(summarizeDryRun(plan))
  log.info(`Dry run, nothing was uploaded. It would be: ${describe(plan)}.`)
  return planOutputs(plan)
}

async function deploy(inputs: Inputs, ports: Ports, progress: Progress): Promise<Outputs> {
  const { runner } = ports
  const installation = startWrangler(inputs, ports)
  try {
    const own = inputs.wranglerVersion === PROJECT_WRANGLER ? installation.wrangler : undefined
    const plan = await progress.during('Preflight', () => makePlan(inputs, ports, own))
    progress.plan = plan
    const claim = await makeClaim(plan, inputs, ports)
    const mark = await makeMark(plan, inputs, ports)
    const earlier =
      ports.runAttempt > 1 ? await takeUpEarlier(plan, { claim, mark }, inputs, ports, progress) : undefined
    if (earlier !== undefined) return announce({ ...earlier, plan, wrangler: undefined }, progress, runner)

    const wrangler = await progress.during('Install wrangler', () => awaitInstallation(installation, inputs, runner))
    const ready = plan.isNew
      ? await progress.during('Create project', () => create(plan, inputs, ports, progress))
      : plan
    const delivery = makeDelivery(ready, { claim: { ...claim, project: ready.project }, mark }, inputs, ports)
    const delivered = await deliver(wrangler, delivery, ports, progress)
    return announce({ ...delivered, plan: ready, wrangler }, progress, runner)
  } finally {
    await installation.stop()
  }
}

function startWrangler(inputs: Inputs, ports: Ports): Installation {
  const own = projectWrangler(inputs, ports)
  if (own !== undefined) return { wrangler: own, stop: async () => {} }
  const { run, runner, shippedWrangler } = ports
  const { env, signal } = runner
  return startInstallation(inputs.wranglerVersion, { run, env, signal, shippedWrangler })
}

/** Undefined where another one is to be installed. */
function projectWrangler(inputs: Inputs, ports: Ports): Promise<Wrangler> | undefined {
  if (inputs.wranglerVersion !== PROJECT_WRANGLER) return undefined
  const wrangler = findProjectWrangler(directoryOf(inputs, ports), ports.runner.env)
  wrangler.catch(() => {}) // until its turn comes
  return wrangler
}

async function makePlan(inputs: Inputs, ports: Ports, wrangler: Promise<Wrangler> | undefined): Promise<Plan> {
  const { pages, head, compare, findBranch, runner } = ports
  const { signal, env, log } = runner
  const workingDirectory = directoryOf(inputs, ports)
  const known = { pages, head, compare, findBranch, workingDirectory, signal, env, wrangler }
  const plan = await preflight(inputs, known)
  for (const warning of plan.warnings) log.warning(warning)
  for (const note of plan.notes) log.info(note)
  log.info(`To deploy: ${describe(plan)}.`)
  return plan
}

/** All that is to be proven of a deployment, but its id. */
async function makeClaim(plan: Plan, inputs: Inputs, ports: Ports): Promise<Omit<Claim, 'id'>> {
  const { accountId, expectEnvironment, liveTimeout, verifyUrl, access } = inputs
  return {
    project: plan.project,
    accountId,
    environment: expectEnvironment ?? plan.environment,
    liveTimeout,
    sample: verifyUrl ? await takeSample(plan.site, directoryOf(inputs, ports), access) : undefined,
  }
}

async function makeMark(plan: Plan, inputs: Inputs, ports: Ports): Promise<Mark> {
  const { runId, runner } = ports
  return { runId, digest: await digestOf(plan, directoryOf(inputs, ports), runner.signal) }
}

async function create(plan: Plan, inputs: Inputs, { pages, runner }: Ports, progress: Progress): Promise<Plan> {
  const { log, signal } = runner
  progress.standing = { kind: 'nothing uploaded', project: 'asked' }
  const project = await createProject(plan.project, inputs, { pages, signal, log })
  progress.standing = { kind: 'nothing uploaded', project: 'created' }
  log.info(`Project ${project.name} was created, ${withBranch(plan)}.`)
  const created = { ...plan, project }
  progress.plan = created
  return created
}

function withBranch({ project }: Plan): string {
  return `with the production branch "${project.production_branch}"`
}

interface Subject {
  readonly claim: Omit<Claim, 'id'>
  readonly mark: Mark
}

function makeDelivery(plan: Plan, { claim, mark }: Subject, inputs: Inputs, ports: Ports): Delivery {
  const { apiToken, accountId, attemptTimeout: timeout } = inputs
  const { target, project, site, history } = plan
  const { pages, compare, runner, apiBaseUrl } = ports
  const { log, signal } = runner
  return {
    order: {
      apiToken,
      accountId,
      apiBaseUrl,
      projectName: project.name,
      directory: site.directory,
      workingDirectory: directoryOf(inputs, ports),
      target: { ...target, commitMessage: withMark(target.commitMessage, mark) },
      timeout,
    },
    claim,
    sought: { mark, except: new Set(history.recent.map(({ id }) => id)) },
    policy: inputs,
    recheck: (recent) => recheck(plan, recent, inputs, { pages, compare, log, signal }),
  }
}

/** It began with the step; only what is left of it is waited for. */
async function awaitInstallation(installation: Installation, inputs: Inputs, { log }: Runner): Promise<Wrangler> {
  const wrangler = await installation.wrangler
  const isOwn = inputs.wranglerVersion === PROJECT_WRANGLER
  log.info(isOwn ? `wrangler ${wrangler.version} is the project's own.` : describeInstallation(wrangler))
  return wrangler
}

interface Deployed extends Delivered {
  readonly plan: Plan
  /** undefined when it did not have to run. */
  readonly wrangler: Wrangler | undefined
}

/**
 * The deployment's own URL is announced to the job: it is the one that was proven, and it will show this deployment
 * for good, while an alias or a domain moves on with the next.
 */
function announce({ plan, proof, uploaded, wrangler }: Deployed, progress: Progress, runner: Runner): Outputs {
  const { deployment } = proof
  const { environment } = deployment
  // In production the API lists the project's domains as aliases, which no branch has to itself.
  const aliasUrl = environment === 'preview' ? (uploaded.alias ?? deployment.aliases?.[0]) : undefined
  runner.exportVariable(DEPLOYMENT_URL_VARIABLE, deployment.url)
  runner.summarize(summarizeSuccess({ plan, proof, aliasUrl, wranglerVersion: wrangler?.version }, progress))
  runner.log.info(`${plan.project.name} is live in ${environment}: ${deployment.url}`)
  return {
    ...planOutputs(plan),
    'pages-deployment-id': deployment.id,
    'deployment-url': deployment.url,
    'alias-url': aliasUrl,
    'pages-environment': environment,
    attempts: String(progress.attempts.length),
    'wrangler-version': wrangler?.version,
  }
}

function planOutputs({ project, environment }: Plan): Outputs {
  return {
    'project-url': originOf(project.subdomain),
    'pages-environment': environment,
    'previous-pages-deployment-id': project.canonical_deployment?.id,
  }
}

function describe({ project, environment, target, site }: Plan): string {
  const files = `${site.files.length} ${site.files.length === 1 ? 'file' : 'files'} (${formatBytes(site.bytes)})`
  return `${files} from ${site.directory} to ${environment} of ${project.name}, as branch ${target.branch} at ${target.commitHash}`
}

function directoryOf({ workingDirectory }: Inputs, { runner }: Pick<Ports, 'runner'>): string {
  return resolve(runner.env['GITHUB_WORKSPACE'] ?? '.', workingDirectory)
}
