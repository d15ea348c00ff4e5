import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Generator, isKeyPair, largestSize, parseGenerator } from '../../actions/rotate-secret/generator.ts'
import { countPasswords } from '../../actions/rotate-secret/password.ts'
import { ActionError } from '../../src/errors.ts'
import { anyText } from './any-text.ts'

const DEFAULT_CLASSES = ['lower', 'upper', 'digits'] as const

describe('the generator', () => {
  it.each<readonly [string, Generator]>([
    ['hex:16', { kind: 'hex', bytes: 16 }],
    ['hex:8192', { kind: 'hex', bytes: 8192 }],
    ['base64:32', { kind: 'base64', bytes: 32 }],
    ['base64url:33', { kind: 'base64url', bytes: 33 }],
    ['password:32', { kind: 'password', length: 32, classes: DEFAULT_CLASSES }],
    ['password:8192', { kind: 'password', length: 8192, classes: DEFAULT_CLASSES }],
    ['password:20:digits', { kind: 'password', length: 20, classes: ['digits'] }],
    ['password:16:symbols, lower', { kind: 'password', length: 16, classes: ['symbols', 'lower'] }],
    ['uuid', { kind: 'uuid' }],
    ['ed25519', { kind: 'ed25519' }],
    ['ssh-ed25519', { kind: 'ssh-ed25519' }],
    ['rsa:2048', { kind: 'rsa', bits: 2048 }],
    ['rsa:4104', { kind: 'rsa', bits: 4104 }],
    ['rsa:8192', { kind: 'rsa', bits: 8192 }],
    ['command: vault read -field=value', command('vault', 'read', '-field=value')],
    ['command:uuidgen', command('uuidgen')],
    ["command: sh -c 'echo a:b | cat'", command('sh', '-c', 'echo a:b | cat')],
  ])('%s', (text, generator) => {
    expect(parseGenerator(text)).toEqual(generator)
  })
})

function command(program: string, ...args: readonly string[]): Generator {
  return { kind: 'command', program: { program, args } }
}

describe('is refused, with what to write instead:', () => {
  it.each([
    ['', 'is none of the generators.', /^Write one of hex:BYTES, .*, "command: PROGRAM ARGUMENTS"\.$/],
    ['sha256', 'is none of the generators: "sha256".', /^Write one of hex/],
    ['HEX:32', 'is none of the generators: "HEX".', /^Write one of hex/],
    ['uuid\n', 'has a line break or another control character in it.', /in one line\.$/],
    ['command: a\ncommand: b', 'has a line break or another control character in it.', /in one line\.$/],
    ['hex', 'is hex without a number of bytes.', /^Write hex:32, for 32 bytes\.$/],
    ['hex:', 'is hex without a number of bytes.', /^Write hex:32/],
    ['hex: 32', 'is hex without a number of bytes.', /^Write hex:32/],
    ['hex:-32', 'is hex without a number of bytes.', /^Write hex:32/],
    ['hex:32.5', 'is hex without a number of bytes.', /^Write hex:32/],
    ['hex:0x20', 'is hex without a number of bytes.', /^Write hex:32/],
    ['hex:15', 'is hex:15, and a value of less than 128 bits can be guessed.', /^Write hex:32/],
    ['base64:1', 'is base64:1, and a value of less than 128 bits can be guessed.', /^Write base64:32/],
    ['base64url:8193', 'is base64url:8193, which is too long.', /^Write at most base64url:8192\.$/],
    ['password', 'is password without a number of characters.', /^Write password:32\.$/],
    ['password:lower', 'is password without a number of characters.', /^Write password:32\.$/],
    ['password:8193', 'is password:8193, which is too long.', /^Write at most password:8192\.$/],
    ['password:32:', 'has a class of characters that does not exist.', /^Write some of lower, upper, digits, symbols/],
    ['password:32:lower,', 'has a class of characters that does not exist.', /^Write some of/],
    ['password:32:letters', 'has a class of characters that does not exist: "letters".', /^Write some of/],
    ['password:32:lower,digits,lower', 'names the class lower twice.', /^Write some of/],
    ['uuid:4', 'has something after uuid, which takes nothing.', /^Write uuid\.$/],
    ['ed25519:', 'has something after ed25519, which takes nothing.', /^Write ed25519\.$/],
    ['ssh-ed25519:x', 'has something after ssh-ed25519, which takes nothing.', /^Write ssh-ed25519\.$/],
    ['rsa', 'is rsa without a number of bits.', /^Write rsa:4096, or another multiple of 8 from 2048 to 8192\.$/],
    ['rsa:1024', 'is rsa:1024, and so short a key can be broken.', /^Write rsa:4096/],
    ['rsa:2047', 'is rsa:2047, and so short a key can be broken.', /^Write rsa:4096/],
    ['rsa:2049', 'is rsa:2049, and not every program takes a key of such a length.', /^Write rsa:4096/],
    ['rsa:8200', 'is rsa:8200, which takes too long to make and to use.', /^Write rsa:4096/],
  ])('%j', (text, problem, hint) => {
    expect(refusalOf(text)).toMatchObject({
      message: `Input generator ${problem}`,
      hint: expect.stringMatching(hint),
    })
  })

  it('a command that is none, or that only a shell could run', () => {
    expect(refusalOf('command:').message).toBe('Input generator names no program.')
    expect(refusalOf('command: ').message).toBe('Input generator names no program.')
    expect(refusalOf('command').message).toBe('Input generator names no program.')
    expect(refusalOf('command: make-key | base64').message).toMatch(
      /^Input generator has \| at character 19, which is for a shell/,
    )
  })
})

