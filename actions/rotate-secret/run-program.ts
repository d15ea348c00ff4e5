/** Runs a program that is given a value, or prints one: on standard input and output, never as an argument. */
import type { Log } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import type { Run, RunResult } from '../../src/process.ts'
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
    const onLine = (line: string) => options.log.info(isCut(line) ? TOO_LONG : options.redact(line))
    const result = await start(program, { ...options, input, onLine })
    if (result instanceof ActionError) return result
    const [stdout, stderr] = [result.stdout, result.stderr].map((text) => shown(text, options.redact))
    return failureOf(program.program, { ...result, stdout: stdout ?? '', stderr: stderr ?? '' }, options.timeout)
  }
}

/**
 * What a program prints. A line break at the end of a single line is not part of it, as in a shell's `$(…)`; of several
 * lines, as of a key, it is.
 * @throws ActionError, which shows nothing of what it has printed on standard output; the signal's reason
 */
export async function printedBy(program: Program, options: Options): Promise<string> {
  const result = await start(program, options)
  if (result instanceof ActionError) throw generatorFailed(result)
  // What it says may be the value that nobody knows yet.
  const failure = failureOf(program.program, { ...result, stdout: '', stderr: '' }, options.timeout)
  if (failure !== undefined) {
    const message = failure.message.replace(/ It said nothing\.$/, '')
    const hint = 'What it said is not shown, since it may hold the value: run it by hand to see.'
    throw generatorFailed(
      new ActionError(message, { hint: [failure.hint, hint].filter((text) => text !== '').join(' ') }),
    )
  }
  const value = /\n[^\n]/.test(result.stdout) ? result.stdout : result.stdout.replace(/\n$/, '')
  if (value.trim() !== '') return value
  throw new ActionError(`The generator failed: ${program.program} ended with exit code 0 and printed nothing.`, {
    hint: 'It has to print the new value, and nothing else, on standard output.',
  })
}

function generatorFailed({ message, hint }: ActionError): ActionError {
  return new ActionError(`The generator failed: ${message}`, { hint })
}

/** Characters from which on a line may have come in pieces (src/process.ts), of which none shows the value that it holds. */
const LONGEST_LINE = 32 * 1024
const TOO_LONG = '(a line that is too long to be shown)'

/** After a line that came in pieces the next one may be its end. */
function shown(text: string, redact: Redact): string {
  const lines = text.split('\n')
  const kept = lines.map((line, index) => (isCut(line) ? TOO_LONG : isCut(lines[index - 1] ?? '') ? '' : line))
  return redact(kept.join('\n'))
}

function isCut(line: string): boolean {
  return line.length > LONGEST_LINE
}

interface Started extends Options {
  readonly input?: string
  readonly onLine?: (line: string) => void
}

/** @returns why it could not be started, or how it has ended */
async function start({ program, args }: Program, options: Started): Promise<RunResult | ActionError> {
  const { run, redact: _, log: __, ...rest } = options
  try {
    return await run(program, args, rest)
  } catch (error) {
    const failure = options.signal.aborted ? undefined : startFailure(program, error)
    if (failure === undefined) throw error
    return failure
  }
}
