import { resolve } from 'node:path'
import type { Outputs, Runner } from '../../src/action.ts'
import { DEPLOYMENT_URL_VARIABLE, type Head } from '../../src/context.ts'
import type { Run } from '../../src/process.ts'
import { formatBytes } from '../../src/summary.ts'
import { reportFailure } from './aftermath.ts'
import type { Compare } from './ancestry.ts'
import { type Delivered, type Delivery, deliver, proveAndTell } from './delivery.ts'
import { findEarlier } from './earlier.ts'
import { type Inputs, PROJECT_WRANGLER } from './inputs.ts'
import { originOf, type Pages } from './pages.ts'
import { type Plan, preflight } from './preflight.ts'
import { Progress } from './progress.ts'
import { createProject } from './project.ts'
import { findProjectWrangler } from './project-wrangler.ts'
import type { Claim } from './proof.ts'
import { summarizeDryRun, summarizeSuccess } from './summary.ts'
import { takeSample } from './verify.ts'
import { describeInstallation, type Installation, startInstallation, type Wrangler } from './wrangler-install.ts'

export interface Ports {
  readonly runner: Runner
  readonly head: Head
  /** Ends with the runner's signal. */
  readonly pages: Pages
  /** For what is still to be read once that signal has been given. */
  pagesWithin(signal: AbortSignal): Pages
  readonly compare: Compare
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
export async function deployPages(inputs: Inputs, ports: Ports): Promise<Outputs> {
  const { runner, pages, pagesWithin } = ports
  const progress = new Progress(runner.log)
  try {
    return await (inputs.dryRun ? dryRun(inputs, ports, progress) : deploy(inputs, ports, progress))
  } catch (error) {
    throw await reportFailure(error, progress, { accountId: inputs.accountId, pages, pagesWithin, runner })
  }
}

async function dryRun(inputs: Inputs, ports: Ports, progress: Progress): Promise<Outputs> {
  const plan = await progress.during('Preflight', () => makePlan(inputs, ports))
  ports.runner.summarize(summarizeDryRun(plan))
  ports.runner.log.info(`Dry run, nothing was uploaded. It would be: ${describe(plan)}.`)
  return planOutputs(plan)
}

async function deploy(inputs: Inputs, ports: Ports, progress: Progress): Promise<Outputs> {
  const { runner } = ports
  const installation = startWrangler(inputs, ports)
  try {
    const plan = await progress.during('Preflight', () => makePlan(inputs, ports))
    progress.plan = plan
    const claim = await makeClaim(plan, inputs, ports)
    const earlier = ports.runAttempt > 1 ? await takeUpEarlier(claim, plan, inputs, ports, progress) : undefined
    if (earlier !== undefined) return announce({ ...earlier, plan, wrangler: undefined }, progress, runner)

    const wrangler = await progress.during('Install wrangler', () => awaitInstallation(installation, inputs, runner))
    const delivery = { ...orderOf(plan, inputs, ports), claim, policy: inputs }
    const delivered = await deliver(wrangler, delivery, ports, progress)
    return announce({ ...delivered, plan, wrangler }, progress, runner)
  } finally {
    await installation.stop()
  }
}

function startWrangler(inputs: Inputs, ports: Ports): Installation {
  const { run, runner, shippedWrangler } = ports
  const { env, signal } = runner
  if (inputs.wranglerVersion !== PROJECT_WRANGLER) {
    return startInstallation(inputs.wranglerVersion, { run, env, signal, shippedWrangler })
  }
  const wrangler = findProjectWrangler(directoryOf(inputs, ports), env)
  wrangler.catch(() => {}) // until its turn comes
  return { wrangler, stop: async () => {} }
}

async function makePlan(inputs: Inputs, ports: Ports): Promise<Plan> {
  const { pages, head, compare, runner } = ports
  const { signal, env, log } = runner
  const workingDirectory = directoryOf(inputs, ports)
  const plan = await preflight(inputs, { pages, head, compare, workingDirectory, signal, env })
  for (const warning of plan.warnings) log.warning(warning)
  log.info(`To deploy: ${describe(plan)}.`)
  if (!plan.isNew) return plan
  const { name, production_branch: branch } = plan.project
  if (inputs.dryRun) {
    log.info(`Project ${name} would be created before, with the production branch "${branch}".`)
    return plan
  }
  const project = await createProject(plan.project, inputs, { pages, signal })
  log.info(`Project ${name} was created, with the production branch "${branch}".`)
  return { ...plan, project }
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

function orderOf(plan: Plan, inputs: Inputs, ports: Ports): Pick<Delivery, 'order' | 'origin'> {
  const { apiToken, accountId, attemptTimeout: timeout } = inputs
  const { target, project, site, history } = plan
  const { branch, commitHash } = target
  return {
    order: {
      apiToken,
      accountId,
      apiBaseUrl: ports.apiBaseUrl,
      projectName: project.name,
      directory: site.directory,
      workingDirectory: directoryOf(inputs, ports),
      target,
      timeout,
    },
    origin: { branch, commitHash, since: history.since, except: new Set() },
  }
}

async function takeUpEarlier(
  claim: Omit<Claim, 'id'>,
  plan: Plan,
  inputs: Inputs,
  ports: Ports,
  progress: Progress,
): Promise<Delivered | undefined> {
  const { pages, fetch, runner } = ports
  const { access, liveTimeout } = inputs
  const options = { workingDirectory: directoryOf(inputs, ports), access, liveTimeout }
  const earlier = await progress.during('Earlier attempt', () =>
    findEarlier(plan, options, { pages, fetch, signal: runner.signal }),
  )
  if (earlier.kind === 'none') {
    runner.log.info(`${earlier.why} Another one is made.`)
    return undefined
  }
  const { id, url, files } = earlier
  progress.standing = { kind: 'made', id, url }
  runner.log.info(
    `An earlier attempt of this run has made deployment ${id}, which serves the same ${files} files: it is taken up.`,
  )
  const proof = await progress.during('Proof', () => proveAndTell({ ...claim, id }, ports))
  return { uploaded: { id, alias: undefined }, proof }
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

function directoryOf({ workingDirectory }: Inputs, { runner }: Ports): string {
  return resolve(runner.env['GITHUB_WORKSPACE'] ?? '.', workingDirectory)
}