function refusalOf(text: string): ActionError {
  try {
    parseGenerator(text)
  } catch (error) {
    if (error instanceof ActionError) return error
    throw error
  }
  throw new Error(`${text} was taken.`)
}

describe('a password of fewer than 64 bits', () => {
  it.each([
    ['password:10', 'password:11', 62],
    ['password:3', 'password:11', 62],
    ['password:1:lower,upper,digits,symbols', 'password:11:lower,upper,digits,symbols', 66],
    ['password:19:digits', 'password:20:digits', 10],
    ['password:31:symbols', 'password:32:symbols', 4],
    ['password:12:lower,digits', 'password:13:lower,digits', 36],
  ])('%s is refused, and %s is taken', (weak, enough, alphabet) => {
    expect(refusalOf(weak).message).toContain(`is ${weak}: of `)
    expect(refusalOf(weak).message).toContain(` out of ${alphabet} characters`)
    expect(refusalOf(weak).message).toContain('less than 64 bits')
    expect(refusalOf(weak).hint).toBe(`Write at least ${enough}.`)
    expect(parseGenerator(enough)).toMatchObject({ kind: 'password' })
  })

  it('is never taken: what is taken allows 2^64 passwords', () => {
    const classes = fc.subarray(['lower', 'upper', 'digits', 'symbols'], { minLength: 1 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), classes, (length, names) => {
        let taken: Generator
        try {
          taken = parseGenerator(`password:${length}:${names.join(',')}`)
        } catch {
          return
        }
        expect(taken.kind === 'password' && countPasswords(taken) >= 2n ** 64n).toBe(true)
      }),
    )
  })
})

describe('an error', () => {
  it.each([
    'hunter2!hunter2',
    'hunter2hunter2hunter2',
    'hunter2 hunter2:x',
    'hex:hunter2',
    'uuid:hunter2',
    'password:hunter2',
    'password:32:hunter2hunter2hunter2',
    'rsa:hunter2',
    'command: login hunter2 | cat',
    'command: login "hunter2',
  ])('shows nothing of what may be a value: %s', (text) => {
    expect(refusalOf(text).text).not.toContain('hunter2')
  })

  it('is one for any text that is no generator', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(refusalOf(`x${text}`).text).toMatch(/^Input generator .*\.\nWrite one of /s)
      }),
    )
  })
})

describe('what a generator makes', () => {
  it.each([
    ['hex:32', false, 64],
    ['base64:32', false, 44],
    ['base64url:32', false, 43],
    ['password:20', false, 20],
    ['uuid', false, 36],
    ['ed25519', true, 119],
    ['ssh-ed25519', true, 387],
    ['rsa:4096', true, 3276],
    ['command: uuidgen', false, undefined],
  ])('%s: whether it is a pair of keys, and how many bytes it has at most', (text, isPair, size) => {
    const generator = parseGenerator(text)
    expect(isKeyPair(generator)).toBe(isPair)
    expect(largestSize(generator)).toBe(size)
  })
})
