/** One attempt of a run, from its first job to its report. */
import { delimiter, join } from 'node:path'
import { farSide, isOfDispatched } from './far-side.ts'
import { ownPrograms } from './folders.ts'
import type { DispatchReport, Rehearsal, RehearseOptions, RerunOptions } from './options.ts'
import { artifactReports, deploymentReports, pagesReports } from './reports.ts'
import { baseEnvironment, passwordsIn } from './runner/environment.ts'
import { runnerPatience } from './runner/process.ts'
import { runWorkflow } from './runner/run.ts'
import type { Scene } from './scene.ts'

export type AttemptOptions = Omit<RerunOptions, 'faults'>

/** What is about the repository, whatever runs in it. */
export function ofRepository({ workflow, repository, standIns }: RehearseOptions): RehearseOptions {
  return { workflow, repository, ...(standIns && { standIns }) }
}

/** What is about the run as a whole. */
export function inherited({ clock, onReady, onProgress }: RehearseOptions): AttemptOptions {
  return { ...(clock && { clock }), ...(onReady && { onReady }), ...(onProgress && { onProgress }) }
}

/** @param dispatched waits for the runs that this one has dispatched */
export async function runAttempt(
  scene: Scene,
  options: AttemptOptions,
  attempt: number,
  dispatched: () => Promise<readonly DispatchReport[]>,
): Promise<Rehearsal> {
  const started = performance.now()
  const { github, cloudflare, masks, faults, folders } = scene
  const identity = { ...scene.identity, attempt }
  const overture = scene.overtureOf(identity)
  const far = farSide(github, scene.copy, identity, scene.dispatched)
  const machine = baseEnvironment(process.env)
  const base = {
    ...machine,
    PATH: [ownPrograms, machine['PATH']].join(delimiter),
    CLOUDFLARE_API_BASE_URL: cloudflare.apiBaseUrl,
    CONTAINER_REGISTRY_URL: github.registryUrl,
  }
  for (const password of passwordsIn(base)) masks.add(password)
  const earlier = { github: github.requests.length, cloudflare: cloudflare.requests.length }
  options.onReady?.(overture)
  const cancel = new AbortController()
  options.cancel?.addEventListener('abort', () => cancel.abort(), { once: true })
  if (options.cancel?.aborted) cancel.abort()
  const { result, jobs } = await runWorkflow({
    ...scene,
    identity,
    far,
    folders: attempt === 1 ? folders : { ...folders, root: join(folders.root, `attempt-${attempt}`) },
    cancel,
    base,
    clock: { minute: 60_000, patience: runnerPatience, grace: 300_000, ...options.clock },
    debug: [scene.secrets, scene.vars].some((values) => values['ACTIONS_STEP_DEBUG'] === 'true'),
    kill: options.kill ?? new AbortController().signal,
    cancelAfter: options.cancelAfter,
    approvals: options.approvals ?? {},
    onProgress: (progress) => options.onProgress?.(masks.hideIn(progress)),
  })
  far.finishRun(result)
  const others = await dispatched()
  const requests = {
    github: github.requests.slice(earlier.github),
    cloudflare: cloudflare.requests.slice(earlier.cloudflare),
  }
  return masks.hideIn({
    ...overture,
    result,
    durationMs: Math.round(performance.now() - started),
    jobs,
    dispatched: others,
    deployments: deploymentReports(github),
    pages: pagesReports(cloudflare),
    artifacts: artifactReports(github),
    images: github.images,
    services: scene.host.report(),
    permissionUse: github.permissionUse().filter(({ job }) => !isOfDispatched(job)),
    faults: faults.report(),
    requests,
    unsupportedRequests: github.unsupported.filter((request) => requests.github.includes(request)),
  })
}
