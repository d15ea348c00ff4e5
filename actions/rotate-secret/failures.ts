/** Several failures as one, so that a person learns of all of them at once. */
import { ActionError } from '../../src/errors.ts'

/** @param failures at least one @param heading a sentence without its end, before the list */
export function combine(failures: readonly ActionError[], heading: string): ActionError {
  const hints = [...new Set(failures.map(({ hint }) => hint).filter((hint) => hint !== ''))]
  const list = failures.map(({ message }) => `- ${message}`).join('\n')
  return new ActionError(`${heading}:\n${list}`, { hint: hints.join('\n'), cause: failures[0] })
}
