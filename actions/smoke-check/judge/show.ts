/** How values that a server chose are shown: on one line, short, and with nothing in them that a reader cannot see. */
import type { Json } from '../check.ts'
import { visible } from '../text.ts'
import { hideMembers, isSecretName } from './secret-members.ts'

export { count, list } from '../text.ts'

export type Redact = (text: string) => string

const LONGEST = 120
/** What is looked at of a long text; far more than is shown, so that a secret at the cut is still whole when it is redacted. */
const LOOKED_AT = 8192

/**
 * JSON on one line of at most 120 characters; control characters, bidi marks and other invisible ones as escapes, and
 * `***` for members whose names say that they are secret.
 */
export function show(value: Json, redact: Redact = String): string {
  if (typeof value === 'string') return `"${cut(visible(escaped(redact(value.slice(0, LOOKED_AT)))), LONGEST - 2)}"`
  return cut(visible(redact(json(value).slice(0, LOOKED_AT))), LONGEST)
}

/** As `show`, without quotation marks: for names, and for values that stand in a sentence of their own. */
export function plain(text: string, redact: Redact = String): string {
  return cut(visible(redact(text.slice(0, LOOKED_AT))), LONGEST)
}

/** Text that may be JSON, as a body that was cut off: white space as blanks, values of secret members hidden. */
export function excerpt(text: string, redact: Redact = String): string {
  return plain(hideMembers(redact(text.slice(0, LOOKED_AT))).replace(/\s+/g, ' '))
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function json(value: Json): string {
  try {
    return JSON.stringify(value, (name, member) => (typeof member === 'string' && isSecretName(name) ? '***' : member))
  } catch {
    return 'JSON that is nested too deeply to be shown' // RangeError: JSON.stringify recurses, JSON.parse does not
  }
}

function cut(text: string, longest: number): string {
  const characters = [...text]
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`
}
