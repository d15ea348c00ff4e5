import { describe, expect, it } from 'vitest'
import { annotationsOf } from '../../../actions/smoke-check/report/annotations.ts'
import { safeReport } from '../../../actions/smoke-check/report/safe.ts'
import { summarize } from '../../../actions/smoke-check/report/summary.ts'
import { plainTable } from '../../../actions/smoke-check/report/terminal.ts'
import { aFinding, anAttempt, aReport, aResult, failed } from '../run/sample.ts'
import { MIXED } from './reports.ts'

const many = (count: number, make: (index: number) => Parameters<typeof aResult>[0]) =>
  Array.from({ length: count }, (_, index) => aResult(make(index)))

/** The cells of the first table. */
function rowsOf(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n')
  const from = lines.findIndex((line) => line.startsWith('| --- |')) + 1
  const rows: string[][] = []
  for (const line of lines.slice(from)) {
    if (!line.startsWith('|')) break
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  }
  return rows
}

describe('the summary', () => {
  it('is one sentence and one table when all is well', () => {
    expect(summarize(aReport())).toBe(`### Smoke check: healthy

The check was healthy in 2 rounds in a row (2 rounds, 4.3 s).

| Check | Result | Reason | Latency |
| --- | --- | --- | --- |
| api | ✅ passed |  | 15 ms |`)
  })

  it('has what failed first, each with its reason and its latency, cold and warm apart', () => {
    expect(rowsOf(summarize(MIXED))).toEqual([
      ['broken', '❌ failed', 'Status 500 was served, 200 was wanted.', '15 ms'],
      ['no name', '❌ failed', 'nowhere.example does not exist.', ''],
      ['old', '⏳ waiting', 'Version 1111111 answers; waiting for 2222222.', '15 ms'],
      ['never', '⏱️ aborted', 'No attempt ended before the deadline.', ''],
      ['behind', '⏭️ skipped', 'It needs "broken", which has failed.', ''],
      ['slow "quoted" \\\\ back line', '⚠️ warned', 'Status 500 was served, 200 was wanted.', '2.3 s through a proxy'],
      ['api', '✅ passed', '', '15 ms; warm 5 ms, p95 8 ms'],
      ['over IPv6', '✅ passed', '', '15 ms; warm 5 ms, max 9 ms'],
    ])
  })

  it('names the version that was expected and the one that was served', () => {
    expect(summarize(MIXED)).toContain('Expected version `2222222`, served `1111111`.')
    expect(summarize(aReport({ expectVersion: 'abc' }))).toContain('Expected version `abc`, served none.')
  })

  it('says what to do, once for all checks that need it', () => {
    expect(summarize(MIXED)).toContain('What to do:\n\n- **broken**, **no name**, **old**: Look at its log.')
  })

  it('says of every finding what was served and what to set, where a check has several', () => {
    const findings = ['hsts', 'csp'].map((rule) =>
      aFinding({ assertion: `security-headers: ${rule}`, message: `There is no ${rule}.`, hint: `Set ${rule}.` }),
    )
    const wanted =
      '- **api**\n  - security-headers: hsts: There is no hsts. Set hsts.\n  - security-headers: csp: There is no csp. Set csp.'
    expect(summarize(aReport({ checks: [aResult({ last: [failed({ findings })] })] }))).toContain(wanted)
    const warnings = findings.map((one) => ({ ...one, severity: 'warn' as const }))
    expect(
      summarize(aReport({ checks: [aResult({ last: [failed({ verdict: 'warned', findings: warnings })] })] })),
    ).toContain(wanted)
  })

  it('says where the time of each attempt went', () => {
    expect(summarize(MIXED)).toContain('15 ms (DNS 1, connect 2, TLS 3, first byte 4, transfer 5)')
  })

  it('shows the last three results of what is not healthy, and of nothing else', () => {
    const history = summarize(MIXED).split('<details>')[1]
    expect(history?.match(/❌ failed \| 500/g)).toHaveLength(3)
    expect(history).not.toContain('over IPv6')
    expect(summarize(aReport())).not.toContain('<details>')
  })

  it('says what to do when only the rounds in a row are missing', () => {
    const text = summarize(aReport({ healthy: false, successes: 1 }))
    expect(text).toContain('only 1 of the 2 healthy rounds in a row that are wanted within the deadline of 3 min')
    expect(text).toContain('Give a longer deadline')
  })

  it('has 50 rows at most, and counts the others by their result', () => {
    const checks = [
      ...many(60, (index) => ({ name: `good ${index}` })),
      ...many(3, (index) => ({ name: `bad ${index}`, last: [failed()] })),
    ]
    const text = summarize(aReport({ checks }))
    expect(rowsOf(text)).toHaveLength(50)
    expect(
      rowsOf(text)
        .slice(0, 3)
        .map(([name]) => name),
    ).toEqual(['bad 0', 'bad 1', 'bad 2'])
    expect(text).toContain('And 13 more checks: 13 passed.')
  })

  it('stays far under the megabyte that GitHub takes, whatever servers send', () => {
    const huge = '|<script>`*é\n'.repeat(20_000)
    const findings = Array.from({ length: 50 }, () => aFinding({ message: huge, hint: huge, assertion: huge }))
    const attempts = [1, 2, 3].map((round) => failed({ round, findings, servedVersion: huge }))
    const checks = many(1000, (index) => ({ name: `${index} ${huge}`, url: huge, origin: huge, last: attempts }))
    const report = safeReport(aReport({ checks, expectVersion: huge }), (text) => text)
    expect(Buffer.byteLength(summarize(report))).toBeLessThan(400_000)
  })

  it('is inert: what a server sends opens no cell, no link, no tag and no mention', () => {
    const message = '| a | <img src=x> [x](https://evil.example) @octocat `code` https://evil.example'
    const [row] = rowsOf(
      summarize(aReport({ checks: [aResult({ last: [failed({ findings: [aFinding({ message })] })] })] })).replaceAll(
        '\\|',
        '¦',
      ),
    )
    expect(row).toHaveLength(4)
    expect(row?.[2]).not.toMatch(/<img|(?<!\\)\]\(|@octocat|https:\/\//)
  })
})

describe('the annotations', () => {
  const broken = (count: number) => many(count, (index) => ({ name: `check ${index}`, last: [failed()] }))

  it('begin with one that says what it all comes to and names what is not healthy', () => {
    const [first, second] = annotationsOf(aReport({ checks: broken(7) })).errors
    expect(first?.text).toBe(
      '7 of 7 checks were not healthy within the deadline of 3 min (2 rounds, 4.3 s).\n' +
        'Not healthy: check 0 (failed), check 1 (failed), check 2 (failed), check 3 (failed), check 4 (failed) and 2 more. The job summary has the reasons and the last results.',
    )
    expect(second?.text).toBe('check 0: Status 500 was served, 200 was wanted.\nLook at its log.')
  })

  it.each([1, 8, 9, 10, 500])('are ten at most, with %i failed checks and as many that warn', (count) => {
    const checks = [
      ...broken(count),
      ...many(count, () => ({ last: [anAttempt({ verdict: 'warned', findings: [aFinding({ severity: 'warn' })] })] })),
    ]
    const { errors, warnings } = annotationsOf(aReport({ checks }))
    expect(errors).toHaveLength(Math.min(count + 1, 10))
    expect(errors.length + warnings.length).toBe(Math.min(2 * count + 1, 10))
  })

  it('are none when all is well', () => {
    expect(annotationsOf(aReport())).toEqual({ errors: [], warnings: [] })
  })

  it('only warn where nothing shall fail', () => {
    const { errors, warnings } = annotationsOf(aReport({ failOn: 'never', checks: broken(1) }))
    expect(errors).toEqual([])
    expect(warnings[0]).toMatch(/^1 of 1 check was not healthy within/)
  })

  it('count warnings as failures where they fail', () => {
    const checks = many(1, () => ({
      last: [anAttempt({ verdict: 'warned', findings: [aFinding({ severity: 'warn' })] })],
    }))
    const { errors, warnings } = annotationsOf(aReport({ healthy: false, failOn: 'warn', checks }))
    expect(errors.map(({ message }) => message)).toEqual([
      '1 of 1 check was not healthy, warnings included, within the deadline of 3 min (2 rounds, 4.3 s).',
      'api: Status 500 was served, 200 was wanted.',
    ])
    expect(warnings).toEqual([])
  })
})

describe('the table in the log and in a terminal', () => {
  it('is plain text: result, name, latency, reason, then what it comes to and what to do', () => {
    const checks = [aResult(), aResult({ name: 'front page', last: [1, 2, 3].map((round) => failed({ round })) })]
    expect(plainTable(aReport({ checks }))).toBe(`failed  front page  15 ms  Status 500 was served, 200 was wanted.
passed  api         15 ms

Last results:
  front page: round 1 failed 500, round 2 failed 500, round 3 failed 500

1 of 2 checks was not healthy within the deadline of 3 min (2 rounds, 4.3 s).

What to do:
  front page: Look at its log.`)
  })

  it('gives a terminal no command', () => {
    const message = '\u001b[2J\u001b]0;title\u0007 \u202Eevil \n::error::x'
    expect(
      plainTable(
        aReport({ checks: [aResult({ name: message, last: [failed({ findings: [aFinding({ message })] })] })] }),
      ),
    ).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}|^::/mu)
  })
})

describe('a report that is shown', () => {
  it('has no secret in any of its texts', () => {
    const secret = 'S3CRET-value'
    const text = `before ${secret} behind`
    const certificate = { subject: text, issuer: text, notAfter: 1 }
    const attempt = anAttempt({
      findings: [aFinding({ assertion: text, message: text, hint: text, waiting: { expected: text, served: text } })],
      servedVersion: text,
      address: text,
      tls: { protocol: text, leaf: certificate, earliest: certificate },
    })
    const report = aReport({
      expectVersion: text,
      checks: [aResult({ name: text, origin: text, url: text, last: [attempt] })],
    })
    expect(JSON.stringify(report).split(secret)).toHaveLength(17)
    expect(JSON.stringify(safeReport(report, (one) => one.replaceAll(secret, '***')))).not.toContain(secret)
  })

  it('keeps two checks apart whose names differ only in a secret', () => {
    const report = aReport({ checks: [aResult({ name: 'user one' }), aResult({ name: 'user two' })] })
    const names = safeReport(report, (text) => text.replace(/one|two/, '***')).checks.map(({ name }) => name)
    expect(names).toEqual(['user ***', 'user *** (2)'])
  })
})
