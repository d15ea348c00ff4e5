import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Outputs, Runner } from '../../src/action.ts'
import { DEPLOYMENT_URL_VARIABLE, type Head } from '../../src/context.ts'
import { ActionError, messageOf } from '../../src/errors.ts'
import type { Run } from '../../src/process.ts'
import { formatBytes } from '../../src/summary.ts'
import { explainFailure } from './failure.ts'
import type { Inputs } from './inputs.ts'
import type { Pages } from './pages.ts'
import { type Plan, preflight } from './preflight.ts'
import { Progress } from './progress.ts'
import { type Proof, prove } from './proof.ts'
import { summarizeDryRun, summarizeFailure, summarizeSuccess } from './summary.ts'
import { prepareCheck } from './verify.ts'
import { type Attempt, deployWithWrangler } from './wrangler.ts'
import { describeInstallation, startInstallation, type Wrangler } from './wrangler-install.ts'

export interface Ports {
  readonly runner: Runner
  readonly head: Head
  readonly pages: Pages
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
  const { runner } = ports
  const progress = new Progress(runner.log)
  const scratch = await mkdtemp(join(runner.env['RUNNER_TEMP'] ?? tmpdir(), 'slipway-pages-'))
  try {
    return await (inputs.dryRun ? dryRun(inputs, ports, progress) : deploy(inputs, ports, progress, scratch))
  } catch (error) {
    runner.summarize(summarizeFailure(progress, error instanceof ActionError ? error.text : messageOf(error)))
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function dryRun(inputs: Inputs, ports: Ports, progress: Progress): Promise<Outputs> {
  const plan = await progress.during('Preflight', () => check(inputs, ports))
  ports.runner.summarize(summarizeDryRun(plan))
  ports.runner.log.info(`Dry run, nothing was uploaded. It would be: ${describe(plan)}.`)
  return planOutputs(plan)
}

async function deploy(inputs: Inputs, ports: Ports, progress: Progress, scratch: string): Promise<Outputs> {
  const installation = startInstallation(inputs.wranglerVersion, { ...ports, ...ports.runner })
  try {
    const plan = await progress.during('Preflight', () => check(inputs, ports))
    progress.plan = plan
    const wrangler = await progress.during('Install wrangler', () => finish(installation.wrangler, ports.runner))
    const { site } = plan
    const siteCheck = inputs.verifyUrl ? await prepareCheck(site, directoryOf(inputs, ports), inputs.access) : undefined

    const uploaded = await progress.during('Upload', () => upload(inputs, plan, wrangler, ports, scratch))
    const proof = await progress.during('Proof', async () => {
      const environment = inputs.expectEnvironment ?? plan.environment
      const claim = { ...inputs, id: uploaded.id, project: plan.project, environment, check: siteCheck }
      return tell(await prove(claim, { ...ports, ...ports.runner }), ports.runner)
    })
    return announce({ plan, proof, uploaded, wrangler }, progress, ports.runner)
  } finally {
    await installation.stop()
  }
}

async function check(inputs: Inputs, ports: Ports): Promise<Plan> {
  const { pages, head, runner } = ports
  const workingDirectory = directoryOf(inputs, ports)
  const plan = await preflight(inputs, { pages, head, workingDirectory, signal: runner.signal })
  runner.log.info(`To deploy: ${describe(plan)}.`)
  return plan
}

/** The installation began with the step; only what is left of it is waited for. */
async function finish(installation: Promise<Wrangler>, { log }: Runner): Promise<Wrangler> {
  const wrangler = await installation
  log.info(describeInstallation(wrangler))
  return wrangler
}

/** One attempt. Whoever repeats it decides by the kind of its outcome. */
async function upload(
  inputs: Inputs,
  { project, site, target }: Plan,
  wrangler: Wrangler,
  ports: Ports,
  scratch: string,
): Promise<Extract<Attempt, { kind: 'recorded' }>> {
  const { apiBaseUrl, run, runner } = ports
  const order = {
    ...inputs,
    apiBaseUrl,
    projectName: project.name,
    directory: site.directory,
    workingDirectory: directoryOf(inputs, ports),
    target,
    timeout: inputs.attemptTimeout,
  }
  const attempt = await deployWithWrangler(wrangler, order, { ...runner, run, scratch, print: runner.log.info })
  if (attempt.kind === 'recorded') return attempt
  throw explainFailure(attempt, { ...order, project: project.name })
}

function tell(proof: Proof, { log }: Runner): Proof {
  for (const evidence of proof.evidence) log.info(`Proven: ${evidence}.`)
  for (const doubt of proof.doubts) log.info(`Not proven: ${doubt}.`)
  return proof
}

interface Deployed {
  readonly plan: Plan
  readonly proof: Proof
  readonly uploaded: Extract<Attempt, { kind: 'recorded' }>
  readonly wrangler: Wrangler
}

/**
 * The deployment's own URL is announced to the job: it is the one that was proven, and it will show this deployment
 * for good, while an alias or a domain moves on with the next.
 */
function announce({ plan, proof, uploaded, wrangler }: Deployed, progress: Progress, runner: Runner): Outputs {
  const { deployment } = proof
  const aliasUrl = uploaded.alias ?? deployment.aliases?.[0]
  runner.exportVariable(DEPLOYMENT_URL_VARIABLE, deployment.url)
  runner.summarize(summarizeSuccess({ plan, proof, aliasUrl, wranglerVersion: wrangler.version }, progress))
  runner.log.info(`${plan.project.name} is live in ${deployment.environment}: ${deployment.url}`)
  return {
    ...planOutputs(plan),
    'pages-deployment-id': deployment.id,
    'deployment-url': deployment.url,
    'alias-url': aliasUrl,
    'project-url': `${new URL(deployment.url).protocol}//${plan.project.subdomain}`,
    'pages-environment': deployment.environment,
    'wrangler-version': wrangler.version,
  }
}

function planOutputs({ project, environment }: Plan): Outputs {
  return {
    'project-url': `https://${project.subdomain}`,
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
