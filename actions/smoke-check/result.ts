/** What a check came to: the words and figures that every report is made of. */
import type { Severity } from './check.ts'
import type { HttpResponse, Phases, TlsFacts } from './exchange.ts'
import type { Budget } from './judge/within.ts'

/** Something that an answer should have been and was not. */
export interface Finding {
  /** Which assertion, as `status`, `json $.database`, `header content-type`, `security-headers: csp`. */
  readonly assertion: string
  /** A whole sentence: what was served and what was wanted. Unredacted: reports redact it. */
  readonly message: string
  /** What to set or to look at; empty when the message says it all. */
  readonly hint: string
  readonly severity: Severity
  /** Set where the answer is fine except that the old version still gives it: the check waits. */
  readonly waiting?: { readonly expected: string; readonly served: string | undefined }
}

/** `waiting`: an old version answers. `skipped`: a check that it needs has not passed. `aborted`: the deadline came first. */
export type Verdict = 'passed' | 'warned' | 'failed' | 'waiting' | 'skipped' | 'aborted'

/** Milliseconds over the warm samples; p95 only with at least 20 of them. */
export interface WarmTimes {
  readonly samples: number
  readonly median: number
  readonly max: number
  readonly p95?: number
}

/** One try of one check in one round. */
export interface Attempt {
  readonly round: number
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
  /** undefined when there was no answer. */
  readonly status: number | undefined
  /** Of the cold request. */
  readonly phases: Phases | undefined
  readonly total: number | undefined
  readonly warm: WarmTimes | undefined
  readonly tls: TlsFacts | undefined
  readonly address: string | undefined
  readonly throughProxy: boolean
  /** What the answer said about its version, where the check says how it is served. */
  readonly servedVersion: string | undefined
  /** Bytes of the decoded body; undefined when it was cut. */
  readonly bodySize: number | undefined
  /** As `1.1`; undefined when there was no answer. */
  readonly httpVersion: string | undefined
  /** How many redirects were followed; undefined when there was no answer. */
  readonly redirects: number | undefined
}

/** A check over all rounds. */
export interface CheckResult {
  readonly name: string
  readonly origin: string
  /** What it counts as that it could not be made, or had no answer. */
  readonly severity: Severity
  readonly method: string
  /** With every query value replaced; safe to show. */
  readonly url: string
  /** Where its version is served, as `the JSON at $.commit`; undefined where the check does not say. */
  readonly versionAt?: string | undefined
  /**
   * Of the last attempt that was not aborted, or `aborted` when none ended, or when the check was cut off in the last
   * round after far longer than it had taken when it was healthy: it hangs.
   */
  readonly verdict: Verdict
  /** The last three attempts, oldest first. */
  readonly last: readonly Attempt[]
  readonly attempts: number
}

/** Which results keep a round from being healthy: with `warn` warnings do, too; with `never` none fails the step. */
export type FailOn = 'fail' | 'warn' | 'never'

export interface Report {
  readonly healthy: boolean
  readonly failOn: FailOn
  /** Started, in milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds. */
  readonly duration: number
  readonly rounds: number
  /** Healthy rounds in a row at the end. */
  readonly successes: number
  readonly wantedSuccesses: number
  readonly deadline: number
  /** There was no time for another round, or the last one was cut. False where the step was cancelled. */
  readonly deadlineReached: boolean
  readonly expectVersion: string | undefined
  readonly checks: readonly CheckResult[]
}

/** What judges are given of one answer. */
export interface Observation {
  readonly response: HttpResponse
  readonly expectVersion: string | undefined
  /** Milliseconds since the epoch, for certificates. */
  readonly now: number
  readonly captures: ReadonlyMap<string, string>
  /** Hides secrets. What was served goes through it before it is shortened, which could cut a secret so that none sees it. */
  readonly redact?: (text: string) => string
  /** Of the check in this round, for what can take long. */
  readonly budget?: Budget
}
