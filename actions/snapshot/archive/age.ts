/**
 * Encryption as age does it (https://age-encryption.org/v1). The library wraps and unwraps the file's key; the payload
 * goes through Node's own cipher: the library's, in JavaScript, is several times slower than the compression before it.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { ActionError, messageOf } from '../../../src/errors.ts'
import { damaged } from './corrupt.ts'
import { release } from './memory.ts'

/** Bytes of the payload that are sealed together. */
const CHUNK = 64 * 1024
const TAG = 16
const NONCE = 16
/** Bytes. Room for hundreds of recipients, of whatever type. */
const LARGEST_HEADER = 1024 * 1024
const INTRO = 'age-encryption.org/v1'
const ARMOR = '-----BEGIN AGE'

/**
 * Encrypts a stream for all recipients. Each piece is gone when the next one is asked for.
 *
 * @throws ActionError when one of them is no age public key
 */
export async function* sealed(chunks: AsyncIterable<Buffer>, recipients: readonly string[]): AsyncGenerator<Buffer> {
  const { header, fileKey } = await newHeader(recipients)
  const nonce = randomBytes(NONCE)
  yield Buffer.concat([header, nonce])
  const key = payloadKey(fileKey, nonce)
  const counter = new Counter()
  for await (const { bytes, last } of inPieces(chunks, CHUNK)) {
    const cipher = createCipheriv('chacha20-poly1305', key, counter.next(last), { authTagLength: TAG })
    const body = cipher.update(bytes)
    yield body
    release(body)
    cipher.final()
    yield cipher.getAuthTag()
  }
}

/**
 * Decrypts a stream with whichever identity fits. Each piece is gone when the next one is asked for.
 *
 * @throws ActionError when none does; CorruptError when the stream is not what age has written
 */
export async function* opened(chunks: AsyncIterable<Buffer>, identities: readonly string[]): AsyncGenerator<Buffer> {
  const input = new Pushback(chunks)
  const header = await readHeader(input)
  const fileKey = await unwrap(header, identities)
  const nonce = await input.exactly(NONCE)
  const key = payloadKey(fileKey, nonce)
  const counter = new Counter()
  for await (const { bytes, last } of inPieces(input, CHUNK + TAG)) {
    const content = open(bytes, key, counter.next(last))
    yield content
    release(content)
    if (last && bytes.length === TAG && counter.used > 1) throw damaged('Its encrypted content ends oddly.')
  }
}

/** A key of the library's making, and a header that gives it to each recipient. */
async function newHeader(
  recipients: readonly string[],
): Promise<{ readonly header: Buffer; readonly fileKey: Buffer }> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  let fileKey: Buffer | undefined
  try {
    for (const recipient of recipients) encrypter.addRecipient(recipient)
    encrypter.addRecipient({
      wrapFileKey: (key) => {
        fileKey = Buffer.from(key)
        return []
      },
    })
    const empty = Buffer.from(await encrypter.encrypt(new Uint8Array()))
    if (fileKey === undefined) throw new Error('The age library has wrapped no key.')
    return { header: empty.subarray(0, empty.length - NONCE - TAG), fileKey }
  } catch (cause) {
    throw new ActionError(`Encrypting for the recipients failed: ${messageOf(cause)}.`, {
      hint: 'Check input recipients: each line is one age public key, as `age-keygen -y` prints it.',
      cause,
    })
  }
}

async function readHeader(input: Pushback): Promise<Buffer> {
  let header = Buffer.alloc(0)
  for (;;) {
    const chunk = await input.take()
    header = Buffer.concat([header, chunk ?? Buffer.alloc(0)])
    const end = endOfHeader(header)
    if (end !== -1) {
      input.putBack(header.subarray(end))
      return header.subarray(0, end)
    }
    if (header.toString('latin1', 0, ARMOR.length) === ARMOR) {
      throw damaged('It is encrypted as text (`age --armor`), where bytes are expected.')
    }
    if (chunk === undefined || header.length > LARGEST_HEADER || !INTRO.startsWith(header.toString('latin1', 0, 4))) {
      throw damaged('It does not begin as a file that age has encrypted.')
    }
  }
}

