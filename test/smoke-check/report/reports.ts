/** Reports that between them have everything that a report can have. */
import type { TlsFacts } from '../../../actions/smoke-check/exchange.ts'
import type { Report } from '../../../actions/smoke-check/result.ts'
import { without } from '../../../actions/smoke-check/round.ts'
import { aFinding, anAttempt, aReport, aResult, failed } from '../run/sample.ts'

const TLS: TlsFacts = {
  protocol: 'TLSv1.3',
  leaf: { subject: 'CN=example.com', issuer: 'CN=CA', notAfter: Date.UTC(2026, 5, 1) },
  earliest: { subject: 'CN=CA', issuer: 'CN=Root', notAfter: Date.UTC(2026, 2, 1) },
}

const waiting = aFinding({
  assertion: 'version',
  message: 'Version 1111111 answers; waiting for 2222222.',
  waiting: { expected: '2222222', served: '1111111' },
})

export const MIXED: Report = aReport({
  expectVersion: '2222222',
  checks: [
    aResult({
      last: [failed({ round: 1 }), anAttempt({ round: 2, tls: TLS, warm: { samples: 20, median: 5, max: 9, p95: 8 } })],
    }),
    aResult({ name: 'broken', last: [1, 2, 3].map((round) => failed({ round })) }),
    aResult({ name: 'old', last: [anAttempt({ verdict: 'waiting', findings: [waiting], servedVersion: '1111111' })] }),
    aResult({
      name: 'slow "quoted" \\ back\nline',
      origin: 'input urls, line 2',
      severity: 'warn',
      url: 'https://example.com/?token=***',
      last: [
        anAttempt({
          verdict: 'warned',
          total: 2345,
          findings: [aFinding({ severity: 'warn', hint: '' })],
          throughProxy: true,
          address: undefined,
        }),
      ],
    }),
    aResult({
      name: 'behind',
      last: [
        {
          ...without(2, 'skipped'),
          findings: [aFinding({ assertion: 'needs', message: 'It needs "broken", which has failed.', hint: '' })],
        },
      ],
    }),
    aResult({ name: 'never', attempts: 0, last: [without(2, 'aborted')] }),
    aResult({
      name: 'no name',
      last: [
        {
          ...without(2, 'failed'),
          total: 12,
          findings: [aFinding({ assertion: 'dns', message: 'nowhere.example does not exist.' })],
        },
      ],
    }),
    aResult({
      name: 'over IPv6',
      last: [
        anAttempt({
          address: '2001:db8::7',
          bodySize: undefined,
          redirects: 2,
          warm: { samples: 3, median: 5, max: 9 },
        }),
      ],
    }),
  ],
})

export const METRICS_REPORTS: Readonly<Record<string, Report>> = {
  mixed: MIXED,
  healthy: aReport(),
  'nothing ended': aReport({ healthy: false, checks: [aResult({ attempts: 0, last: [without(1, 'aborted')] })] }),
  'any characters': aReport({
    checks: [aResult({ name: 'π "x" \\n \\ \n \u{1F511} \r \u0000 \u2028', url: 'https://exämple.test/"\\' })],
  }),
}
