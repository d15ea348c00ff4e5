/** Tries again what may pass by itself, as often and as late as the inputs and Cloudflare allow. */
import type { Log } from '../../src/action.ts'
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { Verdict } from './classify.ts'
import { pause } from './poll.ts'

export interface Failure {
  /** What the step ends with when nothing more is tried. */
  readonly error: ActionError
  readonly verdict: Verdict
  /** Milliseconds that Cloudflare asks to wait for. */
  readonly retryAfter: number | undefined
}

export type Outcome<T> = { readonly done: T } | { readonly failed: Failure }

export interface Work<T> {
  /** One attempt, counted from 1. */
  once(attempt: number): Promise<Outcome<T>>
  /**
   * Looks, before another attempt, for what the last one has made after all; undefined when there is nothing. That is no
   * attempt, and what comes of it is what came of the last one.
   *
   * @throws whatever forbids another attempt
   */
  recover(): Promise<Outcome<T> | undefined>
}

export interface Policy {
  readonly attempts: number
  /** Milliseconds; the last one repeats. */
  readonly retryDelays: readonly number[]
}

/** A longer wait that Cloudflare asks for, in milliseconds, is no wait but an outage. */
const LONGEST_DELAY = 600_000

/**
 * @throws the last failure's error, with a word on how often it was tried; what recover throws; the signal's reason when
 * aborted
 */
export async function persevere<T>(
  { once, recover }: Work<T>,
  policy: Policy,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<T> {
  const failures: Failure[] = []
  for (;;) {
    const recovered =
      failures.length === 0
        ? undefined
        : await recover().catch((error: unknown) => Promise.reject(after(error, failures, signal)))
    const outcome = recovered ?? (await once(failures.length + 1))
    if ('done' in outcome) return outcome.done
    if (recovered !== undefined) failures.pop()
    failures.push(outcome.failed)
    const next = decide(failures, policy)
    if (next.kind === 'stop') throw withHistory(outcome.failed, failures, next.why)
    log.info(next.text)
    await pause(next.wait, signal)
  }
}

type Next =
  | { readonly kind: 'stop'; readonly why: string }
  | { readonly kind: 'retry'; readonly wait: number; readonly text: string }

/** @param failures one for each attempt so far, at least one */
export function decide(failures: readonly Failure[], { attempts, retryDelays }: Policy): Next {
  const last = failures.at(-1)
  if (last === undefined) throw new Error('There is nothing to decide without a failure.')
  const { verdict, retryAfter = 0 } = last
  const alike = failures.filter((failure) => failure.verdict.kind === verdict.kind).length
  const isExhausted = (verdict.kind === 'once' || verdict.kind === 'unknown') && alike > 1
  if (verdict.kind === 'permanent') return { kind: 'stop', why: '' }
  if (failures.length >= attempts || isExhausted) return { kind: 'stop', why: '' }
  if (retryAfter > LONGEST_DELAY) {
    return { kind: 'stop', why: `Cloudflare asks to wait ${formatDuration(retryAfter)}, which is too long for a job.` }
  }
  const delay = retryDelays[Math.min(failures.length, retryDelays.length) - 1] ?? 0
  const wait = Math.max(delay, retryAfter)
  return { kind: 'retry', wait, text: announce(failures.length, attempts, verdict, wait, retryAfter > delay) }
}

function announce(count: number, attempts: number, { kind, cause }: Verdict, wait: number, isAsked: boolean): string {
  const asked = isAsked ? ', as Cloudflare asks' : ''
  const begin = `Attempt ${count} of ${attempts} failed`
  const next = `the next begins in ${formatDuration(wait)}${asked}`
  if (kind === 'transient') return `${begin}: ${cause}. This may pass by itself, so ${next}.`
  if (kind === 'once') return `${begin}: ${cause}. This may pass by itself and is tried once more; ${next}.`
  return `${begin}, for a reason that this action does not know. It is tried once more; ${next}.`
}

/** What kept another attempt from being made says nothing of why there had to be one. */
function after(error: unknown, failures: readonly Failure[], signal: AbortSignal): unknown {
  const cause = failures.at(-1)?.verdict.cause
  if (!(error instanceof ActionError) || cause === undefined || signal.aborted) return error
  const hint = `${error.hint} Attempt ${failures.length} had failed before: ${cause}.`.trimStart()
  return new ActionError(error.message, { hint, cause: error })
}

function withHistory({ error }: Failure, failures: readonly Failure[], why: string): ActionError {
  const count =
    failures.length === 1 ? '' : `It was tried ${failures.length === 2 ? 'twice' : `${failures.length} times`}.`
  const hint = [error.hint, why, count].filter((part) => part !== '').join(' ')
  return hint === error.hint ? error : new ActionError(error.message, { hint, cause: error })
}
