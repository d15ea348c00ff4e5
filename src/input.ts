import { type Bounds, parseDuration } from './duration.ts'
import { ActionError } from './errors.ts'
import { masksOf } from './mask.ts'

const TRUE = ['true', 'True', 'TRUE']
const FALSE = ['false', 'False', 'FALSE']

/** Without white space around it unless `exact`. */
export type Read = (name: string, options?: { readonly exact: boolean }) => string

/**
 * The one typed door through which an action reads its inputs. Every method names the input in its error.
 * Defaults live in action.yml alone: the runner fills them in before the action starts.
 */
export class InputReader {
  readonly #read: Read
  readonly #mask: (value: string) => void

  /**
   * @param read the value of an input, empty when it was not given
   * @param mask registers a value that the runner must hide from the log
   */
  constructor(read: Read, mask: (value: string) => void) {
    this.#read = read
    this.#mask = mask
  }

  optional(name: string): string | undefined {
    const value = this.#read(name)
    return value === '' ? undefined : value
  }

  required(name: string): string {
    return this.optional(name) ?? this.#refuseEmpty(name)
  }

  /** `true` or `false`, as YAML 1.2's core schema spells them. */
  boolean(name: string): boolean {
    const value = this.optionalBoolean(name)
    if (value === undefined) throw this.#notBoolean(name, '')
    return value
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.optional(name)
    if (value === undefined) return undefined
    if (TRUE.includes(value)) return true
    if (FALSE.includes(value)) return false
    throw this.#notBoolean(name, value)
  }

  /** Milliseconds, as are the bounds. */
  duration(name: string, bounds?: Bounds): number {
    return parseDuration(this.required(name), `Input ${name}`, bounds)
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T {
    return this.optionalOneOf(name, values) ?? this.#refuseEmpty(name)
  }

  optionalOneOf<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.optional(name)
    if (value === undefined) return undefined
    const found = values.find((candidate) => candidate === value)
    if (found !== undefined) return found
    throw new ActionError(`Input ${name} is "${value}", which is not one of its values.`, {
      hint: `Use one of: ${values.join(', ')}.`,
    })
  }

  /** The lines of a multi-line input, trimmed, without the empty ones. */
  lines(name: string): readonly string[] {
    return this.#read(name)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  }

  /** A secret: masked while it is read, so that no caller can forget it. */
  secret(name: string): string | undefined {
    const value = this.optional(name)
    if (value !== undefined) maskAll(value, this.#mask)
    return value
  }

  /** A secret of which each character counts, the line break at the end of a key for example. */
  exactSecret(name: string): string | undefined {
    const value = this.#read(name, { exact: true })
    if (value.trim() === '') return undefined
    maskAll(value, this.#mask)
    return value
  }

  requiredSecret(name: string): string {
    return this.secret(name) ?? this.#refuseEmpty(name)
  }

  #refuseEmpty(name: string): never {
    throw new ActionError(`Input ${name} is empty.`, {
      hint: 'Give it a value under "with:"; if that is a secret or a variable, check that it exists for this repository, environment and event.',
    })
  }

  #notBoolean(name: string, value: string): ActionError {
    return new ActionError(`Input ${name} is "${value}", which is neither true nor false.`, {
      hint: 'Write true or false.',
    })
  }
}

/** Masks a value in every form in which it could come up. An empty one is left alone: it would mask everything. */
export function maskAll(value: string, mask: (form: string) => void): void {
  for (const form of masksOf(value)) mask(form)
}
