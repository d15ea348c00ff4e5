import { ActionError } from '../../../src/errors.ts'

/** The archive is not what its manifest says. */
export class CorruptError extends ActionError {}

/** @param problem whole sentences in which the archive is `it` */
export function damaged(problem: string, options: { readonly cause?: unknown } = {}): CorruptError {
  return new CorruptError(`The archive is damaged, or was not made as a snapshot. ${problem}`, options)
}
