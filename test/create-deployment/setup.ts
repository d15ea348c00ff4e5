/** An embedded GitHub that knows one commit on main, and the action's bundle run against it. */
import { type GitHub, startGitHub } from '../../rehearsal/github/server.ts'
import { type BundleOptions, type BundleResult, runBundle } from '../support/bundle.ts'
import { REPOSITORY, SHA } from '../support/context.ts'

export const REPO_PATH = `/repos/${REPOSITORY}`
export const JOB_ID = '77'

export interface Scenario extends AsyncDisposable {
  readonly github: GitHub
  readonly token: string
  /** The page of the job, which the runner knows from `job.check_run_id`. */
  readonly jobUrl: string
  main(options?: BundleOptions): Promise<BundleResult>
  /** The post step of a main step, once the job has come to its result. */
  post(main: BundleResult, jobStatus: string, options?: BundleOptions): Promise<BundleResult>
}

export async function startScenario(permissions: Record<string, 'read' | 'write'> = { deployments: 'write' }) {
  const github = await startGitHub({ repository: REPOSITORY })
  github.addCommit({ sha: SHA, message: 'Say hello' })
  github.addRef('heads/main', SHA)
  const token = github.issueToken('deploy', permissions)
  const jobUrl = `${github.serverUrl}/${REPOSITORY}/actions/runs/4242/job/${JOB_ID}`
  const given = { environment: 'production', 'log-url': jobUrl, 'github-token': token }

  const run = (options: BundleOptions, jobStatus: string) =>
    runBundle('create-deployment', {
      github,
      ...options,
      inputs: { ...given, 'job-status': jobStatus, ...options.inputs },
    })
  const scenario: Scenario = {
    github,
    token,
    jobUrl,
    main: (options = {}) => run(options, 'success'),
    post: (main, jobStatus, options = {}) => run({ ...options, postOf: main }, jobStatus),
    [Symbol.asyncDispose]: () => github[Symbol.asyncDispose](),
  }
  return scenario
}

/** The requests that reached GitHub, as `METHOD path`, with their bodies. */
export function requestsOf(github: GitHub): readonly (readonly [string, unknown])[] {
  return github.requests.map(({ method, path, body }) => [`${method} ${path}`, body] as const)
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
