/** A report without anything secret and without endless texts: all that is shown or written is made of it. */
import type { CertificateFacts, TlsFacts } from '../exchange.ts'
import type { Attempt, CheckResult, Finding, Report } from '../result.ts'

type Redact = (text: string) => string

/** Characters of one message or hint. */
const LONGEST = 1000

export function safeReport(report: Report, redact: Redact): Report {
  const safe = (text: string) => clip(redact(text), LONGEST)
  const named = distinct(report.checks.map(({ name }) => safe(name)))
  return {
    ...report,
    expectVersion: report.expectVersion && safe(report.expectVersion),
    checks: report.checks.map((check, index) => safeCheck(check, named[index] ?? '', safe)),
  }
}

/** Cut where it is too long, never inside a character. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text
  return `${text
    .slice(0, longest - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`
}

function safeCheck(check: CheckResult, name: string, safe: Redact): CheckResult {
  const { origin, url, last } = check
  return {
    ...check,
    name,
    origin: safe(origin),
    url: safe(url),
    last: last.map((attempt) => safeAttempt(attempt, safe)),
  }
}

function safeAttempt(attempt: Attempt, safe: Redact): Attempt {
  const { findings, servedVersion, address, tls } = attempt
  return {
    ...attempt,
    findings: findings.map((finding) => safeFinding(finding, safe)),
    servedVersion: servedVersion && safe(servedVersion),
    address: address && safe(address),
    tls: tls && safeTls(tls, safe),
  }
}

export function safeFinding(finding: Finding, safe: Redact): Finding {
  const { assertion, message, hint, waiting } = finding
  const texts = { assertion: safe(assertion), message: safe(message), hint: safe(hint) }
  if (waiting === undefined) return { ...finding, ...texts }
  const served = waiting.served && safe(waiting.served)
  return { ...finding, ...texts, waiting: { expected: safe(waiting.expected), served } }
}

function safeTls({ protocol, leaf, earliest }: TlsFacts, safe: Redact): TlsFacts {
  const certificate = ({ subject, issuer, notAfter }: CertificateFacts) => {
    return { subject: safe(subject), issuer: safe(issuer), notAfter }
  }
  return { protocol: safe(protocol), leaf: certificate(leaf), earliest: certificate(earliest) }
}

/** Two names can become one when what differs is secret; a report that is keyed by name needs them apart. */
function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let number = 2; taken.has(free); number++) free = `${name} (${number})`
    taken.add(free)
    return free
  })
}
