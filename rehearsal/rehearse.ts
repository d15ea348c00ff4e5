/** Rehearses a workflow on this machine, against an embedded GitHub and an embedded Cloudflare Pages. */
import { join } from 'node:path'
import type { Cloudflare } from './cloudflare/server.ts'
import { farSide } from './far-side.ts'
import type { Fault, FaultSet } from './faults.ts'
import type { GitHub } from './github/server.ts'
import type { NextOptions, Rehearsal, RehearseOptions, RerunOptions } from './options.ts'
import { artifactReports, deploymentReports, pagesReports } from './reports.ts'
import { baseEnvironment, passwordsIn } from './runner/environment.ts'
import { runnerPatience } from './runner/process.ts'
import { runWorkflow } from './runner/run.ts'
import { nextScene, type Scene, setScene } from './scene.ts'

export type { NextOptions, Overture, Rehearsal, RehearseOptions, RerunOptions } from './options.ts'

/** A rehearsal with the doubles still listening, so that what was deployed can be looked at. */
export interface OpenRehearsal extends AsyncDisposable {
  /** Of the first attempt. */
  readonly report: Rehearsal
  readonly folder: string
  readonly github: GitHub
  readonly cloudflare: Cloudflare
  readonly faults: FaultSet
  /**
   * Another run in the same repository, of the same workflow or another: a new run id and the next run number, with the
   * same doubles, which keep what they have, artifacts included. Secrets and variables stay as they are; of faults and
   * cancellations only what is given here is in force.
   */
  run(options?: NextOptions): Promise<Rehearsal>
  /**
   * Runs all jobs of the newest run again, as its next attempt: on fresh runners, with new tokens and new job ids, while
   * the doubles keep what they have, artifacts included. Unless faults are given none are in force any more, and the
   * attempt is neither cancelled nor killed by what was given for the first one.
   */
  rerun(options?: RerunOptions): Promise<Rehearsal>
}

/** @throws RehearsalError (usage, a workflow that does not parse or cannot be rehearsed) before anything has run */
export async function rehearse(options: RehearseOptions): Promise<Rehearsal> {
  await using open = await openRehearsal(options)
  return open.report
}

/**
 * The same, with the doubles left listening until the result is disposed of.
 * @throws RehearsalError as {@link rehearse} does
 */
export async function openRehearsal(options: RehearseOptions): Promise<OpenRehearsal> {
  const stack = new AsyncDisposableStack()
  try {
    const scene = await setScene(options, stack)
    const { github, cloudflare, faults, folders } = scene
    let current = scene
    let attempts = 1
    const report = await runAttempt(scene, options, attempts)
    return {
      report,
      folder: folders.root,
      github,
      cloudflare,
      faults,
      async run({ faults: wanted = [], ...next } = {}) {
        replaceFaults(faults, wanted)
        current = await nextScene(current, { ...ofRepository(options), ...inherited(options), ...next, faults })
        attempts = 1
        return runAttempt(current, { ...inherited(options), ...next }, attempts)
      },
      rerun({ faults: wanted = [], ...again } = {}) {
        replaceFaults(faults, wanted)
        return runAttempt(current, { ...inherited(options), ...again }, ++attempts)
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

type AttemptOptions = Omit<RerunOptions, 'faults'>

function replaceFaults(faults: FaultSet, wanted: readonly Fault[]): void {
  faults.clear()
  for (const fault of wanted) faults.add(fault)
}

/** What is about the repository, whatever runs in it. */
function ofRepository({ workflow, repository, standIns }: RehearseOptions): RehearseOptions {
  return { workflow, repository, ...(standIns && { standIns }) }
}

/** What is about the run as a whole. */
function inherited({ clock, onReady, onProgress }: RehearseOptions): AttemptOptions {
  return { ...(clock && { clock }), ...(onReady && { onReady }), ...(onProgress && { onProgress }) }
}

async function runAttempt(scene: Scene, options: AttemptOptions, attempt: number): Promise<Rehearsal> {
  const started = performance.now()
  const { github, cloudflare, masks, faults, folders } = scene
  const identity = { ...scene.identity, attempt }
  const overture = scene.overtureOf(identity)
  const far = farSide(github, scene.copy, identity)
  const base = { ...baseEnvironment(process.env), CLOUDFLARE_API_BASE_URL: cloudflare.apiBaseUrl }
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
    onProgress: (progress) => options.onProgress?.(masks.hideIn(progress)),
  })
  far.finishRun(result)
  const requests = {
    github: github.requests.slice(earlier.github),
    cloudflare: cloudflare.requests.slice(earlier.cloudflare),
  }
  return masks.hideIn({
    ...overture,
    result,
    durationMs: Math.round(performance.now() - started),
    jobs,
    deployments: deploymentReports(github),
    pages: pagesReports(cloudflare),
    artifacts: artifactReports(github),
    permissionUse: github.permissionUse(),
    faults: faults.report(),
    requests,
    unsupportedRequests: github.unsupported.filter((request) => requests.github.includes(request)),
  })
}
