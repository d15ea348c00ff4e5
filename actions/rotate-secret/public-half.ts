/** The half of a pair of keys that others are to be given. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { ActionError } from '../../src/errors.ts'
import { SSH_HEADER, sshPublicKey } from './ssh-key.ts'

/**
 * @param privateKey PEM, or OpenSSH's own format with an Ed25519 key; without a passphrase
 * @returns for PEM the SubjectPublicKeyInfo in PEM with a final newline; for an OpenSSH key one line of `authorized_keys`
 * @throws ActionError, which shows nothing of the value
 */
export function publicHalf(privateKey: string): string {
  if (privateKey.trimStart().startsWith(SSH_HEADER)) return sshPublicKey(privateKey) ?? refuse()
  return createPublicKey(parsePem(privateKey)).export({ format: 'pem', type: 'spki' }).toString()
}

/** Node would derive a public key from a public key too, and call it one's half. */
function parsePem(privateKey: string): KeyObject {
  try {
    return createPrivateKey(privateKey)
  } catch {
    return refuse()
  }
}

function refuse(): never {
  throw new ActionError('The value is no private key whose public half can be told.', {
    hint: 'It has to be a PEM without a passphrase, or an Ed25519 key of OpenSSH without one. What the secret holds was not made by the generator that the input names.',
  })
}
