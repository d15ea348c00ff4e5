/** The text of a body: in the charset that the answer names, strictly. */
import { TextDecoder } from 'node:util'
import type { HttpResponse } from '../exchange.ts'
import { headerValue } from './headers.ts'

export type Text = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string }

const decoded = new WeakMap<HttpResponse, Text>()

/**
 * UTF-8 where content-type names no charset, and always for JSON, whose media type has none (RFC 8259, sections 8.1
 * and 11). A byte order mark is dropped. A character that was cut at the end of a truncated body is left out.
 */
export function decodeText(response: HttpResponse): Text {
  const known = decoded.get(response)
  if (known !== undefined) return known
  const text = decode(response)
  decoded.set(response, text)
  return text
}

/** The media type in lower case, without parameters; empty where the answer names none. */
export function mediaType(response: HttpResponse): string {
  return (headerValue(response, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** `application/json`, `application/problem+json` and the like. */
export function isJsonType(type: string): boolean {
  return /^[^/]+\/(?:[^/]+\+)?json$/.test(type)
}

function decode(response: HttpResponse): Text {
  const charset = charsetOf(response)
  const decoder = decoderFor(charset)
  if (decoder === undefined) return { ok: false, problem: `in the unknown charset "${charset}"` }
  try {
    return { ok: true, text: decoder.decode(response.body, { stream: response.truncated }) }
  } catch {
    return { ok: false, problem: `not valid ${decoder.encoding.toUpperCase()}` }
  }
}

function decoderFor(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset, { fatal: true })
  } catch {
    return undefined // RangeError: not a label of the Encoding Standard
  }
}

function charsetOf(response: HttpResponse): string {
  if (isJsonType(mediaType(response))) return 'utf-8'
  const named = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(headerValue(response, 'content-type') ?? '')
  return named?.[1] ?? named?.[2] ?? 'utf-8'
}
