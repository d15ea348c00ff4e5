/** Why a certificate or a handshake is no good, each in its own words, with what to do about it. */
import type { X509Certificate } from 'node:crypto'
import { nameOf } from './chain.ts'
import { codeOf, Failure } from './failure.ts'

export interface Refused {
  /** Of OpenSSL's verification, as `CERT_HAS_EXPIRED`, or Node's for the name. */
  readonly code: string
  /** `example.com:443`. */
  readonly place: string
  readonly host: string
  readonly sent: readonly X509Certificate[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

const TRUST_IT = 'for a certificate authority of your own, name its PEM file in NODE_EXTRA_CA_CERTS'

export function explainCertificate(refused: Refused): Failure {
  const [what, hint] = words(refused)
  return new Failure('certificate', `${refused.place} ${what}.`, `${hint}.`)
}

function words({ code, host, sent, now }: Refused): readonly [what: string, hint: string] {
  const [leaf] = sent
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return [
        'serves a self-signed certificate, which nobody vouches for',
        `Serve one of a public authority; ${TRUST_IT}`,
      ]
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return [
        `serves a certificate of an authority that is not known here, ${nameOf(sent.at(-1)?.subject)}`,
        `Serve one of a public authority; ${TRUST_IT}`,
      ]
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return unknownIssuer(sent)
    case 'CERT_HAS_EXPIRED':
      return expired(sent, now)
    case 'CERT_NOT_YET_VALID':
      return [
        `serves a certificate that is not valid before ${leaf === undefined ? 'later' : day(leaf.validFromDate)}`,
        'Look at the clock of this machine and at when the certificate was meant to begin',
      ]
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
    case 'IP_ADDRESS_MISMATCH':
      return [
        `serves a certificate for ${namesOf(leaf)}, not for ${host}`,
        `Issue one that names ${host}, or look at whether DNS and SNI lead to the right server`,
      ]
    case 'CERT_REVOKED':
      return ['serves a certificate that was revoked', 'Issue a new one']
    case 'EE_KEY_TOO_SMALL':
    case 'CA_KEY_TOO_SMALL':
    case 'CA_MD_TOO_WEAK':
    case 'CERT_SIGNATURE_FAILURE':
      return [
        `serves a certificate whose key or signature is too weak or wrong (${code})`,
        'Issue a new one with a current algorithm',
      ]
    default:
      return [
        `serves a certificate that cannot be verified (${code})`,
        'Look at the certificate with openssl s_client -showcerts',
      ]
  }
}

/** A lone leaf was most often sent without its intermediate: browsers help themselves, and hide it. */
function unknownIssuer(sent: readonly X509Certificate[]): readonly [string, string] {
  const issuer = nameOf(sent.at(-1)?.issuer)
  if (sent.length > 1) {
    return [
      `serves a certificate of an authority that is not known here, ${issuer}`,
      `Serve one of a public authority; ${TRUST_IT}`,
    ]
  }
  return [
    `serves its certificate alone, and its issuer is not known here, ${issuer}: the intermediate certificate is missing, or the authority is not a public one`,
    `Serve the full chain, leaf and intermediates; ${TRUST_IT}`,
  ]
}

/** The leaf, or one above it: they are renewed by different people. */
function expired(sent: readonly X509Certificate[], now: number): readonly [string, string] {
  const ended = sent.findIndex(({ validToDate }) => validToDate.getTime() < now)
  const certificate = sent[ended]
  if (certificate === undefined) {
    return [
      'serves a chain with a certificate that expired, which this machine has itself',
      'Update the root certificates',
    ]
  }
  const since = `expired on ${day(certificate.validToDate)}`
  if (ended === 0) return [`serves a certificate that ${since}`, 'Renew it, and look at why its renewal failed']
  const hint = "Serve the authority's current intermediate certificates"
  return [`serves a chain in which ${nameOf(certificate.subject)} ${since}`, hint]
}

const MOST_NAMES = 5

function namesOf(leaf: X509Certificate | undefined): string {
  const text = leaf?.subjectAltName ?? ''
  const names = text === '' ? [] : text.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''))
  const [first] = names
  if (first === undefined) return 'no name at all (it has no subjectAltName)'
  const rest = names.length - MOST_NAMES
  return names.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}

/** The handshake itself failed, before there was a certificate to look at. */
export function explainHandshake(error: Error, place: string): Failure {
  const code = codeOf(error)
  const text = `${code} ${error.message}`
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|wrong version number|HTTP_REQUEST/i.test(text)) {
    return new Failure(
      'tls',
      `${place} does not speak TLS on this port.`,
      'Write http:// if plain HTTP is meant, or look at the port.',
    )
  }
  if (/NO_APPLICATION_PROTOCOL/i.test(text)) {
    return new Failure(
      'tls',
      `${place} speaks no HTTP/1.1 over TLS.`,
      'Let the server offer http/1.1 beside h2 (ALPN).',
    )
  }
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|HANDSHAKE_FAILURE|NO_SHARED|NO_CIPHERS/i.test(text)) {
    const hint =
      'Let the server offer TLS 1.2 or 1.3 with current ciphers, and look at whether it knows this host name (SNI).'
    return new Failure('tls', `${place} and this client agree on no version or cipher of TLS (${code}).`, hint)
  }
  if (/UNRECOGNIZED_NAME/i.test(text)) {
    return new Failure(
      'tls',
      `${place} does not know this host name (TLS alert unrecognized_name).`,
      'Give the host a certificate, or look at where DNS leads.',
    )
  }
  if (/CERTIFICATE_REQUIRED/i.test(text)) return clientCertificate(place)
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    const hint = 'Look at whether the port speaks TLS, and at what stands before the server.'
    return new Failure('reset', `${place} closed the connection during the TLS handshake.`, hint)
  }
  return new Failure(
    'tls',
    `The TLS handshake with ${place} failed (${code || error.message}).`,
    'Look at it with openssl s_client.',
  )
}

export function clientCertificate(place: string): Failure {
  return new Failure(
    'tls',
    `${place} wants a certificate of the client, which a check cannot give.`,
    'Check it from inside, or give it a path without one.',
  )
}
