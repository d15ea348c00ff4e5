/** Runs a workflow: its jobs in the order of their `needs`, each when its `if` holds. */
import type { Advisories } from '../advisories/advisories.ts'
import { messageOf } from '../errors.ts'
import type { FaultSet } from '../faults.ts'
import type { ActionFolders } from './action.ts'
import type { Approvals } from './approvals.ts'
import { absentContexts, githubContext, jobFunctions, type Need, type RunIdentity } from './contexts.ts'
import { holds, type Value } from './expressions.ts'
import { runJob, skippedJob } from './job.ts'
import type { Masks } from './masks.ts'
import { type PermissionLevel, type Permissions, tokenPermissions } from './permissions.ts'
import type { Patience } from './process.ts'
import type { JobReport, Progress, Result } from './report.ts'
import type { Job, Workflow } from './workflow.ts'

/** The services a run reaches. */
export interface FarSide {
  startJob(job: JobStart): StartedJob
  finishJob(job: { readonly id: string; readonly result: Result }): void
  notePermissionUse(job: string, permission: string, level: 'read' | 'write'): void
}

export interface StartedJob {
  readonly token: string
  /** Its check run's. */
  readonly checkRunId: number
  readonly runtime: RuntimeVariables
  /** In the environment of every step; empty without `id-token: write`. */
  readonly idToken: Readonly<Record<string, string>>
}

/** What only actions are told, never a script: where the runner's services are, and the job's token for them. */
export type RuntimeVariables = Readonly<
  Record<'ACTIONS_RUNTIME_TOKEN' | 'ACTIONS_RUNTIME_URL' | 'ACTIONS_RESULTS_URL', string>
>

export interface JobStart {
  readonly id: string
  readonly name: string
  readonly permissions: Readonly<Record<string, PermissionLevel>>
}

export interface Folders {
  /** Empty, for this run alone. */
  readonly root: string
  readonly toolCache: string
  readonly artifacts: string
  /** The folder of the `node` that steps get. */
  readonly node: string
  /** The repository's files, and the bare repository that checkout clones. */
  readonly repository: string
  readonly origin: string
  readonly actions: ActionFolders
}

/** Lengths of time in ms; a test shortens them. */
export interface RunClock {
  readonly minute: number
  readonly patience: Patience
  /** For everything that still runs after a cancellation. */
  readonly grace: number
}

export interface RunOptions {
  readonly workflow: Workflow
  readonly identity: RunIdentity
  readonly secrets: Readonly<Record<string, string>>
  readonly vars: Readonly<Record<string, string>>
  /** The token of a run for a fork or Dependabot writes nothing. */
  readonly readOnlyToken: boolean
  readonly far: FarSide
  readonly folders: Folders
  readonly masks: Masks
  /** Environment variables that every step starts from. */
  readonly base: Readonly<Record<string, string>>
  readonly clock: RunClock
  readonly debug: boolean
  /** Cancels the run. */
  readonly cancel: AbortController
  /** Ends what still runs, without waiting. */
  readonly kill: AbortSignal
  /** Name or id of the step after which the run is cancelled. */
  readonly cancelAfter: string | undefined
  readonly faults: FaultSet
  readonly advisories: Pick<Advisories, 'of'>
  readonly approvals: Approvals
  readonly onProgress: (progress: Progress) => void
}

export interface Run extends RunOptions {
  readonly github: Readonly<Record<string, Value>>
  /** The contexts that do not depend on a job. */
  readonly contexts: Readonly<Record<string, Value>>
  permissionsOf(job: Job): Permissions
  /** @param names all that the step can be called by */
  afterStep(names: readonly string[]): void
}

export interface RunReport {
  readonly result: Result
  readonly jobs: readonly JobReport[]
}

export async function runWorkflow(options: RunOptions): Promise<RunReport> {
  const run = makeRun(options)
  const reports = new Map<string, JobReport>()
  for (const job of inOrder(options.workflow.jobs)) {
    reports.set(job.id, await runOrSkip(run, job, reports))
  }
  const jobs = options.workflow.jobs.flatMap((job) => reports.get(job.id) ?? [])
  return { result: resultOf(jobs, options.cancel.signal.aborted), jobs }
}

function makeRun(options: RunOptions): Run {
  const { identity, vars, cancel, cancelAfter } = options
  const github = githubContext(identity)
  return {
    ...options,
    github,
    contexts: { github, vars, inputs: identity.inputs },
    permissionsOf: (job) => tokenPermissions(job.permissions, options.workflow.permissions, options.readOnlyToken),
    afterStep(names) {
      if (cancelAfter !== undefined && names.includes(cancelAfter)) cancel.abort()
    },
  }
}

async function runOrSkip(run: Run, job: Job, reports: ReadonlyMap<string, JobReport>): Promise<JobReport> {
  const needs = needsOf(job, reports)
  const ancestors = ancestorsOf(job, run.workflow.jobs, reports)
  const wanted = () => {
    const functions = jobFunctions(ancestors, run.cancel.signal.aborted)
    return holds(job.if, { contexts: { ...run.contexts, needs, ...absentContexts }, functions })
  }
  let report: JobReport
  try {
    if (wanted()) return await runJob(run, job, needs, wanted)
    report = skippedJob(job)
  } catch (error) {
    const message = messageOf(error)
    report = { ...skippedJob(job, 'failure'), annotations: [{ level: 'error', message: run.masks.hide(message) }] }
  }
  run.onProgress({ kind: 'job-start', job: job.id, name: report.name, detail: '' })
  run.onProgress({ kind: 'job-end', job: report })
  return report
}

function needsOf(job: Job, reports: ReadonlyMap<string, JobReport>): Record<string, Need> {
  return Object.fromEntries(
    job.needs.map((id) => {
      const { result = 'skipped', outputs = {} } = reports.get(id) ?? {}
      return [id, { result, outputs }]
    }),
  )
}

/** `success()` looks at every job that this one depends on, not only at those it names (actions/runner#491). */
function ancestorsOf(job: Job, jobs: readonly Job[], reports: ReadonlyMap<string, JobReport>): readonly Result[] {
  const seen = new Set<string>()
  const visit = (id: string) => {
    if (seen.has(id)) return
    seen.add(id)
    jobs.find((candidate) => candidate.id === id)?.needs.forEach(visit)
  }
  job.needs.forEach(visit)
  return [...seen].map((id) => reports.get(id)?.result ?? 'skipped')
}

/** Each job after those it needs; the parser has refused cycles and unknown names. */
function inOrder(jobs: readonly Job[]): readonly Job[] {
  const ordered: Job[] = []
  const visit = (job: Job) => {
    if (ordered.includes(job)) return
    for (const need of jobs.filter(({ id }) => job.needs.includes(id))) visit(need)
    ordered.push(job)
  }
  jobs.forEach(visit)
  return ordered
}

function resultOf(jobs: readonly JobReport[], cancelled: boolean): Result {
  if (cancelled) return 'cancelled'
  return jobs.some(({ result }) => result === 'failure' || result === 'cancelled') ? 'failure' : 'success'
}
