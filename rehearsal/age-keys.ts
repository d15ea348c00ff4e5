/** A pair of age keys, so that a workflow that encrypts can be rehearsed with what it encrypts opened again. */
import { generateX25519Identity, identityToRecipient } from 'age-encryption'

export interface AgeKeys {
  readonly recipient: string
  readonly identity: string
}

export async function makeAgeKeys(): Promise<AgeKeys> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** Whether a variable of this name is a public key of age, as SNAPSHOT_RECIPIENTS. */
export function isRecipient(name: string): boolean {
  return /(^|_)RECIPIENTS?$/i.test(name)
}

/** Whether a secret of this name is a secret key of age, as SNAPSHOT_IDENTITY. */
export function isIdentity(name: string): boolean {
  return /(^|_)(SNAPSHOT|AGE)_IDENTITY$|^IDENTITY$/i.test(name)
}
