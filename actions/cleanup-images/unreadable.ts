/** Why a registry's answer is of no use, and whether asking again can help. */
interface Why {
  /** What to change. */
  readonly hint?: string
  /** Whether it may pass by itself. */
  readonly passes?: boolean
  /** Milliseconds. */
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
}

export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly hint: string
  readonly passes: boolean
  readonly retryAfter: number | undefined

  /** @param message completes "could not be read: …", without a full stop */
  constructor(
    message: string,
    { hint = 'Run the job again; nothing is left half-done.', passes = false, retryAfter, cause }: Why = {},
  ) {
    super(message, { cause })
    this.hint = hint
    this.passes = passes
    this.retryAfter = retryAfter
  }
}
