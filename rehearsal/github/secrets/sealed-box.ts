/**
 * The half of a sealed box that GitHub keeps to itself. It is put together from other parts than the library that seals in
 * the action, so that a mistake of one is no mistake of both: https://doc.libsodium.org/public-key_cryptography/sealed_boxes
 */
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { blake2b } from '@noble/hashes/blake2.js'

/** Bytes of a key, which is also how much of a box is the public half of the key made for it. */
const KEY = 32
/** Bytes. */
const NONCE = 24
/** Bytes. */
const AUTHENTICATOR = 16
const SIGMA = words(Buffer.from('expand 32-byte k'))
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A pair of keys to which values of secrets are sealed. */
export interface SealingKey {
  /** A number of 19 digits, more than a JavaScript number holds. */
  readonly keyId: string
  /** Base64 of 32 bytes. */
  readonly publicKey: string
  /** The value in a box; undefined when it was sealed to another key, is damaged, or is no UTF-8. */
  open(box: Uint8Array): string | undefined
}

export function newSealingKey(): SealingKey {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const recipient = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return {
    keyId: newKeyId(),
    publicKey: recipient.toString('base64'),
    open: (box) => decode(openBox(box, recipient, privateKey)),
  }
}

function newKeyId(): string {
  const id = BigInt.asUintN(63, randomBytes(8).readBigUInt64BE())
  return (id | (1n << 62n)).toString()
}

/** A box is the sender's one-time public key, then what XSalsa20-Poly1305 makes of the value: the authenticator first. */
function openBox(box: Uint8Array, recipient: Uint8Array, privateKey: KeyObject): Uint8Array | undefined {
  if (box.length < KEY + AUTHENTICATOR) return undefined
  const sender = box.subarray(0, KEY)
  const nonce = blake2b(Buffer.concat([sender, recipient]), { dkLen: NONCE })
  try {
    return xsalsa20poly1305(sharedKey(sender, privateKey), nonce).decrypt(box.slice(KEY))
  } catch {
    return undefined // a wrong authenticator, or a point of small order, which no key agrees with
  }
}

/** What NaCl calls beforenm: HSalsa20 of the agreed secret and sixteen zeros. */
function sharedKey(sender: Uint8Array, privateKey: KeyObject): Uint8Array {
  const x = Buffer.from(sender).toString('base64url')
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
  const key = new Uint32Array(KEY / 4)
  hsalsa(SIGMA, words(diffieHellman({ privateKey, publicKey })), new Uint32Array(4), key)
  return new Uint8Array(key.buffer)
}

/** On a new buffer: that of a short Buffer begins anywhere in a larger one. */
function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer)
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}
