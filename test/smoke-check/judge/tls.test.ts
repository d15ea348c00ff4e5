import { describe, expect, it } from 'vitest'
import type { Tls } from '../../../actions/smoke-check/check.ts'
import type { TlsFacts } from '../../../actions/smoke-check/exchange.ts'
import { findings, NOW } from './setup.ts'

const DAY = 86_400_000
const wanted: Tls = { expiresIn: 30 * DAY, severity: 'fail' }

function certificate(subject: string, days: number) {
  return { subject, issuer: 'CN=Example CA', notAfter: NOW + days * DAY }
}

function facts(leaf: number, chain = 400): TlsFacts {
  const first = certificate('CN=example.com', leaf)
  return { protocol: 'TLSv1.3', leaf: first, earliest: chain < leaf ? certificate('CN=Intermediate', chain) : first }
}

function judged(tls: TlsFacts | undefined, given: Tls = wanted) {
  return findings({ tls: given }, { tls }).map(({ assertion, severity, message }) => ({ assertion, severity, message }))
}

describe('certificates', () => {
  it('that last long enough are fine, to the millisecond', () => {
    expect(judged(facts(31))).toEqual([])
    expect(judged(facts(30))).toEqual([])
  })

  it('that expire soon fail or warn as the check says', () => {
    const message =
      'The certificate of CN=example.com, issued by CN=Example CA, expires in 29 days (2026-01-31 00:00 UTC); at least 30 days were wanted.'
    expect(judged(facts(29))).toEqual([{ assertion: 'tls leaf', severity: 'fail', message }])
    expect(judged(facts(29), { ...wanted, severity: 'warn' })).toEqual([
      { assertion: 'tls leaf', severity: 'warn', message },
    ])
  })

  it('of the verified chain are judged apart from the leaf', () => {
    expect(judged(facts(300, 10))).toEqual([
      {
        assertion: 'tls chain',
        severity: 'fail',
        message:
          'In the verified chain, the certificate of CN=Intermediate, issued by CN=Example CA, expires in 10 days (2026-01-12 00:00 UTC); at least 30 days were wanted.',
      },
    ])
    expect(judged(facts(20, 10)).map(({ assertion }) => assertion)).toEqual(['tls leaf', 'tls chain'])
  })

  it('that have expired fail even where expiry only warns', () => {
    expect(judged(facts(-3), { ...wanted, severity: 'warn' })).toEqual([
      {
        assertion: 'tls leaf',
        severity: 'fail',
        message:
          'The certificate of CN=example.com, issued by CN=Example CA, expired 3 days ago (2025-12-30 00:00 UTC).',
      },
    ])
  })

  it('are missed where the answer came without TLS', () => {
    expect(judged(undefined)[0]?.message).toBe(
      'https://api.example.com answered without TLS; a certificate was to be judged.',
    )
  })
})
