/** Chooses the uploaded file that proves a site best when it comes back byte for byte. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRoutes } from './limits.ts'
import type { Site, SiteFile } from './site.ts'

export interface Probe {
  /** Below the folder. */
  readonly file: string
  /** Where Pages serves it: `/assets/app.js`, and `/about` for about.html. */
  readonly urlPath: string
  /** Why its bytes may differ although all is well; undefined when they may not. */
  readonly mayDiffer: string | undefined
}

/** undefined when there is no file at all, as with a `_worker.js` alone. */
export async function chooseProbe(site: Site, workingDirectory: string): Promise<Probe | undefined> {
  const owned = await routesOfFunctions(site, workingDirectory)
  const redirected = redirectSources(await readText(join(site.directory, '_redirects')))
  const candidates = site.files
    .filter(({ path }) => !path.startsWith('cdn-cgi/')) // Cloudflare's own on every domain
    .map((file) => ({ file, urlPath: urlPathOf(file.path) }))
    .filter(({ urlPath }) => !redirected.some((source) => source.test(decodeURIComponent(urlPath))))
    .map(({ file, urlPath }) => ({ file, urlPath, mayDiffer: reasonToDiffer(file.path, urlPath, owned) }))
    .toSorted(
      (a, b) => Number(a.mayDiffer !== undefined) - Number(b.mayDiffer !== undefined) || compare(a.file, b.file),
    )
  const [best] = candidates
  return best && { ...best, file: best.file.path }
}

function reasonToDiffer(path: string, urlPath: string, owned: (urlPath: string) => boolean): string | undefined {
  if (owned(urlPath)) return 'Functions answer this path'
  return isHtml(path) ? 'Cloudflare may rewrite HTML on its way' : undefined
}

/** Well-suited ones first: named after their content, text (images may be recompressed), of a handy size. */
function compare(a: SiteFile, b: SiteFile): number {
  return rank(a) - rank(b) || a.size - b.size
}

const HANDY_SIZE = 1024 * 1024

function rank({ path, size }: SiteFile): number {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const plain = /^[\w.~/-]+$/.test(path) && !/(^|\/)\./.test(path)
  const special = /^(robots|ads|app-ads)\.txt$|\.(map|php|sql|zip|gz|br)$/i.test(name) // rewritten or blocked by rules
  const text = /\.(m?js|css|json|txt|xml|svg|wasm|woff2?|webmanifest)$/i.test(name)
  const hashed = /[.-](?=[\w-]*\d)[\w-]{8,}\.\w+$/.test(name)
  const doubts = [!plain, special, size === 0, size > HANDY_SIZE].filter(Boolean).length
  return doubts * 4 + (text ? 0 : 2) + (hashed ? 0 : 1)
}

function isHtml(path: string): boolean {
  return /\.html?$/i.test(path)
}

/** developers.cloudflare.com/pages/configuration/serving-pages: `/` is index.html, `/about` is about.html. */
function urlPathOf(path: string): string {
  const url = `/${path.split('/').map(encodeURIComponent).join('/')}`
  return url.replace(/\/index\.html$/, '/').replace(/\.html$/, '')
}

/** Redirects are followed whether or not there is such a file. */
function redirectSources(text: string | undefined): readonly RegExp[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [source = ''] = line.trim().split(/\s+/)
    const path = source.replace(/^\w+:\/\/[^/]*/, '')
    return path.startsWith('/') ? [patternOf(path)] : []
  })
}

/** `*` stands for anything and `:name` for one segment. */
function patternOf(rule: string): RegExp {
  const source = rule
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replace(/:[A-Za-z]\w*/g, '[^/]+')
  return new RegExp(`^${source}/?$`)
}

/** Says of a path whether Functions or a `_worker.js` are asked first. */
async function routesOfFunctions(site: Site, workingDirectory: string): Promise<(urlPath: string) => boolean> {
  const folder = site.hasWorker ? undefined : await readFunctions(join(workingDirectory, 'functions'))
  if (!site.hasWorker && folder === undefined) return () => false
  const text = await readText(join(site.directory, '_routes.json'))
  const { routes } = text === undefined ? { routes: undefined } : parseRoutes(text)
  const include = (routes?.include ?? folder ?? ['/*']).map(patternOf)
  const exclude = (routes?.exclude ?? []).map(patternOf)
  return (urlPath) => include.some((rule) => rule.test(urlPath)) && !exclude.some((rule) => rule.test(urlPath))
}

/**
 * The routes that wrangler derives from a functions folder begin with the names at its top. A middleware or a parameter
 * there takes everything, and so does wrangler itself when there are over 100 of them.
 */
async function readFunctions(folder: string): Promise<readonly string[] | undefined> {
  const names = await readdir(folder).catch(() => undefined)
  if (names === undefined) return undefined
  const files = await readdir(folder, { recursive: true })
  const everything = files.length > 100 || names.some((name) => name.startsWith('_middleware') || name.startsWith('['))
  if (everything) return ['/*']
  return names
    .map((name) => name.replace(/\.\w+$/, ''))
    .flatMap((name) => (name === 'index' ? ['/'] : [`/${name}`, `/${name}/*`]))
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
