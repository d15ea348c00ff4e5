/**
 * Answers a request for a deployment's files by the rules of Pages' own asset server
 * (cloudflare/workers-sdk packages/pages-shared/asset-server/handler.ts). Functions and `_worker.js` are accepted with a
 * deployment and never executed: such a deployment is served as if it had only its static files.
 */
import type { Asset } from './assets.ts'
import { applyHeaders, type HeaderRule } from './headers.ts'
import { findRedirect, type Redirect, type RedirectRule } from './redirects.ts'

export interface Site {
  /** From path (`/about.html`) to the asset's hash. */
  readonly manifest: ReadonlyMap<string, string>
  readonly headers: readonly HeaderRule[]
  readonly redirects: readonly RedirectRule[]
  asset(hash: string): Asset | undefined
}

export interface Visit {
  readonly request: Request
  /** What the host is called on Cloudflare (`site.pages.dev`), for rules that name one. */
  readonly hostname: string
  /** Deployment and alias hosts, which search engines are told to leave alone. */
  readonly preview: boolean
  /** Bytes on their way out. */
  transform(path: string, bytes: Uint8Array): Uint8Array
}

type Found =
  | { readonly kind: 'asset'; readonly path: string; readonly hash: string }
  | { readonly kind: 'moved'; readonly to: string }
  | { readonly kind: 'nothing' }

const CONFIGURATION = /^\/_(headers|redirects|routes\.json|worker\.js(\/.*)?|worker\.bundle)$/

/** Files that configure Pages are not part of the site, even where a manifest names them. */
export function servedPaths(manifest: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(manifest).filter(([path]) => !CONFIGURATION.test(path)))
}

export function serveSite(site: Site, visit: Visit): Response {
  const { pathname } = new URL(visit.request.url)
  const response = answer(site, visit)
  const headers = response.headers
  headers.set('access-control-allow-origin', '*')
  headers.set('referrer-policy', 'strict-origin-when-cross-origin')
  if (headers.has('content-type')) headers.set('x-content-type-options', 'nosniff')
  applyHeaders(site.headers, { hostname: visit.hostname, pathname }, headers)
  return response
}

function answer(site: Site, visit: Visit): Response {
  const { request, hostname } = visit
  const url = new URL(request.url)
  const redirect = findRedirect(site.redirects, { hostname, pathname: url.pathname })
  if (redirect && redirect.status !== 200) return redirectTo(redirect, url)
  if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 })
  const path = decodePath(redirect ? new URL(redirect.to, url).pathname : url.pathname)
  const found = find(site, path)
  if (found.kind === 'asset') return sendAsset(site, visit, found.path, found.hash)
  // A path of two leading slashes would name another host; Pages answers with one.
  if (found.kind === 'moved') return moved(308, `${encodeURI(found.to).replace(/^\/{2,}/, '/')}${url.search}`)
  return notFound(site, visit, path)
}

/** `/` is its index.html, `/about` is about.html, and every other spelling is sent to that one. */
function find({ manifest }: Site, path: string): Found {
  const asset = (candidate: string): Found | null => {
    const hash = manifest.get(candidate)
    return hash === undefined ? null : { kind: 'asset', path: candidate, hash }
  }
  if (path.endsWith('/')) {
    const index = asset(`${path}index.html`)
    if (index) return index
    if (path.endsWith('/index/')) return { kind: 'moved', to: path.slice(0, -'index/'.length) }
    return manifest.has(path.replace(/\/$/, '.html')) ? { kind: 'moved', to: path.slice(0, -1) } : { kind: 'nothing' }
  }
  const exact = asset(path)
  if (exact) return path.endsWith('.html') ? withoutExtension(manifest, path, exact) : exact
  if (path.endsWith('/index')) return { kind: 'moved', to: path.slice(0, -'index'.length) }
  const page = asset(`${path}.html`)
  if (page) return page
  return manifest.has(`${path}/index.html`) ? { kind: 'moved', to: `${path}/` } : { kind: 'nothing' }
}

function withoutExtension(manifest: Site['manifest'], path: string, exact: Found): Found {
  const bare = path.slice(0, -'.html'.length)
  if (bare.endsWith('/index')) return { kind: 'moved', to: bare.slice(0, -'index'.length) }
  return bare === '/' || manifest.has(bare) ? exact : { kind: 'moved', to: bare }
}

/** The nearest 404.html up the tree; without any, the site is taken for a single-page application. */
function notFound(site: Site, visit: Visit, path: string): Response {
  for (let folder = parent(path); folder !== null; folder = parent(folder)) {
    const page = `${folder}/404.html`
    const hash = site.manifest.get(page)
    if (hash !== undefined) return sendPage(site, visit, page, hash)
  }
  const index = site.manifest.get('/index.html')
  return index === undefined ? new Response(null, { status: 404 }) : sendAsset(site, visit, '/index.html', index)
}

function sendPage(site: Site, visit: Visit, path: string, hash: string): Response {
  const { body, contentType } = load(site, visit, path, hash)
  return new Response(visit.request.method === 'HEAD' ? null : body, {
    status: 404,
    headers: { 'content-type': contentType },
  })
}

function sendAsset(site: Site, visit: Visit, path: string, hash: string): Response {
  const etag = `"${hash}"`
  const known = visit.request.headers.get('if-none-match')
  if (known === etag || known === `W/${etag}`) return new Response(null, { status: 304 })
  const { body, contentType } = load(site, visit, path, hash)
  const headers = new Headers({ etag, 'content-type': contentType })
  const cacheable = !visit.request.headers.has('authorization') && !visit.request.headers.has('range')
  if (cacheable) headers.set('cache-control', 'public, max-age=0, must-revalidate')
  if (visit.preview) headers.set('x-robots-tag', 'noindex')
  return new Response(visit.request.method === 'HEAD' ? null : body, { status: 200, headers })
}

function load(site: Site, visit: Visit, path: string, hash: string) {
  const asset = site.asset(hash)
  if (!asset) throw new Error(`The asset ${hash} of ${path} is gone.`)
  const text = asset.contentType.startsWith('text/') && !asset.contentType.includes('charset')
  return {
    body: new Uint8Array(visit.transform(path, asset.bytes)),
    contentType: text ? `${asset.contentType}; charset=utf-8` : asset.contentType,
  }
}

/** The asked query goes along unless the destination has one. */
function redirectTo({ to, status }: Redirect, asked: URL): Response {
  const destination = new URL(to, asked)
  if (!destination.search) destination.search = asked.search
  const local = destination.origin === asked.origin
  return moved(status, local ? `${destination.pathname}${destination.search}${destination.hash}` : destination.href)
}

function moved(status: number, location: string): Response {
  return new Response(null, { status, headers: { location } })
}

function parent(path: string): string | null {
  return path === '' ? null : path.slice(0, path.lastIndexOf('/'))
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
