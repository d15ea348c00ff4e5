import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, it } from 'vitest'
import { reportJson } from '../../../actions/smoke-check/report/json.ts'
import { METRICS_REPORTS, MIXED } from './reports.ts'

const SCHEMA = JSON.parse(
  readFileSync(new URL('../../../actions/smoke-check/report.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({ strict: true, allErrors: true, strictRequired: false })
addFormats.default(ajv)
const validate = ajv.compile(SCHEMA)

function problemsOf(value: unknown): readonly string[] {
  validate(value)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

it.each(Object.entries(METRICS_REPORTS))('writes a report that its own schema describes: %s', (_, report) => {
  expect(problemsOf(JSON.parse(reportJson(report)))).toEqual([])
})

it('gives the counts, the slowest check and each reason along', () => {
  expect(JSON.parse(reportJson(MIXED))).toMatchObject({
    version: 1,
    startedAt: '2026-01-02T03:04:05.000Z',
    passed: 2,
    warned: 1,
    failed: 5,
    slowest: { name: 'slow "quoted" \\ back\nline', total: 2345 },
  })
  const { checks } = JSON.parse(reportJson(MIXED))
  expect(checks.map(({ name, reason }: { name: string; reason: string }) => [name, reason])).toEqual([
    ['api', ''],
    ['broken', 'Status 500 was served, 200 was wanted.'],
    ['old', 'Version 1111111 answers; waiting for 2222222.'],
    ['slow "quoted" \\ back\nline', 'Status 500 was served, 200 was wanted.'],
    ['behind', 'It needs "broken", which has failed.'],
    ['never', 'No attempt ended before the deadline.'],
    ['no name', 'nowhere.example does not exist.'],
    ['over IPv6', ''],
  ])
})

it('keeps the last three attempts of each check, with all that was measured', () => {
  const [api, broken] = JSON.parse(reportJson(MIXED)).checks
  expect(broken.last.map(({ round }: { round: number }) => round)).toEqual([1, 2, 3])
  expect(api.last[1]).toMatchObject({
    phases: { dns: 1, connect: 2, tls: 3, firstByte: 4, transfer: 5 },
    warm: { samples: 20, median: 5, max: 9, p95: 8 },
    tls: { protocol: 'TLSv1.3', leaf: { subject: 'CN=example.com' }, earliest: { subject: 'CN=CA' } },
  })
})

it.each([
  ['an unknown member', (report: Record<string, unknown>) => ({ ...report, extra: 1 })],
  ['a missing one', ({ healthy: _, ...report }: Record<string, unknown>) => report],
  [
    'an unknown verdict',
    (report: Record<string, unknown>) => ({
      ...report,
      checks: [{ ...JSON.parse(reportJson(MIXED)).checks[0], verdict: 'ok' }],
    }),
  ],
])('has a schema that refuses %s', (_, change) => {
  expect(problemsOf(change(JSON.parse(reportJson(MIXED))))).not.toEqual([])
})
