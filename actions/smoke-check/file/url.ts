/** URLs of checks: joined to base-url, and held against what can be asked for. */
import type { Template } from '../check.ts'
import { joined, type Written } from './template.ts'
import type { Scope } from './variables.ts'

/** As it is written, and where. */
export interface UrlText {
  readonly pointer: string
  readonly text: string
}

/**
 * @returns a template whose host is written out and closed by a slash: no capture can choose who is asked. Only that of a
 * link without base-url has none before `settleLinks`; nothing where the mistake is told
 */
export function readUrl(scope: Scope, url: UrlText, base: UrlText | undefined): Template {
  const parts = fillUrlParts(scope, url)
  const whole = isAbsolute(parts) ? parts : join(scope, url, parts, base)
  const [beginning] = whole
  if (beginning === undefined) return whole
  if (typeof beginning === 'string') scope.variables.addresses.add(beginning)
  reportInvalid(scope, url, whole)
  noteQuery(scope, whole)
  return whole
}

/**
 * A variable that ends in a slash, as copied addresses often do, takes none of the path behind it.
 *
 * @returns nothing where a variable has no value, which is told by itself
 */
function fillUrlParts(scope: Scope, { pointer, text }: UrlText): Template {
  const written = scope.parse(pointer, text, 'whole')
  const parts = written.map((part, index) => {
    if (typeof part === 'string') return part
    return scope.fillOne(pointer, part.variable, isInQuery(written, index) ? 'secret' : 'shown')
  })
  if (parts.includes('')) return []
  for (const value of queryValues(written)) scope.variables.literals.add(value)
  const meetsSlash = (index: number) => {
    const next = parts[index + 1]
    return typeof next === 'string' ? next.startsWith('/') : index === 0 && next !== undefined
  }
  return joined(
    parts.map((part, index) =>
      typeof part === 'string' && typeof written[index] !== 'string' && meetsSlash(index)
        ? part.replace(/\/+$/, '')
        : part,
    ),
  )
}

function isInQuery(parts: Written | Template, index: number): boolean {
  return parts.slice(0, index).some((part) => typeof part === 'string' && part.includes('?'))
}

function isAbsolute([first]: Template): boolean {
  return typeof first === 'string' && /^[a-z][a-z0-9+.-]*:/i.test(first)
}

function join(scope: Scope, url: UrlText, parts: Template, base: UrlText | undefined): Template {
  const [first, ...behind] = parts
  if (first === undefined) return []
  if (typeof first !== 'string') return joinLink(scope, { ...first, link: true }, behind, base)
  if (first.startsWith('//')) {
    scope.report(url.pointer, 'A URL that begins with // leaves open how it is asked for.', 'Write https:// before it.')
    return []
  }
  if (base === undefined) {
    const hint = /^[\w-]+(\.[\w-]+)+([:/]|$)/.test(first)
      ? 'Write https:// before it.'
      : 'Write the whole URL, or give base-url under defaults.'
    scope.report(url.pointer, 'It is a path, and there is no base-url that it belongs to.', hint)
    return []
  }
  const beginning = fillBase(scope, base)
  if (beginning === undefined) return []
  if (first.startsWith('?')) return joined([beginning, ...parts])
  return joined([beginning.replace(/\/*$/, '/'), first.replace(/^\//, ''), ...behind])
}

/** Without base-url the origin is that of the check which captures it (`settleLinks`). */
function joinLink(scope: Scope, link: Template[number], behind: Template, base: UrlText | undefined): Template {
  if (base === undefined) return [link, ...behind]
  const beginning = fillBase(scope, base)
  return beginning === undefined ? [] : [beginning.replace(/\/*$/, '/'), link, ...behind]
}

/** @returns undefined when it is no beginning of a URL; that is reported where base-url stands */
function fillBase(scope: Scope, base: UrlText): string | undefined {
  const [only, ...rest] = fillUrlParts(scope, base)
  if (only === undefined) return undefined
  if (typeof only !== 'string' || rest.length > 0) {
    scope.report(base.pointer, 'A capture cannot stand in base-url.', 'An answer must not choose who is asked.')
    return undefined
  }
  scope.variables.addresses.add(only)
  if (!/[?#]/.test(only)) return isAbsolute([only]) ? only : refuseBase(scope, base)
  scope.report(base.pointer, 'It holds a query or a fragment.', 'Write only what stands before every path.')
  return undefined
}

function refuseBase(scope: Scope, { pointer }: UrlText): undefined {
  scope.report(pointer, 'It is no beginning of a URL.', 'Write https:// and the host, as https://api.example.com.')
}

function reportInvalid(scope: Scope, { pointer, text }: UrlText, parts: Template): void {
  if (typeof parts[0] !== 'string') return
  const filled = parts.map((part) => (typeof part === 'string' ? part : 'x')).join('')
  if (isOpen(parts)) {
    scope.report(pointer, 'A capture cannot be part of the host: an answer must not choose who is asked.', OPEN_HINT)
    return
  }
  const problem = problemOf(filled)
  const how = text.includes(`\${`) ? 'With its variables filled in, it' : 'It'
  if (problem !== undefined) scope.report(pointer, `${how} ${problem.what}.`, problem.hint)
}

const OPEN_HINT =
  'Write the host out, and / behind it. Where the capture is a link, or a path from its / on, let url begin with it.'

/** Other schemes and user names are mistakes of their own. */
function isOpen([beginning, ...rest]: Template): boolean {
  if (typeof beginning !== 'string' || rest.length === 0 || !/^https?:[^@]*$/i.test(beginning)) return false
  return !/^https?:\/\/[^/\\?#]+[/?#]/i.test(beginning)
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
  for (const [index, part] of parts.entries()) {
    if (typeof part !== 'string' && isInQuery(parts, index)) scope.variables.secretCaptures.add(part.capture)
  }
  for (const value of queryValues(parts)) scope.variables.queryValues.add(value)
}

/** Those with nothing that is left open in them, as they are written and as they are meant. */
function queryValues(parts: Written | Template): readonly string[] {
  const [, query = ''] = /\?(.*)$/s.exec(parts.map((part) => (typeof part === 'string' ? part : '\0')).join('')) ?? []
  const values = query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1))
  return values.filter((value) => !value.includes('\0')).flatMap((value) => [value, decoded(value)])
}

function decoded(value: string): string {
  return new URLSearchParams(`x=${value}`).get('x') ?? value
}
