/** Speaks to the embedded Cloudflare as wrangler does, without wrangler: for tests that need no child process. */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { type Cloudflare, type CloudflareOptions, startCloudflare } from '../../../rehearsal/cloudflare/server.ts'

export const ACCOUNT = '023e105f4ecef8ad9ca31a8372d0c353'
export const TOKEN = 'Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY'
export const PROJECTS = `/accounts/${ACCOUNT}/pages/projects`

export function start(options: Partial<CloudflareOptions> = {}): Promise<Cloudflare> {
  return startCloudflare({
    accountId: ACCOUNT,
    apiToken: TOKEN,
    projects: [{ name: 'site', productionBranch: 'main' }],
    ...options,
  })
}

const Envelope = v.object({
  success: v.boolean(),
  result: v.any(),
  errors: v.array(v.looseObject({ code: v.number(), message: v.string() })),
  messages: v.array(v.unknown()),
  result_info: v.optional(v.record(v.string(), v.number())),
})

export interface CallOptions {
  readonly json?: unknown
  readonly form?: FormData
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export async function call(cloudflare: Cloudflare, method: string, path: string, options: CallOptions = {}) {
  const { json, form, token = TOKEN, headers } = options
  const response = await fetch(`${cloudflare.apiBaseUrl}${path}`, {
    method,
    headers: headers ?? { authorization: `Bearer ${token}` },
    body: form ?? (json === undefined ? null : JSON.stringify(json)),
  })
  return { status: response.status, ...v.parse(Envelope, await response.json()) }
}

export type Files = Readonly<Record<string, string>>

export interface DeployOptions {
  readonly project?: string
  readonly branch?: string
  readonly fields?: Readonly<Record<string, string>>
}

/** Uploads and deploys; the answer is that of `POST …/deployments`, before anything was read back. */
export async function upload(cloudflare: Cloudflare, files: Files, options: DeployOptions = {}) {
  const { project = 'site', branch = 'main', fields = {} } = options
  const { result } = await call(cloudflare, 'GET', `${PROJECTS}/${project}/upload-token`)
  const json = Object.entries(files).map(([path, content]) => ({
    key: hashOf(content),
    value: Buffer.from(content).toString('base64'),
    metadata: { contentType: contentTypeOf(path) },
    base64: true,
  }))
  await call(cloudflare, 'POST', '/pages/assets/upload', { token: result.jwt, json })
  const form = new FormData()
  const manifest = Object.entries(files).map(([path, content]) => [path, hashOf(content)])
  form.set('manifest', JSON.stringify(Object.fromEntries(manifest)))
  form.set('branch', branch)
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return await call(cloudflare, 'POST', `${PROJECTS}/${project}/deployments`, { form })
}

/** Deploys and reads back once. */
export async function deploy(cloudflare: Cloudflare, files: Files, options: DeployOptions = {}) {
  const { result } = await upload(cloudflare, files, options)
  return (await readBack(cloudflare, result.id, options.project)).result
}

export function readBack(cloudflare: Cloudflare, id: string, project = 'site') {
  return call(cloudflare, 'GET', `${PROJECTS}/${project}/deployments/${id}`)
}

export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

function contentTypeOf(path: string): string {
  if (path.endsWith('.html')) return 'text/html'
  return path.endsWith('.css') ? 'text/css' : 'application/octet-stream'
}
