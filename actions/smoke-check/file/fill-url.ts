/** The URL of a check once earlier checks have captured: whatever they captured, who is asked stands in the file. */
import type { Template } from '../check.ts'
import { displayUrl } from '../http/display-url.ts'
import { shorten } from './pointer.ts'
import { captured } from './template.ts'

type Captures = ReadonlyMap<string, string>
type Refused = { readonly ok: false; readonly message: string; readonly hint: string }

export type FilledUrl = { readonly ok: true; readonly url: URL } | Refused

/**
 * In a path a captured value is one segment or a part of one, in a query one value, whatever characters it has. Only a
 * link (`Template`) brings slashes of its own.
 *
 * @throws as `fill`
 */
export function fillUrl(template: Template, captures: Captures): FilledUrl {
  const [beginning, first, ...rest] = template
  if (typeof beginning !== 'string') throw new Error('The URL of a check begins with its host.')
  if (typeof first !== 'object' || first.link !== true) return append(beginning, template.slice(1), captures)
  const link = followLink(beginning, first.capture, captures)
  return link.ok ? append(link.text, rest, captures) : link
}

function followLink(
  beginning: string,
  name: string,
  captures: Captures,
): { readonly ok: true; readonly text: string } | Refused {
  const value = captured(name, captures).trim()
  const { origin } = new URL(beginning)
  const url = /^\/(?![/\\])/.test(value) ? joinPath(beginning, value) : URL.parse(value)
  if (url?.origin === origin && url.username === '' && url.password === '') {
    url.hash = ''
    return { ok: true, text: url.href }
  }
  const shown = JSON.stringify(shorten(displayUrl(value), 100))
  return {
    ok: false,
    message: `The capture \${${name}} is ${shown}, neither a path nor a link to ${origin}.`,
    hint: 'Only whoever gave a link is asked for it, since an answer must not choose who gets the request.',
  }
}

/** Most servers write the whole path into their links, the one that base-url ends in included. */
function joinPath(beginning: string, path: string): URL | null {
  const base = new URL(beginning)
  return URL.parse(path.startsWith(base.pathname) ? base.origin + path : beginning + path.slice(1))
}

function append(start: string, parts: Template, captures: Captures): FilledUrl {
  let text = start
  let inQuery = start.includes('?')
  for (const part of parts) {
    if (typeof part === 'string') text += part
    else if (inQuery) text += queryValue(captured(part.capture, captures))
    else text += MARK + encodeURIComponent(captured(part.capture, captures).toWellFormed())
    inQuery ||= typeof part === 'string' && part.includes('?')
  }
  const broken = brokenSegment(text, parts)
  if (broken !== undefined) return broken
  const url = URL.parse(text.replaceAll(MARK, ''))
  if (url !== null) return { ok: true, url }
  return { ok: false, message: 'The URL is none once the captures are filled in.', hint: 'Look at what they hold.' }
}

/** Before each captured part of a path; no URL has one, and in captured values it is encoded. */
const MARK = '\0'

/** A segment that a capture leaves empty, or makes one of those that stand for another path. */
function brokenSegment(text: string, parts: Template): Refused | undefined {
  if (!text.includes(MARK)) return undefined
  const segments = text.replace(/\?.*$/s, '').split('/')
  const broken = segments.find((segment) => segment.includes(MARK) && /^(?:\.|%2e){0,2}$/i.test(plain(segment)))
  if (broken === undefined) return undefined
  const names = parts.flatMap((part) => (typeof part === 'string' ? [] : [`\${${part.capture}}`]))
  const what = plain(broken) === '' ? 'empty' : JSON.stringify(plain(broken))
  return {
    ok: false,
    message: `With ${[...new Set(names)].join(' and ')} filled in, a part of the path is ${what}: that is another path.`,
    hint: 'Capture something that is a part of a path, such as an id, or a whole link that url begins with.',
  }
}

function plain(segment: string): string {
  return segment.replaceAll(MARK, '')
}

/** What is encoded already stays as it is. */
function queryValue(value: string): string {
  const octetOrText = /(%[0-9A-Fa-f]{2})|[^%]+|%/g
  return value.toWellFormed().replace(octetOrText, (text, octet) => octet ?? encodeURIComponent(text))
}
