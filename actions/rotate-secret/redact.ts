/** Takes values out of what others say: a program that prints what it was given, a server that echoes it. */
import { ActionError } from '../../src/errors.ts'
import { formsOf } from '../../src/mask.ts'

export type Redact = (text: string) => string

/** Characters: what is shorter would ruin every text, and no generator makes it. */
const SHORTEST = 6

/** Knows more values as a run goes on. */
export class Redactor {
  readonly #forms = new Set<string>()

  learn(value: string): void {
    for (const form of formsOf(value, SHORTEST)) this.#forms.add(form)
  }

  readonly redact: Redact = (text) => {
    let shown = text
    for (const form of [...this.#forms].sort((one, other) => other.length - one.length)) {
      shown = shown.replaceAll(form, '***')
    }
    return shown
  }
}

/** An error as it may be shown: what a far side says of a request may repeat what was sent. Any other is left as it is. */
export function withoutValues<T>(error: T, redact: Redact): T | ActionError {
  if (!(error instanceof ActionError) || redact(error.text) === error.text) return error
  return new ActionError(redact(error.message), { hint: redact(error.hint), cause: error.cause })
}
