/**
 * Lines of `_headers` and `_redirects` that Pages leaves out without a word, by the rules of parseHeaders.ts and
 * parseRedirects.ts in cloudflare/workers-sdk. A deployment works without them, so they are warnings.
 */
import { type Line, significantLines } from './limits.ts'

/** A file in a wrong format altogether need not fill the log. */
const MOST_WARNINGS = 10

/** Each of the texts is undefined when there is no such file. */
export function warnOfIgnoredLines(headers: string | undefined, redirects: string | undefined): readonly string[] {
  const warnings = [
    ...ignoredHeaders(headers ?? '').map((ignored) => describe('_headers', ignored)),
    ...ignoredRedirects(redirects ?? '').map((ignored) => describe('_redirects', ignored)),
  ]
  const more = warnings.length - MOST_WARNINGS
  if (more <= 0) return warnings
  return [
    ...warnings.slice(0, MOST_WARNINGS - 1),
    `Pages ignores ${more + 1} more lines of _headers and _redirects, too.`,
  ]
}

interface Ignored extends Line {
  /** The middle of a sentence about the line. */
  readonly reason: string
}

function describe(file: string, { line, number, reason }: Ignored): string {
  const shown = line.length > 80 ? `${line.slice(0, 80)}…` : line
  return `Line ${number} of ${file} ("${shown}") ${reason}; Pages ignores it.`
}

/** What stands below a path, or before the first one. */
interface Block {
  readonly path: Line | undefined
  readonly below: Line[]
}

function ignoredHeaders(text: string): readonly Ignored[] {
  const blocks: Block[] = [{ path: undefined, below: [] }]
  for (const line of significantLines(text)) {
    if (/^(\/|\S+:\/\/)/.test(line.line)) blocks.push({ path: line, below: [] })
    else blocks.at(-1)?.below.push(line)
  }
  return blocks.flatMap(ignoredInBlock)
}

function ignoredInBlock({ path, below }: Block): readonly Ignored[] {
  const reason = path && whyNoPath(path.line)
  if (path && reason) return [{ ...path, reason }] // what is below goes with it
  const ignored = below.flatMap((line) => because(line, whyNoHeader(line.line, path !== undefined)))
  if (path && ignored.length === below.length) return [{ ...path, reason: 'is a path without a header' }, ...ignored]
  return ignored
}

function because(line: Line, reason: string | undefined): readonly Ignored[] {
  return reason === undefined ? [] : [{ ...line, reason }]
}

function whyNoPath(path: string): string | undefined {
  const host = hostOf(path)
  if (host === undefined && !path.startsWith('/')) return 'is neither a path nor an https address'
  if (host !== undefined && /:\d+$/.test(host)) return 'names a port'
  const wildcards = path.split('*').length - 1
  if (wildcards > 1) return 'has more than one *'
  return wildcards === 1 && /:splat(?!\w)/.test(path) ? 'has both * and :splat' : undefined
}

function whyNoHeader(line: string, hasPath: boolean): string | undefined {
  const separator = line.indexOf(':')
  if (separator < 0) {
    return hasPath && line.startsWith('! ') ? undefined : 'is neither a path nor a "Name: value" header'
  }
  const name = line.slice(0, separator).trim()
  if (name === '') return 'has no header name'
  if (name.includes(' ')) return 'has a space in the name of the header'
  if (line.slice(separator + 1).trim() === '') return 'has no value'
  return hasPath ? undefined : 'is a header before any path'
}

const STATUSES = [200, 301, 302, 303, 307, 308]

function ignoredRedirects(text: string): readonly Ignored[] {
  const sources = new Set<string>()
  return significantLines(text).flatMap((line) => {
    const [from = '', to, status = '302', ...rest] = line.line
      .replace(/\s#.*$/, '')
      .trimEnd()
      .split(/\s+/)
    if (to === undefined || rest.length > 0) return because(line, 'is not of the form "from to status"')
    const reason = whyNoRedirect(from, to, Number(status))
    if (reason !== undefined) return because(line, reason)
    const source = from.startsWith('/') ? from : `/${from}`
    if (sources.has(source)) return because(line, 'repeats the path of an earlier line')
    sources.add(source)
    const isProxy = hostOf(to) !== undefined && Number(status) === 200
    return because(line, isProxy ? 'has status 200, which cannot lead to another host' : undefined)
  })
}

function whyNoRedirect(from: string, to: string, status: number): string | undefined {
  const elsewhere = hostOf(to) !== undefined
  if (hostOf(from) !== undefined) return 'begins with an address instead of a path'
  if (!elsewhere && !to.startsWith('/')) return 'leads to neither a path nor an https address'
  if (!STATUSES.includes(status)) return `has no status of ${STATUSES.join(', ')}`
  return !elsewhere && /\/\*?$/.test(from) && /\/index(\.html)?$/.test(to) ? 'leads back to itself' : undefined
}

function hostOf(address: string): string | undefined {
  return /^https:\/\/+([^/]+)/.exec(address)?.[1]
}
