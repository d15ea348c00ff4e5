/** Passwords: each that has every class of characters is as likely as any other. */
import { randomBytes } from 'node:crypto'

/**
 * The symbols are those that RFC 3986 calls unreserved: the only ones that stand for themselves in every part of a URL. No
 * shell, YAML, .env file, connection string or list takes them inside a word for anything else either, unlike `+` (a space
 * in a form), `=` and `,` (separators), `:`, `/` and `@` (the parts of a URL), and `!`, `&`, `*` or `^` (in some shell).
 */
export const CLASSES = {
  lower: 'abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  symbols: '-._~',
} as const

export type CharacterClass = keyof typeof CLASSES

export interface PasswordRule {
  readonly length: number
  /** Distinct; a password has at least one character of each, and none of another. */
  readonly classes: readonly CharacterClass[]
}

/**
 * Drawn anew until no class is missing, since to put one of each where it is missing would make some passwords likelier
 * than others. The rule must allow a password, and should allow many: then few are drawn in vain.
 */
export function newPassword(rule: PasswordRule): string {
  const alphabet = Buffer.from(alphabetOf(rule.classes))
  const classes = rule.classes.map((name) => Buffer.from(CLASSES[name]))
  const drawn = Buffer.alloc(rule.length)
  try {
    do drawInto(drawn, alphabet)
    while (!hasEach(drawn, classes))
    return drawn.toString('latin1')
  } finally {
    drawn.fill(0)
  }
}

export function alphabetOf(classes: readonly CharacterClass[]): string {
  return classes.map((name) => CLASSES[name]).join('')
}

/** A random byte from the last, incomplete round of the alphabet is passed over: it would favour the first characters. */
function drawInto(drawn: Buffer, alphabet: Buffer): void {
  const limit = 256 - (256 % alphabet.length)
  let filled = 0
  while (filled < drawn.length) {
    const random = randomBytes(drawn.length - filled)
    for (const byte of random) {
      if (byte < limit) filled = drawn.writeUInt8(alphabet.readUInt8(byte % alphabet.length), filled)
    }
    random.fill(0)
  }
}

function hasEach(drawn: Buffer, classes: readonly Buffer[]): boolean {
  return classes.every((characters) => drawn.some((byte) => characters.includes(byte)))
}

/** How many passwords a rule allows, by inclusion and exclusion of the classes that are missing. */
export function countPasswords({ length, classes }: PasswordRule): bigint {
  return subsetsOf(classes).reduce((sum, missing) => {
    const rest = classes.filter((name) => !missing.includes(name))
    const count = BigInt(alphabetOf(rest).length) ** BigInt(length)
    return missing.length % 2 === 0 ? sum + count : sum - count
  }, 0n)
}

function subsetsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  return items.reduce<readonly (readonly T[])[]>(
    (subsets, item) => subsets.flatMap((subset) => [subset, [...subset, item]]),
    [[]],
  )
}
