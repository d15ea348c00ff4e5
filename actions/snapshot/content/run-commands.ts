/** Runs programs, one after the other; what each prints becomes a file of the snapshot. */
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../../src/action.ts'
import { ActionError } from '../../../src/errors.ts'
import type { Run } from '../../../src/process.ts'
import type { Environment, Program } from '../../../src/program.ts'
import { failureOf, startFailure } from '../../../src/program-failure.ts'
import { isBlank } from './blank.ts'
import { type Command, hidesFailures } from './command-line.ts'
import type { FileEntry } from './entry.ts'

/** Dumps are for whoever restores them, and nobody else. */
const MODE = 0o600

export interface ProgramOptions {
  readonly cwd: string
  /** The program's whole environment. */
  readonly env: Environment
  /** Milliseconds. */
  readonly timeout: number
  readonly run: Run
  readonly log: Pick<Log, 'info'>
  readonly signal: AbortSignal
  /** An open file descriptor that takes what it prints; without one that goes to the log. */
  readonly stdout?: number
}

export interface CommandsOptions extends Omit<ProgramOptions, 'log' | 'stdout'> {
  /** Private and empty; what the commands print stays there, for whoever calls to read and remove. */
  readonly folder: string
  readonly log: Pick<Log, 'info' | 'warning' | 'group'>
}

/**
 * @returns one entry for each command, in their order
 * @throws ActionError when one fails, does not end in time or prints nothing; the signal's reason when aborted
 */
export async function runCommands(
  commands: readonly Command[],
  options: CommandsOptions,
): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = []
  for (const [index, command] of commands.entries()) {
    const file = join(options.folder, `${index + 1}`)
    if (hidesFailures(command)) options.log.warning(pipeWarning(command))
    const make = () => print(command, file, options)
    entries.push(await options.log.group(`${command.file}: ${command.program}`, make))
  }
  return entries
}

/**
 * @returns why it failed: what failed first, and what to change as the hint
 * @throws the signal's reason when aborted
 */
export async function runProgram(
  { program, args }: Program,
  { run, log, ...options }: ProgramOptions,
): Promise<ActionError | undefined> {
  try {
    const result = await run(program, args, { ...options, onLine: (line) => log.info(line) })
    return failureOf(program, result, options.timeout)
  } catch (error) {
    const failure = options.signal.aborted ? undefined : startFailure(program, error)
    if (failure === undefined) throw error
    return failure
  }
}

/** What is left of a command that failed may be half a database: it is removed at once. */
async function print(command: Command, file: string, options: CommandsOptions): Promise<FileEntry> {
  const handle = await open(file, 'wx', MODE)
  try {
    return await printInto(handle, command, file, options)
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

async function printInto(
  handle: FileHandle,
  command: Command,
  file: string,
  { cwd, env, timeout, run, log, signal }: CommandsOptions,
): Promise<FileEntry> {
  const limits = { timeout: command.timeout ?? timeout, signal }
  const failure = await runProgram(command, { cwd, env, run, log, ...limits, stdout: handle.fd })
  if (failure !== undefined) {
    throw new ActionError(`${command.file} was not made: ${failure.message}`, {
      hint: failure.hint,
      cause: failure.cause,
    })
  }
  const modifiedAt = Date.now()
  if (!command.allowEmpty && (await isBlank(file))) throw printedNothing(command)
  const { size } = await handle.stat()
  log.info(`${command.file}: ${size} bytes`)
  return { type: 'file', path: command.file, source: `command: ${command.program}`, modifiedAt, file, size, mode: MODE }
}

function printedNothing({ file, program }: Command): ActionError {
  return new ActionError(`${file} was not made: ${program} ended with exit code 0 and printed nothing.`, {
    hint: `Nothing is also white space, zero bytes, and the compressed form of no content. Find out why; where it is right, write "${file} [allow-empty]: …". In a pipe, bash -o pipefail -c '…' shows which program fails.`,
  })
}

function pipeWarning({ file, program }: Command): string {
  return `The command for ${file} has a pipe, of which ${program} sees only whether the last program has failed: half a dump would count as one. Write bash -o pipefail -c '…'.`
}
