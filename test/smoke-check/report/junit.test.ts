import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import { junit } from '../../../actions/smoke-check/report/junit.ts'
import type { Report } from '../../../actions/smoke-check/result.ts'
import { aFinding, aReport, aResult, failed } from '../run/sample.ts'
import { METRICS_REPORTS, MIXED } from './reports.ts'

const SCHEMA = readFileSync(new URL('../../support/junit.xsd', import.meta.url), 'utf8')

async function problemsOf(...texts: readonly string[]): Promise<readonly string[]> {
  const xml = texts.map((contents, index) => ({ fileName: `report-${index}.xml`, contents }))
  const { errors } = await validateXML({ xml, schema: SCHEMA })
  return errors.map(({ message }) => message)
}

describe('JUnit XML', () => {
  it.each(Object.entries(METRICS_REPORTS))(
    'is valid by what both published schemas have in common: %s',
    async (_, report) => {
      expect(await problemsOf(junit(report))).toEqual([])
    },
  )

  it('is valid whatever a server has sent', async () => {
    const texts = fc.sample(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), minLength: 1 }),
      100,
    )
    const reports = texts.map((text) => {
      const message = `${text} ]]> <!-- &#0; & "'\u0000\u001b[31m\ufffe\ud800`
      return junit(
        aReport({
          checks: [
            aResult({
              name: message,
              url: message,
              last: [failed({ findings: [aFinding({ message, hint: message, assertion: message })] })],
            }),
          ],
        }),
      )
    })
    expect(await problemsOf(...reports)).toEqual([])
  })

  it('counts failures, errors and skipped checks as it shows them', () => {
    const [, totals] = /<testsuite [^>]* timestamp="2026-01-02T03:04:05" ([^>]*)>/.exec(junit(MIXED)) ?? []
    expect(totals).toBe('tests="8" failures="3" errors="1" skipped="1" time="4.321"')
    expect(junit(MIXED).match(/<failure /g)).toHaveLength(3)
    expect(junit(MIXED).match(/<error /g)).toHaveLength(1)
    expect(junit(MIXED).match(/<skipped /g)).toHaveLength(1)
  })

  it('says where a check stands, what was wrong, and what to do', () => {
    expect(junit(aReport({ checks: [aResult({ last: [failed()] })] }))).toContain(
      '<testcase name="api" classname="smoke-check.api.example.com" time="0.015">' +
        '<failure message="Status 500 was served, 200 was wanted." type="status">' +
        'status: Status 500 was served, 200 was wanted.\n  Look at its log.\n' +
        'GET https://api.example.com/healthz (checks.yml:3)\nround 1: failed 500 15 ms\nStatus 500 was served, 200 was wanted.</failure></testcase>',
    )
  })

  it('has the reason of what only warns in its output', () => {
    expect(junit(MIXED).split('<system-out>')[1]).toContain(
      'GET https://example.com/?token=*** (input urls, line 2)\nround 1: warned 200 2.3 s through a proxy\nStatus 500 was served, 200 was wanted.',
    )
  })

  it('keeps line breaks of an attribute as references', () => {
    expect(junit(aReport({ checks: [aResult({ name: 'a\nb\tc' })] }))).toContain('name="a&#10;b&#9;c"')
  })

  it('is red with warnings only where warnings fail', () => {
    const warned = aResult({ last: [failed({ verdict: 'warned' })] })
    const failures = (failOn: Report['failOn']) =>
      /failures="(\d)"/.exec(
        junit(aReport({ healthy: false, failOn, checks: [warned, aResult({ name: 'other', last: [failed()] })] })),
      )?.[1]
    expect([failures('fail'), failures('warn')]).toEqual(['1', '2'])
  })

  it('is red when all checks were healthy, but not in enough rounds in a row', async () => {
    const text = junit(aReport({ healthy: false, successes: 1 }))
    expect(text).toContain('tests="2" failures="1"')
    expect(text).toContain(
      '<testcase name="2 healthy rounds in a row" classname="smoke-check" time="4.321"><failure message="Every check was healthy at the end, but there had been only 1 of the 2 healthy rounds',
    )
    expect(await problemsOf(text)).toEqual([])
  })
})

describe('the schema of the tests', () => {
  it.each([
    ['an unknown element', (text: string) => text.replace('<system-out>', '<output/><system-out>')],
    ['attributes of the root', (text: string) => text.replace('<testsuites>', '<testsuites name="x">')],
    ['the place of a case as an attribute', (text: string) => text.replace('<testcase ', '<testcase file="a.yml" ')],
    ['a suite without its host', (text: string) => text.replace(' hostname="localhost"', '')],
    ['an unknown attribute', (text: string) => text.replace('<testcase ', '<testcase result="x" ')],
    ['a missing time', (text: string) => text.replace(/(<testcase[^>]*) time="[^"]*"/, '$1')],
    ['a time in words', (text: string) => text.replace(/ time="[^"]*"/, ' time="4 s"')],
    ['a timestamp with a zone', (text: string) => text.replace(/(timestamp="[^"]*)"/, '$1Z"')],
    ['output of a case', (text: string) => text.replace('</failure>', '</failure><system-out>x</system-out>')],
    ['a control character', (text: string) => text.replace('api', 'a\u0001pi')],
  ])('refuses %s', async (_, change) => {
    const text = junit(MIXED)
    expect(change(text)).not.toBe(text)
    expect(await problemsOf(change(text))).not.toEqual([])
  })
})
