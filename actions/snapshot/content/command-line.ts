/** The lines of the input `commands`: `file-in-snapshot [options]: program arg arg`. */
import { parseDuration } from '../../../src/duration.ts'
import { ActionError } from '../../../src/errors.ts'
import { isShell, type Program, programOf } from '../../../src/program.ts'
import { splitWords } from '../../../src/words.ts'
import { Layout } from '../archive/layout.ts'
import { pathProblem, shown } from '../archive/path.ts'
import { MANIFEST_FILE } from '../manifest.ts'

const FORM = /^(?<file>[^:[]*?)\s*(?:\[(?<options>[^\]]*)\]\s*)?:(?<space>\s+)(?<words>.*)$/su
const EXAMPLE =
  'Write "file-in-snapshot: program arguments", as in "db/audit.sql [timeout=2h]: pg_dump --table audit app".'
/** Milliseconds. */
const LONGEST = 24 * 3_600_000

export interface Command extends Program {
  /** Where its output stands in the snapshot: relative, with `/`. */
  readonly file: string
  /** Whether it may print nothing. */
  readonly allowEmpty: boolean
  /** Milliseconds; undefined: as long as any. */
  readonly timeout: number | undefined
}

/** @throws ActionError for a line that cannot be read, or that only a shell could run, and for two of one name */
export function parseCommands(lines: readonly string[]): readonly Command[] {
  const commands = lines.map(parseCommand)
  const layout = new Layout()
  for (const { file } of commands) {
    const problem = layout.add(file, 'file')
    if (problem === undefined) continue
    throw new ActionError(`Input commands cannot make ${shown(file)}. ${problem}`, {
      hint: 'Give each command a file of its own, whose path is no folder of another one.',
    })
  }
  return commands
}

function parseCommand(line: string, index: number): Command {
  const { file, options, words } = FORM.exec(line)?.groups ?? {}
  if (file === undefined || words === undefined) throw formless(line, index)
  requireName(file, index)
  const what = `Input commands, ${shown(file)},`
  const { program, args } = programOf(splitWords(line, line.length - words.length, what), what)
  return { file, program, args, ...parseOptions(options, what) }
}

/** Shows no more than the line's first word. */
function formless(line: string, index: number): ActionError {
  const [first = ''] = line.split(/[\s:]/, 1)
  const missing = line.includes(':') ? 'cannot be read' : 'does not say into which file of the snapshot its output goes'
  const hint = /^[^\s:]+:\S/.test(line) ? `A space comes after the colon. ${EXAMPLE}` : EXAMPLE
  return new ActionError(`Input commands: command ${index + 1} (${first.slice(0, 40)} …) ${missing}.`, { hint })
}

function requireName(file: string, index: number): void {
  const own = file.toLowerCase() === MANIFEST_FILE ? `${shown(file)} is the snapshot's own manifest.` : undefined
  const windows = file.includes('\\') ? `The path ${shown(file)} has a backslash.` : undefined
  const problem = pathProblem(file) ?? own ?? windows
  if (problem === undefined) return
  throw new ActionError(`Input commands: command ${index + 1} has no file that a snapshot can hold. ${problem}`, {
    hint: `${EXAMPLE} The file is relative, with "/".`,
  })
}

function parseOptions(text: string | undefined, what: string): Pick<Command, 'allowEmpty' | 'timeout'> {
  const options = text === undefined ? [] : text.split(',').map((option) => option.trim())
  const unknown = options.find((option) => option !== 'allow-empty' && !option.startsWith('timeout='))
  if (unknown !== undefined) {
    throw new ActionError(`${what} has the option "${unknown}", which does not exist.`, {
      hint: 'There are allow-empty and timeout, as in "[allow-empty, timeout=2h]".',
    })
  }
  const timeout = options.findLast((option) => option.startsWith('timeout='))?.slice('timeout='.length)
  return {
    allowEmpty: options.includes('allow-empty'),
    timeout: timeout === undefined ? undefined : parseDuration(timeout, `${what} timeout`, { min: 1, max: LONGEST }),
  }
}

/**
 * Whether a program in the middle of a pipe may fail unseen: `sh -c 'pg_dump app | gzip'` ends as gzip does. What the text
 * quotes, as a filter for jq, is no pipe.
 */
export function hidesFailures({ program, args }: Program): boolean {
  if (!isShell(program) || args.some((arg) => arg.includes('pipefail'))) return false
  return args.some((arg) => /(?<!\|)\|(?!\|)/.test(arg.replaceAll(/'[^']*'|"(?:[^"\\]|\\.)*"/gsu, '')))
}
