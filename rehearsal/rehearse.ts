/** Rehearses a workflow on this machine, against an embedded GitHub and an embedded Cloudflare Pages. */
import type { Cloudflare } from './cloudflare/server.ts'
import type { GitHub } from './github/server.ts'
import type { Rehearsal, RehearseOptions } from './options.ts'
import { deploymentReports, pagesReports } from './reports.ts'
import { baseEnvironment } from './runner/environment.ts'
import { runnerPatience } from './runner/process.ts'
import { runWorkflow } from './runner/run.ts'
import { setScene } from './scene.ts'

export type { Overture, Rehearsal, RehearseOptions } from './options.ts'

/** A rehearsal with the doubles still listening, so that what was deployed can be looked at. */
export interface OpenRehearsal extends AsyncDisposable {
  readonly report: Rehearsal
  readonly folder: string
  readonly github: GitHub
  readonly cloudflare: Cloudflare
}

/** @throws RehearsalError (usage, a workflow that does not parse or cannot be rehearsed) before anything has run */
export async function rehearse(options: RehearseOptions): Promise<Rehearsal> {
  await using open = await openRehearsal(options)
  return open.report
}

export async function openRehearsal(options: RehearseOptions): Promise<OpenRehearsal> {
  const stack = new AsyncDisposableStack()
  try {
    return await run(options, stack)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function run(options: RehearseOptions, stack: AsyncDisposableStack): Promise<OpenRehearsal> {
  const started = performance.now()
  const scene = await setScene(options, stack)
  const { github, cloudflare, masks, overture, far, folders } = scene
  options.onReady?.(overture)
  const cancel = new AbortController()
  options.cancel?.addEventListener('abort', () => cancel.abort(), { once: true })
  if (options.cancel?.aborted) cancel.abort()
  const { result, jobs } = await runWorkflow({
    ...scene,
    cancel,
    base: { ...baseEnvironment(process.env), CLOUDFLARE_API_BASE_URL: cloudflare.apiBaseUrl },
    clock: { minute: 60_000, patience: runnerPatience, grace: 300_000, ...options.clock },
    debug: [scene.secrets, scene.vars].some((values) => values['ACTIONS_STEP_DEBUG'] === 'true'),
    kill: options.kill ?? new AbortController().signal,
    cancelAfter: options.cancelAfter,
    onProgress: options.onProgress ?? (() => {}),
  })
  far.finishRun(result)
  const report: Rehearsal = masks.hideIn({
    ...overture,
    result,
    durationMs: Math.round(performance.now() - started),
    jobs,
    deployments: deploymentReports(github),
    pages: pagesReports(cloudflare),
    permissionUse: github.permissionUse(),
    requests: { github: [...github.requests], cloudflare: [...cloudflare.requests] },
    unsupportedRequests: [...github.unsupported],
  })
  return { report, folder: folders.root, github, cloudflare, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
