/** The input `generator`: where new values come from. What makes them is in generate.ts. */
import { ActionError } from '../../src/errors.ts'
import { type Program, parseProgram } from '../../src/program.ts'
import { alphabetOf, type CharacterClass, countPasswords, type PasswordRule } from './password.ts'
import { SSH_KEY_SIZE } from './ssh-key.ts'

export type Generator =
  | { readonly kind: 'hex' | 'base64' | 'base64url'; readonly bytes: number }
  | ({ readonly kind: 'password' } & PasswordRule)
  | { readonly kind: 'uuid' }
  /** A private key as PKCS#8 in PEM, or in OpenSSH's own format. */
  | { readonly kind: 'ed25519' | 'ssh-ed25519' }
  | { readonly kind: 'rsa'; readonly bits: number }
  /** What the program prints. */
  | { readonly kind: 'command'; readonly program: Program }

const FORMS =
  'hex:BYTES, base64:BYTES, base64url:BYTES, password:LENGTH, password:LENGTH:CLASSES, uuid, ed25519, rsa:BITS, ssh-ed25519, "command: PROGRAM ARGUMENTS"'
const CLASS_NAMES: readonly CharacterClass[] = ['lower', 'upper', 'digits', 'symbols']
const DEFAULT_CLASSES: readonly CharacterClass[] = ['lower', 'upper', 'digits']
const BYTES = { least: 16, most: 8192 }
const BITS = { least: 2048, most: 8192 }
/** Characters. */
const LONGEST_PASSWORD = 8192
/** Bits: far fewer than of a key, since what takes a password is expected to count the attempts. */
const PASSWORD_ENTROPY = 64n

/** @throws ActionError, which quotes no more than the kind: somebody may have written a value there, or in a command */
export function parseGenerator(text: string): Generator {
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) {
    throw refused('has a line break or another control character in it', `Write one of ${FORMS}, in one line.`)
  }
  const [, kind = '', colon, rest = ''] = /^([^:]*)(:?)(.*)$/su.exec(text) ?? []
  switch (kind) {
    case 'hex':
    case 'base64':
    case 'base64url':
      return { kind, bytes: parseBytes(kind, rest) }
    case 'password':
      return { kind, ...parsePassword(rest) }
    case 'rsa':
      return { kind, bits: parseBits(rest) }
    case 'uuid':
    case 'ed25519':
    case 'ssh-ed25519':
      if (colon !== '') throw refused(`has something after ${kind}, which takes nothing`, `Write ${kind}.`)
      return { kind }
    case 'command':
      // Spaces in place of the kind: positions in errors are then those of the input.
      return { kind, program: parseProgram(rest.padStart(text.length), 'Input generator') }
    default:
      throw unknown(kind)
  }
}

function parseBytes(kind: string, text: string): number {
  const example = `Write ${kind}:32, for 32 bytes.`
  const bytes = parseNumber(text)
  if (bytes === undefined) throw refused(`is ${kind} without a number of bytes`, example)
  if (bytes < BYTES.least) {
    throw refused(`is ${kind}:${bytes}, and a value of less than 128 bits can be guessed`, example)
  }
  if (bytes > BYTES.most)
    throw refused(`is ${kind}:${bytes}, which is too long`, `Write at most ${kind}:${BYTES.most}.`)
  return bytes
}

function parseBits(text: string): number {
  const example = `Write rsa:4096, or another multiple of 8 from ${BITS.least} to ${BITS.most}.`
  const bits = parseNumber(text)
  if (bits === undefined) throw refused('is rsa without a number of bits', example)
  if (bits < BITS.least) throw refused(`is rsa:${bits}, and so short a key can be broken`, example)
  if (bits > BITS.most) throw refused(`is rsa:${bits}, which takes too long to make and to use`, example)
  if (bits % 8 !== 0) throw refused(`is rsa:${bits}, and not every program takes a key of such a length`, example)
  return bits
}

