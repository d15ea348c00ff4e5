/** Programs that an input names: a line is split as a shell would, and no shell reads it. */
import { ActionError } from './errors.ts'
import { forShell, splitWords, type Word } from './words.ts'

const SHELLS = /(?:^|\/)(?:sh|bash|dash|ash|ksh|zsh|fish|pwsh)$/

/** The runner's own: what gives power over the job, or would let a program write to it. */
const WITHHELD = new Set([
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_RUNTIME_URL',
  'ACTIONS_RESULTS_URL',
  'ACTIONS_CACHE_URL',
  'GITHUB_OUTPUT',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STATE',
  'GITHUB_STEP_SUMMARY',
])

export type Environment = Readonly<Record<string, string | undefined>>

/** A program and what it gets. Its arguments are never shown: somebody may have written a secret there. */
export interface Program {
  readonly program: string
  readonly args: readonly string[]
}

/**
 * @param what the subject of the errors' sentences, as `Input drill-command`
 * @throws ActionError
 */
export function parseProgram(line: string, what: string): Program {
  return programOf(splitWords(line, 0, what), what)
}

/** @param what as above @throws ActionError */
export function programOf(words: readonly Word[], what: string): Program {
  const [first, ...rest] = words
  if (first === undefined || first.text === '') {
    throw new ActionError(`${what} names no program.`, { hint: 'Name one, and after it what it gets.' })
  }
  if (first.isBare && /^[A-Za-z_]\w*=/.test(first.text)) {
    throw new ActionError(`${what} begins with a variable, which only a shell would set.`, {
      hint: 'Set it under "env:" of the step: its commands get the environment that the step has.',
    })
  }
  const expansion = SHELLS.test(first.text) ? undefined : words.find((word) => word.expansion)?.expansion
  if (expansion !== undefined) throw forShell(expansion.character, expansion.position, what)
  return { program: first.text, args: rest.map(({ text }) => text) }
}

export function isShell(program: string): boolean {
  return SHELLS.test(program)
}

/** The step's own environment without inputs, which hold secrets of this action, and without what is the runner's. */
export function commandEnvironment(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(?:INPUT|STATE)_/i.test(name) && !WITHHELD.has(name.toUpperCase())),
  )
}
