import { ActionError } from '../../src/errors.ts'

/** Something that stands in the way of a deployment, and what to change. */
export interface Problem {
  readonly message: string
  readonly hint: string
  /** To be run once, on a line of its own so that it can be copied. */
  readonly command?: string | undefined
}

/** @param known what else is to be said after the hint */
export function toError({ message, hint, command }: Problem, known?: string): ActionError {
  const advice = [hint, known].filter(Boolean).join(' ')
  return new ActionError(message, { hint: command === undefined ? advice : `${advice}\n  ${command}` })
}

/** All of them in one error, so that nobody has to run a workflow once for each. */
export function refuse(problems: readonly Problem[]): never {
  const [only] = problems
  if (only !== undefined && problems.length === 1) throw toError(only, 'Nothing was uploaded.')
  const list = problems.map(({ message, hint, command }, index) => {
    const item = `${index + 1}. ${message} ${hint}`
    return command === undefined ? item : `${item}\n   ${command}`
  })
  throw new ActionError(`${problems.length} things stand in the way of this deployment:\n${list.join('\n')}`, {
    hint: 'Nothing was uploaded.',
  })
}
