/**
 * A failure that the user can do something about. It is shown as one annotation, message first and remedy
 * second, and never with a stack; anything else that is thrown counts as a bug and is shown with one.
 */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  /** What to change, as a whole sentence; empty when the message says it all. */
  readonly hint: string

  /**
   * @param message what failed, where and why, as a whole sentence
   * @param options.hint what to change
   * @param options.cause the error behind it, shown only in debug logs
   */
  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.hint = options.hint ?? ''
  }

  /** Message and remedy, each on a line of its own. */
  get text(): string {
    return this.hint === '' ? this.message : `${this.message}\n${this.hint}`
  }
}

/** The run was cancelled from outside: by the runner, a timeout of the job, or a person's Ctrl-C. */
export class CancelledError extends ActionError {
  /** What the runner sent. */
  readonly signal: NodeJS.Signals

  constructor(signal: NodeJS.Signals) {
    super(`The step was cancelled (${signal}).`)
    this.signal = signal
  }
}

/** The message of whatever was thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
