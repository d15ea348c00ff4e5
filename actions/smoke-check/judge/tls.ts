/** Whether certificates last long enough: the leaf, and whichever of the verified chain expires first. */
import { formatDuration } from '../../../src/duration.ts'
import type { Check, Severity } from '../check.ts'
import type { CertificateFacts } from '../exchange.ts'
import type { Finding, Observation } from '../result.ts'
import { finding } from './finding.ts'
import { plain } from './show.ts'

const DAY = 86_400_000

/** An expired certificate is a failure whatever the severity of expiry; a check of severity warn only warns. */
export function judgeTls(check: Check, { response, now }: Observation): readonly Finding[] {
  const { tls: wanted } = check
  if (wanted === undefined) return []
  const { tls } = response
  if (tls === undefined) {
    const message = `${response.url.origin} answered without TLS; a certificate was to be judged.`
    return [finding(check, 'tls', { message, hint: 'Give an https URL, or leave tls out.' })]
  }
  const leaf = judgeCertificate('certificate', tls.leaf, wanted.expiresIn, now, wanted.severity)
  const chain = isSame(tls.leaf, tls.earliest)
    ? undefined
    : judgeCertificate('verified chain', tls.earliest, wanted.expiresIn, now, wanted.severity)
  return [
    ...(leaf === undefined ? [] : [finding(check, 'tls leaf', leaf)]),
    ...(chain === undefined ? [] : [finding(check, 'tls chain', chain)]),
  ]
}

function judgeCertificate(
  what: 'certificate' | 'verified chain',
  certificate: CertificateFacts,
  expiresIn: number,
  now: number,
  severity: Severity,
): { readonly message: string; readonly hint: string; readonly severity: Severity } | undefined {
  const left = certificate.notAfter - now
  if (left >= expiresIn) return undefined
  const date = new Date(certificate.notAfter).toISOString().slice(0, 16).replace('T', ' ')
  const which = `${what === 'certificate' ? 'The certificate' : 'In the verified chain, the certificate'} of ${plain(certificate.subject)}, issued by ${plain(certificate.issuer)},`
  const hint =
    what === 'certificate'
      ? 'Renew it, and look into why that did not happen by itself.'
      : 'A new leaf alone will not do: have the server send the current intermediate certificates.'
  if (left <= 0) {
    return { message: `${which} expired ${span(-left)} ago (${date} UTC).`, hint, severity: 'fail' }
  }
  return {
    message: `${which} expires in ${span(left)} (${date} UTC); at least ${span(expiresIn)} were wanted.`,
    hint,
    severity,
  }
}

function isSame(one: CertificateFacts, other: CertificateFacts): boolean {
  return one.subject === other.subject && one.issuer === other.issuer && one.notAfter === other.notAfter
}

function span(milliseconds: number): string {
  const days = Math.floor(milliseconds / DAY)
  if (days >= 2) return `${days} days`
  return milliseconds < 7_200_000 ? formatDuration(milliseconds) : `${Math.floor(milliseconds / 3_600_000)} hours`
}
