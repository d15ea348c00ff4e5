import { describe, expect, it } from 'vitest'
import { adviceOf } from '../../../actions/smoke-check/report/advice.ts'
import { annotationsOf } from '../../../actions/smoke-check/report/annotations.ts'
import { reportJson } from '../../../actions/smoke-check/report/json.ts'
import { junit } from '../../../actions/smoke-check/report/junit.ts'
import { safeReport } from '../../../actions/smoke-check/report/safe.ts'
import { summarize } from '../../../actions/smoke-check/report/summary.ts'
import { plainTable } from '../../../actions/smoke-check/report/terminal.ts'
import { verdictSentence } from '../../../actions/smoke-check/report/words.ts'
import { without } from '../../../actions/smoke-check/round.ts'
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

  it('has what waits and what failed first, each with its reason and its latency, cold and warm apart', () => {
    expect(rowsOf(summarize(MIXED))).toEqual([
      ['old', '⏳ waiting', 'Version 1111111 answers; waiting for 2222222.', '15 ms'],
      ['broken', '❌ failed', 'Status 500 was served, 200 was wanted.', '15 ms'],
      ['no name', '❌ failed', 'nowhere.example does not exist.', ''],
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

  it('says which versions were not judged, since none was expected', () => {
    const checks = [
      aResult({ versionAt: 'the JSON at $.commit', last: [anAttempt({ servedVersion: '1111111' })] }),
      aResult({ name: 'typo', versionAt: 'the JSON at $.comit' }),
      aResult({ name: 'none of its own' }),
    ]
    const sentence =
      'No version was expected, so that none was judged; served: 1111111 (api), none at the JSON at $.comit (typo).'
    expect(summarize(aReport({ checks })).replaceAll('`', '')).toContain(sentence)
    expect(plainTable(aReport({ checks }))).toContain(`\n${sentence}`)
    expect(JSON.parse(reportJson(aReport({ checks })))).toMatchObject({ versionJudged: false })
    expect(JSON.parse(reportJson(aReport({ checks, expectVersion: '1' })))).toMatchObject({ versionJudged: true })
    expect(plainTable(aReport({ checks, expectVersion: '1111111' }))).toContain(
      '\nExpected version 1111111, served 1111111.',
    )
  })

  it('says what to do, once for all checks that need it', () => {
    expect(summarize(MIXED)).toContain('What to do:\n\n- **old**, **broken**, **no name**: Look at its log.')
  })

  it('says of every finding what was served and what to set, where a check has several', () => {
    const findings = ['hsts', 'csp'].map((rule) =>
      aFinding({ assertion: `security-headers: ${rule}`, message: `There is no ${rule}.`, hint: `Set ${rule}.` }),
    )
    const wanted =
      '- **api**\n  - security-headers: hsts: Set hsts.\n  - security-headers: csp: There is no csp. Set csp.'
    expect(summarize(aReport({ checks: [aResult({ last: [failed({ findings })] })] }))).toContain(wanted)
    const warnings = findings.map((one) => ({ ...one, severity: 'warn' as const }))
    expect(
      summarize(aReport({ checks: [aResult({ last: [failed({ verdict: 'warned', findings: warnings })] })] })),
    ).toContain(wanted)
  })

  it('names what a wrong status may have made wrong, too, without going into it', () => {
    const findings = [
      aFinding({ message: 'The answer is 401, 200 was wanted.', hint: 'Set a token.' }),
      aFinding({ assertion: 'json $.id', message: 'The JSON at $.id is absent; it must exist.', hint: '' }),
      aFinding({ assertion: 'capture id', message: 'It cannot be captured.', hint: 'x' }),
      aFinding({ assertion: 'tls', message: 'It expires.', hint: 'Renew it.' }),
    ]
    expect(adviceOf(aReport({ checks: [aResult({ last: [failed({ findings })] })] }))).toEqual([
      {
        names: ['api'],
        items: [
          'status: Set a token.',
          'tls: It expires. Renew it.',
          'It may be why these failed, too: json $.id, capture id.',
        ],
      },
    ])
  })

  it('goes into ten checks, and says how many it leaves out', () => {
    const checks = many(13, (index) => ({
      name: `check ${index}`,
      last: [failed({ findings: [aFinding({ hint: `Hint ${index}.` })] })],
    }))
    const advice = adviceOf(aReport({ checks }))
    expect(advice).toHaveLength(11)
    expect(advice.at(-1)?.items).toEqual([
      'And 3 more checks, whose advice is in the reports that junit and json write.',
    ])
    expect(plainTable(aReport({ checks }))).toContain('And 3 more checks')
  })

  it('says one cause of many failures once: a sentence before the table, the long reason in one row', () => {
    const message = `The answer is 401 Unauthorized, application/json {"error":"${'x'.repeat(60)}"}; 200 was wanted.`
    const checks = [
      ...many(5, (index) => ({
        name: `c${index}`,
        last: [failed({ status: 401, findings: [aFinding({ message })] })],
      })),
      ...many(2, (index) => ({
        name: `s${index}`,
        last: [
          {
            ...without(2, 'skipped'),
            findings: [aFinding({ assertion: 'needs', message: 'It needs "c0", which has failed.' })],
          },
        ],
      })),
    ]
    const report = aReport({ checks })
    expect(verdictSentence(report)).toMatch(
      /^5 of 7 checks were not healthy, and 2 more could not be made because of them, within/,
    )
    const text = summarize(report)
    expect(text.indexOf('5 checks: status 401.')).toBeGreaterThan(0)
    expect(text.indexOf('5 checks: status 401.')).toBeLessThan(text.indexOf('| Check |'))
    expect(rowsOf(text).map(([, , reason]) => reason?.slice(0, 20))).toEqual([
      'The answer is 401 Un',
      ...Array(4).fill('As c0.'),
      ...Array(2).fill('It needs "c0", which'),
    ])
    expect(plainTable(report)).toContain('\n5 checks: status 401.')
  })

  it('names the preset that a reason comes from: its URL is often not that of the check', () => {
    const finding = aFinding({
      assertion: 'https-redirect: redirect',
      message: 'example.com:80 refused the connection.',
    })
    expect(rowsOf(summarize(aReport({ checks: [aResult({ last: [failed({ findings: [finding] })] })] })))[0]?.[2]).toBe(
      'https-redirect: example.com:80 refused the connection.',
    )
  })

  it('says which check came and went, and why, when only the rounds in a row are missing', () => {
    const checks = [
      aResult({ name: 'steady' }),
      aResult({ name: 'flap', last: [failed({ round: 3 }), anAttempt({ round: 4 })] }),
    ]
    const report = aReport({ healthy: false, successes: 1, checks })
    expect(rowsOf(summarize(report))[1]?.[2]).toBe('It was failed in round 3: Status 500 was served, 200 was wanted.')
    expect(summarize(report).split('<details>')[1]).toContain('| flap (GET https')
    expect(plainTable(report)).toMatch(
      /\n {2}flap: GET https:\S+ \(checks\.yml:3\)\n {4}round 3 failed 500, round 4 passed 200\n/,
    )
    expect(plainTable(report)).not.toMatch(/\n {2}steady:/)
    expect(annotationsOf(report).errors.map(({ error }) => error.message)[1]).toMatch(/^flap: It was failed in round 3/)
  })

  it('calls a check that hangs at the end by its name, although it was healthy before', () => {
    const last = [anAttempt({ round: 1 }), without(2, 'aborted')]
    const report = aReport({ healthy: false, checks: [aResult(), aResult({ name: 'hangs', attempts: 1, last })] })
    expect(rowsOf(summarize(report))[0]?.slice(0, 3)).toEqual([
      'hangs',
      '⏱️ aborted',
      'It had not answered when the deadline came; it was passed in round 1.',
    ])
    expect(verdictSentence(report)).toMatch(/^1 of 2 checks was not healthy within/)
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
    expect(first?.error.text).toBe(
      '7 of 7 checks were not healthy within the deadline of 3 min (2 rounds, 4.3 s).\n' +
        'Not healthy: check 0 (failed), check 1 (failed), check 2 (failed), check 3 (failed), check 4 (failed) and 2 more. The job summary has the reasons and the last results.',
    )
    expect(second?.error.text).toBe('check 0: Status 500 was served, 200 was wanted.\nLook at its log.')
    expect([first?.place, second?.place]).toEqual([
      { title: 'Smoke check' },
      { title: 'Smoke check: check 0', file: 'checks.yml', line: 3 },
    ])
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
    expect(warnings[0]?.error.text).toMatch(/^1 of 1 check was not healthy within/)
  })

  it('count warnings as failures where they fail', () => {
    const checks = many(1, () => ({
      last: [anAttempt({ verdict: 'warned', findings: [aFinding({ severity: 'warn' })] })],
    }))
    const { errors, warnings } = annotationsOf(aReport({ healthy: false, failOn: 'warn', checks }))
    expect(errors.map(({ error }) => error.message)).toEqual([
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
  front page: GET https://api.example.com/healthz (checks.yml:3)
    round 1 failed 500, round 2 failed 500, round 3 failed 500

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
      findings: [aFinding({ message: text, hint: text, waiting: { expected: text, served: text } })],
      servedVersion: text,
      address: text,
      tls: { protocol: text, leaf: certificate, earliest: certificate },
    })
    const report = aReport({
      expectVersion: text,
      checks: [aResult({ url: text, last: [attempt] })],
    })
    expect(JSON.stringify(report).split(secret)).toHaveLength(14)
    expect(JSON.stringify(safeReport(report, (one) => one.replaceAll(secret, '***')))).not.toContain(secret)
  })

  it('leaves alone what the file says, though a password may be called the same', () => {
    const checks = [
      aResult({ name: 'admin page', origin: 'admin.yml:3', versionAt: 'the header x-admin' }),
      aResult({
        name: 'API without login',
        last: [failed({ findings: [aFinding({ assertion: 'json $.admin', message: 'It is admin.' })] })],
      }),
      aResult({
        name: 'behind',
        last: [
          { ...without(1, 'skipped'), findings: [aFinding({ assertion: 'needs', message: 'It needs "admin page".' })] },
        ],
      }),
    ]
    const [page, api, behind] = safeReport(aReport({ checks }), (text) => text.replaceAll('admin', '***')).checks
    expect(page).toMatchObject({ name: 'admin page', origin: 'admin.yml:3', versionAt: 'the header x-admin' })
    expect(api?.last[0]?.findings[0]).toMatchObject({ assertion: 'json $.admin', message: 'It is ***.' })
    expect(behind?.last[0]?.findings[0]?.message).toBe('It needs "admin page".')
  })

  it('keeps two checks apart whose long names are cut to the same', () => {
    const long = 'x'.repeat(1000)
    const report = aReport({ checks: [aResult({ name: `${long} one` }), aResult({ name: `${long} two` })] })
    const names = safeReport(report, String).checks.map(({ name }) => name)
    expect(names[1]).toBe(`${names[0]} (2)`)
  })

  it('has no control character in it, of which some command a terminal', () => {
    const text = 'a\u001b[2Jb\u009b31mc\u0080d\u202ee\nf'
    const findings = [aFinding({ message: text, hint: text, assertion: text })]
    const report = safeReport(
      aReport({ checks: [aResult({ name: text, url: text, last: [failed({ findings })] })] }),
      String,
    )
    const [check] = report.checks
    expect(check?.name).toBe('a\\u001b[2Jb\\u009b31mc\\u0080d\\u202ee f')
    expect(check?.last[0]?.findings[0]?.message).toBe(check?.name)
    expect([summarize(report), plainTable(report), junit(report)].join('')).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u)
  })
})
