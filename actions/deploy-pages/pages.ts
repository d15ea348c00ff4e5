/** The part of the Cloudflare API that this action calls. Uploading is wrangler's business. */
import * as v from 'valibot'
import { messageOf } from '../../src/errors.ts'
import { formatBytes } from '../../src/summary.ts'

/** One request, its connection included, in milliseconds. */
const REQUEST_TIMEOUT = 15_000
/** Bytes; 25 deployments with all of their settings are a few hundred kilobytes. */
const LARGEST_BODY = 8_000_000
/** Cloudflare refuses a longer list with code 8000024. */
export const PER_PAGE = 25

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

/** What a deployment was made of; empty strings where whoever made it named no commit. */
const Trigger = v.nullish(
  v.object({
    metadata: v.nullish(
      v.object({
        branch: v.nullish(v.string()),
        commit_hash: v.nullish(v.string()),
        commit_message: v.nullish(v.string()),
      }),
    ),
  }),
)
/** The values are kept for a comparison alone; a secret's is never told. */
const Settings = v.nullish(v.object({ env_vars: v.nullish(v.record(v.string(), v.unknown())) }))

const Project = v.object({
  name: v.string(),
  /** Its host under pages.dev, without a protocol. */
  subdomain: v.string(),
  domains: v.nullish(v.array(v.string()), []),
  production_branch: v.string(),
  canonical_deployment: v.nullish(v.object({ id: v.string(), deployment_trigger: Trigger })),
  deployment_configs: v.nullish(v.object({ production: Settings, preview: Settings })),
})
export type Project = v.InferOutput<typeof Project>

const BuildLog = v.object({ data: v.array(v.object({ line: v.string() })) })
const Listed = v.object({
  id: v.string(),
  url: v.string(),
  deployment_trigger: Trigger,
  latest_stage: v.nullish(Stage),
  stages: v.nullish(v.array(Stage), []),
})
export type Listed = v.InferOutput<typeof Listed>

const UploadToken = v.object({ jwt: v.string() })
/** A claim of the upload token, as wrangler reads it; the token itself is not kept. */
const UploadClaims = v.pipe(v.string(), v.parseJson(), v.object({ max_file_count_allowed: v.optional(v.number()) }))

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

export interface ListOptions {
  /** Counted from 1. */
  readonly page: number
  /** Both without it. */
  readonly environment?: Environment
}

export interface Pages {
  readProject(project: string): Promise<Answer<Project>>
  readDeployment(project: string, id: string): Promise<Answer<Deployment>>
  /** The lines of a deployment's log, oldest first. */
  readLog(project: string, id: string): Promise<Answer<readonly string[]>>
  /** Newest first, at most 25. */
  listDeployments(project: string, options: ListOptions): Promise<Answer<readonly Listed[]>>
  /** How many files the account may have in a deployment; undefined when Cloudflare does not say. */
  readFileLimit(project: string): Promise<Answer<number | undefined>>
  createProject(project: string, productionBranch: string): Promise<Answer<Project>>
}

interface Credentials {
  readonly apiToken: string
  readonly accountId: string
  readonly apiBaseUrl: string
}

interface PagesPorts {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

/** Each call is one request with a deadline; nothing is retried here. Only an abort of the signal is thrown. */
export function createPages({ apiToken, accountId, apiBaseUrl }: Credentials, { fetch, signal }: PagesPorts): Pages {
  const projects = `${apiBaseUrl}/accounts/${encodeURIComponent(accountId)}/pages/projects`
  const ask = async <T extends v.GenericSchema>(schema: T, url: string, init: Pick<RequestInit, 'method' | 'body'>) => {
    const headers = {
      authorization: `Bearer ${apiToken}`,
      'user-agent': 'slipway',
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)])
      return await understand(schema, await fetch(url, { ...init, headers, signal: deadline }))
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'unavailable', message: describeLoss(error), retryAfter: undefined } as const
    }
  }
  const read = <T extends v.GenericSchema>(schema: T, ...path: readonly string[]) =>
    ask(schema, [projects, ...path.map(encodeURIComponent)].join('/'), {})
  const list = (project: string, { page, environment }: ListOptions) => {
    const query = `per_page=${PER_PAGE}&page=${page}${environment === undefined ? '' : `&env=${environment}`}`
    return ask(v.array(Listed), `${projects}/${encodeURIComponent(project)}/deployments?${query}`, {})
  }
  return {
    readProject: (project) => read(Project, project),
    readDeployment: (project, id) => read(Deployment, project, 'deployments', id),
    readLog: async (project, id) =>
      map(await read(BuildLog, project, 'deployments', id, 'history', 'logs'), ({ data }) =>
        data.map(({ line }) => line),
      ),
    listDeployments: list,
    readFileLimit: async (project) => map(await read(UploadToken, project, 'upload-token'), fileLimitOf),
    createProject: (name, production_branch) =>
      ask(Project, projects, { method: 'POST', body: JSON.stringify({ name, production_branch }) }),
  }
}

/** Branch and commit that Cloudflare was told. */
export function commitOf({ deployment_trigger }: Pick<Listed, 'deployment_trigger'>) {
  return { branch: deployment_trigger?.metadata?.branch, hash: deployment_trigger?.metadata?.commit_hash }
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

async function understand<T extends v.GenericSchema>(schema: T, response: Response): Promise<Answer<v.InferOutput<T>>> {
  const { status } = response
  const envelope = v.safeParse(Envelope, await readBody(response))
  const errors = envelope.success ? envelope.output.errors : []
  const message = errors.map(({ message }) => withoutStop(message)).join('; ') || `HTTP ${status}`
  const code = errors[0]?.code
  if (status === 429 || status >= 500) {
    return { kind: 'unavailable', status, code, message, retryAfter: retryAfterOf(response) }
  }
  if (!response.ok || !envelope.success || !envelope.output.success) return { kind: 'refused', status, code, message }
  const result = v.safeParse(schema, envelope.output.result)
  if (result.success) return { kind: 'ok', result: result.output }
  return { kind: 'refused', status, code: undefined, message: `unexpected answer: ${v.summarize(result.issues)}` }
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

function fileLimitOf({ jwt }: v.InferOutput<typeof UploadToken>): number | undefined {
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')
  const claims = v.safeParse(UploadClaims, payload)
  return claims.success ? claims.output.max_file_count_allowed : undefined
}

/**
 * Where a host of a project is served. Cloudflare serves every one of them over HTTPS; only a host with a port, on the
 * loopback interface of a rehearsal, is served without.
 */
export function originOf(host: string): string {
  return `${/:\d+$/.test(host) ? 'http' : 'https'}://${host}`
}

/** As wrangler prints it (pages/deploy.ts in cloudflare/workers-sdk); without an id the project's own page. */
export function dashboardUrl(accountId: string, project: string, id?: string): string {
  const path = [accountId, 'pages', 'view', project, ...(id === undefined ? [] : [id])]
  return `https://dash.cloudflare.com/${path.map(encodeURIComponent).join('/')}`
}

function map<T, U>(answer: Answer<T>, change: (result: T) => U): Answer<U> {
  return answer.kind === 'ok' ? { kind: 'ok', result: change(answer.result) } : answer
}
