/** Sealed boxes, as GitHub wants the values of secrets: https://docs.github.com/rest/guides/encrypting-secrets-for-the-rest-api */
import sodium from 'libsodium-wrappers'
import { ActionError } from '../../src/errors.ts'

/** Bytes. */
const KEY = 32
const HINT =
  'That is a fault of the answer, not of any input: check that github-api-url is that of GitHub, and run the step again.'

/**
 * Two boxes of one value differ: each is made with a new pair of keys, of which the private half is forgotten.
 *
 * @param publicKey base64, as GitHub answers with it
 * @returns base64 of the box, which is 48 bytes longer than the value in UTF-8
 * @throws ActionError for a key to which nothing can be sealed
 */
export async function seal(value: string, publicKey: string): Promise<string> {
  const key = parseKey(publicKey)
  await sodium.ready
  const bytes = Buffer.from(value)
  try {
    return Buffer.from(box(bytes, key)).toString('base64')
  } finally {
    bytes.fill(0)
  }
}

/** Buffer reads nearly any text as base64, so what it has read is compared with the text. */
function parseKey(publicKey: string): Uint8Array {
  const key = Buffer.from(publicKey, 'base64')
  if (key.toString('base64') !== publicKey) throw refused('is not base64')
  if (key.length !== KEY) throw refused(`has ${key.length} bytes instead of ${KEY}`)
  return key
}

function box(value: Uint8Array, key: Uint8Array): Uint8Array {
  try {
    return sodium.crypto_box_seal(value, key)
  } catch {
    // All that is left to fail is a point of small order: whoever sent it could read the value without any key.
    throw refused('is one that anybody could open')
  }
}

function refused(what: string): ActionError {
  return new ActionError(`GitHub's public key ${what}, so nothing can be sealed to it.`, { hint: HINT })
}
