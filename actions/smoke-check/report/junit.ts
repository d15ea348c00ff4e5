/** JUnit XML, in the shape that Ant's task began and that the viewers of GitHub, GitLab and Jenkins have in common. */

import type { Attempt, CheckResult, Finding, Report } from '../result.ts'
import { isHealthy } from '../verdict.ts'
import { clip } from './safe.ts'
import { latencyOf, mainFinding, reasonOf, unhealthyOf, verdictSentence } from './words.ts'

const SUITE = 'smoke-check'
const LONGEST_MESSAGE = 500

/** @param report without secrets */
export function junit(report: Report): string {
  const cases = [...report.checks.map((check) => testCase(check, report)), ...streakCase(report)]
  const of = (kind: Case['kind']) => cases.filter((one) => one.kind === kind).length
  const totals = {
    tests: String(cases.length),
    failures: String(of('failure')),
    errors: String(of('error')),
    skipped: String(of('skipped')),
    time: seconds(report.duration),
  }
  // Without milliseconds and zone: the schema that Ant's users share knows only that.
  const timestamp = new Date(report.startedAt).toISOString().slice(0, 19)
  const suite = element('testsuite', { name: SUITE, ...totals, timestamp }, [
    element('properties', {}, properties(report)),
    ...cases.map(({ xml }) => xml),
  ])
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: SUITE, ...totals }, [suite])}\n`
}

interface Case {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped'
  readonly xml: string
}

function testCase(check: CheckResult, report: Report): Case {
  const attempt = check.last.at(-1)
  const kind = kindOf(check, report)
  const attributes = {
    name: check.name,
    classname: `${SUITE}.${hostOf(check.url)}`,
    time: seconds(attempt?.total ?? 0),
    ...placeOf(check.origin),
  }
  const message = clip(reasonOf(attempt), LONGEST_MESSAGE)
  const outcome: Readonly<Record<Case['kind'], () => readonly string[]>> = {
    passed: () => [],
    skipped: () => [element('skipped', { message }, [])],
    failure: () => [element('failure', { message, type: mainType(attempt, check) }, [text(details(attempt))])],
    error: () => [element('error', { message, type: check.verdict }, [])],
  }
  return {
    kind,
    xml: element('testcase', attributes, [...outcome[kind](), element('system-out', {}, [text(log(check))])]),
  }
}

function kindOf(check: CheckResult, { failOn }: Report): Case['kind'] {
  if (check.verdict === 'skipped') return 'skipped'
  if (isHealthy(check, failOn)) return 'passed'
  return check.verdict === 'aborted' ? 'error' : 'failure'
}

/** Not healthy although every check is: without a case of its own a viewer would show green. */
function streakCase(report: Report): readonly Case[] {
  if (report.healthy || unhealthyOf(report).length > 0) return []
  const message = verdictSentence(report)
  const name = `${report.wantedSuccesses} healthy rounds in a row`
  const attributes = { name, classname: SUITE, time: seconds(report.duration) }
  return [
    { kind: 'failure', xml: element('testcase', attributes, [element('failure', { message, type: 'rounds' }, [])]) },
  ]
}

function mainType(attempt: Attempt | undefined, { verdict }: CheckResult): string {
  const finding = attempt && mainFinding(attempt)
  return finding === undefined || verdict === 'waiting' ? verdict : finding.assertion
}

function details(attempt: Attempt | undefined): string {
  return (attempt?.findings ?? []).map(line).join('\n')
}

function line({ assertion, message, hint }: Finding): string {
  return [`${assertion}: ${message}`, ...(hint === '' ? [] : [hint])].join('\n  ')
}

function log({ method, url, last }: CheckResult): string {
  const attempts = last.map((attempt) => {
    const status = attempt.status === undefined ? '' : ` ${attempt.status}`
    return [`round ${attempt.round}: ${attempt.verdict}${status} ${latencyOf(attempt)}`.trimEnd(), reasonOf(attempt)]
  })
  return [`${method} ${url}`, ...attempts.flat().filter((part) => part !== '')].join('\n')
}

function properties({ rounds, wantedSuccesses, deadline, expectVersion }: Report): readonly string[] {
  const values: readonly (readonly [string, string | undefined])[] = [
    ['rounds', String(rounds)],
    ['successes', String(wantedSuccesses)],
    ['deadline', `${seconds(deadline)} s`],
    ['expect-version', expectVersion],
  ]
  return values.flatMap(([name, value]) => (value === undefined ? [] : [element('property', { name, value }, [])]))
}

/** `checks.yml:12`, as viewers link it; a line of an input is no file. */
function placeOf(origin: string): Readonly<Record<string, string>> {
  const [, file, line] = /^(.+?):(\d+)(?::\d+)?$/.exec(origin) ?? []
  return file === undefined || line === undefined ? {} : { file, line }
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'unknown'
}

function seconds(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(3)
}

function element(name: string, attributes: Readonly<Record<string, string>>, content: readonly string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`)
  if (content.length === 0) return `<${name}${list.join('')}/>`
  return `<${name}${list.join('')}>${content.join('')}</${name}>`
}

function text(value: string): string {
  return valid(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** White space as references: a parser would make each a blank. */
function attribute(value: string): string {
  return text(value)
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Without what XML 1.0 cannot hold in any form: most control characters, lone surrogates, U+FFFE and U+FFFF. */
function valid(value: string): string {
  return value.toWellFormed().replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
}
