/** An embedded GitHub that knows one commit on main, and the action's bundle run against it. */
import * as v from 'valibot'
import { expect, vi } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { type GitHub, startGitHub } from '../../rehearsal/github/server.ts'
import { type BundleOptions, type BundleResult, runBundle } from '../support/bundle.ts'
import { REPOSITORY, SHA } from '../support/context.ts'

export const REPO_PATH = `/repos/${REPOSITORY}`
export const JOB_ID = '77'
/** Milliseconds, for a step that has to start first. */
const FAULTED = { timeout: 30_000, interval: 20 }

export interface Scenario extends AsyncDisposable {
  readonly github: GitHub
  /** Brings a fault in, as `--fault` takes it behind `github:`. Whatever was asked before is past it. */
  fault(...specs: readonly string[]): void
  /** Settled once a request has met a fault. */
  faulted(): Promise<void>
  /** Ends what faults there are. */
  mend(): void
  readonly token: string
  /** The page of the job, which the runner knows from `job.check_run_id`. */
  readonly jobUrl: string
  main(options?: BundleOptions): Promise<BundleResult>
  /** The post step of a main step, once the job has come to its result. */
  post(main: BundleResult, jobStatus: string, options?: BundleOptions): Promise<BundleResult>
  /** What an earlier run has left in the environment. */
  earlier(deployment?: Earlier): Promise<number>
}

export interface Earlier {
  /** Default: those of this action, made by run 41. */
  readonly payload?: Readonly<Record<string, unknown>>
  /** Its statuses, oldest first. Default: one, `success`. */
  readonly states?: readonly string[]
  readonly environment?: string
  readonly task?: string
  readonly ref?: string
  readonly transient_environment?: boolean
  readonly production_environment?: boolean
  /** Login of the account that makes it. Default: the one of every job's token. */
  readonly by?: string
}

/** The payload of a deployment that this action has made, by default in another run. */
export function madeHere(maker: Readonly<Record<string, unknown>> = {}) {
  const slipway = {
    run_id: 41,
    run_attempt: 1,
    job: 'deploy',
    job_index: 0,
    step: 'step-1',
    environment: 'production',
    task: 'deploy',
    ...maker,
  }
  return { slipway }
}

export async function startScenario(permissions: Record<string, 'read' | 'write'> = { deployments: 'write' }) {
  const faults = new FaultSet()
  const github = await startGitHub({ repository: REPOSITORY, faults })
  github.addCommit({ sha: SHA, message: 'Say hello' })
  github.addRef('heads/main', SHA)
  const token = github.issueToken('deploy', permissions)
  const jobUrl = `${github.serverUrl}/${REPOSITORY}/actions/runs/4242/job/${JOB_ID}`
  const given = {
    environment: 'production',
    'log-url': jobUrl,
    'github-token': token,
    'job-token': token,
    'job-index': '0',
  }
  // Not the action's own requests: they are made before it, with a token of their own.
  let before: string | undefined
  const ask = async (path: string, body: unknown, by?: string) => {
    before ??= github.issueToken('before', { deployments: 'write' })
    const asking = by === undefined ? before : github.issueToken('before', { deployments: 'write' }, by)
    const headers = { authorization: `Bearer ${asking}`, 'content-type': 'application/json' }
    const answer = await fetch(`${github.apiUrl}${REPO_PATH}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    const { id } = v.parse(v.object({ id: v.number() }), await answer.json())
    return id
  }

  const run = (options: BundleOptions, jobStatus: string) =>
    runBundle('create-deployment', {
      github,
      ...options,
      inputs: { ...given, 'job-status': jobStatus, ...options.inputs },
    })
  const scenario: Scenario = {
    github,
    fault: (...specs) => {
      for (const spec of specs) faults.add(parseFault(`github:${spec}`))
    },
    faulted: () => vi.waitFor(() => expect(github.requests.filter(({ fault }) => fault)).not.toEqual([]), FAULTED),
    mend: () => faults.clear(),
    token,
    jobUrl,
    main: (options = {}) => run(options, 'success'),
    post: (main, jobStatus, options = {}) => run({ ...options, postOf: main }, jobStatus),
    earlier: async ({ states = ['success'], by, ...deployment } = {}) => {
      const defaults = { ref: SHA, environment: 'production', payload: madeHere(), auto_merge: false }
      const id = await ask('/deployments', { required_contexts: [], ...defaults, ...deployment }, by)
      for (const state of states) await ask(`/deployments/${id}/statuses`, { state, auto_inactive: false })
      return id
    },
    [Symbol.asyncDispose]: () => github[Symbol.asyncDispose](),
  }
  return scenario
}

/** The requests of the action that reached GitHub, as `METHOD path`, with their bodies. */
export function requestsOf(github: GitHub): readonly (readonly [string, unknown])[] {
  return github.requests
    .filter(({ job }) => job !== 'before')
    .map(({ method, path, body }) => [`${method} ${path}`, body] as const)
}

/** Those of them that write, without the repository in their path. */
export function writesOf(github: GitHub): readonly (readonly [string, unknown])[] {
  return requestsOf(github)
    .filter(([what]) => !what.startsWith('GET '))
    .map(([what, body]) => [what.replace(REPO_PATH, ''), body] as const)
}

/** The states of each deployment, oldest first. */
export function statesOf(github: GitHub): readonly (readonly string[])[] {
  return github.deployments.map(({ statuses }) => statuses.map(({ state }) => state))
}

/** The one error that a failed step shows. */
export function errorOf(result: BundleResult): string {
  const [error, ...others] = result.annotations
  if (error?.level !== 'error' || others.length > 0 || result.exitCode !== 1) {
    throw new Error(`Not one error: exit code ${result.exitCode}\n${result.stdout}${result.stderr}`)
  }
  return error.message
}

/** The warnings of a step that succeeded nevertheless. */
export function warningsOf(result: BundleResult): readonly string[] {
  if (result.exitCode !== 0) throw new Error(`Exit code ${result.exitCode}\n${result.stdout}${result.stderr}`)
  return result.annotations.map(({ message }) => message)
}
