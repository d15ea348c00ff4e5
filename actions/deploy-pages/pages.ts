/** The part of the Cloudflare API that this action reads. Writing is wrangler's business. */
import * as v from 'valibot'
import { messageOf } from '../../src/errors.ts'

/** One request, its connection included, in milliseconds. */
const REQUEST_TIMEOUT = 15_000

export type Environment = 'production' | 'preview'

const Stage = v.object({ name: v.string(), status: v.string() })

const Deployment = v.object({
  id: v.string(),
  url: v.string(),
  environment: v.picklist(['production', 'preview']),
  aliases: v.nullish(v.array(v.string()), []),
  latest_stage: v.nullish(Stage),
  stages: v.nullish(v.array(Stage), []),
})
export type Deployment = v.InferOutput<typeof Deployment>

const Project = v.object({
  name: v.string(),
  /** Its host under pages.dev, without a protocol. */
  subdomain: v.string(),
  domains: v.nullish(v.array(v.string()), []),
  production_branch: v.string(),
  canonical_deployment: v.nullish(v.object({ id: v.string() })),
})
export type Project = v.InferOutput<typeof Project>

const BuildLog = v.object({ data: v.array(v.object({ line: v.string() })) })
const UploadToken = v.object({ jwt: v.string() })
const UploadClaims = v.object({ max_file_count_allowed: v.optional(v.number()) })

/** What came of a request. `refused` will not change by itself; `unavailable` may well. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly result: T }
  | {
      readonly kind: 'refused'
      readonly status: number
      /** Cloudflare's own; undefined when the answer was not in its envelope. */
      readonly code: number | undefined
      readonly message: string
    }
  | {
      readonly kind: 'unavailable'
      readonly message: string
      /** Milliseconds that the API asks to wait for. */
      readonly retryAfter: number | undefined
    }

export interface Pages {
  readProject(project: string): Promise<Answer<Project>>
  readDeployment(project: string, id: string): Promise<Answer<Deployment>>
  /** The lines of a deployment's log, oldest first. */
  readLog(project: string, id: string): Promise<Answer<readonly string[]>>
  /** How many files the account may have in a deployment; undefined when Cloudflare does not say. */
  readFileLimit(project: string): Promise<Answer<number | undefined>>
}

interface Access {
  readonly apiToken: string
  readonly accountId: string
  readonly apiBaseUrl: string
}

interface Connection {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

/** Each call is one request with a deadline; nothing is retried here. Only an abort of the signal is thrown. */
export function createPages({ apiToken, accountId, apiBaseUrl }: Access, { fetch, signal }: Connection): Pages {
  const projects = `${apiBaseUrl}/accounts/${encodeURIComponent(accountId)}/pages/projects`
  const read = async <T extends v.GenericSchema>(schema: T, ...path: readonly string[]) => {
    const url = [projects, ...path.map(encodeURIComponent)].join('/')
    const headers = { authorization: `Bearer ${apiToken}`, 'user-agent': 'slipway' }
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)])
      return await understand(schema, await fetch(url, { headers, signal: deadline }))
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'unavailable', message: describeLoss(error), retryAfter: undefined } as const
    }
  }
  return {
    readProject: (project) => read(Project, project),
    readDeployment: (project, id) => read(Deployment, project, 'deployments', id),
    readLog: async (project, id) =>
      map(await read(BuildLog, project, 'deployments', id, 'history', 'logs'), ({ data }) =>
        data.map(({ line }) => line),
      ),
    readFileLimit: async (project) => map(await read(UploadToken, project, 'upload-token'), fileLimitOf),
  }
}

const Envelope = v.object({
  success: v.boolean(),
  result: v.unknown(),
  errors: v.nullish(v.array(v.object({ code: v.number(), message: v.string() })), []),
})

async function understand<T extends v.GenericSchema>(schema: T, response: Response): Promise<Answer<v.InferOutput<T>>> {
  const { status } = response
  const envelope = v.safeParse(Envelope, parseJson(await response.text()))
  const errors = envelope.success ? envelope.output.errors : []
  const message = errors.map(({ message }) => message).join('; ') || `HTTP ${status}`
  if (status === 429 || status >= 500) return { kind: 'unavailable', message, retryAfter: retryAfterOf(response) }
  if (!response.ok || !envelope.success || !envelope.output.success) {
    return { kind: 'refused', status, code: errors[0]?.code, message }
  }
  const result = v.safeParse(schema, envelope.output.result)
  if (result.success) return { kind: 'ok', result: result.output }
  return { kind: 'refused', status, code: undefined, message: `unexpected answer: ${v.summarize(result.issues)}` }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

/** fetch hides the reason of a lost connection in its cause. */
export function describeLoss(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}

/** A claim of the upload token, as wrangler reads it; the token itself is not kept. */
function fileLimitOf({ jwt }: v.InferOutput<typeof UploadToken>): number | undefined {
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')
  const claims = v.safeParse(UploadClaims, parseJson(payload))
  return claims.success ? claims.output.max_file_count_allowed : undefined
}

function map<T, U>(answer: Answer<T>, change: (result: T) => U): Answer<U> {
  return answer.kind === 'ok' ? { kind: 'ok', result: change(answer.result) } : answer
}
