import { relative } from 'node:path'

/** What a person has to change before anything can run: a usage mistake, a workflow that does not parse, … */
export class RehearsalError extends Error {
  override readonly name = 'RehearsalError'
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A place in a workflow file, or in an action's. Lines start at 1. */
export interface Problem {
  readonly file: string
  readonly line: number | undefined
  readonly message: string
}

/** Everything that is wrong with a workflow, in one error, so that one run of the rehearsal is enough to see it. */
export class WorkflowError extends RehearsalError {
  readonly problems: readonly Problem[]

  constructor(summary: string, problems: readonly Problem[]) {
    super([summary, ...problems.map(describe)].join('\n'))
    this.problems = problems
  }
}

function describe({ file, line, message }: Problem): string {
  const short = relative(process.cwd(), file)
  return `  ${short.startsWith('..') ? file : short}${line === undefined ? '' : `:${line}`}: ${message}`
}
