/** The keys of age, checked without its library: what is wrong with one is said before any work, and never shows a secret. */
import { ActionError } from '../../../src/errors.ts'
import { bech32Length } from './bech32.ts'

interface Kind {
  readonly prefix: string
  /** Bytes of the key. */
  readonly length: number
}

/** X25519, and the hybrid with ML-KEM-768 that age has since 1.3. */
const RECIPIENTS: readonly Kind[] = [
  { prefix: 'age', length: 32 },
  { prefix: 'age1pq', length: 1216 },
]
const IDENTITIES: readonly Kind[] = [
  { prefix: 'AGE-SECRET-KEY-', length: 32 },
  { prefix: 'AGE-SECRET-KEY-PQ-', length: 32 },
]
const SECRET = /AGE-SECRET-KEY/i
const IDENTITY_HINT = 'Give the line that begins with AGE-SECRET-KEY-, as `age-keygen` prints it.'
const MAKE = 'Make a pair of keys with `age-keygen`: the line that begins with age1 is the recipient.'

/**
 * Public keys, one a line; empty lines and lines that begin with `#` are passed over.
 *
 * @throws ActionError with the number of the first line that is none, and why
 */
export function parseRecipients(lines: readonly string[]): readonly string[] {
  return keysIn(lines, (line, number) => {
    const where = `Line ${number} of input recipients`
    if (SECRET.test(line)) {
      throw new ActionError(`${where} is a secret key, where a public one belongs.`, {
        hint: 'Whoever read the workflow or its log may have it: make a new pair of keys with `age-keygen`, and use its public key.',
      })
    }
    if (RECIPIENTS.some((kind) => isKey(line, kind))) return
    throw new ActionError(`${where} is no age public key: it ${whyNoRecipient(line)}.`, { hint: MAKE })
  })
}

/**
 * Secret keys, as a file of `age-keygen` holds them; none in an empty text. No error quotes any of the text.
 *
 * @throws ActionError with the number of the first line that is none, and why; when there is text, but no key
 */
export function parseIdentities(text: string): readonly string[] {
  const keys = keysIn(text.split(/\r?\n/), (line, number) => {
    if (IDENTITIES.some((kind) => isKey(line, kind))) return
    throw new ActionError(`Line ${number} of input identity is no age secret key: it ${whyNoIdentity(line)}.`, {
      hint: IDENTITY_HINT,
    })
  })
  if (keys.length > 0 || text.trim() === '') return keys
  throw new ActionError('Input identity contains no age secret key.', { hint: IDENTITY_HINT })
}

function keysIn(lines: readonly string[], check: (line: string, number: number) => void): readonly string[] {
  const keys: string[] = []
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    check(line, index + 1)
    keys.push(line)
  }
  return keys
}

function isKey(text: string, { prefix, length }: Kind): boolean {
  // Only a key's own case: age takes no other, although the encoding would.
  return text.startsWith(`${prefix}1`) && bech32Length(text, prefix) === length
}

function whyNoRecipient(line: string): string {
  if (line.startsWith('ssh-')) return 'is an SSH key, which this action does not take'
  if (/\s/.test(line)) return 'holds more than one word'
  if (/^age1(?:tag|tagpq|[a-z0-9]+1)/.test(line) && !line.startsWith('age1pq1')) {
    return 'needs a plugin of age, and this action has none'
  }
  return line.startsWith('age1') ? 'is mistyped or cut short: its checksum does not fit' : 'does not begin with age1'
}

function whyNoIdentity(line: string): string {
  if (line.startsWith('age1')) return 'is a public key'
  if (line.startsWith('AGE-PLUGIN-')) return 'needs a plugin of age, and this action has none'
  if (line.includes('PRIVATE KEY')) return 'is an SSH key, which this action does not take'
  if (line.startsWith('AGE-SECRET-KEY-')) return 'is mistyped or cut short: its checksum does not fit'
  return 'does not begin with AGE-SECRET-KEY-'
}
