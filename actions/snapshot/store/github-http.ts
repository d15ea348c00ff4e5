/**
 * Requests to what stands beside GitHub's API and Octokit does not reach: the runner's artifact service, storage behind
 * signed addresses, and uploads that are streamed. Redirects are never followed here, so that no token goes elsewhere.
 */
import * as v from 'valibot'
import { messageOf } from '../../../src/errors.ts'
import { pause, retry, type Sleep } from '../../../src/retry.ts'
import { ANSWER_TIMEOUT } from './deadlines.ts'

/** As much of a refusal's body as is looked at, in characters. */
const LONGEST_REFUSAL = 10_000
/** A longer wait that a server asks for is shortened to this, in milliseconds. */
const LONGEST_WAIT = 60_000

/** An answer that is no success, or none: then it has no status. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly status: number | undefined
  /** The answer's body, cut off. */
  readonly body: string
  readonly headers: Headers
  /** Set where a second attempt can help although the status does not say so. */
  readonly passing: boolean

  constructor(
    message: string,
    answer: { readonly status: number; readonly body: string; readonly headers: Headers } | undefined,
    { passing = false, cause }: { readonly passing?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.status = answer?.status
    this.body = answer?.body ?? ''
    this.headers = answer?.headers ?? new Headers()
    this.passing = passing
  }

  /** Whether the same request may succeed a little later: it never arrived, or the far side is unwell or busy. */
  get isTransient(): boolean {
    if (this.passing || this.status === undefined || this.status >= 500) return true
    // A secondary rate limit is a 403, or a 429, that says how long it lasts.
    return [408, 429].includes(this.status) || (this.status === 403 && this.headers.has('retry-after'))
  }

  /** What it was, for a log: `HTTP 503` or `connect ECONNREFUSED`. */
  get brief(): string {
    return this.status === undefined ? this.message : `HTTP ${this.status}`
  }
}

/** Any answer, redirects too; its body is still to be read. @throws Failure when there is none; the signal's reason */
export async function send(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const overdue = new AbortController()
  const late = new Error(`no answer within ${ANSWER_TIMEOUT / 1000} s`)
  const timer = setTimeout(() => overdue.abort(late), ANSWER_TIMEOUT)
  try {
    const signals = [signal, overdue.signal, ...(init.signal ? [init.signal] : [])]
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) })
  } catch (error) {
    signal.throwIfAborted()
    throw lost(error)
  } finally {
    clearTimeout(timer)
  }
}

/** The whole body as text. @throws Failure when it breaks off or takes longer than an answer may */
export async function textOf(response: Response, signal: AbortSignal): Promise<string> {
  const late = AbortSignal.timeout(ANSWER_TIMEOUT)
  const given = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error('the answer stopped halfway')), { once: true })
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    return await Promise.race([response.text(), given])
  } catch (error) {
    signal.throwIfAborted()
    throw lost(error)
  }
}

/** What an answer that is no success says. */
export async function refusalOf(response: Response, signal: AbortSignal): Promise<Failure> {
  const body = await textOf(response, signal).catch(() => '')
  signal.throwIfAborted()
  const { status, headers } = response
  return new Failure(`HTTP ${status}`, { status, headers, body: body.slice(0, LONGEST_REFUSAL) })
}

/** What Octokit throws. Without a response the request never reached GitHub, or its answer never came. */
const RequestFailure = v.object({
  status: v.number(),
  message: v.string(),
  response: v.optional(v.object({ data: v.unknown(), headers: v.record(v.string(), v.unknown()) })),
})

/** The same for an error of Octokit's; undefined where it is none of either. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  const parsed = v.safeParse(RequestFailure, error)
  if (!parsed.success) return undefined
  const { status, message, response } = parsed.output
  if (response === undefined) return new Failure(message, undefined, { cause: error })
  const headers = new Headers()
  for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value))
  const body = typeof response.data === 'string' ? response.data : (JSON.stringify(response.data) ?? '')
  return new Failure(`HTTP ${status}`, { status, headers, body }, { cause: error })
}

/** Of what fetch throws, the error behind it: its own message is `fetch failed`. Neither names an address's query. */
export function lost(error: unknown): Failure {
  if (error instanceof Failure) return error
  const behind = error instanceof Error && error.cause !== undefined ? error.cause : error
  // A failed connection to several addresses has an empty message and a code.
  const code = behind instanceof Error && 'code' in behind ? String(behind.code) : ''
  return new Failure(messageOf(behind) || code || 'the connection failed', undefined)
}

/** How often, and how long between: tests do not wait. */
export interface Patience {
  readonly attempts: number
  readonly sleep: Sleep
}

export const PATIENCE: Patience = { attempts: 5, sleep: pause }

interface Trying {
  readonly patience: Patience
  readonly signal: AbortSignal
  /** Told of each attempt that failed and is followed by another. */
  readonly note: (what: string) => void
}

/** Tries again what failed in passing. @throws the last Failure; any other error at once */
export function patiently<T>(work: (attempt: number) => Promise<T>, { patience, signal, note }: Trying): Promise<T> {
  const { attempts, sleep } = patience
  return retry(work, {
    signal,
    attempts,
    sleep,
    transientOf: (error) => (error instanceof Failure && error.isTransient ? error : undefined),
    waitFor: waitAfter,
    onRetry: ({ brief }, attempt) => note(`${brief}, trying again (${attempt + 1} of ${attempts})`),
  })
}

/** What the server asks for, or 1 s, 2 s, 4 s, …, each with up to a half more so that jobs that failed together part. */
function waitAfter({ headers }: Failure, attempt: number): number {
  const asked = Number(headers.get('retry-after') ?? Number.NaN) * 1000
  const own = 1000 * 2 ** (attempt - 1) * (1 + Math.random() / 2)
  return Math.min(Number.isFinite(asked) ? asked : own, LONGEST_WAIT)
}
