/** Runs presets against a real loopback server, through the real client and the scheduler's own probe. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { CookieJar } from 'tough-cookie'
import type { Check, Cors, Json, PresetName } from '../../../actions/smoke-check/check.ts'
import { createClient } from '../../../actions/smoke-check/http/client.ts'
import { runPresets } from '../../../actions/smoke-check/presets/presets.ts'
import { createProbe } from '../../../actions/smoke-check/probe.ts'
import type { Finding } from '../../../actions/smoke-check/result.ts'
import { Authority, startHttp, startTls } from '../../support/tls.ts'
import { requestTo } from '../http/setup.ts'
import { aCheck } from '../run/sample.ts'

export interface Situation {
  /** Of the check's URL. Default: `/`. */
  readonly path?: string
  readonly check?: Partial<Check>
  /** Request headers, as the check sends them. */
  readonly headers?: Readonly<Record<string, string>>
  readonly tls?: boolean
  readonly signal?: AbortSignal
  readonly redact?: (text: string) => string
}

const never = new AbortController().signal
const authority = await Authority.create('Preset tests')
const identity = await authority.issue()

export async function runPreset(
  name: PresetName,
  options: Readonly<Record<string, Json>>,
  listener: RequestListener,
  situation: Situation = {},
): Promise<readonly Finding[]> {
  const presets = [{ name, options }]
  return run(listener, { ...situation, check: { ...situation.check, presets } })
}

export async function runCors(cors: Cors, listener: RequestListener, situation: Situation = {}) {
  return run(listener, { ...situation, check: { ...situation.check, cors: [cors] } })
}

async function run(listener: RequestListener, situation: Situation): Promise<readonly Finding[]> {
  const { tls = false } = situation
  await using server = tls ? await startTls(identity, listener) : await startHttp(listener)
  return await runAt(server.origin, situation) // before the server is closed
}

/** Presets and cors of the check, against a server that is there. */
export async function runAt(origin: string, situation: Situation): Promise<readonly Finding[]> {
  const { path = '/', headers = {}, signal = never, redact } = situation
  const client = createClient({ env: {}, ca: [authority.pem] })
  const requestHeaders = Object.entries(headers).map(([name, value]) => [name, [value]] as const)
  const check = aCheck({ requestHeaders, ...situation.check })
  const request = requestTo(`${origin}${path}`, {
    headers,
    method: check.method,
    redirects: 'none',
    jar: new CookieJar(),
  })
  const exchange = await client.request(request, never)
  if (!exchange.ok) throw new Error(exchange.problem.message)
  const { response } = exchange
  const observation = {
    response,
    expectVersion: undefined,
    now: Date.now(),
    captures: new Map(),
    ...(redact === undefined ? {} : { redact }),
  }
  return runPresets(check, createProbe(request, observation, { client, signal }))
}

/** `assertion: message`, with the port of the server left out. */
export function told(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ assertion, message }) =>
    `${assertion}: ${message}`.replaceAll(/(127\.0\.0\.1|localhost):\d+/g, '$1'),
  )
}

export function assertions(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ assertion }) => assertion)
}

/** A server that answers everything alike. */
export function always(
  status: number,
  headers: Readonly<Record<string, string | string[]>>,
  body = 'ok',
): RequestListener {
  return (_request, response) => {
    response.writeHead(status, headers)
    response.end(body)
  }
}

export function urlOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'http://server.example')
}

export function sendJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
