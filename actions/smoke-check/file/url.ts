/** URLs of checks: joined to base-url, and held against what can be asked for. */
import type { Template } from '../check.ts'
import { joined, type Written } from './template.ts'
import type { Scope } from './variables.ts'

/** A literal value of a query that is shorter is hidden only in URLs: `1` stands everywhere. */
const SHORTEST = 4

/** As it is written, and where. */
export interface UrlText {
  readonly pointer: string
  readonly text: string
}

/** @returns a template whose authority is written out and closed by a slash: no capture can choose the host */
export function readUrl(scope: Scope, url: UrlText, base: UrlText | undefined): Template {
  const parts = fillUrlParts(scope, url)
  const whole = isAbsolute(parts) ? closeAuthority(parts) : join(scope, url, parts, base)
  if (whole.length === 0) return whole
  reportInvalid(scope, url, whole)
  noteQuery(scope, whole)
  return whole
}

/** A variable that ends in a slash, as copied addresses often do, takes none of the path behind it. */
function fillUrlParts(scope: Scope, { pointer, text }: UrlText): Template {
  const parts = scope.parse(pointer, text)
  const filled = parts.map((part, index) => {
    if (typeof part === 'string') return part
    const value = scope.fillOne(pointer, part.variable, isInQuery(parts, index) ? 'secret' : 'shown')
    const next = parts[index + 1]
    const meetsSlash = typeof value === 'string' && typeof next === 'string' && next.startsWith('/')
    return meetsSlash ? value.replace(/\/+$/, '') : value
  })
  return joined(filled)
}

function isInQuery(parts: Written, index: number): boolean {
  return parts.slice(0, index).some((part) => typeof part === 'string' && part.includes('?'))
}

function isAbsolute([first]: Template): boolean {
  return typeof first === 'string' && /^[a-z][a-z0-9+.-]*:/i.test(first)
}

function closeAuthority(parts: Template): Template {
  const [first, ...rest] = parts
  const isOpen = typeof first === 'string' && /^[^/]+:\/\/[^/?#]*$/.test(first)
  return isOpen && rest.length > 0 ? [`${first}/`, ...rest] : parts
}

function join(scope: Scope, url: UrlText, parts: Template, base: UrlText | undefined): Template {
  const [first] = parts
  if (first === undefined) return []
  if (typeof first === 'string' && first.startsWith('//')) {
    scope.report(url.pointer, 'A URL that begins with // leaves open how it is asked for.', 'Write https:// before it.')
    return []
  }
  if (base === undefined) {
    const shown = typeof first === 'string' && /^[\w-]+(\.[\w-]+)+([:/]|$)/.test(first)
    const hint = shown ? 'Write https:// before it.' : 'Write the whole URL, or give base-url under defaults.'
    scope.report(url.pointer, 'It is a path, and there is no base-url that it belongs to.', hint)
    return []
  }
  const beginning = fillBase(scope, base)
  if (beginning === undefined) return []
  if (typeof first === 'string' && first.startsWith('?')) return joined([beginning, ...parts])
  const rest = typeof first === 'string' ? [first.replace(/^\//, ''), ...parts.slice(1)] : parts
  return joined([beginning.replace(/\/*$/, '/'), ...rest])
}

/** @returns undefined when it is no beginning of a URL; that is reported where base-url stands */
function fillBase(scope: Scope, base: UrlText): string | undefined {
  const [only, ...rest] = fillUrlParts(scope, base)
  if (only === undefined) return undefined // a variable without a value, which is told by itself
  if (typeof only !== 'string' || rest.length > 0) {
    scope.report(base.pointer, 'A capture cannot stand in base-url.', 'An answer must not choose who is asked.')
    return undefined
  }
  if (!/[?#]/.test(only)) return isAbsolute([only]) ? only : refuseBase(scope, base)
  scope.report(base.pointer, 'It holds a query or a fragment.', 'Write only what stands before every path.')
  return undefined
}

function refuseBase(scope: Scope, { pointer }: UrlText): undefined {
  scope.report(pointer, 'It is no beginning of a URL.', 'Write https:// and the host, as https://api.example.com.')
}

function reportInvalid(scope: Scope, { pointer, text }: UrlText, parts: Template): void {
  const filled = parts.map((part) => (typeof part === 'string' ? part : 'x')).join('')
  const problem = problemOf(filled)
  if (problem === undefined) return
  const how = text.includes(`\${`) ? 'With its variables filled in, it' : 'It'
  scope.report(pointer, `${how} ${problem.what}.`, problem.hint)
}

/** Nothing of the URL itself is told: it may hold values of variables. */
function problemOf(text: string): { readonly what: string; readonly hint: string } | undefined {
  if (/[\s\p{Cc}]/u.test(text)) return { what: 'holds a space or a line break', hint: 'Remove it, or write %20.' }
  const url = URL.parse(text)
  if (url === null) return { what: 'is not a URL', hint: 'Write it as https://host/path.' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { what: `begins with ${url.protocol}`, hint: 'Only https:// and http:// can be checked.' }
  }
  if (url.username !== '' || url.password !== '') {
    return { what: 'holds a user name or a password', hint: 'Give them under auth, where they are never shown.' }
  }
  if (text.includes('#')) {
    return { what: 'holds a fragment, which is never sent to a server', hint: 'Remove what begins with #.' }
  }
  return undefined
}

/** Every value of a query is a secret, as it is written and as it is meant; those of captures are known later. */
export function noteQuery(scope: Scope, parts: Template): void {
  const before = parts.findIndex((part) => typeof part === 'string' && part.includes('?'))
  if (before === -1) return
  const { secrets, secretCaptures } = scope.variables
  for (const part of parts.slice(before + 1)) if (typeof part !== 'string') secretCaptures.add(part.capture)
  const query = parts
    .slice(before)
    .map((part) => (typeof part === 'string' ? part : '\0'))
    .join('')
  for (const pair of query.slice(query.indexOf('?') + 1).split('&')) {
    const value = pair.slice(pair.indexOf('=') + 1)
    if (value.includes('\0')) continue
    for (const form of [value, decoded(value)]) if (form.length >= SHORTEST) secrets.add(form)
  }
}

function decoded(value: string): string {
  return new URLSearchParams(`x=${value}`).get('x') ?? value
}
