/** How values that a server chose are shown: on one line, short, and with nothing in them that a reader cannot see. */
import type { Json } from '../check.ts'

export type Redact = (text: string) => string

const LONGEST = 120
/** What is looked at of a long text; far more than is shown, so that a secret at the cut is still whole when it is redacted. */
const LOOKED_AT = 8192

/** JSON on one line of at most 120 characters; control characters, bidi marks and other invisible ones as escapes. */
export function show(value: Json, redact: Redact = String): string {
  if (typeof value === 'string') return `"${cut(visible(escaped(redact(value.slice(0, LOOKED_AT)))), LONGEST - 2)}"`
  return cut(visible(redact(json(value).slice(0, LOOKED_AT))), LONGEST)
}

/** As `show`, without quotation marks: for names, and for values that stand in a sentence of their own. */
export function plain(text: string, redact: Redact = String): string {
  return cut(visible(redact(text.slice(0, LOOKED_AT))), LONGEST)
}

/** `1 time`, `3 times`. */
export function count(amount: number, singular: string, plural = `${singular}s`): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? singular : plural}`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[], word = 'and'): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function json(value: Json): string {
  try {
    return JSON.stringify(value)
  } catch {
    return 'JSON that is nested too deeply to be shown' // RangeError: JSON.stringify recurses, JSON.parse does not
  }
}

function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

function cut(text: string, longest: number): string {
  const characters = [...text]
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`
}
