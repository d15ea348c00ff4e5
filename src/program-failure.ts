/** Why a program has failed, in words: what it was, how it ended, what it said last, and what to change. */
import { stripVTControlCharacters } from 'node:util'
import { formatDuration } from './duration.ts'
import { ActionError } from './errors.ts'
import type { RunResult } from './process.ts'

const MOST_LINES = 10
/** Characters. */
const MOST_TEXT = 2000

interface Symptom {
  readonly pattern: RegExp
  readonly hint: string
}

const SYMPTOMS: readonly Symptom[] = [
  {
    pattern: /server version mismatch/,
    hint: "pg_dump must be at least as new as the server. Where several are installed, pg_wrapper runs the newest one: install the package postgresql-client-NN of the server's version, or name /usr/lib/postgresql/NN/bin/pg_dump.",
  },
  {
    pattern: /no password supplied|password authentication failed/,
    hint: 'Give the step the password under "env:", as PGPASSWORD from a secret; never as an argument, which every process of the machine can see.',
  },
  {
    pattern: /command not found|: not found$/m,
    hint: 'Install what it names in a step before this one, or name it with its whole path.',
  },
]

/** @param program its name only: arguments are never shown. @returns undefined when it has ended well */
export function failureOf(program: string, result: RunResult, timeout: number): ActionError | undefined {
  const { outcome, exitCode, signal } = result
  if (outcome === 'exited' && exitCode === 0) return undefined
  const said = lastLines(result.stderr === '' ? result.stdout : result.stderr)
  const message = `${program} ${ending(result, timeout)}.${said === '' ? ' It said nothing.' : ` It said last:\n${said}`}`
  const symptom = SYMPTOMS.find(({ pattern }) => pattern.test(result.stderr))
  if (symptom !== undefined) return new ActionError(message, { hint: symptom.hint })
  if (outcome === 'timed-out') {
    return new ActionError(message, {
      hint: 'Give it longer, with command-timeout, or find out what it waits for.',
    })
  }
  const hint = signal === 'SIGKILL' ? 'Where nobody has killed it, the machine had no memory left for it.' : ''
  return new ActionError(message, { hint })
}

function ending({ outcome, exitCode, signal }: RunResult, timeout: number): string {
  if (outcome === 'timed-out') return `was not done after ${formatDuration(timeout)} and was ended`
  return outcome === 'killed' ? `was killed (${signal})` : `failed with exit code ${exitCode}`
}

/** As a terminal would show it without colours. */
function lastLines(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
  const last = lines.slice(-MOST_LINES).join('\n')
  return last.length > MOST_TEXT ? `…${last.slice(1 - MOST_TEXT)}` : last
}

/** @returns undefined where it is none of the operating system's reasons */
export function startFailure(program: string, error: unknown): ActionError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  const code = String(error.code)
  const hint = START_HINTS[code]?.(program) ?? ''
  return new ActionError(`${program} could not be started (${code}).`, { hint, cause: error })
}

const START_HINTS: Readonly<Record<string, (program: string) => string>> = {
  ENOENT: (program) =>
    program.includes('/')
      ? 'There is no such file, seen from the root of the workspace, or its first line (#!) names a program that is not there.'
      : 'It is in no folder of PATH: is it installed, in this job and before this step? A script of the repository is named with its path, as in ./scripts/dump.sh.',
  EACCES: () => 'It is no program, or may not be run: chmod +x it, and commit that (git update-index --chmod=+x).',
  E2BIG: () => 'Its arguments are too long: let it read them from a file.',
}
