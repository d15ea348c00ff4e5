/** Findings, in one form. */
import type { Severity } from '../check.ts'
import type { Finding } from '../result.ts'

export interface Found {
  /** A whole sentence: what was served and what was wanted. */
  readonly message: string
  readonly hint?: string
  readonly severity?: Severity
}

/** A check of severity warn never fails, whatever is wrong. */
export function finding(check: { readonly severity: Severity }, assertion: string, found: Found): Finding {
  const { message, hint = '', severity = 'fail' } = found
  return { assertion, message, hint, severity: check.severity === 'warn' ? 'warn' : severity }
}
