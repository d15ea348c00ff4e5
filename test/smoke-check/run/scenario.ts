/** The committed bundle of the action, run as a step against loopback servers whose answers a test decides. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readManifest } from '../../../scripts/action-yml.ts'
import { type BundleOptions, type BundleResult, runBundle } from '../../support/bundle.ts'

/** The committed bundle, as action.yml names it. */
export const ENTRY = resolve(import.meta.dirname, '../../../actions/smoke-check', readManifest('smoke-check').runs.main)

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

export interface Site extends AsyncDisposable {
  readonly origin: string
  /** `METHOD path?query` of every request, in order. */
  readonly requests: readonly string[]
}

/** @param answer undefined for a request that is never answered; its argument counts the requests to the same path from 1 */
export async function serve(
  answer: (request: IncomingMessage & { readonly text: string }, count: number) => Answer | undefined,
): Promise<Site> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const count = requests.filter((one) => one === requests.at(-1)).length
    void textOf(request).then((text) => reply(answer(Object.assign(request, { text }), count), response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

function reply(answer: Answer | undefined, response: ServerResponse): void {
  if (answer === undefined) return
  const { status = 200, headers = {}, body = '' } = answer
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.writeHead(status).end(body)
}

export const json = (value: unknown, status = 200): Answer => {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

export interface SmokeResult extends BundleResult {
  /** Of the workspace once the step has ended: the content of each report that it was told to write. */
  readonly files: Readonly<Record<string, string>>
  /** Milliseconds from the start of the process to its end. */
  readonly took: number
}

/** @param file the content of a checks file, with which the input `checks` is set */
export async function smoke(
  inputs: Readonly<Record<string, string>>,
  { file, ...options }: BundleOptions & { readonly file?: string } = {},
): Promise<SmokeResult> {
  const workspace = await mkdtemp(join(tmpdir(), 'slipway-smoke-'))
  try {
    if (file !== undefined) await writeFile(join(workspace, 'smoke.yml'), file)
    const given = { ...(file !== undefined && { checks: 'smoke.yml' }), ...inputs }
    const started = performance.now()
    const result = await runBundle('smoke-check', { workspace, ...options, inputs: given })
    const took = performance.now() - started
    const reports = ['junit', 'metrics', 'json'].flatMap((input) => inputs[input] ?? [])
    const files = await Promise.all(
      reports.map(async (path) => [path, await readFile(join(workspace, path), 'utf8').catch(() => '')]),
    )
    return { ...result, took, files: Object.fromEntries(files) }
  } finally {
    await rm(workspace, { recursive: true })
  }
}

/** Quick rounds, for tests that are not about time. */
export const QUICK = { interval: '50ms', deadline: '1500ms' } as const
