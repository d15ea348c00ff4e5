/** GitHub's API for one token: asked again where that is safe, understood where it refuses, and its clock. */
import * as v from 'valibot'
import { messageOf } from '../../src/errors.ts'
import type { GitHub } from '../../src/github.ts'
import { pause, retry, type Sleep } from '../../src/retry.ts'
import { explain } from './explain.ts'
import type { Redact } from './redact.ts'

/** How often a write is sent; all of them leave the same when they are sent twice. */
const ATTEMPTS = 3
/** Milliseconds before the second attempt; twice as many before the third. */
const WAIT = 1000

export interface Reply {
  readonly status: number
  readonly data: unknown
  readonly headers: Readonly<Record<string, string | number | undefined>>
  /** How many answers were lost before this one: what it says of the state before may be the doing of those. */
  readonly lost: number
}

export interface Asked {
  /** Completes "GitHub refused to …". */
  readonly doing: string
  /** What the token needs, as its settings call it: `"Secrets: read and write"`. */
  readonly permission: string
  /** The input that holds the token. */
  readonly token: 'github-token' | 'job-token'
}

interface Options {
  readonly signal: AbortSignal
  readonly info: (message: string) => void
  readonly redact: Redact
  readonly sleep?: Sleep
}

/** What Octokit throws. Without a response the request never reached GitHub, or its answer never came. */
const Failure = v.object({
  status: v.number(),
  response: v.optional(v.object({ headers: v.record(v.string(), v.unknown()), data: v.unknown() })),
})

export class Api {
  readonly #github: GitHub
  readonly #options: Options
  /** Milliseconds that GitHub's clock is ahead of this machine's. */
  #ahead = 0

  constructor(github: GitHub, options: Options) {
    this.#github = github
    this.#options = options
  }

  /**
   * ms since 1970 by GitHub's clock, which is the one that dates secrets; exact to the second.
   * Before the first answer it is this machine's.
   */
  now(): number {
    return Date.now() + this.#ahead
  }

  /**
   * @param route as `PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}`
   * @throws ActionError; the signal's reason
   */
  async ask(route: string, parameters: Readonly<Record<string, unknown>>, asked: Asked): Promise<Reply> {
    try {
      return await this.#send(route, parameters, asked)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      throw explain(error, asked, this.#options.redact)
    }
  }

  /** The same, and undefined where nothing is there. */
  async find(route: string, parameters: Readonly<Record<string, unknown>>, asked: Asked): Promise<Reply | undefined> {
    try {
      return await this.#send(route, parameters, asked)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (v.is(v.object({ status: v.literal(404), response: v.object({}) }), error)) return undefined
      throw explain(error, asked, this.#options.redact)
    }
  }

  /** Octokit repeats what only reads by itself. */
  async #send(route: string, parameters: Readonly<Record<string, unknown>>, { doing }: Asked): Promise<Reply> {
    const repeatable = /^(?:PUT|DELETE|PATCH) /.test(route)
    const { signal, info, sleep = pause } = this.#options
    let lost = 0
    return retry(
      async () => {
        const { status, data, headers } = await this.#github.request(route, { ...parameters })
        this.#learnTime(headers.date)
        return { status, data, headers, lost }
      },
      {
        signal,
        sleep,
        attempts: repeatable ? ATTEMPTS : 1,
        transientOf,
        waitFor: (_, attempt) => WAIT * attempt,
        onRetry(reason) {
          lost += 1
          info(
            `GitHub was asked to ${doing}, and did not answer as it should (${reason}): attempt ${lost + 1} of ${ATTEMPTS}.`,
          )
        },
      },
    )
  }

  #learnTime(date: string | undefined): void {
    const at = Date.parse(date ?? '')
    if (Number.isFinite(at)) this.#ahead = at - Math.floor(Date.now() / 1000) * 1000
  }
}

function transientOf(error: unknown): string | undefined {
  const parsed = v.safeParse(Failure, error)
  if (!parsed.success) return undefined
  const { status, response } = parsed.output
  if (response === undefined) return messageOf(error)
  return status >= 500 ? `HTTP ${status}` : undefined
}