function parsePassword(text: string): PasswordRule {
  const [, number = '', colon, names = ''] = /^([^:]*)(:?)(.*)$/su.exec(text) ?? []
  const length = parseNumber(number)
  if (length === undefined) throw refused('is password without a number of characters', 'Write password:32.')
  if (length > LONGEST_PASSWORD) {
    throw refused(`is password:${length}, which is too long`, `Write at most password:${LONGEST_PASSWORD}.`)
  }
  const rule = { length, classes: colon === '' ? DEFAULT_CLASSES : parseClasses(names) }
  if (!isStrong(rule)) throw tooWeak(rule, colon === '' ? '' : `:${rule.classes.join(',')}`)
  return rule
}

function parseClasses(text: string): readonly CharacterClass[] {
  const hint = `Write some of ${CLASS_NAMES.join(', ')} after the length, with commas, as in password:32:lower,digits.`
  const classes = text.split(',').map((given) => {
    const name = CLASS_NAMES.find((candidate) => candidate === given.trim())
    if (name === undefined) throw refused(`has a class of characters that does not exist${quoted(given.trim())}`, hint)
    return name
  })
  const repeated = classes.find((name, index) => classes.indexOf(name) !== index)
  if (repeated !== undefined) throw refused(`names the class ${repeated} twice`, hint)
  return classes
}

function isStrong(rule: PasswordRule): boolean {
  return countPasswords(rule) >= 1n << PASSWORD_ENTROPY
}

function tooWeak({ length, classes }: PasswordRule, suffix: string): ActionError {
  let enough = length + 1
  while (!isStrong({ length: enough, classes })) enough++
  return refused(
    `is password:${length}${suffix}: of ${length} out of ${alphabetOf(classes).length} characters there are too few passwords (less than ${PASSWORD_ENTROPY} bits), so that one can be guessed`,
    `Write at least password:${enough}${suffix}.`,
  )
}

function parseNumber(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

function unknown(kind: string): ActionError {
  return refused(`is none of the generators${quoted(kind)}`, `Write one of ${FORMS}.`)
}

/** Only what looks like a name: anything else may be a value that was meant for somewhere else. */
function quoted(name: string): string {
  return /^[A-Za-z][A-Za-z-]{0,11}\d{0,3}$/.test(name) ? `: "${name}"` : ''
}

function refused(what: string, hint: string): ActionError {
  return new ActionError(`Input generator ${what}.`, { hint })
}

/** Whether what it makes has a public half that somebody must be given. */
export function isKeyPair(generator: Generator): boolean {
  return ['ed25519', 'rsa', 'ssh-ed25519'].includes(generator.kind)
}

/** Bytes that a value has at most; undefined where only the program knows. */
export function largestSize(generator: Generator): number | undefined {
  switch (generator.kind) {
    case 'hex':
      return 2 * generator.bytes
    case 'base64':
      return base64Size(generator.bytes)
    case 'base64url':
      return Math.ceil((generator.bytes * 4) / 3)
    case 'password':
      return generator.length
    case 'uuid':
      return 36
    case 'ed25519':
      return pemSize(48)
    case 'rsa':
      return pemSize(rsaSize(generator.bits / 8))
    case 'ssh-ed25519':
      return SSH_KEY_SIZE
    case 'command':
      return undefined
  }
}

/**
 * Two numbers as long as the modulus and five half as long (RFC 8017, A.1.2), each with up to 5 bytes of sign, tag and
 * length; 38 bytes for all the rest (RFC 5958).
 */
function rsaSize(modulus: number): number {
  return 2 * (modulus + 5) + 5 * (Math.ceil(modulus / 2) + 5) + 38
}

function base64Size(bytes: number): number {
  return 4 * Math.ceil(bytes / 3)
}

function pemSize(document: number): number {
  const text = base64Size(document)
  return text + Math.ceil(text / 64) + '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n'.length
}
