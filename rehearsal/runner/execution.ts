/** Starts the program of a step: a shell for `run`, Node for an action. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import type { Action } from './action.ts'
import { githubEnvironment, runnerEnvironment } from './contexts.ts'
import { text, textMap } from './expressions.ts'
import { fateOf } from './fate.ts'
import type { StepFiles } from './files.ts'
import { type JobState, scopeOf } from './job-state.ts'
import type { StepLog } from './log.ts'
import { execute } from './process.ts'
import { standInEnvironment } from './stand-in.ts'
import { namesOf } from './step-name.ts'
import type { Task } from './tasks.ts'
import { find, type RunStep } from './workflow.ts'

export interface Execution {
  readonly task: Task
  readonly state: JobState
  readonly log: StepLog
  /** The `env` context of this step. */
  readonly env: Readonly<Record<string, string>>
  readonly files: StepFiles
  readonly signal: AbortSignal
}

/** `{0}` is the script; an explicit `bash` also fails on a failed pipe (actions/runner ScriptHandlerHelpers.cs). */
const shells: Readonly<Record<string, readonly string[]>> = {
  bash: ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail'],
  sh: ['sh', '-e'],
}
const defaultShell = ['bash', '-e']

/** @returns the exit code */
export async function runScript(execution: Execution): Promise<number> {
  const { task, state, log, env } = execution
  if (task.step.does.kind !== 'run') throw new Error('This step has no script.')
  const scope = scopeOf(state, env)
  const script = text(task.step.does.script, scope)
  const [file = 'bash', ...args] = shells[setting('shell', task.step.does, execution) ?? ''] ?? defaultShell
  const cwd = resolve(state.workspace, setting('working-directory', task.step.does, execution) ?? '')
  const path = join(state.temp, `${crypto.randomUUID()}.sh`)
  await writeFile(path, script)
  log.write(`##[group]Run ${script.trimStart().split('\n')[0]}`)
  for (const line of script.trimEnd().split('\n')) log.write(line)
  log.write(`shell: ${[file, ...args, '{0}'].join(' ')}`)
  for (const [name, value] of Object.entries(env)) log.write(`  ${name}: ${value}`)
  log.write('##[endgroup]')
  if (!existsSync(cwd)) throw new Error(`The working directory '${cwd}' does not exist.`)
  const own = environment(execution)
  const asked = await state.run.advisories.of(script, own)
  if (asked.note !== undefined) log.write(asked.note)
  const code = await launch(execution, { file, args: [...args, path], cwd, env: { ...own, ...asked.env } })
  if (code !== 0 && !execution.signal.aborted) log.error(`Process completed with exit code ${code}.`)
  return code
}

/** @returns the exit code of the action's part that belongs to the task's stage */
export async function runAction(execution: Execution, action: Action): Promise<number> {
  const { task, state, log } = execution
  const inputs = readInputs(execution, action)
  const script = action[task.stage] ?? action.main
  const reference = task.step.does.kind === 'uses' ? task.step.does.uses : ''
  log.write(`##[group]Run ${reference}${action.standIn ? ' (stand-in)' : ''}`)
  for (const [name, value] of Object.entries(inputs)) if (value !== '') log.write(`  ${name}: ${value}`)
  log.write('##[endgroup]')
  const env = {
    ...environment(execution, action),
    ...state.runtime,
    ...Object.fromEntries(Object.entries(task.state).map(([name, value]) => [`STATE_${name}`, value])),
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value])),
    ...(action.standIn ? standInEnvironment(state) : {}),
  }
  return launch(execution, { file: process.execPath, args: [script], cwd: state.workspace, env })
}

function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}

/**
 * `with:` and the defaults, evaluated anew for each part of the step: the post part sees the job's status and the
 * outputs of later steps (actions/runner ActionRunner.cs).
 */
function readInputs({ task, state, env, log }: Execution, action: Action): Record<string, string> {
  const scope = scopeOf(state, env)
  const given = task.step.does.kind === 'uses' ? textMap(task.step.does.with, scope) : {}
  const inputs = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
  const valid = action.inputs.map((input) => input.name)
  const unexpected = [...inputs.keys()].filter((name) => !valid.some((known) => known.toLowerCase() === name))
  if (unexpected.length > 0 && task.stage === 'main') {
    const names = (list: readonly string[]) => `['${list.join("', '")}']`
    const message = `Unexpected input(s) ${names(unexpected).slice(1, -1)}, valid inputs are ${names(valid)}`
    log.annotate({ level: 'warning', message })
  }
  const { github = null, strategy = null, matrix = null, job = null, runner = null } = scope.contexts
  const limited = { ...scope, contexts: { github, strategy, matrix, job, runner } }
  for (const { name, default: value, deprecated } of action.inputs) {
    const key = name.toLowerCase()
    if (inputs.has(key) && deprecated !== undefined && task.stage === 'main') {
      const message = `Input '${name}' has been deprecated with message: ${deprecated}`
      log.annotate({ level: 'warning', message })
    }
    if (!inputs.has(key)) inputs.set(key, value === undefined ? '' : text(value, limited))
  }
  return Object.fromEntries(inputs)
}

/** A step's own value, else the nearest default of the job or the workflow. */
function setting(key: 'shell' | 'working-directory', does: RunStep, { state, env }: Execution): string | undefined {
  const own = key === 'shell' ? does.shell : does.workingDirectory
  const token =
    own ?? state.job.defaults.map((defaults) => find(defaults, key)).findLast((value) => value !== undefined)
  return token === undefined ? undefined : text(token, scopeOf(state, env))
}

function environment({ state, env, files, task }: Execution, action?: Action): Record<string, string> {
  const { base } = state.run
  const from = action?.reference.kind === 'repository' ? action.reference : undefined
  const github = {
    ...state.github,
    ...files,
    action: task.step.id,
    action_repository: from?.repository ?? '',
    action_ref: from?.ref ?? '',
  }
  const path = env['PATH'] ?? base['PATH'] ?? ''
  return {
    ...base,
    CI: 'true',
    ...env,
    GITHUB_ACTIONS: 'true',
    ...githubEnvironment(github),
    ...runnerEnvironment(state.runner),
    ...state.idToken,
    RUNNER_TRACKING_ID: state.trackingId,
    PATH: [...state.path.toReversed(), path].join(delimiter),
  }
}

interface Start {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

function launch({ task, state, log, signal }: Execution, start: Start): Promise<number> {
  const fate = fateOf(namesOf(task, state), state, log)
  return execute({
    ...start,
    signal,
    kill: state.kill,
    patience: state.run.clock.patience,
    onStart: fate.onStart,
    onLine(line) {
      log.receive(line)
      fate.onLine(line)
    },
  })
}
