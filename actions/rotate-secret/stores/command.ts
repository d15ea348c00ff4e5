/** Any other store: a program that is told on standard input what to keep. */
import { ActionError } from '../../../src/errors.ts'
import type { Program } from '../../../src/program.ts'
import type { Names } from '../names.ts'
import type { RunWithInput } from '../run-program.ts'
import type { Change, Presence, Store } from './store.ts'

export class CommandStore implements Store {
  readonly label: string
  readonly role = 'verifier'
  readonly limit = Number.POSITIVE_INFINITY
  readonly needsDeployment = false
  readonly isBlind = true
  readonly #program: Program
  readonly #names: Names
  readonly #run: RunWithInput

  constructor(target: Program & { readonly label: string }, names: Names, run: RunWithInput) {
    this.label = target.label
    this.#program = target
    this.#names = names
    this.#run = run
  }

  /** Only the program knows what is there. */
  async look(): Promise<Presence> {
    return {}
  }

  /** The program gets `{"name","slot","value"}` once for each change; a value of null means that it is to be removed. */
  async write(changes: readonly Change[]) {
    for (const { slot, value } of changes) {
      const name = this.#names[slot]
      if (name === undefined) continue
      const failure = await this.#run(this.#program, JSON.stringify({ name, slot, value }))
      if (failure === undefined) continue
      throw new ActionError(`${name} (${slot}) could not be given to ${this.label}: ${failure.message}`, {
        hint: failure.hint,
        cause: failure,
      })
    }
    return { created: undefined }
  }
}
