import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMetrics } from '../../../actions/smoke-check/report/openmetrics.ts'
import { readOpenMetrics } from '../../support/openmetrics.ts'
import { aReport, aResult } from '../run/sample.ts'
import { METRICS_REPORTS, MIXED } from './reports.ts'

/** The value of one series, by its family, the name of its check and further labels. */
function value(family: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const found = readOpenMetrics(openMetrics(MIXED)).find((one) => one.name === family)
  return found?.samples.find((sample) =>
    Object.entries({ name, ...labels }).every(([key, text]) => sample.labels[key] === text),
  )?.value
}

describe('the metrics', () => {
  it.each(Object.entries(METRICS_REPORTS))('are OpenMetrics: %s', (_, report) => {
    expect(readOpenMetrics(openMetrics(report)).length).toBeGreaterThan(3)
  })

  it('say of every check whether it was healthy, and what it was asked', () => {
    const success = readOpenMetrics(openMetrics(MIXED)).find(({ name }) => name === 'probe_success')
    expect(success?.samples.map(({ labels, value: one }) => [labels['name'], one])).toEqual([
      ['api', 1],
      ['broken', 0],
      ['old', 0],
      ['slow "quoted" \\ back\nline', 1],
      ['behind', 0],
      ['never', 0],
      ['no name', 0],
      ['over IPv6', 1],
    ])
    expect(success?.samples[0]?.labels['instance']).toBe('https://api.example.com/healthz')
  })

  it("have blackbox_exporter's names, phases and units", () => {
    expect(value('probe_duration_seconds', 'api')).toBe(0.015)
    expect(value('probe_http_status_code', 'broken')).toBe(500)
    const phases = ['resolve', 'connect', 'tls', 'processing', 'transfer']
    expect(phases.map((phase) => value('probe_http_duration_seconds', 'api', { phase }))).toEqual([
      0.001, 0.002, 0.003, 0.004, 0.005,
    ])
    expect(value('probe_dns_lookup_time_seconds', 'api')).toBe(0.001)
    expect(value('probe_http_version', 'api')).toBe(1.1)
    expect(value('probe_http_redirects', 'over IPv6')).toBe(2)
    expect(value('probe_http_ssl', 'api')).toBe(1)
    expect(value('probe_http_ssl', 'broken')).toBe(0)
    expect(value('probe_tls_version_info', 'api', { version: 'TLSv1.3' })).toBe(1)
    expect(value('probe_ssl_earliest_cert_expiry', 'api')).toBe(Date.UTC(2026, 2, 1) / 1000)
    expect(value('probe_ssl_last_chain_expiry_timestamp_seconds', 'api')).toBe(Date.UTC(2026, 2, 1) / 1000)
    expect(value('probe_http_uncompressed_body_length', 'api')).toBe(321)
    expect([value('probe_ip_protocol', 'api'), value('probe_ip_protocol', 'over IPv6')]).toEqual([4, 6])
  })

  it('have the warm requests apart from the cold one, p95 with enough of them alone', () => {
    const warm = (name: string) =>
      ['median', 'max', 'p95'].map((stat) => value('smoke_check_warm_seconds', name, { stat }))
    expect(warm('api')).toEqual([0.005, 0.009, 0.008])
    expect(warm('over IPv6')).toEqual([0.005, 0.009, undefined])
    expect(warm('broken')).toEqual([undefined, undefined, undefined])
  })

  it('leave out what was not observed instead of saying 0', () => {
    expect(value('probe_http_duration_seconds', 'no name')).toBeUndefined()
    expect(value('probe_http_uncompressed_body_length', 'over IPv6')).toBeUndefined()
    expect(value('probe_ssl_earliest_cert_expiry', 'broken')).toBeUndefined()
    expect(value('probe_duration_seconds', 'never')).toBeUndefined()
    expect(value('probe_http_status_code', 'behind')).toBeUndefined()
  })

  it('give status 0 to a check that got no answer, as blackbox_exporter does', () => {
    expect(value('probe_http_status_code', 'no name')).toBe(0)
  })

  it('label phases that were seen through a proxy', () => {
    const slow = 'slow "quoted" \\ back\nline'
    expect(value('probe_http_duration_seconds', slow, { phase: 'connect', through: 'proxy' })).toBe(0.002)
    expect(value('probe_http_duration_seconds', 'api', { through: 'proxy' })).toBeUndefined()
  })

  it('are OpenMetrics whatever a check is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string(), (name, url) => {
        const [success] = readOpenMetrics(openMetrics(aReport({ checks: [aResult({ name, url })] })))
        expect(success?.samples).toEqual([
          { labels: { name: name.toWellFormed(), instance: url.toWellFormed() }, value: 1 },
        ])
      }),
    )
  })
})

describe('the reader of the tests', () => {
  it.each([
    ['no end', '# TYPE a gauge\na 1\n'],
    ['text behind the end', '# TYPE a gauge\na 1\n# EOF\nb 1\n'],
    ['an empty line', '# TYPE a gauge\n\na 1\n# EOF\n'],
    ['a sample of another family', '# TYPE a gauge\nb 1\n# EOF\n'],
    ['a family in two places', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n# EOF\n'],
    ['a series twice', '# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n# EOF\n'],
    ['a unit that does not end the name', '# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n'],
    ['an unescaped quotation mark', '# TYPE a gauge\na{x="""} 1\n# EOF\n'],
    ['a label twice', '# TYPE a gauge\na{x="1",x="2"} 1\n# EOF\n'],
    ['a value that is no number', '# TYPE a gauge\na one\n# EOF\n'],
    ['a counter without _total', '# TYPE a counter\na 1\n# EOF\n'],
    ['metadata behind a sample', '# TYPE a gauge\na 1\n# HELP a Text.\n# EOF\n'],
  ])('refuses %s', (_, text) => {
    expect(() => readOpenMetrics(text)).toThrow()
  })
})
