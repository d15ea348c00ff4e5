/** What a user has: checks as they stand in a file, servers on the other side, and the bundle between them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connect } from 'node:tls'
import { expect } from 'vitest'
import { Authority, startHttp, startTls, type WebServer } from '../../support/tls.ts'
import { type Answer, type SmokeResult, smoke } from '../run/scenario.ts'

export interface Received {
  readonly method: string
  /** Below what the listener is mounted at, without the query; begins with a slash. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** 1 for the first request with this method, path and query. */
  readonly count: number
}

/** What a server answers; undefined for never. */
export type Serve = (request: Received) => Answer | undefined | Promise<Answer | undefined>

export function listenerOf(serve: Serve): RequestListener {
  const counts = new Map<string, number>()
  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const method = request.method ?? 'GET'
    const key = `${method} ${request.url}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const answer = await serve({ method, path: pathname, query: searchParams, headers: request.headers, text, count })
    if (answer !== undefined) write(answer, response)
  }
}

function write({ status = 200, headers = {}, body = '' }: Answer, response: ServerResponse): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.writeHead(status).end(body)
}

/** One HTTP and one TLS server that answer alike, and what a client needs to trust the second. */
export interface World extends AsyncDisposable {
  readonly http: WebServer
  readonly tls: WebServer
  readonly authority: Authority
  /** HTTP_URL, HTTP_PORT, HTTPS_URL, and the tests' own certificate authority for Node. */
  readonly env: Readonly<Record<string, string>>
}

export async function startWorld(serve: Serve): Promise<World> {
  const authority = await Authority.create('Whole Tests')
  const folder = await mkdtemp(join(tmpdir(), 'slipway-whole-'))
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, authority.pem)
  const http = await startHttp(listenerOf(serve))
  const tls = await startTls(await authority.issue(), listenerOf(serve))
  return {
    http,
    tls,
    authority,
    env: {
      HTTP_URL: http.origin,
      HTTP_PORT: String(http.port),
      HTTPS_URL: tls.origin,
      NODE_EXTRA_CA_CERTS: ca,
    },
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]()
      await tls[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

/** Of the report, what these tests look at. */
export interface CheckReport {
  readonly name: string
  readonly verdict: string
  readonly reason: string
  readonly attempts: number
  readonly last: readonly AttemptReport[]
}

export interface AttemptReport {
  readonly verdict: string
  readonly status?: number
  readonly findings: readonly {
    readonly assertion: string
    readonly message: string
    readonly hint: string
    readonly severity: string
  }[]
  readonly total?: number
  readonly warm?: { readonly samples: number; readonly median: number; readonly max: number; readonly p95?: number }
  readonly address?: string
  readonly servedVersion?: string
  readonly redirects?: number
  readonly tls?: { readonly protocol: string }
}

export interface WholeResult extends SmokeResult {
  /** By the names of the checks. */
  readonly checks: ReadonlyMap<string, CheckReport>
}

/** Everything is made once: the next round would begin after the deadline. */
export const ONE_ROUND = { successes: '1', interval: '2m', deadline: '1m', concurrency: '64' } as const

/** @param file the content of a checks file */
export async function check(
  file: string,
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<WholeResult> {
  const result = await smoke({ json: 'report.json', ...inputs }, { file, env })
  const text = result.files['report.json'] ?? ''
  if (text === '') throw new Error(`There is no report:\n${result.stdout}${result.stderr}`)
  const report: { readonly checks: readonly CheckReport[] } = JSON.parse(text)
  return { ...result, checks: new Map(report.checks.map((one) => [one.name, one])) }
}

/** A check of a table, and who answers it. */
export interface Row {
  readonly name: string
  /** YAML, as below the name of a check; `url` is its own place on the HTTP server unless it is given. */
  readonly yaml: string
  /** Answers what is asked below its place. */
  readonly serve?: Serve
  /** Has its place on the TLS server. */
  readonly secure?: boolean
}

/** A row that must not pass: all of its findings. */
export interface RedRow extends Row {
  readonly findings: readonly (readonly [assertion: string, message: RegExp])[]
  /** `failed` when left out. */
  readonly verdict?: 'failed' | 'warned' | 'waiting' | 'skipped'
}

/**
 * Runs all rows as one checks file with servers of their own, in one round.
 *
 * @param started told the origin of the TLS server before anything is asked
 */
export async function runRows(
  rows: readonly Row[],
  inputs: Readonly<Record<string, string>> = {},
  variables: Readonly<Record<string, string>> = {},
  started: (https: string) => void = () => {},
): Promise<WholeResult> {
  await using world = await startWorld(async (request) => {
    const [, index = '', rest = ''] = /^\/(\d+)(\/.*)$/.exec(request.path) ?? []
    const serve = rows[Number(index)]?.serve ?? (() => ({}))
    return index === '' ? { status: 404 } : serve({ ...request, path: rest })
  })
  started(world.tls.origin)
  return await check(fileOf(rows), { ...ONE_ROUND, ...inputs }, { ...world.env, ...variables })
}

function fileOf(rows: readonly Row[]): string {
  const checks = rows.map(({ name, yaml, secure = false }, index) => {
    const place = `url: "\${${secure ? 'HTTPS_URL' : 'HTTP_URL'}}/${index}/"`
    const lines = [...(/^url:/m.test(yaml) ? [] : [place]), ...yaml.split('\n')]
    return [`  - name: ${JSON.stringify(name)}`, ...lines.map((line) => `    ${line}`)].join('\n')
  })
  return `version: 1\nchecks:\n${checks.join('\n')}\n`
}

/** The last attempt has these findings, no more and no fewer, and each has told what to look at. */
export function expectRed({ checks }: WholeResult, { name, findings, verdict = 'failed' }: RedRow): void {
  const last = checks.get(name)?.last.at(-1)
  expect(last?.findings).toEqual(
    findings.map(([assertion, message]) =>
      expect.objectContaining({ assertion, message: expect.stringMatching(message) }),
    ),
  )
  expect(checks.get(name)?.verdict).toBe(verdict)
}

export function expectGreen({ checks }: WholeResult, { name }: Pick<Row, 'name'>): void {
  expect(checks.get(name)?.last.at(-1)?.findings).toEqual([])
  expect(checks.get(name)?.verdict).toBe('passed')
}

export interface CommandResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a program in a folder of its own, with nothing of a runner around it. */
export async function run(
  program: readonly [string, ...string[]],
  { env = {}, cwd }: { readonly env?: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<CommandResult> {
  const [file, ...args] = program
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  const child = spawn(file, args, { cwd, env: { PATH: path, ...env } })
  const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    err += chunk
  })
  await once(child, 'close')
  clearTimeout(deadline)
  return { code: child.exitCode, out, err }
}

/** Whether the server takes up a session again when it is asked to. */
export async function resumes(port: number, ca: string): Promise<boolean> {
  const options = { host: '127.0.0.1', port, ca, servername: 'localhost' }
  const first = connect(options)
  const [session] = await once(first, 'session')
  first.destroy()
  const second = connect({ ...options, session })
  await once(second, 'secureConnect')
  const resumed = second.isSessionReused()
  second.destroy()
  return resumed
}
