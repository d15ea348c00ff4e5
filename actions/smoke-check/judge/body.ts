/** What a body is, in words, and the JSON in it. */
import type { Json } from '../check.ts'
import type { HttpResponse } from '../exchange.ts'
import { count, excerpt, plain, type Redact, show } from './show.ts'
import { decodeText, mediaType } from './text.ts'

export type JsonBody = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string }

const parsed = new WeakMap<HttpResponse, JsonBody & { readonly ok: true }>()

/** The JSON of a body, or what the body is instead: completes "The body is …". */
export function readJson(response: HttpResponse, redact?: Redact): JsonBody {
  const json = parsed.get(response) ?? parse(response, redact)
  if (json.ok) parsed.set(response, json)
  return json
}

/** As `an HTML page titled "Bad gateway"`; completes "The body is …". */
export function describeBody(response: HttpResponse, redact?: Redact): string {
  const { body, truncated } = response
  if (body.length === 0) return 'empty'
  const decoded = decodeText(response)
  if (!decoded.ok) return `${count(body.length, 'byte')} that are ${plain(decoded.problem, redact)}`
  if (isHtml(response, decoded.text)) return describeHtml(decoded.text, redact)
  const type = mediaType(response)
  const starts = truncated || decoded.text.length > 120 ? 'starting with ' : ''
  return `${type === '' ? 'text' : type} ${starts}${describeText(decoded.text.trim(), redact)}`
}

export function isHtml(response: HttpResponse, text: string): boolean {
  if (/html/.test(mediaType(response))) return true
  return /^\s*(?:<!--[^>]*-->\s*)*<(?:!doctype html|html|head|body)\b/i.test(text.slice(0, 2000))
}

/** JSON as it is, without quotation marks around it; other text with them. */
function describeText(text: string, redact: Redact | undefined): string {
  if (!/^[[{]/.test(text)) return show(text, redact)
  try {
    const value: Json = JSON.parse(text)
    return show(value, redact)
  } catch {
    return excerpt(text, redact)
  }
}

function parse(response: HttpResponse, redact: Redact | undefined): JsonBody {
  if (response.truncated) {
    return { ok: false, problem: `longer than the ${count(response.body.length, 'byte')} that were read of it` }
  }
  const decoded = decodeText(response)
  if (!decoded.ok || decoded.text.trim() === '') return { ok: false, problem: describeBody(response, redact) }
  try {
    const value: Json = JSON.parse(decoded.text)
    return { ok: true, value }
  } catch (error) {
    const where = looksLikeJson(decoded.text) && error instanceof SyntaxError ? ` (${position(error.message)})` : ''
    return { ok: false, problem: `${describeBody(response, redact)}${where}` }
  }
}

function looksLikeJson(text: string): boolean {
  return /^\s*[[{"]/.test(text)
}

/** V8's message without what it quotes of the body, which may hold a secret that was cut in two. */
function position(message: string): string {
  const at = /position \d+(?: \(line \d+ column \d+\))?/.exec(message)?.[0]
  if (at !== undefined) return `broken at ${at}`
  return /end of JSON input|Unterminated/.test(message) ? 'it ends too early' : 'it is not well-formed'
}

function describeHtml(text: string, redact: Redact | undefined): string {
  const title = /<title[^>]{0,200}>([^<]{0,2000})</i.exec(text.slice(0, 65_536))?.[1]?.replace(/\s+/g, ' ').trim()
  if (title !== undefined && title !== '') return `an HTML page titled ${show(title, redact)}`
  const words = wordsOf(text)
  return words === ''
    ? 'an HTML page without a title'
    : `an HTML page without a title, beginning ${show(words, redact)}`
}

/** What a reader of the page sees first. Every repetition has a limit, so that no page can make it slow. */
function wordsOf(html: string): string {
  return html
    .slice(0, 16_384)
    .replace(/<(script|style)\b[^>]{0,200}>[^<]{0,4096}/gi, ' ')
    .replace(/<[^>]{0,400}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
