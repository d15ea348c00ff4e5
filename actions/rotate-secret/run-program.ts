/** Runs a program that is given a value, or prints one: on standard input and output, never as an argument. */
import type { Log } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import type { Run } from '../../src/process.ts'
import type { Environment, Program } from '../../src/program.ts'
import { failureOf, startFailure } from '../../src/program-failure.ts'
import type { Redact } from './redact.ts'

interface Options {
  readonly run: Run
  readonly cwd: string
  readonly env: Environment
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
  readonly log: Pick<Log, 'info'>
  /** What it prints is shown without values. */
  readonly redact: Redact
}

/** @returns why it has failed @throws the signal's reason */
export type RunWithInput = (program: Program, input: string) => Promise<ActionError | undefined>

export function runWithInput(options: Options): RunWithInput {
  return async (program, input) => {
    const onLine = (line: string) => options.log.info(options.redact(line))
    const outcome = await start(program, { ...options, input, onLine })
    return outcome instanceof ActionError ? outcome : undefined
  }
}

/**
 * What a program prints. A line break at the end of a single line is not part of it, as in a shell's `$(…)`; of several
 * lines, as of a key, it is.
 * @throws ActionError, which shows nothing of what it has printed on standard output; the signal's reason
 */
export async function printedBy(program: Program, options: Options): Promise<string> {
  const outcome = await start(program, options)
  if (outcome instanceof ActionError) {
    throw new ActionError(`The generator failed: ${outcome.message}`, { hint: outcome.hint, cause: outcome })
  }
  const value = /\n[^\n]/.test(outcome) ? outcome : outcome.replace(/\n$/, '')
  if (value.trim() !== '') return value
  throw new ActionError(`The generator failed: ${program.program} ended with exit code 0 and printed nothing.`, {
    hint: 'It has to print the new value, and nothing else, on standard output.',
  })
}

interface Started extends Options {
  readonly input?: string
  readonly onLine?: (line: string) => void
}

async function start({ program, args }: Program, options: Started): Promise<string | ActionError> {
  const { run, redact, log: _, ...rest } = options
  try {
    const result = await run(program, args, rest)
    const hidden = {
      ...result,
      stdout: options.input === undefined ? '' : redact(result.stdout),
      stderr: redact(result.stderr),
    }
    return failureOf(program, hidden, options.timeout) ?? result.stdout
  } catch (error) {
    const failure = options.signal.aborted ? undefined : startFailure(program, error)
    if (failure === undefined) throw error
    return failure
  }
}
