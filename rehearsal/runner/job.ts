/** Runs one job: its steps in order, then the post steps of the actions it started, last one first. */
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'
import { REJECTED, type Review, reviewOf } from './approvals.ts'
import { type Cancellation, watchCancellation } from './cancellation.ts'
import type { Annotation } from './commands.ts'
import { type Containers, startContainers } from './containers.ts'
import { absentContexts, type Need, runnerContext } from './contexts.ts'
import { flag, type Scope, text, textMap } from './expressions.ts'
import { concurrencyOf, describeJob, environmentOf, runsOnOf } from './job-settings.ts'
import { type JobState, scopeOf } from './job-state.ts'
import { endOrphans } from './process.ts'
import type { JobReport, Result, StepReport } from './report.ts'
import type { Run, StartedJob } from './run.ts'
import { runTask } from './step.ts'
import { loadTasks } from './tasks.ts'
import type { Job } from './workflow.ts'

/** @param spared whether the job goes on although the run is cancelled */
export async function runJob(
  run: Run,
  job: Job,
  needs: Readonly<Record<string, Need>>,
  spared: () => boolean,
): Promise<JobReport> {
  const begun = performance.now()
  const early: Scope = { contexts: { ...run.contexts, needs, ...absentContexts }, functions: [] }
  const name = job.name === undefined ? job.id : text(job.name, early)
  const review = reviewOf(job, early, run.approvals)
  if (review === 'rejected') return rejectedJob(run, job, name, early)
  const permissions = run.permissionsOf(job)
  const started = run.far.startJob({ id: job.id, name, permissions })
  const askingToken = started.idToken['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''
  for (const secret of [started.token, started.runtime.ACTIONS_RUNTIME_TOKEN, askingToken]) run.masks.add(secret)
  run.onProgress({ kind: 'job-start', job: job.id, name, detail: describeJob(job, early, review) })
  const cancellation = watchCancellation(run, job, early, spared)
  try {
    const state = await prepare({ run, job, early, permissions, ...started, cancellation })
    const steps = await runSteps(state, early)
    const outputs = outputsOf(state)
    const report: JobReport = {
      id: job.id,
      name,
      result: state.status === 'failure' && flag(job.continueOnError, early) ? 'success' : state.status,
      outcome: state.status,
      durationMs: Math.round(performance.now() - begun),
      runsOn: runsOnOf(job, early),
      environment: reviewed(environmentOf(job, early), review),
      concurrency: concurrencyOf(job.concurrency, early),
      permissions,
      steps,
      outputs,
      annotations: [...state.annotations, ...cancellation.annotations, ...orphansOf(state)],
    }
    run.far.finishJob({ id: job.id, result: report.outcome })
    run.onProgress({ kind: 'job-end', job: report })
    return report
  } finally {
    run.faults.runsOn(undefined)
    cancellation.end()
  }
}

/** Its reviewers rejected it while it waited for them: it gets no runner, no token and no secret, and has no step. */
function rejectedJob(run: Run, job: Job, name: string, early: Scope): JobReport {
  run.onProgress({ kind: 'job-start', job: job.id, name, detail: describeJob(job, early, 'rejected') })
  const report: JobReport = {
    ...skippedJob(job, 'failure'),
    name,
    environment: reviewed(environmentOf(job, early), 'rejected'),
    annotations: [{ level: 'error', message: REJECTED }],
  }
  run.onProgress({ kind: 'job-end', job: report })
  return report
}

function reviewed(environment: JobReport['environment'], review: Review | undefined): JobReport['environment'] {
  return environment === null || review === undefined ? environment : { ...environment, review }
}

/** A job whose `if` does not hold. */
export function skippedJob(job: Job, result: Result = 'skipped'): JobReport {
  const nothing = { durationMs: 0, runsOn: '', environment: null, concurrency: null, permissions: {} }
  return {
    id: job.id,
    name: `${job.name ?? job.id}`,
    result,
    outcome: result,
    ...nothing,
    steps: [],
    outputs: {},
    annotations: [],
  }
}

interface Beginning extends StartedJob {
  readonly run: Run
  readonly job: Job
  readonly early: Scope
  readonly permissions: JobReport['permissions']
  readonly cancellation: Cancellation
}

/** Empty folders as on a fresh runner, and the contexts as they are before the first step. */
async function prepare({
  run,
  job,
  early,
  permissions,
  token,
  checkRunId,
  runtime,
  idToken,
  cancellation,
}: Beginning): Promise<JobState> {
  // Not the id alone: programs take what is below a folder named `test` or `build` for something else.
  const folder = join(run.folders.root, 'jobs', `job-${job.id}`)
  const [workspace, temp] = [join(folder, 'workspace'), join(folder, 'temp')]
  const eventPath = join(temp, '_github_workflow', 'event.json')
  await Promise.all([workspace, join(temp, '_github_workflow')].map((path) => mkdir(path, { recursive: true })))
  await writeFile(eventPath, JSON.stringify(run.identity.payload, undefined, 2))
  const lost = new AbortController()
  const state: JobState = {
    run,
    job,
    permissions,
    token,
    workspace,
    temp,
    trackingId: `github_${randomUUID()}`,
    contexts: { ...early.contexts, secrets: { ...run.secrets, GITHUB_TOKEN: token } },
    github: { ...run.github, token, job: job.id, workspace, event_path: eventPath },
    runner: runnerContext(temp, run.folders.toolCache, workspace, run.debug),
    checkRunId,
    runtime,
    idToken,
    env: {},
    path: [],
    steps: {},
    services: {},
    posts: [],
    posted: new Set(),
    annotations: [],
    cancel: cancellation.cancel,
    force: AbortSignal.any([cancellation.force, lost.signal]),
    kill: AbortSignal.any([run.kill, lost.signal]),
    status: 'success',
  }
  run.faults.runsOn(() => loseRunner(state, lost))
  state.cancel.addEventListener('abort', () => setCancelled(state), { once: true })
  if (state.cancel.aborted) setCancelled(state)
  return state
}

/** As when a machine is switched off: nothing of the job goes on, and GitHub finds out that it is gone. */
function loseRunner(state: JobState, lost: AbortController): void {
  if (lost.signal.aborted) return
  state.status = 'failure'
  state.annotations.push({ level: 'error', message: 'The hosted runner lost communication with the server.' })
  lost.abort()
  endOrphans(state.trackingId)
}

function setCancelled(state: JobState): void {
  state.status = 'cancelled'
}

async function runSteps(state: JobState, early: Scope): Promise<readonly StepReport[]> {
  const reports: StepReport[] = []
  let containers: Containers | undefined
  try {
    const scope = { ...early, contexts: { ...early.contexts, secrets: state.contexts['secrets'] ?? null } }
    Object.assign(state.env, textMap(state.run.workflow.env, scope), textMap(state.job.env, scope))
    containers = await startContainers(state.run, state.job, {
      ...scope,
      contexts: { ...scope.contexts, env: state.env },
    })
    Object.assign(state.services, containers.context)
    reports.push(...containers.reports)
    // Without what its steps need the job has failed, and none of them starts.
    if (containers.failed) state.status = 'failure'
    const tasks = containers.failed ? [] : await loadTasks(state)
    for (const task of tasks) reports.push(await runTask(task, state))
  } catch (error) {
    failJob(state, error)
  }
  for (let post = state.posts.pop(); post !== undefined; post = state.posts.pop()) {
    reports.push(await runTask(post, state))
  }
  reports.push(...((await containers?.stop()) ?? []))
  return reports
}

function failJob(state: JobState, error: unknown): void {
  const message = messageOf(error)
  state.annotations.push({ level: 'error', message: state.run.masks.hide(message) })
  if (state.status === 'success') state.status = 'failure'
}

/** GitHub leaves out an output that holds a secret, and says so. */
function outputsOf(state: JobState): Record<string, string> {
  try {
    const outputs = Object.entries(textMap(state.job.outputs, scopeOf(state)))
    const safe = outputs.filter(([, value]) => !state.run.masks.touches(value))
    for (const [name] of outputs.filter((output) => !safe.includes(output))) {
      state.annotations.push({ level: 'warning', message: `Skip output '${name}' since it may contain secret.` })
    }
    return Object.fromEntries(safe)
  } catch (error) {
    failJob(state, error)
    return {}
  }
}

function orphansOf(state: JobState): readonly Annotation[] {
  return endOrphans(state.trackingId).map((message) => ({ level: 'notice', message }))
}
