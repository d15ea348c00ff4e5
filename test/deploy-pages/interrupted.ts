/** A step that is killed at a certain stage, and the re-run that has to finish what it left. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cloudflare, startCloudflare } from '../../rehearsal/cloudflare/server.ts'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import type { BundleResult } from '../support/bundle.ts'
import { processes, processesMentioning } from './faulty.ts'
import { ACCOUNT, deploy, TOKEN, workspace } from './setup.ts'

export interface Stage {
  /** The step is killed once this request has been made, or at `from` without one. */
  readonly fault?: string
  /** In the log. */
  readonly from: string
  /** Whether wrangler has to be installed first. */
  readonly cold?: boolean
}

export const STAGES: Readonly<Record<string, Stage>> = {
  preflight: { fault: 'cloudflare:GET /projects/site:stall', from: '' },
  install: { from: '::group::Install wrangler', cold: true },
  'upload, before the deployment': { fault: 'cloudflare:POST /assets/upload:stall', from: '::group::Upload' },
  'upload, after the deployment': { fault: 'cloudflare:POST /deployments:applied-stall', from: '::group::Upload' },
  proof: { fault: 'cloudflare:GET /deployments/*:stall', from: '::group::Proof' },
}

export interface Interrupted {
  readonly killed: BundleResult
  /** Milliseconds from the signal to the end of the step. */
  readonly lasted: number
  readonly rerun: BundleResult
  readonly deployments: readonly string[]
  readonly canonical: string | undefined
  readonly leftovers: readonly string[]
}

export interface Change {
  /** Written before the re-run. */
  readonly files?: Readonly<Record<string, string>>
}

export async function killAndRerun(
  stage: Stage,
  signal: NodeJS.Signals,
  { files = {} }: Change = {},
): Promise<Interrupted> {
  const faults = new FaultSet()
  const projects = [{ name: 'site', productionBranch: 'main' }]
  await using cf = await startCloudflare({ accountId: ACCOUNT, apiToken: TOKEN, projects, faults })
  await using site = await workspace()
  await using tools = await emptyFolder()
  const env = stage.cold ? { RUNNER_TOOL_CACHE: tools.path } : {}
  let signalled = 0
  const killed = await deploy(cf, site, {
    env,
    meanwhile: async (step) => {
      if (stage.from === '' && stage.fault) faults.add(parseFault(stage.fault))
      await step.prints(stage.from)
      if (stage.from !== '' && stage.fault) faults.add(parseFault(stage.fault))
      if (stage.fault) await untilFaultMet(cf)
      signalled = performance.now()
      step.kill(signal)
    },
  })
  const lasted = performance.now() - signalled
  const leftovers = signal === 'SIGKILL' ? await cleanUpLikeTheRunner(site.path) : await processesMentioning(site.path)
  faults.clear()
  await site.write(files)
  const rerun = await deploy(cf, site, { env: { ...env, GITHUB_RUN_ATTEMPT: '2' } })
  const [project] = cf.projects
  return {
    killed,
    lasted,
    rerun,
    deployments: (project?.deployments ?? []).map(({ id }) => id),
    canonical: project?.canonical_deployment?.id,
    leftovers,
  }
}

async function untilFaultMet(cf: Cloudflare): Promise<void> {
  while (!cf.requests.some(({ status }) => status === 0)) await sleep(20)
}

/** After a job the runner ends whatever still has its RUNNER_TRACKING_ID; a step that was killed outright cannot. */
async function cleanUpLikeTheRunner(path: string): Promise<readonly string[]> {
  for (const { pid } of await processes(path)) process.kill(pid, 'SIGKILL')
  while ((await processes(path)).length > 0) await sleep(20)
  return []
}

async function emptyFolder() {
  const path = await mkdtemp(join(tmpdir(), 'slipway-tools-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}
