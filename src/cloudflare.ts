/** Cloudflare's API: one request, understood. What is asked for is the business of whoever asks. */
import * as v from 'valibot'
import { messageOf } from './errors.ts'
import { formatBytes } from './summary.ts'

/** One request, its connection included, in milliseconds. */
const REQUEST_TIMEOUT = 15_000
/** Bytes; 25 deployments with all of their settings are a few hundred kilobytes. */
const LARGEST_BODY = 8_000_000
/** Characters of what the API says. */
const LONGEST_MESSAGE = 500

/** What came of a request. `refused` will not change by itself; `unavailable` may well. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly result: T }
  | {
      readonly kind: 'refused'
      readonly status: number
      /** Cloudflare's own; undefined when the answer was not in its envelope. */
      readonly code: number | undefined
      /** Without a full stop. */
      readonly message: string
    }
  | {
      readonly kind: 'unavailable'
      /** Undefined when there was no answer. */
      readonly status?: number
      /** Cloudflare's own, where the answer was in its envelope. */
      readonly code?: number | undefined
      /** Without a full stop. */
      readonly message: string
      /** Milliseconds that the API asks to wait for. */
      readonly retryAfter: number | undefined
    }

export interface Call {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
}

/** @param path after `/client/v4`, encoded, as `/user/tokens/verify` @param schema of the answer's `result` */
export type Ask = <T extends v.GenericSchema>(schema: T, path: string, call?: Call) => Promise<Answer<v.InferOutput<T>>>

/** Where the API is; a rehearsal has one of its own, as wrangler does. */
export function apiBaseUrlOf(env: Readonly<Record<string, string | undefined>>): string {
  return env['CLOUDFLARE_API_BASE_URL'] || 'https://api.cloudflare.com/client/v4'
}

interface Ports {
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
  /** Takes out of what the API says what nobody may read. Default: nothing. */
  readonly clean?: (text: string) => string
}

/** Each call is one request with a deadline; nothing is retried here. Only an abort of the signal is thrown. */
export function createCloudflare(
  { apiToken, apiBaseUrl }: { readonly apiToken: string; readonly apiBaseUrl: string },
  { fetch, signal, clean = (text) => text }: Ports,
): Ask {
  return async (schema, path, { method = 'GET', body } = {}) => {
    const headers = {
      authorization: `Bearer ${apiToken}`,
      'user-agent': 'slipway',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    }
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)])
      // A redirect would take the body along to whatever host it names.
      const init: RequestInit = {
        method,
        headers,
        signal: deadline,
        redirect: 'manual',
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }
      return await understand(schema, await fetch(`${apiBaseUrl}${path}`, init), clean)
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'unavailable', message: describeLoss(error), retryAfter: undefined }
    }
  }
}

const Envelope = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    success: v.boolean(),
    result: v.unknown(),
    errors: v.nullish(v.array(v.object({ code: v.number(), message: v.string() })), []),
  }),
)

async function understand<T extends v.GenericSchema>(
  schema: T,
  response: Response,
  clean: (text: string) => string,
): Promise<Answer<v.InferOutput<T>>> {
  const { status } = response
  if (status >= 300 && status < 400) {
    await response.body?.cancel()
    const target = URL.parse(response.headers.get('location') ?? '', response.url)
    const message = `it answers with a redirect to ${target?.origin ?? 'nowhere'}, which is not followed`
    return { kind: 'refused', status, code: undefined, message }
  }
  const envelope = v.safeParse(Envelope, await readBody(response))
  const errors = envelope.success ? envelope.output.errors : []
  const message = errors.map(({ message }) => withoutStop(cut(clean(message)))).join('; ') || `HTTP ${status}`
  const code = errors[0]?.code
  if (status === 429 || status >= 500) {
    return { kind: 'unavailable', status, code, message, retryAfter: retryAfterOf(response) }
  }
  if (!response.ok || !envelope.success || !envelope.output.success) return { kind: 'refused', status, code, message }
  const result = v.safeParse(schema, envelope.output.result)
  if (result.success) return { kind: 'ok', result: result.output }
  return {
    kind: 'refused',
    status,
    code: undefined,
    message: `unexpected answer: ${cut(clean(v.summarize(result.issues)))}`,
  }
}

/** @throws when there is more than any answer of the API has: what stands before it may send without an end */
async function readBody({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > LARGEST_BODY) throw new Error(`an answer of more than ${formatBytes(LARGEST_BODY)}`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function cut(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.+$/, '')
}

function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

/** Without a full stop. fetch hides the reason of a lost connection in its cause. */
export function describeLoss(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  return withoutStop(error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message)
}

export function map<T, U>(answer: Answer<T>, change: (result: T) => U): Answer<U> {
  return answer.kind === 'ok' ? { kind: 'ok', result: change(answer.result) } : answer
}
