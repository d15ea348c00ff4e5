/** The edge between an action and the runner, and the only importer of @actions/core. */
import * as core from '@actions/core'
import { ActionError, CancelledError, messageOf } from './errors.ts'
import { InputReader, maskAll } from './input.ts'
import { useProxy } from './proxy.ts'

/** What a cancelled step has to clean up in: the runner sends SIGINT, SIGTERM after 7.5 s and SIGKILL after 10 s. */
const CANCEL_GRACE = 6000
/** All post steps of a cancelled job share 5 minutes; this one takes at most a minute of them. */
const POST_TIMEOUT = 50_000

/** GitHub rejects a larger summary as a whole (1 MiB a step, actions/runner `FileCommandManager.cs`). */
const SUMMARY_LIMIT = 1024 * 1024

/** What an annotation points to: the lines of a file, where one is at fault. */
export interface Place {
  readonly title?: string
  /** Relative to the root of the repository. */
  readonly file?: string
  readonly line?: number
}

export interface Log {
  debug(message: string): void
  /** Written as it is, except that it can never be a command to the runner. */
  info(message: string): void
  /** An annotation that turns nothing red. */
  warning(message: string, place?: Place): void
  /** Runs work inside a collapsed group of the log. */
  group<T>(name: string, work: () => Promise<T>): Promise<T>
}

/** What the runner gives an action, and what it takes from it besides the outputs. */
export interface Runner {
  readonly input: InputReader
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** Aborted by SIGINT or SIGTERM, with a CancelledError as its reason. */
  readonly signal: AbortSignal
  /** Registers a value that was not read as a secret input and must still never stand in the log. */
  mask(value: string): void
  /** Adds a section to the job summary; it is written even if the action fails later. */
  summarize(markdown: string): void
  /** Sets an output at once, so that it is there for later steps also when this one fails. */
  setOutput(name: string, value: string): void
  /** Fails the step with this annotation, and goes on: for an action that has outputs, or more to say, even then. */
  fail(error: ActionError, place?: Place): void
  /** Sets an environment variable for the later steps of the job and for post steps. */
  exportVariable(name: string, value: string): void
  /** Keeps a value for the post step. */
  saveState(name: string, value: string): void
  /** A value kept by the main step, empty when there is none. */
  getState(name: string): string
}

/** Undefined outputs are not set, so that they stay empty for the workflow. */
export type Outputs = Readonly<Record<string, string | undefined>>

/**
 * Runs the phase of an action that the runner started: its main step, or its post step once the main one has run
 * in this job. Outputs, the summary, annotations and the exit code are written here and nowhere else.
 * A failing main step fails the step; a failing post step only warns, since its job has already been judged.
 *
 * @param exit ends the process once everything is written; `process.exitCode` is set by then
 */
export async function runAction(
  main: (runner: Runner) => Promise<Outputs>,
  post?: (runner: Runner) => Promise<void>,
  exit: () => void = process.exit,
): Promise<void> {
  const isPost = core.getState('slipway-main-started') !== ''
  const { runner, flush } = connect(isPost)
  try {
    useProxy(process.env, core.setSecret)
    await within(runner.signal, isPost ? runPost(runner, post) : runMain(runner, main))
  } catch (error) {
    report(error, isPost)
  }
  // A summary that cannot be written makes a proven result no less true.
  await flush().catch((error: unknown) => core.warning(`The summary could not be written: ${messageOf(error)}.`))
  // Whatever is still open, a connection say, must not hold the job. The log is a pipe: it is written out first.
  process.stdout.write('', () => exit())
}

async function runMain(runner: Runner, main: (runner: Runner) => Promise<Outputs>): Promise<void> {
  core.saveState('slipway-main-started', 'true')
  for (const [name, value] of Object.entries(await main(runner))) {
    if (value !== undefined) core.setOutput(name, value)
  }
}

async function runPost(runner: Runner, post?: (runner: Runner) => Promise<void>): Promise<void> {
  await post?.(runner)
}

/** Ends with the work; once the signal is aborted the work has a grace period to clean up in. */
async function within(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const overdue = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason), CANCEL_GRACE), {
      once: true,
    })
  })
  await Promise.race([work, overdue])
}

function connect(isPost: boolean): { readonly runner: Runner; readonly flush: () => Promise<void> } {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => controller.abort(new CancelledError(signal)))
  }
  if (isPost) {
    const overdue = new ActionError(`The post step was given up after ${POST_TIMEOUT / 1000} s.`)
    setTimeout(() => controller.abort(overdue), POST_TIMEOUT).unref()
  }
  const sections: string[] = []
  const runner: Runner = {
    input: new InputReader(
      (name, { exact } = { exact: false }) => core.getInput(name, { trimWhitespace: !exact }),
      core.setSecret,
    ),
    mask: (value) => maskAll(value, core.setSecret),
    fail: (error, place) => report(error, isPost, place),
    env: process.env,
    log: {
      debug: core.debug,
      info: (message) => core.info(inert(message)),
      warning: (message, place) => core.warning(message, propertiesOf(place)),
      group: core.group,
    },
    signal: controller.signal,
    summarize: (markdown) => void sections.push(markdown),
    setOutput: core.setOutput,
    exportVariable: core.exportVariable,
    saveState: core.saveState,
    getState: core.getState,
  }
  return { runner, flush: () => writeSummary(sections) }
}

/**
 * Text that the runner cannot take for a command, whoever wrote it. It looks for `::` behind all that .NET trims, a
 * next line (U+0085) too, and for `##[` anywhere in a line (actions/runner `ActionCommand.cs`).
 */
function inert(text: string): string {
  const lines = text.split(/\r\n|[\n\r\u0085\u2028\u2029]/)
  return lines.map((line) => line.replace(/^(\s*):(?=:)/, '$1: ').replaceAll('##[', '## [')).join('\n')
}

/** GHES before 3.6 and some local runners have no summary file: a summary is then not worth a failure. */
async function writeSummary(sections: readonly string[]): Promise<void> {
  if (sections.length === 0 || !process.env['GITHUB_STEP_SUMMARY']) return
  const text = `${sections.join('\n\n')}\n`
  if (Buffer.byteLength(text) > SUMMARY_LIMIT) return core.warning('The summary is over 1 MiB and was left out.')
  await core.summary.addRaw(text).write()
}

function report(error: unknown, isPost: boolean, place?: Place): void {
  const known = error instanceof ActionError
  const text = known ? error.text : `Unexpected error, please report it: ${messageOf(error)}`
  if (isPost) core.warning(text, propertiesOf(place))
  else {
    process.exitCode = core.ExitCode.Failure
    core.error(text, propertiesOf(place))
  }
  const detail = describe(error)
  if (known) core.debug(detail)
  else core.info(inert(detail))
}

function propertiesOf({ title, file, line }: Place = {}): core.AnnotationProperties {
  return {
    ...(title !== undefined && { title }),
    ...(file !== undefined && { file }),
    ...(line !== undefined && { startLine: line }),
  }
}

/** The stack of an error and of each cause behind it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? error.message
  return error.cause === undefined ? own : `${own}\nCaused by: ${describe(error.cause)}`
}
