/**
 * JUnit XML that is valid by both schemas that are in use: the one of Ant's task (windyroad/JUnit-Schema, JUnit.xsd) and
 * the one of Jenkins (jenkinsci/xunit-plugin, junit-10.xsd). So the root has no attributes, a case has no output of its
 * own and says in the text of its failure where it stands, and the suite has the output of all.
 */
import type { Attempt, CheckResult, Finding, Report } from '../result.ts'
import { clip } from '../text.ts'
import { isHealthy } from '../verdict.ts'
import { versionSentence } from './version.ts'
import { latencyOf, mainFinding, reasonOf, unhealthyOf, verdictSentence, whyOf } from './words.ts'

const SUITE = 'smoke-check'
const LONGEST_MESSAGE = 500
/** What Ant writes where the name of the host is of no use. */
const HOST = 'localhost'

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
  const about = { id: '0', package: SUITE, hostname: HOST, name: SUITE, timestamp }
  const suite = element('testsuite', { ...about, ...totals }, [
    element('properties', {}, properties(report)),
    ...cases.map(({ xml }) => xml),
    element('system-out', {}, [text(output(report))]),
    element('system-err', {}, []),
  ])
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', {}, [suite])}\n`
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
  }
  const message = clip(whyOf(check, report), LONGEST_MESSAGE)
  const outcome: Readonly<Record<Case['kind'], () => readonly string[]>> = {
    passed: () => [],
    skipped: () => [element('skipped', { message, type: check.verdict }, [text(check.origin)])],
    failure: () => {
      return [element('failure', { message, type: mainType(attempt, check) }, [text(details(check, attempt))])]
    },
    error: () => [element('error', { message, type: check.verdict }, [text(log(check))])],
  }
  return { kind, xml: element('testcase', attributes, outcome[kind]()) }
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

function details(check: CheckResult, attempt: Attempt | undefined): string {
  return [...(attempt?.findings ?? []).map(line), log(check)].join('\n')
}

function line({ assertion, message, hint }: Finding): string {
  return [`${assertion}: ${message}`, ...(hint === '' ? [] : [hint])].join('\n  ')
}

/** All that is known, of what passes and only warns, too. */
function output(report: Report): string {
  const sentences = [verdictSentence(report), versionSentence(report)].filter((one) => one !== '')
  return [...sentences, ...report.checks.map((check) => `\n${check.name}\n${log(check)}`)].join('\n')
}

function log({ method, url, origin, last }: CheckResult): string {
  const attempts = last.map((attempt) => {
    const status = attempt.status === undefined ? '' : ` ${attempt.status}`
    return [`round ${attempt.round}: ${attempt.verdict}${status} ${latencyOf(attempt)}`.trimEnd(), reasonOf(attempt)]
  })
  return [`${method} ${url} (${origin})`, ...attempts.flat().filter((part) => part !== '')].join('\n')
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
