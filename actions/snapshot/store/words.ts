/**
 * What a cloud's client says of a failure, for people and for logs. Its errors carry the request, the answer and, where
 * that cannot be read, the answer's body in their words; a server may have put the headers of the request there.
 */
import { messageOf } from '../../../src/errors.ts'

/** Characters; what is longer is a body and no sentence. */
const LONGEST = 300
/** Signed headers and addresses. A token is masked where it was read; a signature is known to nobody before. */
const SIGNED =
  /\b(?:AWS4-HMAC-SHA256\s+Credential=|SharedKey(?:Lite)?\s+\w+:|Bearer\s|X-Amz-(?:Signature|Credential|Security-Token)\b|Signature=|sig=).*/i

/** One line without a full stop. */
export function wordsOf(error: unknown): string {
  const [line = ''] = messageOf(error).split(/[\r\n]/)
  const words = line.replace(SIGNED, '…').replace(/\.$/, '')
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words
}

/** In place of the client's own error: a cause that is shown as it is, with all causes behind it, in debug logs. */
export function plainCause(error: unknown, code: string): Error {
  return new Error(`${code}: ${wordsOf(error)}`)
}

/** The first that looks like the name of an error, as services and Node give them: a server may say anything there. */
export function codeIn(candidates: readonly unknown[]): string {
  const isName = (text: unknown): text is string => typeof text === 'string' && /^[\w.:-]{1,80}$/.test(text)
  return candidates.filter(isName).find((text) => text !== 'Error') ?? 'unknown'
}
