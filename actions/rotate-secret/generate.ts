/** New values, of nothing but Node's own cryptography. */
import { generateKeyPair, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import type { Generator } from './generator.ts'
import { newPassword } from './password.ts'
import { newSshKey } from './ssh-key.ts'

const PKCS8 = { format: 'pem', type: 'pkcs8' } as const

/**
 * Keys end with a newline, as files of keys do; nothing else does. A long RSA key takes seconds, and does not hold up the
 * rest of the process meanwhile.
 */
export async function generate(generator: Exclude<Generator, { readonly kind: 'command' }>): Promise<string> {
  switch (generator.kind) {
    case 'hex':
    case 'base64':
    case 'base64url':
      return encoded(generator.bytes, generator.kind)
    case 'password':
      return newPassword(generator)
    case 'uuid':
      return randomUUID({ disableEntropyCache: true }) // which holds the random bytes of the next ones
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey.export(PKCS8).toString()
    case 'rsa':
      return newRsaKey(generator.bits)
    case 'ssh-ed25519':
      return newSshKey()
  }
}

function encoded(count: number, encoding: 'hex' | 'base64' | 'base64url'): string {
  const bytes = randomBytes(count)
  try {
    return bytes.toString(encoding)
  } finally {
    bytes.fill(0)
  }
}

async function newRsaKey(modulusLength: number): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength })
  return privateKey.export(PKCS8).toString()
}