/** The header's last line begins with three hyphens. */
function endOfHeader(bytes: Buffer): number {
  const last = bytes.indexOf('\n--- ')
  return last === -1 ? -1 : bytes.indexOf('\n', last + 1) + 1 || -1
}

async function unwrap(header: Buffer, identities: readonly string[]): Promise<Uint8Array> {
  if (identities.length === 0) {
    throw new ActionError('The snapshot is encrypted, and no identity was given.', {
      hint: 'Give input identity the age secret key that belongs to one of its recipients.',
    })
  }
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  try {
    for (const identity of identities) decrypter.addIdentity(identity)
  } catch {
    // Without the reason, which might quote the key.
    throw new ActionError('Input identity is no age secret key.', {
      hint: 'It begins with AGE-SECRET-KEY-, as `age-keygen` prints it.',
    })
  }
  try {
    return await decrypter.decryptHeader(header)
  } catch (cause) {
    if (!messageOf(cause).startsWith('no identity matched')) {
      throw damaged(`Its encryption header is damaged: ${messageOf(cause)}.`, { cause })
    }
    throw new ActionError('The snapshot is encrypted for others: no identity that was given opens it.', {
      hint: 'Give input identity the age secret key of one of the recipients that its manifest lists.',
    })
  }
}

function open(bytes: Buffer, key: Buffer, nonce: Buffer): Buffer {
  if (bytes.length < TAG) throw damaged('Its encrypted content ends early.')
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG })
  decipher.setAuthTag(bytes.subarray(-TAG))
  const content = decipher.update(bytes.subarray(0, -TAG))
  try {
    decipher.final()
  } catch (cause) {
    throw damaged('Its encrypted content is damaged, or ends early.', { cause })
  }
  return content
}

function payloadKey(fileKey: Uint8Array, nonce: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32))
}

/** The nonces of the pieces: 11 bytes that count, and one that says whether it is the last. */
class Counter {
  #next = 0

  get used(): number {
    return this.#next
  }

  next(last: boolean): Buffer {
    const nonce = Buffer.alloc(12)
    nonce.writeUIntBE(this.#next, 5, 6)
    nonce[11] = last ? 1 : 0
    this.#next += 1
    return nonce
  }
}

interface Piece {
  readonly bytes: Buffer
  readonly last: boolean
}

/** Pieces of one size, save the last: which one that is turns out only when nothing follows. Each overwrites the one before. */
async function* inPieces(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Piece> {
  const piece = Buffer.allocUnsafeSlow(size)
  let used = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      if (used === size) {
        yield { bytes: piece, last: false }
        used = 0
      }
      const copied = chunk.copy(piece, used, at)
      at += copied
      used += copied
    }
  }
  yield { bytes: piece.subarray(0, used), last: true }
}

/** A stream from which the first bytes are taken apart from the rest. */
class Pushback implements AsyncIterable<Buffer> {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #back: Buffer[] = []

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async take(): Promise<Buffer | undefined> {
    const back = this.#back.pop()
    if (back !== undefined) return back
    const { done, value } = await this.#chunks.next()
    return done === true ? undefined : value
  }

  putBack(bytes: Buffer): void {
    if (bytes.length > 0) this.#back.push(bytes)
  }

  async exactly(length: number): Promise<Buffer> {
    let bytes = Buffer.alloc(0)
    while (bytes.length < length) {
      const chunk = await this.take()
      if (chunk === undefined) throw damaged('It ends early.')
      bytes = Buffer.concat([bytes, chunk])
    }
    this.putBack(bytes.subarray(length))
    return bytes.subarray(0, length)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (let chunk = await this.take(); chunk !== undefined; chunk = await this.take()) yield chunk
    } finally {
      await this.#chunks.return?.()
    }
  }
}
