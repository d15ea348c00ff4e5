/**
 * Unencrypted Ed25519 keys in OpenSSH's own format, which Node neither reads nor writes:
 * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key, and RFC 8709 for the keys inside.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

export const SSH_HEADER = '-----BEGIN OPENSSH PRIVATE KEY-----'
const FOOTER = '-----END OPENSSH PRIVATE KEY-----'
const MAGIC = 'openssh-key-v1\0'
const TYPE = 'ssh-ed25519'
/** Bytes: of the private part without a cipher, to whose multiple it is padded. */
const BLOCK = 8
/** Bytes of either half. */
const KEY = 32
/** Characters, as ssh-keygen has it. */
const LINE = 70
/** RFC 8410: all of a PKCS#8 document before the key itself. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
/** Bytes of a public key with its type, as it stands in three places. */
const BLOB = 4 + TYPE.length + 4 + KEY
/** Bytes of a file before its private part. */
const HEAD = MAGIC.length + 2 * (4 + 'none'.length) + 4 + 4 + 4 + BLOB
/** Bytes of the private part's length and of its two check numbers. */
const CHECKS = 12
/** Where the private half stands: all before it has a fixed length. */
const SEED_AT = HEAD + CHECKS + BLOB + 4
/** Bytes of a whole file: 234 of binary, hence 312 of base64 on five lines. */
export const SSH_KEY_SIZE = SSH_HEADER.length + 312 + 5 + FOOTER.length + 2

/** A new private key with an empty comment, and a final newline, without which ssh refuses it. */
export function newSshKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = seedOf(privateKey)
  const file = encode(seed, publicKeyOf(privateKey))
  const lines = file.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []
  seed.fill(0)
  file.fill(0)
  return [SSH_HEADER, ...lines, FOOTER, ''].join('\n')
}

function seedOf(privateKey: KeyObject): Buffer {
  const document = privateKey.export({ format: 'der', type: 'pkcs8' })
  const seed = Buffer.from(document.subarray(-KEY))
  document.fill(0)
  return seed
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY)
}

function encode(seed: Buffer, publicKey: Buffer): Buffer {
  const secret = privatePart(seed, publicKey)
  const file = Buffer.concat([Buffer.from(MAGIC), ...publicPart(publicKey), ...field(secret)])
  secret.fill(0)
  return file
}

/** What stands before the private part: no cipher, no way to derive its key, no options of that, and one key. */
function publicPart(publicKey: Buffer): readonly Buffer[] {
  const none = field(Buffer.from('none'))
  return [...none, ...none, ...field(Buffer.alloc(0)), uint32(1), ...field(publicBlob(publicKey))]
}

/** Two equal random numbers would tell whether it was deciphered rightly; the padding counts 1, 2, 3 … */
function privatePart(seed: Buffer, publicKey: Buffer): Buffer {
  const check = randomBytes(4)
  const both = Buffer.concat([seed, publicKey])
  const comment = Buffer.alloc(0)
  const parts = [check, check, publicBlob(publicKey), ...field(both), ...field(comment)]
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const padding = Uint8Array.from({ length: -length & (BLOCK - 1) }, (_, index) => index + 1)
  const whole = Buffer.concat([...parts, padding])
  both.fill(0)
  return whole
}

function publicBlob(publicKey: Buffer): Buffer {
  return Buffer.concat([...field(Buffer.from(TYPE)), ...field(publicKey)])
}

function field(bytes: Buffer): readonly Buffer[] {
  return [uint32(bytes.length), bytes]
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/**
 * The public half as a line of `authorized_keys`, without a newline. It is derived from the private half; the rest of the
 * file has to agree with it.
 *
 * @returns undefined for any other text, and for a key of another type or with a passphrase
 */
export function sshPublicKey(text: string): string | undefined {
  const file = readArmour(text)
  const seed = file.subarray(SEED_AT, SEED_AT + KEY)
  try {
    if (seed.length < KEY) return undefined
    const publicKey = derive(seed)
    if (!agrees(file, publicKey)) return undefined
    return `${TYPE} ${publicBlob(publicKey).toString('base64')}`
  } finally {
    file.fill(0)
  }
}

/** Empty when the text is no such file. */
function readArmour(text: string): Buffer {
  const [first, ...lines] = text.trim().split(/\r?\n/)
  const last = lines.pop()
  return Buffer.from(first === SSH_HEADER && last === FOOTER ? lines.join('') : '', 'base64')
}

function derive(seed: Buffer): Buffer {
  const key = Buffer.concat([PKCS8, seed])
  const publicKey = publicKeyOf(createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  key.fill(0)
  return publicKey
}

/** Whether the file has this public key in all three places, no cipher, and nothing but a comment after the keys. */
function agrees(file: Buffer, publicKey: Buffer): boolean {
  const rest = file.subarray(HEAD)
  const keys = Buffer.concat([publicBlob(publicKey), uint32(2 * KEY)])
  return (
    file.subarray(0, HEAD).equals(Buffer.concat([Buffer.from(MAGIC), ...publicPart(publicKey)])) &&
    rest.readUInt32BE(0) === rest.length - 4 &&
    rest.readUInt32BE(4) === rest.readUInt32BE(8) &&
    rest.subarray(CHECKS, CHECKS + keys.length).equals(keys) &&
    file.subarray(SEED_AT + KEY, SEED_AT + 2 * KEY).equals(publicKey)
  )
}
