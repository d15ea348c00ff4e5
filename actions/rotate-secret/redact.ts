/** Takes values out of what others say: a program that prints what it was given, a server that echoes it. */
import { ActionError } from '../../src/errors.ts'
import { formsOf } from '../../src/mask.ts'

export type Redact = (text: string) => string

/** Characters: what is shorter would ruin every text, and no generator makes it. */
const SHORTEST = 6

/** Knows more values as a run goes on. */
export class Redactor {
  /** The longest first: a shorter one may be a part of it. Letters of hexadecimal digits have either case. */
  #forms: readonly string[] = []

  learn(value: string): void {
    const forms = new Set([...this.#forms, ...formsOf(value, SHORTEST).map(small)])
    this.#forms = [...forms].sort((one, other) => other.length - one.length)
  }

  readonly redact: Redact = (text) => {
    let shown = text
    let compared = small(text)
    for (const form of this.#forms) {
      if (!compared.includes(form)) continue
      shown = without(form, shown, compared)
      compared = small(shown)
    }
    return shown
  }
}

/** By no regular expression: V8 takes none with all the forms of a value of 48 KB, GitHub's largest. */
function without(form: string, text: string, compared: string): string {
  const kept: string[] = []
  let from = 0
  for (let at = compared.indexOf(form); at >= 0; at = compared.indexOf(form, from)) {
    kept.push(text.slice(from, at))
    from = at + form.length
  }
  return [...kept, text.slice(from)].join('***')
}

/** Of as many characters, which not every letter outside of ASCII is. */
function small(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** An error as it may be shown: what a far side says of a request may repeat what was sent. Any other is left as it is. */
export function withoutValues<T>(error: T, redact: Redact): T | ActionError {
  if (!(error instanceof ActionError) || redact(error.text) === error.text) return error
  return new ActionError(redact(error.message), { hint: redact(error.hint), cause: error.cause })
}
