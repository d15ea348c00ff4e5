import type { ProblemKind } from '../exchange.ts'

/** Why a request has no answer. Thrown inside the client, which hands it on as a problem and never throws it. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly kind: ProblemKind
  /** What to look at or to change, as whole sentences. */
  readonly hint: string

  /** @param message a whole sentence that names host and port, never query values, headers or cookies */
  constructor(kind: ProblemKind, message: string, hint: string) {
    super(message)
    this.kind = kind
    this.hint = hint
  }
}

/** The code of a Node or OpenSSL error, `ECONNREFUSED` say; empty when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
