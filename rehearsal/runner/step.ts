/** Runs one part of one step and says how it went, with the rules of actions/runner StepsRunner.cs. */
import { messageOf } from '../errors.ts'
import { type Execution, runAction, runScript } from './execution.ts'
import { flag, holds, number, textMap } from './expressions.ts'
import { makeStepFiles, readStepFiles, type StepFiles } from './files.ts'
import { type JobState, scopeOf } from './job-state.ts'
import { StepLog } from './log.ts'
import type { Result, StepReport } from './report.ts'
import { reportPermissionUse } from './stand-in.ts'
import { displayName, namesOf } from './step-name.ts'
import { findAction, type Task } from './tasks.ts'
import { isNamed } from './workflow.ts'

export async function runTask(task: Task, state: JobState): Promise<StepReport> {
  const started = performance.now()
  const name = displayName(task, state)
  const { run, job } = state
  run.onProgress({ kind: 'step-start', job: job.id, name })
  const log = new StepLog(run.masks, run.debug, (line) =>
    run.onProgress({ kind: 'log', job: job.id, step: name, line }),
  )
  const { outcome, conclusion, summary } = await attempt(task, state, log, name)
  if (task.stage === 'main') settle(task, state, outcome, conclusion, log)
  if (conclusion === 'failure' && state.status === 'success') state.status = 'failure'
  const report: StepReport = {
    name,
    id: isNamed(task.step) ? task.step.id : null,
    stage: task.stage,
    uses: task.step.does.kind === 'uses' ? task.step.does.uses : null,
    outcome,
    conclusion,
    durationMs: Math.round(performance.now() - started),
    outputs: task.stage === 'main' ? { ...log.outputs } : {},
    annotations: [...log.annotations],
    summary,
    log: [...log.lines],
  }
  run.onProgress({ kind: 'step-end', job: job.id, step: report })
  if (task.stage === 'main') run.afterStep(namesOf(task, state))
  return report
}

interface Ending {
  readonly outcome: Result
  readonly conclusion: Result
  readonly summary: string
}

async function attempt(task: Task, state: JobState, log: StepLog, name: string): Promise<Ending> {
  const env = { ...state.env }
  // Before the condition is looked at, so that no cancellation falls between the look and the start.
  const stop = stopper(task, state, env)
  let ran: Ran
  try {
    Object.assign(env, textMap(task.step.env, scopeOf(state, env)))
    if (state.force.aborted || !holds(task.condition, scopeOf(state, env))) {
      return { outcome: 'skipped', conclusion: 'skipped', summary: '' }
    }
    ran = await start(task, { state, log, env, stop }, name)
  } catch (error) {
    log.error(messageOf(error))
    ran = { outcome: 'failure', summary: '' }
  } finally {
    stop.end()
  }
  const tolerated = ran.outcome === 'failure' && tolerates(task, state, env, log)
  return { ...ran, conclusion: tolerated ? 'success' : ran.outcome }
}

type Ran = Omit<Ending, 'conclusion'>

interface Attempt {
  readonly state: JobState
  readonly log: StepLog
  readonly env: Readonly<Record<string, string>>
  readonly stop: Stopper
}

/** The step's condition held: runs it until it ends, is cancelled or has taken too long. */
async function start(task: Task, { state, log, env, stop }: Attempt, name: string): Promise<Ran> {
  const known = await withAction(task, state)
  registerPost(known, state)
  const files = await makeStepFiles(`${state.temp}/_runner_file_commands`, crypto.randomUUID())
  const minutes = number(task.step.timeoutMinutes, scopeOf(state, env)) ?? 0
  const late = minutes > 0 ? setTimeout(() => stop.abort('timeout'), minutes * state.run.clock.minute) : undefined
  const execution: Execution = { task: known, state, log, env, files, signal: stop.signal }
  let outcome: Result
  try {
    const code = await (known.action === undefined ? runScript(execution) : runAction(execution, known.action))
    outcome = code === 0 && !log.refused ? 'success' : 'failure'
  } finally {
    clearTimeout(late)
  }
  if (stop.signal.aborted) outcome = stopped(stop.signal.reason, log, name, minutes)
  const { failed, summary } = await applyFiles(files, known, state, log)
  return { outcome: outcome === 'success' && failed ? 'failure' : outcome, summary }
}

/** When the first part of the step starts, so it runs even if that part fails; never for a step that was skipped. */
function registerPost(task: Task, state: JobState): void {
  if (task.action?.post === undefined || state.posted.has(task.step)) return
  state.posted.add(task.step)
  state.posts.push({ ...task, stage: 'post', condition: task.action.postIf })
}

async function withAction(task: Task, state: JobState): Promise<Task> {
  const { does } = task.step
  if (task.action !== undefined || does.kind === 'run') return task
  return { ...task, action: await findAction(does.uses, state) }
}

function stopped(reason: unknown, log: StepLog, name: string, minutes: number): Result {
  if (reason === 'timeout') {
    log.error(`The action '${name}' has timed out after ${minutes} minutes.`)
    return 'failure'
  }
  log.error('The operation was canceled.')
  return 'cancelled'
}

interface Stopper {
  readonly signal: AbortSignal
  abort(reason: string): void
  end(): void
}

/**
 * When the job is cancelled, a running step's condition is evaluated again: `always()` keeps it running, `success()`
 * does not. A step that starts after the cancellation is left alone until the time for such steps is over.
 */
function stopper(task: Task, state: JobState, env: Readonly<Record<string, string>>): Stopper {
  const controller = new AbortController()
  const onCancel = () => {
    if (!stillHolds(task, state, env)) controller.abort('cancel')
  }
  const onForce = () => controller.abort('cancel')
  if (!state.cancel.aborted) state.cancel.addEventListener('abort', onCancel, { once: true })
  state.force.addEventListener('abort', onForce, { once: true })
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end() {
      state.cancel.removeEventListener('abort', onCancel)
      state.force.removeEventListener('abort', onForce)
    },
  }
}

function stillHolds(task: Task, state: JobState, env: Readonly<Record<string, string>>): boolean {
  try {
    return holds(task.condition, scopeOf(state, env))
  } catch {
    return false
  }
}

function tolerates(task: Task, state: JobState, env: Readonly<Record<string, string>>, log: StepLog): boolean {
  try {
    return flag(task.step.continueOnError, scopeOf(state, env))
  } catch (error) {
    log.error('The step failed and an error occurred when attempting to determine whether to continue on error.')
    log.error(messageOf(error))
    return false
  }
}

/** What the step left in its files takes effect, whatever its result. */
async function applyFiles(files: StepFiles, task: Task, state: JobState, log: StepLog) {
  const effects = await readStepFiles(files)
  Object.assign(log.outputs, effects.outputs)
  Object.assign(task.state, log.state, effects.state)
  Object.assign(state.env, effects.env)
  for (const folder of effects.path) {
    const known = state.path.indexOf(folder)
    if (known >= 0) state.path.splice(known, 1)
    state.path.push(folder)
  }
  for (const message of [...effects.failures, ...effects.complaints]) log.error(message)
  if (task.action?.standIn === true) await reportPermissionUse(state)
  return { failed: effects.failures.length > 0, summary: state.run.masks.hide(effects.summary) }
}

/** The step's place in the `steps` context, where it has an id. */
function settle({ step }: Task, state: JobState, outcome: Result, conclusion: Result, log: StepLog): void {
  if (isNamed(step)) state.steps[step.id] = { outputs: { ...log.outputs }, outcome, conclusion }
}
