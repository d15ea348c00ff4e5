/** The action as a command in a terminal: plain text instead of workflow commands, an exit code instead of outputs. */
import type { Runner } from '../../../src/action.ts'
import { ActionError, CancelledError, messageOf } from '../../../src/errors.ts'
import type { InputReader } from '../../../src/input.ts'
import { oneLine } from '../text.ts'
import { parseArguments } from './arguments.ts'
import { helpText, OPTIONS } from './options.ts'

export const EXIT = { healthy: 0, unhealthy: 1, mistake: 2 } as const

/** What a shell reports for a program that a signal ended. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const

export interface Terminal {
  readonly args: readonly string[]
  /** How it was started, as a person would type it again. */
  readonly program: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  readonly signal: AbortSignal
}

/** Arguments were given, or no runner has given inputs. */
export function isCommand(args: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  return args.length > 0 || !Object.keys(env).some((name) => name.startsWith('INPUT_'))
}

/**
 * @param check whether the step would have succeeded
 * @returns the exit code
 */
export async function runCommand(terminal: Terminal, check: (runner: Runner) => Promise<boolean>): Promise<number> {
  try {
    const parsed = parseArguments(terminal.args)
    if (parsed.help) {
      terminal.out(helpText(terminal.program))
      return EXIT.healthy
    }
    const { runner, problems } = connect(terminal, parsed.input)
    if (!(await check(runner))) return EXIT.unhealthy
    return problems.length === 0 ? EXIT.healthy : EXIT.mistake
  } catch (error) {
    return explain(error, terminal)
  }
}

function explain(error: unknown, { err }: Terminal): number {
  if (error instanceof CancelledError) {
    err(error.message.replace('The step', 'The check'))
    return error.signal === 'SIGINT' || error.signal === 'SIGTERM' ? SIGNALS[error.signal] : EXIT.mistake
  }
  if (error instanceof ActionError) err(`Error: ${asFlags(error.text)}`)
  else err(`Unexpected error, please report it: ${error instanceof Error ? error.stack : messageOf(error)}`)
  return EXIT.mistake
}

/** Here an input is a flag. */
function asFlags(text: string): string {
  return text.replace(/\b[Ii]nput ([a-z]+(?:-[a-z]+)*)/g, (all, name: string) => (FLAGS.has(name) ? `--${name}` : all))
}

const FLAGS: ReadonlySet<string> = new Set(OPTIONS.map(({ name }) => name))

/** What has no meaning outside of a job is left out: summaries, variables, state. Masks have no log to hold for. */
function connect(
  { env, out, err, signal }: Terminal,
  input: InputReader,
): { readonly runner: Runner; readonly problems: readonly ActionError[] } {
  const problems: ActionError[] = []
  const runner: Runner = {
    input,
    env,
    signal,
    log: {
      debug: () => {},
      info: out,
      warning: (message) => err(`Warning: ${oneLine(message)}`),
      group: (name, work) => {
        out(name)
        return work()
      },
    },
    mask: () => {},
    fail: (error) => {
      problems.push(error)
      err(`Error: ${asFlags(error.text)}`)
    },
    setOutput: () => {},
    summarize: () => {},
    exportVariable: () => {},
    saveState: () => {},
    getState: () => '',
  }
  return { runner, problems }
}
