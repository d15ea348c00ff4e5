/** A folder to deploy, an embedded Cloudflare to deploy it to, and the committed bundle that does it. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Cloudflare, type CloudflareOptions, startCloudflare } from '../../rehearsal/cloudflare/server.ts'
import { type BundleOptions, type BundleResult, runBundle } from '../support/bundle.ts'

export const ACCOUNT = '0123456789abcdef0123456789abcdef'
export const TOKEN = 'cf-token_Zk3vQ9-xY7'

export const SHIPPED_WRANGLER = resolve(import.meta.dirname, '../../actions/deploy-pages/assets/wrangler')
/** The version that the shipped package asks for. */
export const PINNED: string = JSON.parse(readFileSync(join(SHIPPED_WRANGLER, 'package.json'), 'utf8')).dependencies
  .wrangler

/** Shared by all tests, so that wrangler is installed once and every other run is a warm one. */
const TOOL_CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/slipway/tools')

/** What the machine needs to reach the package registry; the registry itself is npm's own configuration. */
export const NETWORK = Object.fromEntries(
  Object.entries(process.env).filter(([name]) =>
    /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|(HTTPS?|NO)_PROXY|npm_config_(registry|cafile|globalconfig|userconfig))$/i.test(
      name,
    ),
  ),
)

export function cloudflare(options: Partial<CloudflareOptions> = {}): Promise<Cloudflare> {
  const projects = [{ name: 'site', productionBranch: 'main' }]
  return startCloudflare({ accountId: ACCOUNT, apiToken: TOKEN, projects, ...options })
}

export interface Workspace extends AsyncDisposable {
  readonly path: string
  write(files: Readonly<Record<string, string>>): Promise<void>
}

/** A temporary checkout; without files it holds a small site in dist/. */
export async function workspace(files: Readonly<Record<string, string>> = SITE): Promise<Workspace> {
  const path = await mkdtemp(join(tmpdir(), 'slipway-site-'))
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [name, content] of Object.entries(more)) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await writeFile(join(path, name), content)
    }
  }
  await write(files)
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export const SITE = {
  'dist/index.html': '<!doctype html><title>Hello</title>',
  'dist/about.html': '<!doctype html><title>About</title>',
  'dist/assets/app-Bx31kQ9z.js': 'console.log("hello")\n',
  'dist/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
}

/** Runs the action on a workspace: project `site`, folder `dist`, unless the options say otherwise. */
export function deploy(
  cf: Pick<Cloudflare, 'apiBaseUrl'>,
  { path }: Workspace,
  { inputs, env, ...options }: BundleOptions = {},
): Promise<BundleResult> {
  return runBundle('deploy-pages', {
    workspace: path,
    ...options,
    inputs: {
      'api-token': TOKEN,
      'account-id': ACCOUNT,
      'project-name': 'site',
      directory: 'dist',
      'live-timeout': '20s',
      'github-token': 'gh-token',
      ...inputs,
    },
    env: { ...NETWORK, CLOUDFLARE_API_BASE_URL: cf.apiBaseUrl, RUNNER_TOOL_CACHE: TOOL_CACHE, ...env },
  })
}

/** What becomes of a request: it is passed on, applied without an answer, never answered, or answered with this status. */
export type Fate = 'pass' | 'lose' | 'stall' | number

/** The same Cloudflare, except for the fate of some of its API requests. */
export async function interfere(cf: Cloudflare, fateOf: (method: string, path: string) => Fate) {
  const { origin } = new URL(cf.apiBaseUrl)
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/', headers } = request
    const fate = fateOf(method, url)
    if (fate === 'stall') return
    if (typeof fate === 'number') {
      response.writeHead(fate).end()
      return
    }
    const body = method === 'GET' ? null : new Uint8Array(await buffer(request))
    const sent = { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? '' }
    const answer = await fetch(origin + url, { method, headers: sent, body })
    if (fate === 'lose') {
      request.socket.destroy()
      return
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    apiBaseUrl: cf.apiBaseUrl.replace(origin, `http://127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** The text of the one error annotation. */
export function errorOf({ annotations }: BundleResult): string {
  return annotations.flatMap(({ level, message }) => (level === 'error' ? [message] : [])).join('\n---\n')
}

export function warningsOf({ annotations }: BundleResult): readonly string[] {
  return annotations.flatMap(({ level, message }) => (level === 'warning' ? [message] : []))
}

/** Method and path of each request that changed or made something. */
export function writes({ requests }: Cloudflare): readonly string[] {
  return requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`)
}

/** Every file below a folder with the hash of its content. */
export async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.map((entry) => join(entry.parentPath, entry.name) + (entry.isDirectory() ? '/' : '')).sort()
  const hashes = files.map(async (file) => {
    const hash = file.endsWith('/')
      ? ''
      : createHash('sha256')
          .update(await readFile(file))
          .digest('hex')
    return [file.slice(folder.length), hash] as const
  })
  return Object.fromEntries(await Promise.all(hashes))
}
