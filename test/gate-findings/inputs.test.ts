import { expect, it } from 'vitest'
import { parseInputs } from '../../actions/gate-findings/inputs.ts'
import { readManifest } from '../../scripts/action-yml.ts'
import { ActionError } from '../../src/errors.ts'
import { InputReader } from '../../src/input.ts'

const declared = readManifest('gate-findings').inputs

function parse(given: Readonly<Record<string, string>>) {
  const inputs = { reports: 'trivy.json', 'github-token': 'a-token', ...given }
  return parseInputs(
    new InputReader(
      (name) => String(Object(inputs)[name] ?? declared[name]?.default ?? '').trim(),
      () => {},
    ),
  )
}

function refusal(given: Readonly<Record<string, string>>): string {
  try {
    parse(given)
  } catch (error) {
    if (error instanceof ActionError) return error.text
    throw error
  }
  throw new Error('Nothing was refused.')
}

it('takes what a workflow gives', () => {
  expect(
    parse({
      reports: ' a.json \n\nb.json\n',
      severity: 'CRITICAL,High medium',
      category: 'trivy-image/',
      fail: 'false',
    }),
  ).toEqual({
    reports: ['a.json', 'b.json'],
    severities: new Set(['critical', 'high', 'medium']),
    baseline: 'code-scanning',
    category: 'trivy-image',
    tool: 'Trivy',
    allowEmpty: new Set(),
    fail: false,
    githubToken: 'a-token',
  })
})

it.each([
  ['true', ['a.json', 'b.json']],
  ['False', []],
  ['b.json', ['b.json']],
  ['a.json\n b.json', ['a.json', 'b.json']],
])('lets with allow-empty "%s" be empty: %j', (given, reports) => {
  expect([...parse({ reports: 'a.json\nb.json', 'allow-empty': given }).allowEmpty]).toEqual(reports)
})

it('gates critical and high findings by default', () => {
  expect([...parse({}).severities]).toEqual(['critical', 'high'])
})

it.each([
  [{ reports: ' \n ' }, 'Input reports is empty.'],
  [{ reports: 'a.json\nb.json\na.json' }, 'Input reports has a.json twice.'],
  [{ reports: Array.from({ length: 51 }, (_, index) => `${index}.json`).join('\n') }, 'at most 50 reports are read'],
  [
    { severity: 'critical,severe' },
    'Input severity has "severe", which is no severity.\nUse one or more of: critical, high',
  ],
  [{ severity: ' ' }, 'Input severity is empty.'],
  [{ severity: ',' }, 'Input severity names no severity.'],
  [{ baseline: 'all' }, 'Input baseline is "all", which is not one of its values.'],
  [{ 'allow-empty': 'maybe' }, 'Input allow-empty has "maybe", which is none of the reports.'],
  [{ 'allow-empty': 'trivy.json\ntrue' }, 'Input allow-empty has "true"'],
  [{ 'allow-empty': ' ' }, 'Input allow-empty is "", which is neither true nor false.'],
])('refuses %j', (given, text) => {
  expect(refusal(given)).toContain(text)
})
