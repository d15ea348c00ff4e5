/**
 * The chain by which a certificate was verified. Node shows only what the server sent (getPeerCertificate, and
 * X509Certificate.issuerCertificate); OpenSSL's SSL_get0_verified_chain is not reachable. A certificate that was sent and
 * not used, an expiring cross-signature say, gives false alarms (prometheus/blackbox_exporter#340), so the chain is built
 * again from what was sent and what is trusted.
 */
import { X509Certificate } from 'node:crypto'
import type { CertificateFacts } from '../exchange.ts'

/** The trusted certificates by subject, several where a root was renewed. */
export type Anchors = ReadonlyMap<string, readonly X509Certificate[]>

export function readAnchors(pems: readonly string[]): Anchors {
  const certificates = pems.map((pem) => new X509Certificate(pem))
  return Map.groupBy(certificates, ({ subject }) => subject)
}

/** All that the server sent, leaf first: Node links them in that order, whoever issued them. */
export function sentChain(leaf: X509Certificate): readonly X509Certificate[] {
  const sent = [leaf]
  for (let next = leaf.issuerCertificate; next !== undefined; next = next.issuerCertificate) {
    if (next.fingerprint256 === sent.at(-1)?.fingerprint256) break
    sent.push(next)
  }
  return sent
}

/** Leaf and root included. What was sent, as far as each issues the one before, when no trusted one ends it. */
export function verifiedChain(
  sent: readonly X509Certificate[],
  anchors: Anchors,
  now: number,
): readonly X509Certificate[] {
  const [leaf] = sent
  if (leaf === undefined) return []
  return build([leaf], sent, anchors, now) ?? build([leaf], sent, undefined, now) ?? [leaf]
}

/** No chain that people use is longer; it also ends circles of cross-signatures. */
const LONGEST = 10

/** Trusted issuers are looked for first at every step, as OpenSSL does since 1.1.0 (X509_V_FLAG_TRUSTED_FIRST). */
function build(
  chain: readonly X509Certificate[],
  sent: readonly X509Certificate[],
  anchors: Anchors | undefined,
  now: number,
): readonly X509Certificate[] | undefined {
  const last = chain.at(-1)
  if (last === undefined || chain.length > LONGEST) return undefined
  const trusted = anchors?.get(last.issuer) ?? []
  if (isSelfSigned(last)) return anchors === undefined || trusted.some((one) => same(one, last)) ? chain : undefined
  const issuers = [...preferred(trusted, now), ...preferred(sent, now)].filter((one) => isNew(one, chain))
  for (const issuer of issuers) {
    if (!issued(issuer, last)) continue
    const whole = build([...chain, issuer], sent, anchors, now)
    if (whole !== undefined) return whole
  }
  // A trusted one ends it, self-signed or not, when its issuer is not known; without any trust, the last one does.
  const trustedItself = anchors?.get(last.subject)?.some((one) => same(one, last))
  return anchors === undefined || trustedItself ? chain : undefined
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && issued(certificate, certificate)
}

function same(a: X509Certificate, b: X509Certificate): boolean {
  return a.fingerprint256 === b.fingerprint256
}

function isNew(certificate: X509Certificate, chain: readonly X509Certificate[]): boolean {
  return !chain.some((one) => same(one, certificate))
}

/** Valid ones first, as OpenSSL's lookup has it, and self-signed before cross-signed: the shorter chain. */
function preferred(certificates: readonly X509Certificate[], now: number): readonly X509Certificate[] {
  const rank = (one: X509Certificate) => (isValid(one, now) ? 0 : 2) + (one.subject === one.issuer ? 0 : 1)
  return certificates.toSorted((a, b) => rank(a) - rank(b))
}

function isValid({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime()
}

export function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    notAfter: certificate.validToDate.getTime(),
  }
}

/** Node writes one attribute a line; `CN=R11, O=Let's Encrypt, C=US` reads better. */
export function nameOf(subject: string | undefined): string {
  return (subject ?? '').split('\n').toReversed().join(', ')
}
