import { ActionError } from '../../src/errors.ts'

/** Something that stands in the way of a deployment, and what to change. */
export interface Problem {
  readonly message: string
  readonly hint: string
}

/** All of them in one error, so that nobody has to run a workflow once for each. */
export function refuse(problems: readonly Problem[]): never {
  const [only] = problems
  if (only !== undefined && problems.length === 1) {
    throw new ActionError(only.message, { hint: `${only.hint} Nothing was uploaded.` })
  }
  const list = problems.map(({ message, hint }, index) => `${index + 1}. ${message} ${hint}`)
  throw new ActionError(`${problems.length} things stand in the way of this deployment:\n${list.join('\n')}`, {
    hint: 'Nothing was uploaded.',
  })
}
