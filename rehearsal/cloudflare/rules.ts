/** The URL patterns that `_headers` and `_redirects` share: one splat (`*`), placeholders (`:name`), an optional host. */

export interface Visited {
  /** What the host is called on Cloudflare, without a port: Pages ignores port and protocol. */
  readonly hostname: string
  /** As it came, percent-encoded. */
  readonly pathname: string
}

export type Values = Readonly<Record<string, string>>

/** The captured values, or null when the URL does not match. */
export type Pattern = (visited: Visited) => Values | null

/** Longest line that Pages reads in either file, in characters. */
const MAX_LINE_LENGTH = 2000

const ABSOLUTE = /^https:\/\/+(?<host>[^/]+)(?<path>\/.*)?$/
const TOKEN = /(\*|:[A-Za-z]\w*)/

/** Null when the text is neither a path nor an `https` URL, or captures one name twice. */
export function compilePattern(source: string): Pattern | null {
  const absolute = ABSOLUTE.exec(source)?.groups
  if (!absolute && !source.startsWith('/')) return null
  const host = absolute?.['host']
  if (host !== undefined && /:\d+$/.test(host)) return null
  const path = toExpression(encodedPath(absolute ? (absolute['path'] ?? '/') : source), '[^/]+')
  const expression = `^${host === undefined ? '' : toExpression(host, '[^/.]+')}${path}$`
  if (!isExpression(expression)) return null
  const regExp = new RegExp(expression)
  return ({ hostname, pathname }) => {
    const match = regExp.exec(host === undefined ? pathname : `${hostname}${pathname}`)
    return match ? { ...match.groups } : null
  }
}

/** Puts captured values into a header's value or a redirect's destination. An unknown `:name` stays as it is. */
export function fillIn(template: string, values: Values): string {
  return template.replace(/:([A-Za-z]\w*)/g, (whole, name: string) => values[name] ?? whole)
}

/** The lines that count, without comments; overlong ones are dropped, as Pages drops them. */
export function readLines(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#') && line.length <= MAX_LINE_LENGTH)
}

function encodedPath(path: string): string {
  return new URL(path.replace(/^\/+/, '/'), 'https://site.invalid').pathname
}

function toExpression(text: string, placeholder: string): string {
  return text
    .split(TOKEN)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[-/\\^$*+?.()|[\]{}]/g, '\\$&')
      return part === '*' ? '(?<splat>.*)' : `(?<${part.slice(1)}>${placeholder})`
    })
    .join('')
}

function isExpression(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}
