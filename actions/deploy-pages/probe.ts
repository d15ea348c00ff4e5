/** Chooses the uploaded file that proves a site best when it comes back byte for byte. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readText } from './files.ts'
import { Glob, type Work } from './glob.ts'
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

/** Comparisons of characters, about a second of them; a usual site takes some thousands. */
const MOST_WORK = 10_000_000

/** undefined when there is no file that could prove anything, as with a `_worker.js` alone. */
export async function chooseProbe(site: Site, workingDirectory: string): Promise<Probe | undefined> {
  const work = { left: MOST_WORK }
  const owned = await routesOfFunctions(site, workingDirectory, work)
  const redirected = redirectSources(await readText(join(site.directory, '_redirects')))
  let second: Probe | undefined
  for (const { path } of ranked(site.files)) {
    const urlPath = urlPathOf(path)
    if (redirected.some((source) => source.matches(decodeURIComponent(urlPath), work))) continue
    const probe = { file: path, urlPath, mayDiffer: reasonToDiffer(path, urlPath, owned) }
    if (probe.mayDiffer === undefined) return probe
    second ??= probe
    if (work.left <= 0) break
  }
  return second
}

function reasonToDiffer(path: string, urlPath: string, owned: (urlPath: string) => boolean): string | undefined {
  if (owned(urlPath)) return 'Functions answer this path'
  return isHtml(path) ? 'Cloudflare may rewrite HTML on its way' : undefined
}

/** Well-suited ones first: named after their content, text (images may be recompressed), of a handy size. */
function ranked(files: readonly SiteFile[]): readonly SiteFile[] {
  return files
    .filter(({ path }) => !path.startsWith('cdn-cgi/')) // Cloudflare's own on every domain
    .map((file) => ({ file, rank: rank(file) }))
    .toSorted((a, b) => a.rank - b.rank || a.file.size - b.file.size)
    .map(({ file }) => file)
}

const HANDY_SIZE = 1024 * 1024
/** Characters at the end of a name that are looked at; a search for a hash in many more would take its time. */
const LONGEST_NAME = 80

function rank({ path, size }: SiteFile): number {
  const name = path.slice(path.lastIndexOf('/') + 1).slice(-LONGEST_NAME)
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
function redirectSources(text: string | undefined): readonly Glob[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [source = ''] = line.trim().split(/\s+/, 1)
    const path = source.replace(/^\w+:\/\/[^/]*/, '')
    return path.startsWith('/') ? [new Glob(path)] : []
  })
}

/** Says of a path whether Functions or a `_worker.js` are asked first; out of work it says yes, which proves less. */
async function routesOfFunctions(
  site: Site,
  workingDirectory: string,
  work: Work,
): Promise<(urlPath: string) => boolean> {
  const folder = site.hasWorker ? undefined : await readFunctions(join(workingDirectory, 'functions'))
  if (!site.hasWorker && folder === undefined) return () => false
  const text = await readText(join(site.directory, '_routes.json'))
  const { routes } = text === undefined ? { routes: undefined } : parseRoutes(text)
  const include = (routes?.include ?? folder ?? ['/*']).map((rule) => new Glob(rule))
  const exclude = (routes?.exclude ?? []).map((rule) => new Glob(rule))
  return (urlPath) => {
    const matches = (rule: Glob) => rule.matches(urlPath, work)
    const owned = include.some(matches) && !exclude.some(matches)
    return owned || work.left <= 0
  }
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
