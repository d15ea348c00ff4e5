/** What Cloudflare's stores share: asking again, and its refusals in words. */
import * as v from 'valibot'
import type { Answer, Ask, Call } from '../../../src/cloudflare.ts'
import { ActionError } from '../../../src/errors.ts'
import { pause, retry, type Sleep } from '../../../src/retry.ts'

/** Bytes of a variable or secret of a Worker, which Pages Functions are, too: developers.cloudflare.com/workers/platform/limits. */
export const LIMIT = 5 * 1024
/** How often a request is sent; all of them leave the same when they are sent twice. */
const ATTEMPTS = 3
/** Milliseconds. */
const WAIT = 1000
const LONGEST_WAIT = 30_000

export interface Account {
  readonly ask: Ask
  readonly id: string
  readonly signal: AbortSignal
  readonly info: (message: string) => void
  readonly sleep?: Sleep
}

type Failed = Exclude<Answer<unknown>, { readonly kind: 'ok' }>

class Unanswered extends Error {
  readonly answer: Failed

  constructor(answer: Failed) {
    super(answer.message)
    this.answer = answer
  }
}

interface Asked {
  /** Completes "Cloudflare refused to …". */
  readonly doing: string
  /** As the token's page calls it. */
  readonly permission: string
  /** What to do, for codes of the API that say more than the status. */
  readonly hints?: Readonly<Record<number, string>>
}

/** @param path below the account @throws ActionError; the signal's reason */
export async function askCloudflare<T extends v.GenericSchema>(
  account: Account,
  schema: T,
  request: Call & { readonly path: string },
  asked: Asked,
): Promise<v.InferOutput<T>> {
  const { path, ...call } = request
  const { signal, sleep = pause } = account
  const url = `/accounts/${encodeURIComponent(account.id)}${path}`
  try {
    return await retry(
      async () => {
        const answer = await account.ask(schema, url, call)
        if (answer.kind === 'ok') return answer.result
        throw new Unanswered(answer)
      },
      {
        signal,
        sleep,
        attempts: ATTEMPTS,
        transientOf: (error) =>
          error instanceof Unanswered && error.answer.kind === 'unavailable' ? error.answer : undefined,
        waitFor: ({ retryAfter }, attempt) => Math.min(retryAfter ?? WAIT * attempt, LONGEST_WAIT),
        onRetry: ({ message }, attempt) =>
          account.info(
            `Cloudflare was asked to ${asked.doing}, and did not answer as it should (${message}): attempt ${attempt + 1} of ${ATTEMPTS}.`,
          ),
      },
    )
  } catch (error) {
    throw error instanceof Unanswered ? explain(error.answer, asked) : error
  }
}

function explain(answer: Failed, { doing, permission, hints = {} }: Asked): ActionError {
  const { code, status, message } = answer
  const detail = [status, code === undefined ? undefined : `code ${code}`]
    .filter((part) => part !== undefined)
    .join(', ')
  const verb = answer.kind === 'refused' ? 'refused' : 'failed'
  const text = `Cloudflare ${verb} to ${doing}: ${message}${detail === '' ? '' : ` (${detail})`}.`
  const own = code === undefined ? undefined : hints[code]
  return new ActionError(text, { hint: own ?? hintFor(answer, permission) })
}

function hintFor({ kind, code, status }: Failed, permission: string): string {
  if (kind === 'unavailable')
    return 'Start a new run: it goes on where this one stopped. See https://www.cloudflarestatus.com.'
  if (code === 10_000 || status === 401 || status === 403) {
    return `The token in api-token may have expired or been deleted, belong to another account than account-id, or lack "${permission}".`
  }
  if (status !== undefined && status < 400) {
    return 'Something between the runner and api.cloudflare.com has answered, a login page or a proxy: let the runner reach it without.'
  }
  return 'Correct what Cloudflare names.'
}

export const Nothing = v.unknown()
