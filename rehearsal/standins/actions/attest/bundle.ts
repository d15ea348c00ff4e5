/** A Sigstore bundle around a statement. Its signature is a real one, by a key that nobody vouches for. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { Failure } from '../../action.ts'
import type { Predicate } from './predicate.ts'
import type { Subject } from './subjects.ts'

export const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const IN_TOTO = 'application/vnd.in-toto+json'

/** The job's identity, which a certificate would be made out to. @throws Failure without `id-token: write` */
export async function askForIdentity(): Promise<void> {
  const url = process.env['ACTIONS_ID_TOKEN_REQUEST_URL']
  const token = process.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']
  if (url === undefined || token === undefined) {
    throw new Failure('missing "id-token" permission. Please add "permissions: id-token: write" to your workflow.')
  }
  const answer = await fetch(`${url}&audience=sigstore`, { headers: { authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new Failure(`Failed to get ID token: HTTP ${answer.status}`)
}

export function makeBundle(subjects: readonly Subject[], predicate: Predicate): object {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects,
    predicateType: predicate.type,
    predicate: predicate.content,
  }
  const payload = Buffer.from(JSON.stringify(statement))
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = publicKey.export({ type: 'spki', format: 'der' })
  const sig = sign('sha256', preAuthentication(payload), privateKey).toString('base64')
  return {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: createHash('sha256').update(key).digest('base64') } },
    dsseEnvelope: { payload: payload.toString('base64'), payloadType: IN_TOTO, signatures: [{ sig }] },
  }
}

/** What is signed: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
function preAuthentication(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${payload.length} `), payload])
}
