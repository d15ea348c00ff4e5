import { randomBytes, randomInt } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  alphabetOf,
  type CharacterClass,
  CLASSES,
  countPasswords,
  newPassword,
  type PasswordRule,
} from '../../actions/rotate-secret/password.ts'
import { chiSquare, chiSquareBound, countOf, uniform } from './chi-square.ts'

const NAMES: readonly CharacterClass[] = ['lower', 'upper', 'digits', 'symbols']

describe('a password', () => {
  it('has its length, each of its classes, and no other character', () => {
    const classes = fc.subarray([...NAMES], { minLength: 1 })
    fc.assert(
      fc.property(classes, fc.integer({ min: 11, max: 300 }), (chosen, length) => {
        const password = newPassword({ length, classes: chosen })
        expect(password).toHaveLength(length)
        expect(shapeOf(password)).toEqual(new Set(chosen))
      }),
    )
  })

  it('has each class even where that is unlikely', () => {
    for (let time = 0; time < 200; time++) {
      expect(shapeOf(newPassword({ length: 4, classes: NAMES })).size).toBe(4)
    }
  })

  it('has no symbol that means something to a shell, a URL, YAML or a .env file', () => {
    for (const symbol of CLASSES.symbols) {
      expect(encodeURIComponent(symbol)).toBe(symbol)
      expect(`a${symbol}b`).not.toMatch(/[\s'"\\`$#%!&*?:;,=+@/^(){}<>|[\]]/)
    }
  })

  it('differs from the next one', () => {
    const passwords = Array.from({ length: 1000 }, () => newPassword({ length: 22, classes: NAMES }))
    expect(new Set(passwords).size).toBe(1000)
  })
})

function shapeOf(password: string): ReadonlySet<string> {
  return new Set([...password].map((character) => NAMES.find((name) => CLASSES[name].includes(character)) ?? 'none'))
}

describe('each character', () => {
  const alphabet = alphabetOf(['lower', 'upper', 'digits'])
  const cells = uniform(alphabet)
  const bound = chiSquareBound(alphabet.length)
  /** So many characters that a missing one leaves the distribution as it is. */
  const length = 4000
  const passwords = 100

  it('is as likely as any other', () => {
    const drawn = Array.from({ length: passwords }, () =>
      newPassword({ length, classes: ['lower', 'upper', 'digits'] }),
    )
    expect(chiSquare(cells, countOf(drawn.join('')))).toBeLessThan(bound)
  })

  it('would not be, and the test would find it, if bytes were only reduced to the size of the alphabet', () => {
    const drawn = Array.from(randomBytes(passwords * length), (byte) => alphabet.charAt(byte % alphabet.length))
    expect(chiSquare(cells, countOf(drawn))).toBeGreaterThan(bound)
  })
})

describe('each password that has every class', () => {
  const rule: PasswordRule = { length: 4, classes: ['digits', 'symbols'] }
  const cells = patterns(rule.length)
  const bound = chiSquareBound(cells.size)
  const drawings = 30_000

  it('is as likely as any other', () => {
    expect(cells.size).toBe(14)
    const drawn = Array.from({ length: drawings }, () => patternOf(newPassword(rule)))
    expect(chiSquare(cells, countOf(drawn))).toBeLessThan(bound)
  })

  it('would not be, and the test would find it, if one of each class were drawn first and all shuffled', () => {
    const drawn = Array.from({ length: drawings }, () => patternOf(shuffled(oneOfEachFirst(rule))))
    expect(chiSquare(cells, countOf(drawn))).toBeGreaterThan(bound)
  })

  it('would not be, and the test would find it, if the last characters made up for missing classes', () => {
    const drawn = Array.from({ length: drawings }, () => patternOf(oneOfEachFirst(rule).reverse()))
    expect(chiSquare(cells, countOf(drawn))).toBeGreaterThan(bound)
  })
})

/** Where symbols and digits stand, with the share of the passwords that have them there. */
function patterns(length: number): ReadonlyMap<string, number> {
  const all = Array.from({ length: 2 ** length }, (_, bits) => bits.toString(2).padStart(length, '0'))
  const mixed = all.filter((pattern) => pattern.includes('0') && pattern.includes('1'))
  const sizes = mixed.map((pattern) =>
    [...pattern].reduce((size, bit) => size * (bit === '1' ? CLASSES.symbols.length : CLASSES.digits.length), 1),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return new Map(mixed.map((pattern, index) => [pattern, (sizes[index] ?? 0) / total]))
}

function patternOf(password: Iterable<string>): string {
  return Array.from(password, (character) => (CLASSES.symbols.includes(character) ? '1' : '0')).join('')
}

function oneOfEachFirst({ length, classes }: PasswordRule): string[] {
  const alphabets: readonly string[] = classes.map((name) => CLASSES[name])
  const free = Array.from({ length: length - classes.length }, () => alphabetOf(classes))
  return [...alphabets, ...free].map((alphabet) => alphabet.charAt(randomInt(alphabet.length)))
}

function shuffled(characters: readonly string[]): readonly string[] {
  const rest = [...characters]
  return characters.map(() => rest.splice(randomInt(rest.length), 1).join(''))
}

describe('the count of passwords', () => {
  it('is what listing them comes to', () => {
    for (const length of [0, 1, 2, 3, 4]) {
      const listed = listAll(alphabetOf(['digits', 'symbols']), length).filter((text) => shapeOf(text).size === 2)
      expect(countPasswords({ length, classes: ['digits', 'symbols'] })).toBe(BigInt(listed.length))
    }
  })

  it('is known for passwords with one character of each class', () => {
    expect(countPasswords({ length: 4, classes: NAMES })).toBe(24n * 26n * 26n * 10n * 4n)
    expect(countPasswords({ length: 3, classes: NAMES })).toBe(0n)
    expect(countPasswords({ length: 20, classes: ['digits'] })).toBe(10n ** 20n)
  })
})

function listAll(alphabet: string, length: number): readonly string[] {
  if (length === 0) return ['']
  return listAll(alphabet, length - 1).flatMap((text) => [...alphabet].map((character) => text + character))
}
