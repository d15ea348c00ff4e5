/** A report without anything secret, invisible or endless in it: all that is shown or written is made of it. */
import type { CertificateFacts, TlsFacts } from '../exchange.ts'
import type { Attempt, CheckResult, Finding, Report } from '../result.ts'
import { clip, visible } from '../text.ts'

type Redact = (text: string) => string

/** How what was served is shown, and what the file itself says. */
interface Shown {
  readonly served: Redact
  /** Left as it is, names above all: `admin` may be a password as well as half of every name. */
  readonly written: Redact
}

/** Characters of one message or hint. */
const LONGEST = 1000

export function safeReport(report: Report, redact: Redact): Report {
  const shown = showing(redact)
  const named = distinct(report.checks.map(({ name }) => shown.written(name)))
  return {
    ...report,
    expectVersion: report.expectVersion && shown.served(report.expectVersion),
    checks: report.checks.map((check, index) => safeCheck(check, named[index] ?? '', shown)),
  }
}

/** An attempt that is told of before the report is made. */
export function safeAttempt(attempt: Attempt, redact: Redact): Attempt {
  return showAttempt(attempt, showing(redact))
}

function showing(redact: Redact): Shown {
  return { served: once((text) => readable(redact(text))), written: once(readable) }
}

/** Attempts, and checks with one cause, say the same again and again. */
function once(change: Redact): Redact {
  const known = new Map<string, string>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const after = change(text)
    known.set(text, after)
    return after
  }
}

/** On one line, with nothing in it that a reader cannot see or a viewer would obey. */
function readable(text: string): string {
  const short = clip(text, LONGEST) // first: what a server sends may be megabytes
  return clip(visible(short.replace(/[\t\r\n]+/g, ' ')), LONGEST)
}

function safeCheck(check: CheckResult, name: string, shown: Shown): CheckResult {
  const { origin, url, versionAt, last } = check
  return {
    ...check,
    name,
    origin: shown.written(origin),
    url: shown.served(url),
    versionAt: versionAt && shown.written(versionAt),
    last: last.map((attempt) => showAttempt(attempt, shown)),
  }
}

function showAttempt(attempt: Attempt, shown: Shown): Attempt {
  const { findings, servedVersion, address, tls } = attempt
  return {
    ...attempt,
    findings: findings.map((finding) => showFinding(finding, shown)),
    servedVersion: servedVersion && shown.served(servedVersion),
    address: address && shown.served(address),
    tls: tls && showTls(tls, shown),
  }
}

function showFinding(finding: Finding, { served, written }: Shown): Finding {
  const { assertion, message, hint, waiting } = finding
  const own = assertion === 'needs' ? written : served // made of names alone
  const texts = { assertion: written(assertion), message: own(message), hint: served(hint) }
  if (waiting === undefined) return { ...finding, ...texts }
  const answered = waiting.served && served(waiting.served)
  return { ...finding, ...texts, waiting: { expected: served(waiting.expected), served: answered } }
}

function showTls({ protocol, leaf, earliest }: TlsFacts, { served }: Shown): TlsFacts {
  const certificate = ({ subject, issuer, notAfter }: CertificateFacts) => {
    return { subject: served(subject), issuer: served(issuer), notAfter }
  }
  return { protocol: served(protocol), leaf: certificate(leaf), earliest: certificate(earliest) }
}

/** Two long names can become one when they are cut; a report that is keyed by name needs them apart. */
function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let number = 2; taken.has(free); number++) free = `${name} (${number})`
    taken.add(free)
    return free
  })
}
