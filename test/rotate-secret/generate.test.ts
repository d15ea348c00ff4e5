import { createPrivateKey } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { generate } from '../../actions/rotate-secret/generate.ts'
import { type Generator, largestSize, parseGenerator } from '../../actions/rotate-secret/generator.ts'
import { lacks } from '../support/tools.ts'
import { chiSquare, chiSquareBound, countOf, uniform } from './chi-square.ts'
import { runIn } from './key-files.ts'

/** What the real randomBytes has handed out. */
const random = vi.hoisted((): Buffer[] => [])

vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof import('node:crypto')>()
  const randomBytes = (size: number) => {
    const bytes = crypto.randomBytes(size)
    random.push(bytes)
    return bytes
  }
  return { ...crypto, randomBytes }
})

function make(text: string): Promise<string> {
  const generator: Generator = parseGenerator(text)
  if (generator.kind === 'command') throw new Error('A command makes its value itself.')
  return generate(generator)
}

describe('a new value', () => {
  it.each([
    ['hex:32', /^[0-9a-f]{64}$/],
    ['hex:16', /^[0-9a-f]{32}$/],
    ['base64:32', /^[A-Za-z0-9+/]{43}=$/],
    ['base64:33', /^[A-Za-z0-9+/]{44}$/],
    ['base64url:32', /^[A-Za-z0-9_-]{43}$/],
    ['base64url:33', /^[A-Za-z0-9_-]{44}$/],
    ['password:32', /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9]{32}$/],
    ['password:24:symbols,digits', /^(?=.*\d)(?=.*[-._~])[\d._~-]{24}$/],
    ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['ed25519', /^-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/]{64}\n-----END PRIVATE KEY-----\n$/],
    ['rsa:2048', /^-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/\n]+=*\n-----END PRIVATE KEY-----\n$/],
    ['ssh-ed25519', /^-----BEGIN OPENSSH PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+\n-----END OPENSSH PRIVATE KEY-----\n$/],
  ])('of %s has its form, and differs from the next one', async (text, form) => {
    const [one, other] = [await make(text), await make(text)]
    expect(one).toMatch(form)
    expect(other).toMatch(form)
    expect(one).not.toBe(other)
  })

  it.each(['hex:8192', 'base64:16', 'base64:17', 'base64:18', 'base64url:16', 'base64url:17', 'base64url:18'])(
    'of %s has exactly the size that is announced',
    async (text) => {
      expect(Buffer.byteLength(await make(text))).toBe(largestSize(parseGenerator(text)))
    },
  )

  it.each(['password:40', 'uuid', 'ed25519', 'ssh-ed25519'])('of %s has exactly the size announced', async (text) => {
    for (let time = 0; time < 50; time++) {
      expect(Buffer.byteLength(await make(text))).toBe(largestSize(parseGenerator(text)))
    }
  })

  it.each(['rsa:2048', 'rsa:2056', 'rsa:3072'])(
    'of %s has at most the size announced, and hardly less',
    async (text) => {
      const size = Buffer.byteLength(await make(text))
      const largest = largestSize(parseGenerator(text)) ?? 0
      expect(size).toBeLessThanOrEqual(largest)
      expect(size).toBeGreaterThan(largest - 60)
    },
  )

  it.each(['hex', 'base64', 'base64url'] as const)(
    'of %s:64 has every byte as often as any other',
    async (encoding) => {
      const values = await Promise.all(Array.from({ length: 1000 }, () => make(`${encoding}:64`)))
      const bytes = values.flatMap((value) => [...Buffer.from(value, encoding)].map(String))
      expect(bytes).toHaveLength(1000 * 64)
      expect(chiSquare(uniform(Array.from({ length: 256 }, (_, byte) => String(byte))), countOf(bytes))).toBeLessThan(
        chiSquareBound(256),
      )
    },
  )
})

describe('the random bytes', () => {
  it.each(['hex:32', 'base64:32', 'base64url:32', 'password:32'])('of %s are wiped', async (text) => {
    random.length = 0
    await make(text)
    expect(random.reduce((sum, bytes) => sum + bytes.length, 0)).toBeGreaterThanOrEqual(32)
    for (const bytes of random) expect(bytes).toEqual(Buffer.alloc(bytes.length))
  })
})

describe('a new key', () => {
  it.each([2048, 2056, 3072])('of rsa has the length that was asked for: %i bits', async (bits) => {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(await make(`rsa:${bits}`))
    expect(asymmetricKeyType).toBe('rsa')
    expect(asymmetricKeyDetails).toEqual({ modulusLength: bits, publicExponent: 65537n })
  })

  it.skipIf(lacks('openssl')).each(['ed25519', 'rsa:2048'])('of %s is valid to openssl', async (text) => {
    expect(runIn('.', 'openssl', ['pkey', '-check', '-noout'], await make(text))).toBe('Key is valid\n')
  })
})
